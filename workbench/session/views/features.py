"""What a layer of a network makes of one picture, and the pictures that excite its channels the most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.session.views.attention import OnePicture, seen_and_input
from workbench.session.views.network import NONE_HERE
from workbench.spec.graph import OUTPUT
from workbench.spec.problems import SpecError, near_names
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from workbench.compiler.analysis import Resolution
    from workbench.compiler.places import FeatureLayer, Patches
    from workbench.data.progress import Progress
    from workbench.insight.features import Strongest
    from workbench.session.views.network import Network

NUM_STRONGEST = 16

NO_LAYER = "it has no layer whose output is a map or a vector"


@dataclass(frozen=True, kw_only=True, eq=False)
class FeaturesQuestion:
    """A picture, and the path of the layer; if the network has none of this path, the first layer is shown."""

    picture: OnePicture
    path: str = ""


class FeaturesSeen(Record):
    """What the network after ``step`` makes of the picture ``pixels``, uint8 [C, H, W], or the point, float32 [D].

    ``values``, float32 [channels, H, W], and ``others``, float32 [channels, n], are those of ``insight.features`` for
    ``layer``, one of the ``layers`` that there are; ``patches`` say which part of the picture each place sees, None if
    it may be all. If there is no layer, ``problem`` says why.
    """

    step: int
    pixels: Any = None
    layers: tuple[FeatureLayer, ...] = ()
    layer: FeatureLayer | None = None
    values: Any = None
    others: Any = None
    patches: Patches | None = None
    problem: str = ""


class StrongestSeen(Record):
    """The pictures of ``split`` that excite each channel of the layer ``path`` the most, after ``step``.

    ``patches`` say which part of them each place sees; None if it may be all. If there is no answer, ``problem`` says
    why.
    """

    step: int
    path: str
    split: str = ""
    found: Strongest | None = None
    patches: Patches | None = None
    problem: str = ""


def features_seen(network: Network, question: FeaturesQuestion) -> FeaturesSeen:
    """Return what a layer makes of a picture."""
    from workbench.compiler.places import feature_layers
    from workbench.insight.features import features

    layers = feature_layers(network.resolution)
    layer = chosen(layers, _given_out(network.resolution, question.path))
    if layer is None:
        return FeaturesSeen(step=network.step, problem=NO_LAYER)
    pixels, normalised = seen_and_input(network, question.picture)
    values, others = features(network.module, layer, normalised)
    return FeaturesSeen(
        step=network.step,
        pixels=pixels,
        layers=layers,
        layer=layer,
        values=values,
        others=others,
        patches=patches_of(network, layer),
    )


def patches_of(network: Network, layer: FeatureLayer) -> Patches | None:
    """Return which part of the picture each place of a layer's maps sees; None if it may be all."""
    from workbench.compiler.places import patches

    return patches(network.resolution, layer.path) if layer.layout.startswith("maps") else None


def _given_out(resolution: Resolution, path: str) -> str:
    """Return the path of what an Output gives out, if this is one."""
    nodes = [each.node for each in resolution.nodes if each.node.path == path and each.node.type == OUTPUT]
    return next((source[0] for node in nodes for source in node.inputs if source is not None), path)


def chosen(layers: tuple[FeatureLayer, ...], path: str) -> FeatureLayer | None:
    """Return the layer of this path, or the last within the block of this path; else the first after the Input."""
    within = [layer for layer in layers if layer.path == path or layer.path.startswith(f"{path}.")]
    return within[-1] if within else next((layer for layer in layers if layer.type != "Input"), None)


class Rankings:
    """The pictures that excite the channels of layers the most, each computed once until the weights change."""

    def __init__(self) -> None:
        self._step = -1
        self._kept: dict[str, StrongestSeen] = {}

    def strongest_seen(self, network: Network, path: str, progress: Progress) -> StrongestSeen:
        """Return those of the layer ``path`` among the split shown for a run. ``progress`` may cancel."""
        if network.step != self._step:
            self._step, self._kept = network.step, {}
        if path not in self._kept:
            self._kept[path] = strongest_seen(network, path, progress)
        return self._kept[path]


def strongest_seen(network: Network, path: str, progress: Progress, num_kept: int = NUM_STRONGEST) -> StrongestSeen:
    """Compute the pictures that excite each channel of the layer ``path`` the most. ``progress`` may cancel."""
    from workbench.compiler.places import feature_layers
    from workbench.insight.features import strongest

    layer = next(each for each in feature_layers(network.resolution) if each.path == path)
    split, batches = network.plan.shown
    if not len(batches.inputs):
        return StrongestSeen(step=network.step, path=path, split=split, problem=NONE_HERE)

    def inputs() -> Iterator[tuple[Tensor, Tensor]]:
        for batch in batches.in_order():
            progress("looking for the strongest pictures", int(batch.indices[0]), len(batches.inputs))
            yield batch.indices, batch.inputs

    found = strongest(network.module, layer, inputs(), num_kept)
    places = patches_of(network, layer)
    return StrongestSeen(step=network.step, path=path, split=split, found=found, patches=places)


def layer_called(network: Network, path: str) -> FeatureLayer:
    """Return a layer by its path. Raises SpecError with similar paths if there is none."""
    from workbench.compiler.places import feature_layers

    layers = {layer.path: layer for layer in feature_layers(network.resolution)}
    if path not in layers:
        raise SpecError(f"there is no layer {path} with maps or a vector; there is {near_names(path, list(layers))}")
    return layers[path]

"""The latent space of a network: pictures between two codes, pictures of drawn codes, and the plane of codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from workbench.layers.base import describe
from workbench.session.views.attention import OnePicture, seen_and_input
from workbench.session.views.neighbours import gallery_of
from workbench.session.views.network import NOT_A_NUMBER
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor

    from workbench.compiler.bottleneck import Bottleneck
    from workbench.data.progress import Progress
    from workbench.insight.latent import Halves, Plane
    from workbench.session.views.network import Network

View = Literal["between", "sample", "map"]

NUM_STEPS = 10
NUM_SAMPLES = 64
MAP_SIDE = 13
"""The map has so many pictures in a row and in a column."""

MAP_REACH = 2.5
"""How many standard deviations the map reaches from its centre."""

MOST_CODES = 1000
"""The pictures whose codes a normal distribution is fitted to, and that lie on the map."""

SHEET_SIDE, SHEET_GAP = 56, 4
"""Of a sheet, in pixels."""

NO_PICTURE = (
    "no output of this network predicts the picture. In an autoencoder one does: open the preset Autoencoder, or make "
    "picture the target of an output in the training settings"
)


@dataclass(frozen=True, kw_only=True)
class LatentQuestion:
    """What is wanted of the codes that the layer ``path`` gives; of the narrowest, if the network has no such layer.

    ``between``: pictures at ``num`` steps between those of these two numbers, of the split that is shown;
    ``sample``: ``num`` draws by the ``seed``; ``map``: the plane of the codes.
    """

    view: View
    path: str = ""
    ends: tuple[int, int] = (0, 1)
    num: int = NUM_STEPS
    seed: int = 0


class LatentSeen(Record):
    """What the network after ``step`` decodes: ``pictures``, uint8 [N, C, H, W], of codes of ``layer``, one of the
    ``layers`` that there are.

    ``ends``, uint8 [2, C, H, W], are the pictures with these ``numbers``, between which the others lie. ``is_prior``
    says that codes are drawn from N(0, I), rather than from a normal distribution fitted to the codes of ``num_codes``
    pictures. Of a map, whose pictures stand row by row from the top left, ``places`` float32 [n, 2] are where the codes
    of pictures lie, from -1 to 1, x and y upward; ``labels`` int64 [n] are their classes, None if the data has none. If
    there is nothing, ``problem`` says why.
    """

    step: int
    view: View = "between"
    layers: tuple[Bottleneck, ...] = ()
    layer: Bottleneck | None = None
    pictures: Any = None
    ends: Any = None
    numbers: tuple[int, int] = (0, 1)
    is_prior: bool = False
    num_codes: int = 0
    places: Any = None
    labels: Any = None
    class_names: tuple[str, ...] = ()
    problem: str = ""

    def words(self) -> str:
        """Return in a line what the pictures are."""
        assert self.layer is not None
        numbers = "number" if self.layer.num_numbers == 1 else "numbers"
        code = f"{describe(self.layer.shape)} {numbers} of {self.layer.path}"
        if self.view == "between":
            return f"{len(self.pictures)} steps between the codes of two pictures, the {code}"
        if self.view == "map":
            plane = {1: "line", 2: "plane"}.get(self.layer.num_numbers, "plane of the two principal components")
            return f"the {plane} of the {code}, {MAP_REACH:g} standard deviations to each side"
        fitted = f"a normal distribution fitted to the codes of {self.num_codes:,} pictures"
        return f"{len(self.pictures)} draws from {'N(0, I)' if self.is_prior else fitted}, in place of the {code}"


def latent_seen(network: Network, question: LatentQuestion, progress: Progress) -> LatentSeen:
    """Return what codes decode to, as asked. ``progress`` may cancel. Raises SpecError if the network answers NaN."""
    from workbench.compiler.bottleneck import bottlenecks, narrowest, why_none
    from workbench.insight.latent import Halves

    output = next((head.output for head in network.plan.heads if head.column.kind == "picture"), None)
    if output is None:
        return LatentSeen(step=network.step, problem=NO_PICTURE)
    layers = bottlenecks(network.resolution, output)
    if not layers:
        return LatentSeen(step=network.step, problem=why_none(network.resolution, output))
    layer = next((each for each in layers if each.path == question.path), None) or narrowest(layers)
    halves = Halves(network.module, layer.path, output)
    is_prior = layer.type == "GaussianSample" and _is_kept_near_prior(network, layer)
    seen = LatentSeen(step=network.step, view=question.view, layers=layers, layer=layer, is_prior=is_prior)
    views = {"between": _between, "sample": _samples, "map": _map}
    return replace(seen, **views[question.view](network, halves, seen, question, progress))


def _is_kept_near_prior(network: Network, layer: Bottleneck) -> bool:
    """Return whether a head compares with the prior what this layer draws from."""
    read = {each.node.path: each.node.inputs for each in network.resolution.nodes}
    return any(not head.has_target and read[head.output] == read[layer.path] for head in network.plan.heads)


def _between(network: Network, halves: Halves, _: LatentSeen, question: LatentQuestion, __: Progress) -> dict[str, Any]:
    """Return the pictures between two of the run's own, and these."""
    import numpy as np
    import torch

    from workbench.insight.latent import between

    split = network.plan.shown[0]
    own = [OnePicture(name="", split=split, number=number) for number in question.ends]
    pixels, inputs = zip(*(seen_and_input(network, each) for each in own), strict=True)
    first, last = halves.codes([torch.stack(inputs)])
    pictures = _bytes(halves.pictures(between(first, last, question.num)))
    return {"pictures": pictures, "ends": np.stack(pixels), "numbers": question.ends}


def _samples(
    network: Network, halves: Halves, seen: LatentSeen, question: LatentQuestion, progress: Progress
) -> dict[str, Any]:
    """Return the pictures of drawn codes."""
    from workbench.insight.latent import from_fitted, from_prior

    if seen.is_prior:
        assert seen.layer is not None
        drawn = from_prior(seen.layer.shape, question.num, question.seed).to(network.plan.device)
        return {"pictures": _bytes(halves.pictures(drawn))}
    codes = _codes(network, halves, progress)
    drawn = from_fitted(codes, question.num, question.seed)
    return {"pictures": _bytes(halves.pictures(drawn)), "num_codes": len(codes)}


def _map(network: Network, halves: Halves, _: LatentSeen, __: LatentQuestion, progress: Progress) -> dict[str, Any]:
    """Return the plane's pictures, and where codes of pictures lie on it."""
    from workbench.insight.latent import plane_of

    codes = _codes(network, halves, progress)
    plane = plane_of(codes)
    gallery = gallery_of(network.dataset, network.plan.shown[0])
    return {
        "pictures": _bytes(halves.pictures(_grid(plane).reshape(-1, *codes.shape[1:]))),
        "num_codes": len(codes),
        "places": (_places(codes, plane) / MAP_REACH).cpu().numpy(),
        "labels": None if gallery.labels is None else gallery.labels[: len(codes)],
        "class_names": gallery.class_names,
    }


def _codes(network: Network, halves: Halves, progress: Progress) -> Tensor:
    """Return the codes of the first pictures of the split that is shown."""
    _, batches = network.plan.shown
    num_batches = -(-MOST_CODES // batches.batch_size)

    def inputs() -> Iterator[Tensor]:
        for number, batch in zip(range(num_batches), batches.in_order(), strict=False):
            progress("Encoding pictures", number, num_batches)
            yield batch.inputs

    return _checked(halves.codes(inputs())[:MOST_CODES])


def _grid(plane: Plane) -> Tensor:
    """Return the codes of the map's pictures, float32 [N, d], row by row from the top left."""
    import torch

    steps = torch.linspace(-MAP_REACH, MAP_REACH, MAP_SIDE, device=plane.centre.device)
    up, right = torch.meshgrid(steps.flip(0), steps, indexing="ij")
    return plane.centre + torch.stack((right, up), dim=-1).reshape(-1, 2) @ plane.directions


def _places(codes: Tensor, plane: Plane) -> Tensor:
    """Return where codes lie in the plane, in standard deviations: float32 [N, 2]."""
    from workbench.insight.latent import SMALLEST

    lengths = plane.directions.square().sum(dim=1).clamp(min=SMALLEST**2)
    return (codes.flatten(1) - plane.centre) @ plane.directions.T / lengths


def _checked(answers: Tensor) -> Tensor:
    """Return what the network answers. Raises SpecError if that is NaN."""
    if answers.isnan().any():
        raise SpecError(NOT_A_NUMBER)
    return answers


def _bytes(pictures: Tensor) -> Any:
    import torch

    return _checked(pictures).clamp(0, 1).mul(255).round().to("cpu", torch.uint8).numpy()


def latent_sheet(seen: LatentSeen) -> bytes:
    """Return the pictures side by side as a PNG file: those between two in one row, others in a square."""
    from math import ceil, sqrt

    from PIL import Image

    from workbench.session.views.feature_sheet import NEUTRAL, as_png, enlarged

    columns = len(seen.pictures) if seen.view == "between" else ceil(sqrt(len(seen.pictures)))
    side = SHEET_SIDE + (0 if seen.view == "map" else SHEET_GAP)
    rows = ceil(len(seen.pictures) / columns)
    sheet = Image.new("RGB", (columns * side, rows * side), NEUTRAL)
    for number, pixels in enumerate(seen.pictures):
        sheet.paste(enlarged(pixels, SHEET_SIDE), (number % columns * side, number // columns * side))
    return as_png(sheet)

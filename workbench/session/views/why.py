"""Why a network answers as it does: which parts of one picture or row are for an answer, and which against it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.session.views.attention import OnePicture, seen_and_input
from workbench.session.views.network import NOT_A_NUMBER
from workbench.session.views.own_pictures import OwnPictures
from workbench.session.views.predictions import Head, heads_said, why_not
from workbench.spec.column import MOST_NAMES
from workbench.spec.problems import SpecError, near_names
from workbench.spec.quantities import numeral, percent
from workbench.spec.record import Record, replace
from workbench.spec.words import first_few, isolated

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from workbench.compiler.places import FeatureLayer
    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.session.views.network import Network

Method = Literal["occlusion", "grad-cam", "integrated-gradients", "gradient"]

METHODS: dict[Method, str] = {
    "occlusion": "Occlusion",
    "grad-cam": "Grad-CAM",
    "integrated-gradients": "Integrated gradients",
    "gradient": "Gradient (saliency)",
}
"""The methods and their titles; the first is the usual one."""

PATCHES_PER_SIDE, STEPS_PER_PATCH = 4, 4
"""Of the patch with which occlusion hides a part of a picture."""

SMALLEST_FALL = 0.01
"""Of a probability; less is shown as faint as it is."""

LEAST_SAID = 0.0005
"""Of a probability; less would be 0.0 points."""

DRAWN_FULLY = 0.99
"""The share of the pixels drawn in proportion to their gradients; the few with larger ones are as strong as these."""

MOST_FILES = 100

NOT_FOUND = "for this picture the method finds NaN, as where a gradient is infinite: choose another method or picture"
NO_MAPS = "no layer before this answer has maps of the picture, which Grad-CAM looks at: choose another method, which needs none"
ATTENDS = (
    "after {layer}, its last layer with maps, this network mixes all places by attention, which Grad-CAM cannot follow: "
    "choose another method or layer, or look at its attention"
)
OF_SERIES = "reasons are found in pictures and in rows, not in series"
NO_ANSWER = (
    "no output of this network answers with classes, labels or numbers, about which this could be asked: "
    "feature maps show what its layers make of the picture"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class WhyQuestion:
    """A picture, and what is asked about it: the title of the ``head`` (if none is called so, it is the first), the
    ``place`` among its values (None for the likeliest), and the ``layer`` of Grad-CAM (empty for the last with maps).
    """

    picture: OnePicture
    method: Method = "occlusion"
    head: str = ""
    place: int | None = None
    layer: str = ""


class NumberPart(Record):
    """A number of a row by its name, with what was found of it in words, as a ``share`` of the largest; below 0 where
    it is against the answer.
    """

    name: str
    value: str
    share: float


class WhySeen(Record):
    """The answer of the network after ``step`` for the picture ``pixels``, uint8 [C, H, W], and what it comes from.

    ``values``, float32 [width], are those of a ``head`` of ``heads``, and ``place`` is the one that is asked about;
    ``truth`` is that of the picture's class, None if it is unknown. ``found``, float32 [h, w], lies over the picture,
    positive where it is for the answer, negative where against; None if ``problem`` says why there is none. ``layer``,
    one of ``layers``, is that of Grad-CAM. Without ``pixels``, nothing can be asked. Of a row of numbers, ``pixels``
    and ``found`` are float32 [D], ``features`` names them, and ``hides`` says how one is hidden.
    """

    step: int
    method: Method = "occlusion"
    pixels: Any = None
    heads: tuple[Head, ...] = ()
    head: int = 0
    values: Any = None
    place: int = 0
    truth: int | None = None
    layers: tuple[str, ...] = ()
    layer: str = ""
    found: Any = None
    problem: str = ""
    features: tuple[str, ...] = ()
    hides: str = ""

    @property
    def title(self) -> str:
        """The method, and of Grad-CAM the layer."""
        return METHODS[self.method] + f" at {self.layer}" * (self.method == "grad-cam")

    @property
    def names(self) -> tuple[str, ...]:
        """What can be asked about: the classes, labels or numbers of the head."""
        return value_names(self.heads[self.head])

    def said(self, place: int) -> str:
        """Return one of the head's values in words: ``Sandal 93.1 %``."""
        column, value = self.heads[self.head].column, float(self.values[place])
        if column.names:
            return f"{isolated(self.names[place])} {percent(value)}"
        return f"{isolated(self.names[place])} {numeral(value, ',.4g')} {column.unit}".rstrip()

    def score(self, outputs: dict[str, Tensor]) -> Tensor:
        """Return the number asked about of a network's outputs, [B]: of a class or label the logit."""
        head = self.heads[self.head]
        return outputs[head.output].float().flatten(start_dim=1)[:, self.place]

    def share(self, outputs: dict[str, Tensor]) -> Tensor:
        """Return the same, but of a class or label the probability, [B]."""
        head = self.heads[self.head]
        return head.shares(outputs[head.output])[:, self.place]

    @property
    def largest(self) -> float:
        """What is drawn the strongest, for or against."""
        sizes = np.abs(self.found)
        if self.method == "occlusion":
            return max(float(sizes.max()), SMALLEST_FALL * bool(self.heads[self.head].column.names))
        if self.method == "grad-cam" or self.features:
            return float(sizes.max())
        return float(np.quantile(sizes, DRAWN_FULLY)) or float(sizes.max())

    @property
    def parts(self) -> list[NumberPart]:
        """The numbers of a row, those that matter the most first; none of a picture."""
        if not self.features:
            return []
        largest = self.largest or 1.0
        return [
            NumberPart(
                name=f"{self.features[place]} = {numeral(float(self.pixels[place]), '.4g')}",
                value=numeral(float(self.found[place]), "+.3g"),
                share=float(self.found[place]) / largest,
            )
            for place in np.argsort(-np.abs(self.found), kind="stable").tolist()
        ]

    @property
    def legend(self) -> str:
        """What the colours mean."""
        name, has_names = isolated(self.names[self.place]), bool(self.heads[self.head].column.names)
        score = f"the logit of {name}" if has_names else name
        whole, parts = ("row", "numbers") if self.features else ("picture", "pixels")
        part = f"a number is {self.hides}" if self.features else "this part is hidden"
        if not np.any(self.found):
            return f"Nothing in this {whole} matters for {name} by itself."
        if self.method == "gradient":
            return f"Red: the {parts} whose change would change {score} the most, up or down."
        if self.method == "integrated-gradients":
            total = numeral(float(self.found.sum()), "+.3g")
            over = f"a row where each number is {self.hides}" if self.features else "a picture of the mean colour"
            return f"Red adds to {score}, blue takes from it: together {total} over {over}."
        if self.method == "grad-cam":
            return f"Red: maps of {self.layer} here raise {score}. Blue: they lower it."
        what = f"the probability of {name}" if has_names else name
        sizes = max(float(self.found.max()), 0.0), max(float(-self.found.min()), 0.0)
        if has_names and max(sizes) < LEAST_SAID:
            which = f"number is {self.hides}" if self.features else "part is hidden"
            return f"Whichever {which}, {what} changes by less than 0.1 points."
        falls, rises = (f"{100 * each:.1f} points" if has_names else numeral(each) for each in sizes)
        does_fall, does_rise = (each >= LEAST_SAID if has_names else each > 0 for each in sizes)
        red = f"Red: {what} falls, by up to {falls}, if {part}." * does_fall
        again = part if self.features else "it is hidden"
        blue = f"Blue: {'it' if red else what} rises, by up to {rises}, if {again}." * does_rise
        return " ".join(filter(None, [red, blue]))


def value_names(head: Head) -> tuple[str, ...]:
    """Return what each value of a head is called: the names, x and y of key points, or the number."""
    column = head.column
    if column.names:
        return column.names
    if column.kind == "keypoints":
        return tuple(f"{axis} of point {number}" for number in range(1, head.width // 2 + 1) for axis in "xy")
    return (column.name,) if head.width == 1 else tuple(f"{column.name} {place}" for place in range(1, head.width + 1))


def why_seen(network: Network, question: WhyQuestion, progress: Progress) -> WhySeen:
    """Return where an answer comes from. ``progress`` may cancel."""
    import torch

    from workbench.insight.attribution import grad_cam

    dataset, heads = network.dataset, heads_said(network.plan)
    if not heads:
        return WhySeen(step=network.step, problem=NO_ANSWER)
    number = next((number for number, each in enumerate(heads) if each.title == question.head), 0)
    head = heads[number]
    pixels, picture = seen_and_input(network, question.picture)
    if picture.dim() == 2:
        return WhySeen(step=network.step, problem=OF_SERIES)
    with torch.no_grad():
        (values,) = head.values(network.module(picture[None])[head.output])
    layers = cam_layers(network, head)
    layer = next((each for each in layers if each.path == question.layer), layers[-1] if layers else None)
    seen = WhySeen(
        step=network.step,
        method=question.method,
        pixels=pixels,
        heads=heads,
        head=number,
        values=values,
        place=int(values.argmax()) * bool(head.column.names) if question.place is None else question.place,
        truth=_truth(network, head, question.picture),
        layers=tuple(each.path for each in layers),
        layer="" if layer is None else layer.path,
        features=_names_of_numbers(dataset) if picture.dim() == 1 else (),
        hides="replaced by its mean in training" if dataset.mean else "set to 0",
    )
    if np.isnan(values).any():
        return replace(seen, problem=NOT_A_NUMBER)
    if question.method != "grad-cam":
        found = _over_parts(network, seen, picture, progress)
    elif layer is None:
        return replace(seen, problem=NO_MAPS)
    elif layer.path != question.layer and _attends_after(network, layer):
        return replace(seen, problem=ATTENDS.format(layer=layer.path))
    else:
        found = grad_cam(network.module, layer, seen.score, picture)
    return replace(seen, problem=NOT_FOUND) if np.isnan(found).any() else replace(seen, found=found)


def _names_of_numbers(dataset: Dataset) -> tuple[str, ...]:
    return dataset.features or tuple(f"x{number}" for number in range(1, dataset.train.inputs.shape[1] + 1))


def _over_parts(network: Network, seen: WhySeen, picture: Tensor, progress: Progress) -> NDArray[np.float32]:
    """Return the map of a method that needs no layer, for a normalised picture, float32 [C, H, W]: float32 [H, W]; for
    a row, float32 [D], a number for each of its own.
    """
    from workbench.insight.attribution import integrated_gradients, saliency
    from workbench.insight.occlusion import falls, falls_by_number

    asked = seen.share if seen.method == "occlusion" else seen.score

    def of_pictures(pictures: Tensor) -> Tensor:
        progress("Asking why", 0, 1)
        return asked(network.module(pictures))

    if seen.method == "occlusion" and seen.features:
        return falls_by_number(of_pictures, picture)
    if seen.method == "occlusion":
        patch = max(min(picture.shape[1:]) // PATCHES_PER_SIDE, 1)
        return falls(of_pictures, picture, patch, max(patch // STEPS_PER_PATCH, 1))
    return (saliency if seen.method == "gradient" else integrated_gradients)(of_pictures, picture)


def cam_layers(network: Network, head: Head) -> tuple[FeatureLayer, ...]:
    """Return the layers with maps of the picture that an answer depends on, in the network's order."""
    from workbench.compiler.places import layers_with_maps
    from workbench.compiler.truncation import ancestors

    (returned,) = network.module.graph.find_nodes(op="output")
    needed = {node.meta.get("path") for node in ancestors(returned.args[0][head.output])}
    return tuple(layer for layer in layers_with_maps(network.resolution) if layer.path in needed)


def _attends_after(network: Network, layer: FeatureLayer) -> bool:
    """Whether the network attends after a layer, which mixes all places."""
    resolved = network.resolution.nodes
    place = next(place for place, each in enumerate(resolved) if each.node.path == layer.path)
    return any(each.layer.attends for each in resolved[place:])


def _truth(network: Network, head: Head, picture: OnePicture) -> int | None:
    """Return the true class of a picture of the data."""
    if picture.read is not None or head.column.kind != "class":
        return None
    targets = network.dataset.splits[picture.split].targets.get(head.column.name)
    return None if targets is None else int(targets[picture.number])


def reasons(
    network: Network, paths: Sequence[Path], method: Method, name: str | None, layer: str, progress: Progress
) -> list[tuple[str, WhySeen]]:
    """Return for each picture in these files and folders its file, and why the network answers ``name``, by default the
    likeliest.

    Raises SpecError if the network cannot be asked this, or a picture cannot be used.
    """
    heads = heads_said(network.plan)
    if problem := why_not(network.plan, network.dataset) or NO_ANSWER * (not heads):
        raise SpecError(problem)
    head, place = find_value(heads, name)
    layers = [each.path for each in cam_layers(network, heads[head])]
    if layer and layer not in layers:
        raise SpecError(f"there is no layer {layer} with maps before this answer; there is {near_names(layer, layers)}")
    pictures = OwnPictures(paths)
    found = pictures.answer(network, progress)
    numbers = found.order.tolist()
    if found.problem or not numbers:
        raise SpecError(found.problem or "there is no picture in these folders")
    if len(numbers) > MOST_FILES:
        raise SpecError(
            f"these are {len(numbers):,} pictures, and at most {MOST_FILES} are explained at a time: name fewer"
        )
    answers = []
    for number in numbers:
        if problem := found.problem_of(number):
            raise SpecError(f"{found.file(number)}: {problem}")
        picture = OnePicture(name=found.file(number), read=partial(found.picture, number))
        question = WhyQuestion(picture=picture, method=method, head=heads[head].title, place=place, layer=layer)
        answers.append((found.file(number), why_seen(network, question, progress)))
        if problem := answers[-1][1].problem:
            raise SpecError(problem)
    return answers


def find_value(heads: Sequence[Head], name: str | None) -> tuple[int, int | None]:
    """Return the number of the head that answers with ``name``, and its place there; of None the likeliest of the
    first. Raises SpecError if none does.
    """
    if name is None:
        return 0, None
    every = [
        (each, (number, place)) for number, head in enumerate(heads) for place, each in enumerate(value_names(head))
    ]
    for each, where in every:
        if each == name:
            return where
    there = ", ".join(first_few([each for each, _ in every], MOST_NAMES))
    raise SpecError(f"the network answers with no {name}: there are {there}")

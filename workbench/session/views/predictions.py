"""What a network answers for pictures of the user's own, which it is shown as it is shown those of its run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from workbench.spec.column import Column, Kind
from workbench.spec.problems import SpecError
from workbench.spec.quantities import significant
from workbench.spec.record import Record
from workbench.spec.words import several

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from workbench.data.dataset import Dataset
    from workbench.training.plan import Plan

LIKELIEST = 5
"""The number of classes that are named, the lecture's top 5."""

NOTHING = -1
"""The place of the likeliest name where there is none."""

SAID = ("class", "labels", "number", "keypoints")
"""The kinds of columns that are answered in words or numbers."""

DRAWN = ("mask", "picture")
"""The kinds of columns whose answers are looked at: a class for each pixel, or a picture."""


class Choice(Record):
    """A class or label, and its probability by softmax or sigmoid; or a class of pixels, and their share."""

    name: str
    confidence: float


class Answer(Record):
    """What the head of ``output`` for the column ``target`` answers for one picture.

    ``choices`` are the likeliest classes or labels, the likeliest first, and all labels that are ``given``; of a mask
    the classes that occur, the largest first. ``numbers`` are those of a head for numbers, in ``unit``, or x and y of
    key points as fractions of the picture. Of a picture there are neither.
    """

    output: str
    target: str
    kind: Kind
    choices: tuple[Choice, ...] = ()
    numbers: tuple[float, ...] = ()
    unit: str = ""

    @property
    def given(self) -> tuple[Choice, ...]:
        """The labels that are at least as likely as not."""
        return tuple(choice for choice in self.choices if choice.confidence >= 0.5)

    def words(self, most: int | None = None) -> str:
        """Return it in words, of classes the likeliest ``most``: ``Sandal 93.1%, Sneaker 5.0%``."""
        if not self.choices:
            return f"{' '.join(significant(number, ',.4g') for number in self.numbers)} {self.unit}".rstrip()
        choices = self.given if self.kind == "labels" else self.choices[:most]
        return ", ".join(f"{choice.name} {choice.confidence:.1%}" for choice in choices) or "none"

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        head: dict[str, Any] = {"output": self.output, "target": self.target}
        if self.kind == "mask":
            return head | {"pixels": {choice.name: choice.confidence for choice in self.choices}}
        if not self.choices:
            return head | {"numbers": self.numbers, "unit": self.unit}
        if self.kind == "labels":
            head["labels"] = [choice.name for choice in self.given]
        return head | {"likeliest": msgspec.to_builtins(self.choices)}


class Head(Record):
    """An output of a network that answers with the column's classes, labels or numbers, a mask or a picture."""

    output: str
    column: Column

    @property
    def title(self) -> str:
        return f"{self.output} → {self.column.name}"

    @property
    def is_drawn(self) -> bool:
        """Whether it answers with a mask or a picture."""
        return self.column.kind in DRAWN

    @property
    def width(self) -> int:
        """How many values are kept of its answer for a picture: of a picture none."""
        return self.column.answer[0] if self.column.kind != "picture" else 0

    def shares(self, outputs: Tensor) -> Tensor:
        """Return the probabilities of the names, the shares of the pixels that are of each class, or the numbers, of
        ``outputs`` [B, ...]: float32 [B, width].
        """
        if self.column.kind == "mask":
            from workbench.insight.dense import pixel_shares

            return pixel_shares(outputs)
        flat = outputs.float().flatten(start_dim=1)[:, : self.width]
        if not self.column.names:
            return flat
        return flat.sigmoid() if self.column.kind == "labels" else flat.softmax(dim=1)

    def values(self, outputs: Tensor) -> NDArray[np.float32]:
        """Return the same as an array."""
        values: NDArray[np.float32] = self.shares(outputs).cpu().numpy()
        return values

    def answer(self, values: NDArray[np.float32]) -> Answer:
        """Return its answer for a picture by its ``values``, float32 [width]."""
        column = self.column
        make = partial(Answer, output=self.output, target=column.name, kind=column.kind)
        if not column.names:
            return make(numbers=tuple(values.tolist()), unit=column.unit)
        most = LIKELIEST
        if column.kind == "labels":
            most = max(LIKELIEST, int((values >= 0.5).sum()))
        elif column.kind == "mask":
            most = int(np.count_nonzero(values))
        likeliest = np.argsort(-values, kind="stable")[:most].tolist()
        return make(
            choices=tuple(Choice(name=column.names[each], confidence=float(values[each])) for each in likeliest)
        )


def likeliest(values: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the place of the largest of each row, float32 [N, width]: int64 [N]; ``NOTHING`` where one is NaN, or
    there is none.
    """
    if not values.shape[1]:
        return np.full(len(values), NOTHING)
    return np.where(np.isnan(values).any(axis=1), NOTHING, values.argmax(axis=1))


def heads_asked(plan: Plan) -> tuple[Head, ...]:
    """Return the heads whose answers are said or drawn; of those with the same output and column one."""
    kinds = (*SAID, *DRAWN)
    pairs = {
        (head.output, head.target): head.column for head in plan.heads if head.column.kind in kinds and not head.embeds
    }
    return tuple(Head(output=output, column=column) for (output, _), column in pairs.items())


def heads_said(plan: Plan) -> tuple[Head, ...]:
    """Return those that are answered in words or numbers."""
    return tuple(head for head in heads_asked(plan) if not head.is_drawn)


def why_not(plan: Plan, dataset: Dataset) -> str:
    """Return in a sentence why a network cannot be asked about pictures; empty if it can."""
    if dataset.thing != "picture":
        return (
            f"this network was trained on {several(dataset.thing)} of numbers, not on pictures: Run → Try your own rows asks it about "
            "those of a table"
        )
    if not heads_asked(plan) and not plan.embedding:
        return (
            "no output of this network answers with anything that its data has: "
            "Run → Feature maps shows what its layers make of pictures"
        )
    return ""


def as_seen(plan: Plan, dataset: Dataset, pictures: NDArray[np.uint8], number: int = 0) -> NDArray[np.uint8]:
    """Return what the network sees of pictures, uint8 [B, C, H, W], which a corruption may have made smaller.

    Each is corrupted as the picture ``number`` of an evaluation, so that none depends on the others.
    """
    import torch

    from workbench.data.varying import draws
    from workbench.data.varying.noise import picture_keys

    if dataset.corruption is None:
        return pictures
    keys = picture_keys(draws.key(plan.experiment.seed), torch.full((len(pictures),), number))
    seen: NDArray[np.uint8] = dataset.corruption.apply(torch.from_numpy(pictures), keys).numpy()
    return seen


def picture_in(file: Path, plan: Plan, dataset: Dataset) -> NDArray[np.uint8]:
    """Return a picture in a file as the network sees it, uint8 [C, H, W]. Raises SpecError if it cannot be read."""
    from workbench.data.decoding.pictures import BrokenPicture, quietly, read, read_bytes

    _, channels, height, width = dataset.train.inputs.shape
    try:
        with quietly():
            pixels = read(read_bytes(file), (channels, height, width), dataset.tone).pixels
    except BrokenPicture as broken:
        raise SpecError(f"{file}: {broken}") from None
    seen: NDArray[np.uint8] = as_seen(plan, dataset, np.stack([pixels]))[0]
    return seen


def inputs_of(plan: Plan, dataset: Dataset, pictures: NDArray[np.uint8]) -> Tensor:
    """Return what the network sees, uint8 [B, C, H, W], normalised as in training: float32 [B, C, H, W]."""
    import torch

    from workbench.data.batches import Batches
    from workbench.data.dataset import Split

    batches = Batches(
        Split(inputs=torch.from_numpy(pictures), targets={}),
        mean=dataset.mean,
        std=dataset.std,
        batch_size=len(pictures),
        targets=(),
        device=plan.device,
    )
    return next(batches.in_order()).inputs


def values_of(
    module: nn.Module, plan: Plan, dataset: Dataset, pictures: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], ...]:
    """Return the values of all heads for what the network sees, uint8 [B, C, H, W]: float32 [B, width] each."""
    import torch

    with torch.no_grad():
        outputs = module(inputs_of(plan, dataset, pictures))
    return tuple(head.values(outputs[head.output]) for head in heads_asked(plan))


def drawn_by(
    module: nn.Module, plan: Plan, dataset: Dataset, head: Head, pictures: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """Return what a head that is drawn answers for what the network sees, uint8 [B, C, H, W]: pictures, uint8 [B, C, H,
    W], or masks, uint8 [B, H, W], whose classes are counted from 1.
    """
    import torch

    from workbench.session.views.seen_batch import answered_pictures

    with torch.no_grad():
        outputs = module(inputs_of(plan, dataset, pictures))
    drawn: NDArray[np.uint8] = answered_pictures(head.column, outputs[head.output])
    return drawn

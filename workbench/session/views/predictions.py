"""What a network answers for pictures of the user's own, which it is shown as it is shown those of its run."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from workbench.spec.problems import SpecError
from workbench.spec.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from pathlib import Path

    from torch import Tensor, nn

    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.spec.column import Column
    from workbench.training.heads import ResolvedHead
    from workbench.training.plan import Plan

LIKELIEST = 5
"""The number of classes that are named, the lecture's top 5."""

PICTURES_AT_ONCE = 64

PATCHES_PER_SIDE, STEPS_PER_PATCH = 4, 4
"""Of the patch that hides a part of a picture."""

MOST_KEPT = 500
"""The number of pictures that are kept in memory to be shown; the command answers any number."""

SAID = ("class", "labels", "number", "keypoints")
"""The kinds of columns that are answered in words or numbers."""


class Choice(Record):
    """A class or label, and its probability by softmax or sigmoid."""

    name: str
    confidence: float


class Answer(Record):
    """What the head of ``output`` for the column ``target`` answers for one picture.

    ``choices`` are the likeliest classes or labels, the likeliest first, and all labels that are ``given``;
    ``numbers`` those of a head for numbers, in ``unit``, or x and y of key points as fractions of the picture.
    """

    output: str
    target: str
    choices: tuple[Choice, ...] = ()
    are_labels: bool = False
    numbers: tuple[float, ...] = ()
    unit: str = ""

    @property
    def given(self) -> tuple[Choice, ...]:
        """The labels that are at least as likely as not."""
        return tuple(choice for choice in self.choices if choice.confidence >= 0.5)


class Prediction(Record):
    """The answers of the heads for the picture in ``file``; ``pixels``, uint8 [C, H, W], is what they are asked about.

    ``problem`` says why there is none. Where asked for, ``falls``, float32 [H, W] over the network's input, is by how
    much the probability of the likeliest answer falls where a part is hidden.
    """

    file: str
    pixels: Any = None
    answers: tuple[Answer, ...] = ()
    problem: str = ""
    falls: Any = None


class Predicted(Record):
    """The answers of the network after ``step``; if there are none, ``problem`` says why. Unless ``are_all``, there are
    more pictures. ``explained`` is the file and head with ``falls``.
    """

    step: int
    pictures: tuple[Prediction, ...] = ()
    are_all: bool = True
    explained: tuple[str, int] | None = None
    problem: str = ""


class OwnPictures:
    """Pictures of the user's own, at most ``MOST_KEPT``, to ask one network about as it learns: they are read once."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self._seen: tuple[Prediction, ...] | None = None
        self.explained: tuple[str, int] | None = None
        """The file and the number of the head whose answer is to be explained; any thread may set it."""

    def answered(self, module: nn.Module, plan: Plan, dataset: Dataset, step: int, progress: Progress) -> Predicted:
        """Return the answers of ``module`` after ``step``, which is in eval mode. ``progress`` may cancel."""
        if problem := why_not(plan, dataset):
            return Predicted(step=step, problem=problem)
        if self._seen is None:
            with closing(looked_at(self._paths, plan, dataset, progress)) as found:
                self._seen = tuple(islice(found, MOST_KEPT + 1))
        answered = list(predictions(module, plan, dataset, self._seen[:MOST_KEPT], progress))
        explained = self.explained
        for place, each in enumerate(answered):
            if explained and each.file == explained[0] and each.answers:
                falls = _falls(module, plan, dataset, each, explained[1], progress)
                answered[place] = replace(each, falls=falls)
        return Predicted(step=step, pictures=tuple(answered), are_all=len(self._seen) <= MOST_KEPT, explained=explained)


def why_not(plan: Plan, dataset: Dataset) -> str:
    """Return in a sentence why a network cannot be asked about pictures; empty if it can."""
    if dataset.thing != "picture":
        return (
            f"this network was trained on {dataset.thing}s of numbers, not on pictures: mistakes evaluates it on its data, "
            f"and its ONNX file takes {dataset.thing}s of your own"
        )
    if not _asked(plan):
        return (
            "no output of this network answers with classes, labels or numbers: "
            "Run → Inspect batch shows the pictures or masks that it predicts"
        )
    return ""


def looked_at(
    paths: Iterable[Path], plan: Plan, dataset: Dataset, progress: Progress
) -> Generator[Prediction, None, None]:
    """Yield the pictures among files and folders as the network sees them, before they are answered.

    A corruption of the input changes them, too: each as the first picture of an evaluation, so that none depends on the
    others. What cannot be read comes with its reason. ``progress`` may cancel before any of them.
    """
    from workbench.data.decoding.decoders import decode_all, pictures_of
    from workbench.data.decoding.pictures import BrokenPicture, read_bytes
    from workbench.data.folder_scan import pictures_among
    from workbench.data.source import shown

    files, unusable = pictures_among(paths)
    _, channels, height, width = dataset.train.inputs.shape
    readers = [partial(read_bytes, file) for file in files]
    with closing(decode_all(readers, (channels, height, width), pictures_of(dataset.tone))) as outcomes:
        for number, (file, found) in enumerate(zip(files, outcomes, strict=True)):
            progress("Looking at pictures", number, len(files))
            if isinstance(found, BrokenPicture):
                yield Prediction(file=shown(file), problem=str(found))
            else:
                yield Prediction(file=shown(file), pixels=as_seen(plan, dataset, found.pixels))
    for broken in unusable:
        yield Prediction(file=broken.path, problem=broken.reason)


def predictions(
    module: nn.Module, plan: Plan, dataset: Dataset, pictures: Iterable[Prediction], progress: Progress
) -> Iterator[Prediction]:
    """Yield what ``looked_at`` has given with the answers of ``module``, which is in eval mode and can be asked.

    ``progress`` may cancel before each batch.
    """
    waiting = iter(pictures)
    while some := list(islice(waiting, PICTURES_AT_ONCE)):
        progress("Asking the network", 0, 1)
        readable = [each.pixels for each in some if not each.problem]
        answers = iter(_answers(module, plan, dataset, readable) if readable else ())
        for each in some:
            yield each if each.problem else replace(each, answers=next(answers))


def predictions_of_run(folder: Path, paths: Iterable[Path], progress: Progress) -> Iterator[Prediction]:
    """Yield the answers of a run's best checkpoint for the pictures among files and folders.

    Raises SpecError if it has no checkpoint, or cannot be asked.
    """
    from workbench.runs.store import open_run
    from workbench.session.prepared import dataset_of
    from workbench.training import beginning

    saved = open_run(folder)
    dataset = dataset_of(saved.experiment, progress)
    plan, state = beginning.of_checkpoint(saved.experiment, dataset, saved.checkpoint)
    if problem := why_not(plan, dataset):
        raise SpecError(f"{folder.name}: {problem}")
    yield from predictions(state.module.eval(), plan, dataset, looked_at(paths, plan, dataset, progress), progress)


def as_seen(plan: Plan, dataset: Dataset, pixels: Any, number: int = 0) -> Any:
    """Return the picture ``number`` of an evaluation, uint8 [C, H, W], as the network's input, which a corruption may
    have made smaller.
    """
    import torch

    from workbench.data.varying import draws
    from workbench.data.varying.noise import picture_keys

    if dataset.corruption is None:
        return pixels
    keys = picture_keys(draws.key(plan.experiment.seed), torch.tensor([number]))
    return dataset.corruption.apply(torch.from_numpy(pixels)[None], keys)[0].numpy()


def inputs_of(plan: Plan, dataset: Dataset, pictures: Sequence[Any]) -> Tensor:
    """Return what the network sees, uint8 [C, H, W] each, normalised as in training: float32 [B, C, H, W]."""
    import numpy as np
    import torch

    from workbench.data.batches import Batches
    from workbench.data.dataset import Split

    batches = Batches(
        Split(inputs=torch.from_numpy(np.stack(pictures)), targets={}),
        mean=dataset.mean,
        std=dataset.std,
        batch_size=len(pictures),
        targets=(),
        device=plan.device,
    )
    return next(batches.in_order()).inputs


def _asked(plan: Plan) -> list[ResolvedHead]:
    """Return the heads that are answered in words or numbers; of those with the same output and column one."""
    return list({(head.output, head.target): head for head in plan.heads if head.column.kind in SAID}.values())


def _answers(module: nn.Module, plan: Plan, dataset: Dataset, pictures: Sequence[Any]) -> Iterator[tuple[Answer, ...]]:
    """Return the answers of all heads for each of the pictures, uint8 [C, H, W]."""
    import torch

    with torch.no_grad():
        outputs = module(inputs_of(plan, dataset, pictures))
    by_head = [_answers_of(head, outputs[head.output].float().cpu()) for head in _asked(plan)]
    return zip(*by_head, strict=True)


def _answers_of(head: ResolvedHead, outputs: Tensor) -> list[Answer]:
    """Return a head's answer for each of ``outputs``, [B, ...]."""
    column, make = head.column, partial(Answer, output=head.output, target=head.target)
    if not column.names:
        numbers = outputs.flatten(start_dim=1).tolist()
        return [make(numbers=tuple(each), unit=column.unit) for each in numbers]
    are_labels = column.kind == "labels"
    return [make(choices=_choices(column, each), are_labels=are_labels) for each in _shares(column, outputs)]


def _shares(column: Column, logits: Tensor) -> Tensor:
    """Return the probabilities of classes or labels, [B, names]."""
    return logits.sigmoid() if column.kind == "labels" else logits.softmax(dim=1)


def _falls(module: nn.Module, plan: Plan, dataset: Dataset, found: Prediction, number: int, progress: Progress) -> Any:
    """Return where the likeliest answer of a head comes from, float32 [H, W]; None for numbers."""
    from workbench.insight.occlusion import falls

    head, choices = _asked(plan)[number], found.answers[number].choices
    if not choices:
        return None
    place = head.column.names.index(choices[0].name)

    def probability(batch: Tensor) -> Tensor:
        progress("Hiding parts of a picture", 0, 1)
        return _shares(head.column, module(batch)[head.output].float())[:, place]

    (picture,) = inputs_of(plan, dataset, [found.pixels])
    patch = max(min(picture.shape[1:]) // PATCHES_PER_SIDE, 1)
    return falls(probability, picture, patch, max(patch // STEPS_PER_PATCH, 1))


def _choices(column: Column, shares: Tensor) -> tuple[Choice, ...]:
    """Return the likeliest of a column's names, by their probabilities float32 [names]."""
    most = LIKELIEST if column.kind == "class" else max(LIKELIEST, int(shares.ge(0.5).sum()))
    found, places = shares.sort(descending=True, stable=True)
    likeliest = list(zip(found.tolist(), places.tolist(), strict=True))[:most]
    return tuple(Choice(name=column.names[place], confidence=share) for share, place in likeliest)

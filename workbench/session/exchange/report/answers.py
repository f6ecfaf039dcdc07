"""What a run's checkpoint answers on its data, by kind of head, and the worst mistakes with their pictures."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING

import numpy as np

from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.session.exchange.report.facts import Table
from workbench.session.prepared import dataset_of
from workbench.session.views.mistakes.asked import find_mistakes
from workbench.session.views.mistakes.classes import ClassMistakes
from workbench.session.views.mistakes.dense import DenseMistakes, MaskMistakes
from workbench.session.views.mistakes.drawn import CAPTIONS, strip
from workbench.session.views.mistakes.labels import LabelMistakes
from workbench.session.views.mistakes.numbers import NumberMistakes
from workbench.session.views.mistakes.sheet import pixel_hues
from workbench.spec.quantities import numeral, percent, significant
from workbench.spec.record import Record, replace
from workbench.spec.words import several
from workbench.training.results.measured import called, title_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from workbench.data.dataset import Dataset, Split
    from workbench.data.progress import Progress
    from workbench.runs.store import SavedRun
    from workbench.session.views.mistakes.head import HeadMistakes

NUM_WORST, NUM_DENSE = 20, 8
MOST_PAIRS = 10
MOST_CLASSES = 20
"""A confusion matrix of more classes is too wide for a page; the pairs say the most of it."""

SIDE = 96
"""The longest side of a picture in the report, in pixels: twenty of them stay small."""


class Cell(Record):
    """A number of the confusion matrix, and its ``share`` of the row, by which it is coloured."""

    count: int
    share: float


class Example(Record):
    """An example with a mistake: its picture as a ``data:`` address, empty for what is no picture, and what to say of
    it.
    """

    name: str
    picture: str
    words: str


class Answered(Record):
    """What one head answers on a split: in ``words``, and what of it can be shown; the ``title`` tells several apart.

    ``matrix`` has a row for each class, empty if there are too many; ``examples`` are the worst first.
    """

    words: str
    title: str = ""
    classes: tuple[str, ...] = ()
    matrix: tuple[tuple[Cell, ...], ...] = ()
    by_class: Table | None = None
    pairs: Table | None = None
    examples: tuple[Example, ...] = ()
    colours: tuple[tuple[str, str], ...] = ()
    """The classes of pixels, and the colour of each as CSS has it."""

    are_strips: bool = False
    """Whether the examples' pictures are several beside each other."""


class Answers(Record):
    """The answers of all heads that can be shown, and the licence and class counts of the data."""

    heads: tuple[Answered, ...]
    licence: str
    counts: Table | None


def answers_of(run: SavedRun, progress: Progress) -> Answers:
    """Evaluate a run's best checkpoint on the split that is shown for it. Raises SpecError if the data or the
    checkpoint is gone or does not fit.
    """
    from workbench.training import beginning

    checkpoint = run.checkpoint
    dataset = dataset_of(run.experiment, progress)
    plan, state = beginning.of_checkpoint(run.experiment, dataset, checkpoint)
    module = state.module.eval()
    found = find_mistakes(module, plan, dataset, state.step, progress).heads
    heads = [_answered(mistakes, dataset.splits[mistakes.split]) for mistakes in found]
    if len(plan.heads) > 1:
        heads = [replace(head, title=mistakes.title) for head, mistakes in zip(heads, found, strict=True)]
    return Answers(heads=tuple(heads), licence=dataset.licence, counts=_counts(dataset))


def _counts(dataset: Dataset) -> Table | None:
    """Return how many examples of each class the splits have, of the first column of classes."""
    names = dataset.class_names
    if not names:
        return None
    column = next(column.name for column in dataset.columns if column.kind == "class")
    counts = [np.bincount(np.asarray(split.targets[column]), minlength=len(names)) for split in dataset.splits.values()]
    rows = tuple((name, *(f"{count[place]:,}" for count in counts)) for place, name in enumerate(names))
    return Table(heading=(column, *(SPLIT_TITLES[split] for split in dataset.splits)), rows=rows)


def _answered(found: HeadMistakes, split: Split) -> Answered:
    match found:
        case ClassMistakes():
            return _classes(found, split)
        case LabelMistakes():
            return _labels(found, split)
        case NumberMistakes():
            return _numbers(found, split)
        case DenseMistakes():
            return _dense(found)
    raise AssertionError(f"no page for {type(found).__name__}")


def _classes(found: ClassMistakes, split: Split) -> Answered:
    count, names = len(found.labels), found.class_names
    words = (
        f"{found.num_correct:,} of {count:,} {SPLIT_TITLES[found.split]} {several(found.thing)} are correct "
        f"({percent(found.num_correct / count)}), with the weights kept after step {found.step:,}."
    )
    pairs = tuple(
        (names[each.label], names[each.predicted], f"{each.count:,}") for each in found.confusions[:MOST_PAIRS]
    )
    worst = found.pictures()[:NUM_WORST].tolist()
    return Answered(
        words=words,
        classes=names,
        matrix=_matrix(found) if len(names) <= MOST_CLASSES else (),
        by_class=_by_class(found),
        pairs=Table(heading=("actual", "predicted", "count"), rows=pairs, num_words=2) if pairs else None,
        examples=tuple(_mistake(found, split, index) for index in worst),
    )


def _matrix(found: ClassMistakes) -> tuple[tuple[Cell, ...], ...]:
    totals = found.matrix.sum(axis=1, keepdims=True).clip(1)
    shares = found.matrix / totals
    return tuple(
        tuple(Cell(count=int(count), share=float(share)) for count, share in zip(*row, strict=True))
        for row in zip(found.matrix, shares, strict=True)
    )


def _by_class(found: ClassMistakes) -> Table:
    rows = tuple(
        (name, f"{int(found.matrix[label].sum()):,}", percent(found.recall[label]), percent(found.precision[label]))
        for label, name in enumerate(found.class_names)
    )
    return Table(heading=("class", several(found.thing), "recall", "precision"), rows=rows)


def _mistake(found: ClassMistakes, split: Split, index: int) -> Example:
    actual, predicted = (found.class_names[labels[index]] for labels in (found.labels, found.predicted))
    words = f"{actual}, predicted as {predicted} with confidence {percent(found.confidence[index])}"
    return Example(name=_name(found, index), picture=_picture(split, index), words=words)


def _labels(found: LabelMistakes, split: Split) -> Answered:
    """Return the answers of a head for labels, the most confident mistakes of all labels first."""
    words = (
        f"The mean average precision is {percent(found.mean_average_precision)} over {len(found.actual):,} "
        f"{SPLIT_TITLES[found.split]} {several(found.thing)}, with the weights kept after step {found.step:,}."
    )
    rows = tuple(
        (name, f"{int(found.actual[:, label].sum()):,}", *map(percent, found.shares(label).values()))
        for label, name in enumerate(found.label_names)
    )
    heading = ("label", several(found.thing), "precision", "recall", "F1", "AUC", "average precision")
    return Answered(
        words=words,
        by_class=Table(heading=heading, rows=rows),
        examples=tuple(_wrong_label(found, split, index, label) for index, label in found.worst(NUM_WORST)),
    )


def _wrong_label(found: LabelMistakes, split: Split, index: int, label: int) -> Example:
    has = "has" if found.actual[index, label] else "has not"
    chance = percent(float(found.probabilities[index, label]))
    words = f"{has} {found.label_names[label]}, predicted with {chance}"
    return Example(name=_name(found, index), picture=_picture(split, index), words=words)


def _numbers(found: NumberMistakes, split: Split) -> Answered:
    """Return the answers of a head for numbers, the largest error first; of several numbers, their mean counts."""
    errors = np.abs(found.predicted - found.actual).mean(axis=1)
    unit = f" {found.column.unit}".rstrip()
    words = (
        f"The mean absolute error is {significant(errors.mean())}{unit} over {len(errors):,} {SPLIT_TITLES[found.split]} {several(found.thing)}, "
        f"the largest {significant(errors.max())}{unit}, with the weights kept after step {found.step:,}."
    )
    examples = tuple(
        Example(
            name=_name(found, index),
            picture=_picture(split, index),
            words=f"{_listed(found.actual[index])}{unit}, predicted {_listed(found.predicted[index])}{unit}",
        )
        for index in np.argsort(-errors, kind="stable")[:NUM_WORST].tolist()
    )
    return Answered(words=words, examples=examples)


def _dense(found: DenseMistakes) -> Answered:
    """Return the answers of a head for masks or pictures, the worst by its first measure."""
    reached = ", ".join(
        f"{called(f'val/{name}')} {title_of(name).said(value)}" for name, value in found.summary.items()
    )
    words = (
        f"{reached} over {found.num_pictures:,} {SPLIT_TITLES[found.split]} pictures, with the weights kept after step "
        f"{found.step:,}. Beside each other: {', '.join(CAPTIONS)}."
    )
    by_class: Table | None = None
    colours: tuple[tuple[str, str], ...] = ()
    if isinstance(found, MaskMistakes):
        hues = (f"rgb{hue}" for hue in pixel_hues())
        colours = tuple(zip(found.class_names, hues, strict=False))
        rows = zip(found.class_names, map(percent, found.class_ious), strict=True)
        by_class = Table(heading=("class", "IoU"), rows=tuple(rows))
    measure = next(iter(found.measures))
    worst = found.pictures(measure)[:NUM_DENSE].tolist()
    examples = tuple(
        Example(
            name=_name(found, index),
            picture=_png(strip(prediction, pixel_hues()), len(CAPTIONS) * SIDE),
            words=f"{called(f'val/{measure}')} {title_of(measure).said(float(found.measures[measure][index]))}",
        )
        for index, prediction in zip(worst, found.predictions(worst), strict=True)
    )
    return Answered(words=words, by_class=by_class, examples=examples, colours=colours, are_strips=True)


def _name(found: HeadMistakes, index: int) -> str:
    return str(found.names[index]) if found.names is not None else f"{found.thing} {index:,}"


def _listed(numbers: Iterable[float]) -> str:
    return ", ".join(numeral(number, ".4g") for number in numbers)


def _picture(split: Split, index: int) -> str:
    """Return a picture of a split as a small PNG in a ``data:`` address; empty for points."""
    if split.inputs.ndim != 4:
        return ""
    values = np.asarray(split.inputs[index : index + 1])[0]
    return _png(values.transpose(1, 2, 0) if len(values) == 3 else values[0], SIDE)


def _png(values: NDArray[np.uint8], width: int) -> str:
    """Return a picture, uint8 [H, W] or [H, W, 3], as a small PNG in a ``data:`` address."""
    from PIL import Image

    image = Image.fromarray(values)
    image.thumbnail((width, SIDE))
    png = io.BytesIO()
    image.save(png, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(png.getvalue()).decode()}"

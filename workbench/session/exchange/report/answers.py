"""What a run's checkpoint answers on its data: confused classes, the worst mistakes with their pictures, and the
largest errors in numbers.
"""

from __future__ import annotations

import io
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.session.exchange.report.facts import SPLITS, Table
from workbench.session.prepared import dataset_of
from workbench.session.views.mistakes.asked import find_mistakes
from workbench.session.views.mistakes.classes import ClassMistakes
from workbench.spec.record import Record, replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray
    from torch import Tensor, nn

    from workbench.data.dataset import Dataset, Split
    from workbench.data.progress import Progress
    from workbench.runs.store import SavedRun
    from workbench.spec.column import Column
    from workbench.training.plan import Plan

NUM_WORST = 20
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
    """What one head answers on a split: in a sentence, and what of it can be shown.

    ``matrix`` has a row for each class, empty if there are too many; ``examples`` are the worst first.
    """

    title: str
    words: str
    classes: tuple[str, ...] = ()
    matrix: tuple[tuple[Cell, ...], ...] = ()
    by_class: Table | None = None
    pairs: Table | None = None
    examples: tuple[Example, ...] = ()


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
    # Wherever it was trained: its GPU may not be here.
    experiment = replace(run.experiment, training=replace(run.experiment.training, device="auto"))
    dataset = dataset_of(experiment, progress)
    plan, state = beginning.of_checkpoint(experiment, dataset, checkpoint)
    module = state.module.eval()
    found = find_mistakes(module, plan, dataset, state.step, progress).heads
    heads = [
        _classes(mistakes, dataset.splits[mistakes.split], several=len(plan.heads) > 1)
        for mistakes in found
        if isinstance(mistakes, ClassMistakes)
    ]
    heads += _numbers(module, plan, dataset, state.step, progress)
    return Answers(heads=tuple(heads), licence=dataset.licence, counts=_counts(dataset))


def _counts(dataset: Dataset) -> Table | None:
    """Return how many examples of each class the splits have, of the first column of classes."""
    names = dataset.class_names
    if not names:
        return None
    column = next(column.name for column in dataset.columns if column.kind == "class")
    counts = [np.bincount(np.asarray(split.targets[column]), minlength=len(names)) for split in dataset.splits.values()]
    rows = tuple((name, *(f"{count[place]:,}" for count in counts)) for place, name in enumerate(names))
    return Table(heading=(column, *(SPLITS[split] for split in dataset.splits)), rows=rows)


def _classes(found: ClassMistakes, split: Split, *, several: bool) -> Answered:
    count, names = len(found.labels), found.class_names
    words = (
        f"{found.num_correct:,} of {count:,} {SPLITS[found.split]} {found.thing}s are correct "
        f"({_percent(found.num_correct / count)}), with the weights kept after step {found.step:,}."
    )
    pairs = tuple(
        (names[each.label], names[each.predicted], f"{each.count:,}") for each in found.confusions[:MOST_PAIRS]
    )
    worst = [index for index in found.worst if found.labels[index] != found.predicted[index]][:NUM_WORST]
    return Answered(
        title=found.title if several else "",
        words=words,
        classes=names,
        matrix=_matrix(found) if len(names) <= MOST_CLASSES else (),
        by_class=_by_class(found),
        pairs=Table(heading=("actual", "predicted", "count"), rows=pairs, num_words=2) if pairs else None,
        examples=tuple(_mistake(found, split, int(index)) for index in worst),
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
        (name, f"{int(found.matrix[label].sum()):,}", _percent(found.recall[label]), _percent(found.precision[label]))
        for label, name in enumerate(found.class_names)
    )
    return Table(heading=("class", f"{found.thing}s", "recall", "precision"), rows=rows)


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.1f} %"


def _mistake(found: ClassMistakes, split: Split, index: int) -> Example:
    name = str(found.names[index]) if found.names is not None else f"{found.thing} {index:,}"
    actual, predicted = (found.class_names[labels[index]] for labels in (found.labels, found.predicted))
    words = f"{actual}, predicted as {predicted} with confidence {_percent(found.confidence[index])}"
    return Example(name=name, picture=_picture(split, index), words=words)


def _numbers(module: nn.Module, plan: Plan, dataset: Dataset, step: int, progress: Progress) -> Iterator[Answered]:
    """Yield the answers of the heads that predict numbers."""
    from workbench.insight.mistakes import evaluated

    columns = {(head.output, head.target): head.column for head in plan.heads if head.column.kind == "number"}
    if not columns:
        return
    name, batches = plan.shown

    def asked() -> Iterator[tuple[Any, Any]]:
        for batch in batches.in_order():
            progress("Evaluating the network", int(batch.indices[0]), len(batches.inputs))
            yield batch.inputs, batch.targets

    found = evaluated(module, asked(), [(output, target, _of_numbers) for output, target in columns])
    for ((output, target), column), arrays in zip(columns.items(), found, strict=True):
        title = f"{output} → {target}" if len(plan.heads) > 1 else ""
        yield _errors(title, column, arrays, name, dataset, step)


def _of_numbers(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
    """Return what is predicted and what is ``actual``, float32 [B, numbers]."""
    return {"predicted": outputs.flatten(start_dim=1), "actual": targets.float().reshape(len(outputs), -1)}


def _errors(
    title: str, column: Column, arrays: Mapping[str, NDArray[np.float32]], name: str, dataset: Dataset, step: int
) -> Answered:
    """Return the answers of a head, the largest error first; of several numbers, their mean counts."""
    split, predicted, actual = dataset.splits[name], arrays["predicted"], arrays["actual"]
    errors = np.abs(predicted - actual).mean(axis=1)
    unit = f" {column.unit}".rstrip()
    words = (
        f"The mean absolute error is {errors.mean():.4g}{unit} over {len(errors):,} {SPLITS[name]} {dataset.thing}s, "
        f"the largest {errors.max():.4g}{unit}, with the weights kept after step {step:,}."
    )
    examples = tuple(
        Example(
            name=f"{dataset.thing} {index:,}" if split.names is None else str(split.names[index]),
            picture=_picture(split, index),
            words=f"{_listed(actual[index])}{unit}, predicted {_listed(predicted[index])}{unit}",
        )
        for index in np.argsort(-errors, kind="stable")[:NUM_WORST].tolist()
    )
    return Answered(title=title, words=words, examples=examples)


def _listed(numbers: Iterable[float]) -> str:
    return ", ".join(f"{number:.4g}" for number in numbers)


def _picture(split: Split, index: int) -> str:
    """Return a picture of a split as a small PNG in a ``data:`` address; empty for points."""
    from PIL import Image

    if split.inputs.ndim != 4:
        return ""
    values = np.asarray(split.inputs[index : index + 1])[0]
    image = Image.fromarray(values.transpose(1, 2, 0) if len(values) == 3 else values[0])
    image.thumbnail((SIDE, SIDE))
    png = io.BytesIO()
    image.save(png, "PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(png.getvalue()).decode()}"

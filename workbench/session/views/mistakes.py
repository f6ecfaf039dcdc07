"""A network's predictions on a split: the confusion matrix, and the pictures in each of its cells."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.spec.problems import SpecError
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import nn

    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.training.plan import Plan


NO_CLASSES = (
    "This network has no classification output: see its predictions in the window with Run → Inspect batch, worst first"
)


class Confusion(Record):
    """The number of pictures of one class that are predicted as another."""

    label: int
    predicted: int
    count: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Mistakes:
    """The predictions of the network after ``step`` for each picture of ``split``, by the head of ``output`` for the
    column ``target``.

    ``labels``, ``predicted``: int64 [N]; ``confidence``, the probability of the predicted class, and ``losses``, the
    cross-entropy: float32 [N]. ``names`` are those in ``leave_out``, str [N]; None for points that are made.
    ``own_labels`` has the class that the data itself has for a name, where the run's recipe corrected it.
    """

    split: str
    step: int
    output: str
    target: str
    class_names: tuple[str, ...]
    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float32]
    losses: NDArray[np.float32]
    names: NDArray[np.object_] | None = None
    own_labels: Mapping[str, str] = field(default_factory=dict)
    thing: str = "picture"
    """What an example is called."""

    @cached_property
    def matrix(self) -> NDArray[np.int64]:
        """The confusion matrix [classes, classes]: how many pictures of the row's class are
        predicted as the column's.
        """
        size = len(self.class_names)
        return np.bincount(self.labels * size + self.predicted, minlength=size * size).reshape(size, size)

    @property
    def num_correct(self) -> int:
        return int(self.matrix.trace())

    @cached_property
    def recall(self) -> NDArray[np.float64]:
        """The recall of each class [classes]; NaN for a class without pictures."""
        return _shares(self.matrix.diagonal(), self.matrix.sum(axis=1))

    @cached_property
    def precision(self) -> NDArray[np.float64]:
        """The precision of each class [classes]; NaN for a class that is never predicted."""
        return _shares(self.matrix.diagonal(), self.matrix.sum(axis=0))

    @cached_property
    def confusions(self) -> tuple[Confusion, ...]:
        """Each pair of confused classes, the most frequent first."""
        wrong = self.matrix - np.diag(self.matrix.diagonal())
        order = np.argsort(-wrong, axis=None, kind="stable")[: np.count_nonzero(wrong)]
        pairs = zip(*np.unravel_index(order, wrong.shape), strict=True)
        return tuple(
            Confusion(label=int(label), predicted=int(predicted), count=int(wrong[label, predicted]))
            for label, predicted in pairs
        )

    @cached_property
    def worst(self) -> NDArray[np.int64]:
        """The pictures by decreasing loss: indices int64 [N]. Where labels are wrong, they come first."""
        return np.argsort(-self.losses, kind="stable")

    @cached_property
    def surest(self) -> NDArray[np.int64]:
        """The pictures by decreasing confidence: indices int64 [N]. Where they are right, ``worst`` backwards."""
        return np.argsort(-self.confidence, kind="stable")

    def pictures(
        self, label: int | None = None, predicted: int | None = None, *, surest_first: bool = False
    ) -> NDArray[np.int64]:
        """Return the pictures of a cell, of a row or column without its diagonal, or all mistakes: indices int64 [n].

        They are in the order of ``worst``, or of ``surest``.
        """
        is_right = self.labels == self.predicted
        chosen = is_right if label is not None and label == predicted else ~is_right
        if label is not None:
            chosen = chosen & (self.labels == label)
        if predicted is not None:
            chosen = chosen & (self.predicted == predicted)
        order = self.surest if surest_first else self.worst
        indices: NDArray[np.int64] = order[chosen[order]]
        return indices


class Asked(Record):
    """The result of evaluating the network after ``step`` on a split: the mistakes of each classification head, in the
    order of the heads.

    If there is none, ``problem`` says why.
    """

    step: int
    heads: tuple[Mistakes, ...] = ()
    problem: str = ""


def _shares(parts: NDArray[np.int64], wholes: NDArray[np.int64]) -> NDArray[np.float64]:
    shares = np.full(len(parts), np.nan)
    np.divide(parts, wholes, out=shares, where=wholes > 0)
    return shares


def find_mistakes(
    module: nn.Module, plan: Plan, dataset: Dataset, step: int, progress: Progress, split: str = ""
) -> Asked:
    """Evaluate ``module``, which is in eval mode, on a split of ``dataset``, for each classification head.

    By default it is the split shown for a run. If there is no such head, the answer says so. ``progress`` may cancel
    before any batch.
    """
    from workbench.insight.mistakes import answers

    split = split or plan.shown[0]
    batches = plan.splits[split]
    heads = [head for head in plan.heads if head.column.kind == "class"]
    if not heads:
        return Asked(step=step, problem=NO_CLASSES)

    def asked() -> Iterator[tuple[Any, Any]]:
        for batch in batches.in_order():
            progress("evaluating the network", int(batch.indices[0]), len(batches.inputs))
            yield batch.inputs, batch.targets

    found = answers(module, asked(), [(head.output, head.target) for head in heads])
    mistakes = tuple(
        Mistakes(
            split=split,
            step=step,
            output=head.output,
            target=head.target,
            class_names=head.column.names,
            labels=answer.labels.numpy(),
            predicted=answer.predicted.numpy(),
            confidence=answer.confidence.numpy(),
            losses=answer.losses.numpy(),
            names=dataset.splits[split].names,
            own_labels=dataset.own_labels.get(head.target, {}),
            thing=dataset.thing,
        )
        for head, answer in zip(heads, found, strict=True)
    )
    return Asked(step=step, heads=mistakes)


def mistakes_of_run(folder: Path, progress: Progress, split: str = "") -> Asked:
    """Return the mistakes of a run's best checkpoint on a split, by default the shown one.

    Raises SpecError if it has no checkpoint, or no such split.
    """
    from workbench.runs.store import open_run
    from workbench.session.prepared import dataset_of
    from workbench.training import beginning

    saved = open_run(folder)
    experiment = saved.experiment
    dataset = dataset_of(experiment, progress)
    plan, state = beginning.of_checkpoint(experiment, dataset, saved.checkpoint)
    if split and split not in plan.splits:
        raise SpecError(f"{folder.name}: its data has no split {split}; there is {', '.join(plan.splits)}")
    return find_mistakes(state.module.eval(), plan, dataset, state.step, progress, split)

"""Evaluates a network on a split: a run's as it is now, or that of its best checkpoint."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.session.views.mistakes.classes import ClassMistakes
from workbench.session.views.mistakes.dense import MaskMistakes, PictureMistakes
from workbench.session.views.mistakes.head import Evaluated, HeadMistakes
from workbench.session.views.mistakes.labels import LabelMistakes
from workbench.session.views.mistakes.numbers import NumberMistakes
from workbench.spec.problems import SpecError
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from torch import nn

    from workbench.data.batches import Batches
    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.spec.column import Kind
    from workbench.training.plan import Plan

KINDS: dict[Kind, type[HeadMistakes]] = {
    "class": ClassMistakes,
    "labels": LabelMistakes,
    "number": NumberMistakes,
    "keypoints": NumberMistakes,
    "mask": MaskMistakes,
    "picture": PictureMistakes,
}
"""What is kept of a head's predictions, by the kind of its column. The window has a page for each
(``gui.mistakes.pages``), the command a text (``cli.mistakes``).
"""

AN_EMBEDDING = (
    "The output of this network is an embedding, which predicts no class: the panel Neighbours, and Similar in Try your "
    "own pictures (predict --similar-to PICTURE), show which pictures are close to another"
)


class Asked(Record):
    """The result of evaluating the network after ``step`` on a split: the mistakes of each head, in the order of the
    heads, without those of embeddings and codes.

    If there is none, or if it failed, ``problem`` says why.
    """

    step: int
    heads: tuple[HeadMistakes, ...] = ()
    problem: str = ""


def find_mistakes(
    module: nn.Module, plan: Plan, dataset: Dataset, step: int, progress: Progress, split: str = ""
) -> Asked:
    """Evaluate ``module``, which is in eval mode, on a split of ``dataset``, for each head that predicts something.

    By default it is the split shown for a run. ``progress`` may cancel before any batch.
    """
    from workbench.insight.mistakes import evaluated

    split = split or plan.shown[0]
    batches = plan.splits[split]
    columns = {
        (head.output, head.target): head.column for head in plan.heads if head.column.kind in KINDS and not head.embeds
    }
    if not columns:
        return Asked(step=step, problem=AN_EMBEDDING)

    def asked() -> Iterator[tuple[Any, Any]]:
        for batch in batches.in_order():
            progress("evaluating the network", int(batch.indices[0]), len(batches.inputs))
            yield batch.inputs, batch.targets

    heads = [(output, target, KINDS[column.kind].kept) for (output, target), column in columns.items()]
    mistakes = tuple(
        KINDS[column.kind](
            split=split,
            step=step,
            output=output,
            column=column,
            again=partial(_again, module, batches, (output, column.name)),
            names=dataset.splits[split].names,
            own_labels=dataset.own_labels.get(column.name, {}),
            thing=dataset.thing,
            **arrays,
        )
        for ((output, _), column), arrays in zip(columns.items(), evaluated(module, asked(), heads), strict=True)
    )
    for each in mistakes:
        each.prepare()
    return Asked(step=step, heads=mistakes)


def _again(module: nn.Module, batches: Batches, head: tuple[str, str], numbers: Sequence[int]) -> Evaluated:
    import torch

    batch, (output, target) = batches.chosen(torch.tensor(numbers)), head
    with torch.no_grad():
        outputs = module(batch.inputs)[output]
    seen = batches.pictures(batch.inputs).cpu().numpy()
    return Evaluated(seen=seen, outputs=outputs, targets=batch.targets[target])


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

"""Default heads, losses and measures, by kind of column, for recipes that do not specify them.

Imports no torch, since forms use it too.
"""

from collections.abc import Iterable, Sequence

from workbench.spec.column import CLASS, PICTURE, PRIOR, Column, Kind, named
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Head
from workbench.training import LOSSES
from workbench.training import MEASURES as ALL_MEASURES

LOSS: dict[Kind, str] = {
    "class": "CrossEntropy",
    "number": "MSE",
    "keypoints": "MSE",
    "labels": "BCEWithLogits",
    "picture": "MSE",
    "mask": "CrossEntropy",
    "prior": "KLDivergence",
}
OF_EMBEDDINGS = ("RecallAt1", "Verification")
MEASURES: dict[Kind, tuple[str, ...]] = {
    "class": ("Accuracy",),
    "number": ("MAE", "MaxError"),
    "keypoints": ("MAE", "MaxError"),
    "labels": ("F1", "AUC"),
    "picture": ("PSNR", "SSIM"),
    "mask": ("MeanIoU", "PixelAccuracy"),
    "prior": (),
}


def heads_of(experiment: Experiment, columns: Sequence[Column] = ()) -> tuple[Head, ...]:
    """Return the recipe's heads or, if it has none, one head for each output of the graph.

    Each default head predicts the next column, with the default loss for its kind. The first is ``class``; if there is
    none and the graph counts ``classes``, the first column that has some. If there are more outputs than columns, the
    columns are used again from the first, as auxiliary classifiers need. The picture itself is predicted only if the
    data has no other column.
    """
    if experiment.training.heads:
        return experiment.training.heads
    told = [column for column in columns if column.name != PICTURE] or columns
    graph = experiment.architecture.graph
    counted = next((column for column in told if column.names), None) if "classes" in graph.parameters else None
    first = named(told, CLASS) or counted
    targets = sorted(told, key=lambda column: column is not first)
    return tuple(
        aimed(Head(output=node.name), targets[place % len(targets)] if targets else None)
        for place, node in enumerate(graph.outputs)
    )


def aimed(head: Head, column: Column | None) -> Head:
    """Return the head with the default loss for ``column``; unchanged if that is None."""
    if column is None:
        return head
    return Head(output=head.output, target=column.name, loss=Component(type=LOSS[column.kind]), weight=head.weight)


def aims_at_prior(head: Head, columns: Sequence[Column]) -> bool:
    """Return whether its output is compared with the prior, which is no column of the data."""
    column = named(columns, head.target)
    return column is not None and column.kind == PRIOR


def embeds(head: Head) -> bool:
    """Return whether its output is an embedding: its loss compares examples with each other."""
    return head.loss.type in LOSSES and LOSSES[head.loss.type].embeds


def fitting_measures(head: Head, kind: Kind | None) -> tuple[str, ...]:
    """Return the names of the measures that support a column of this kind, or any if it is None, and the output as the
    head's loss makes it: an embedding or not.
    """
    table = ALL_MEASURES.table
    return tuple(
        name for name, each in table.items() if (kind is None or kind in each.takes) and each.embeds == embeds(head)
    )


def measures_of(head: Head, column: Column) -> tuple[Component, ...]:
    """Return the head's measures, or the defaults for an embedding or its column's kind."""
    return head.measures or tuple(
        Component(type=name) for name in (OF_EMBEDDINGS if embeds(head) else MEASURES[column.kind])
    )


def grouping(experiment: Experiment, columns: Sequence[Column]) -> str:
    """Return the column whose classes come together in batches if the recipe says so: the first one of classes that an
    embedding is learnt for or, if there is none, that any head predicts; empty if there is none, or it does not say so.
    """
    if experiment.training.per_class == 1:
        return ""
    return next(iter(of_classes(experiment, columns)), "")


def of_classes(experiment: Experiment, columns: Sequence[Column]) -> list[str]:
    """Return the columns of classes that heads are trained for, those of embeddings first."""
    heads = sorted(heads_of(experiment, columns), key=lambda head: not embeds(head))
    found = [named(columns, head.target) for head in heads]
    return [column.name for column in found if column is not None and column.kind == "class"]


def measured_as(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return for each (output, column) what its measures are called among those of several: the output's name, with
    the column's added where it is compared with more than one; empty for a single pair.
    """
    different = tuple(dict.fromkeys(pairs))
    if len(different) == 1:
        return dict.fromkeys(different, "")
    outputs = [output for output, _ in different]
    return {
        (output, column): output if outputs.count(output) == 1 else f"{output}-{column}" for output, column in different
    }


def num_classes(experiment: Experiment, columns: Sequence[Column]) -> int | None:
    """Return the value of the graph's parameter ``classes``: the number of class names of the first head's column.

    If that column has none, the first column with names is used; None if no column has any.
    """
    column = _counted(experiment, columns)
    return len(column.names) if column is not None else None


def used_columns(experiment: Experiment, columns: Sequence[Column]) -> tuple[str, ...]:
    """Return the columns of the data that training needs: the heads' targets in their order, and the one whose names
    the graph's ``classes`` counts.
    """
    counted = _counted(experiment, columns) if "classes" in experiment.architecture.graph.parameters else None
    targets = [head.target for head in heads_of(experiment, columns) if not aims_at_prior(head, columns)]
    return tuple(dict.fromkeys(targets if counted is None else [*targets, counted.name]))


def _counted(experiment: Experiment, columns: Sequence[Column]) -> Column | None:
    aims = [named(columns, head.target) for head in heads_of(experiment, columns)]
    return next((column for column in (*aims, *columns) if column is not None and column.names), None)

"""Default heads, losses and measures, by kind of column, for recipes that do not specify them.

No torch here: forms ask as well.
"""

from collections.abc import Sequence

from workbench.spec.column import CLASS, PICTURE, Column, Kind, named
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Head

LOSS: dict[Kind, str] = {
    "class": "CrossEntropy",
    "number": "MSE",
    "labels": "BCEWithLogits",
    "picture": "MSE",
    "mask": "CrossEntropy",
}
MEASURES: dict[Kind, tuple[str, ...]] = {
    "class": ("Accuracy",),
    "number": ("MAE", "MaxError"),
    "labels": ("F1", "AUC"),
    "picture": ("PSNR", "SSIM"),
    "mask": ("MeanIoU", "PixelAccuracy"),
}


def heads_of(experiment: Experiment, columns: Sequence[Column] = ()) -> tuple[Head, ...]:
    """The recipe's heads; where it names none, one for each of the graph's outputs.

    Each aims at the first column that none before it aims at, ``class`` coming first, and by the loss for its kind. More
    outputs than columns begin again with the first, as auxiliary classifiers do; the picture itself is aimed at where the
    data says nothing of it.
    """
    if experiment.training.heads:
        return experiment.training.heads
    told = [column for column in columns if column.name != PICTURE] or columns
    targets = sorted(told, key=lambda column: column.name != CLASS)
    outputs = experiment.architecture.graph.outputs
    return tuple(
        aimed(Head(output=node.name), targets[place % len(targets)] if targets else None)
        for place, node in enumerate(outputs)
    )


def aimed(head: Head, column: Column | None) -> Head:
    """The head as it goes without saying for this column: loss and measures of its kind; as it is for None."""
    if column is None:
        return head
    return Head(output=head.output, target=column.name, loss=Component(type=LOSS[column.kind]), weight=head.weight)


def measures_of(head: Head, column: Column) -> tuple[Component, ...]:
    """The head's measures, or those of its column's kind."""
    return head.measures or tuple(Component(type=name) for name in MEASURES[column.kind])


def num_classes(experiment: Experiment, columns: Sequence[Column]) -> int | None:
    """What the graph's parameter ``classes`` is set to: how many names the first head's column has.

    Where that one has none, the first column that does; None where there is no such column.
    """
    aims = [named(columns, head.target) for head in heads_of(experiment, columns)]
    counts = (len(column.names) for column in (*aims, *columns) if column is not None and column.names)
    return next(counts, None)

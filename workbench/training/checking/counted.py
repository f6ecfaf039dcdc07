"""A table's column that was taken for classes, such as ages of few different values, or for a feature, but is predicted
as a number.
"""

from collections.abc import Sequence

from workbench.compiler.facts import NodeFacts
from workbench.spec.column import Column, Kind
from workbench.spec.experiment import Experiment, Head
from workbench.spec.problems import Problem
from workbench.spec.record import replace
from workbench.spec.remedy import Remedy, SetColumnTypes, SetHead, Together
from workbench.training import LOSSES


def is_counted(experiment: Experiment, head: Head, facts: NodeFacts, column: Column) -> bool:
    """Return whether the head predicts one number, by a loss for numbers, and the column would be one."""
    is_open = experiment.data.source.type == "TableFile" and column.kind == "class"
    return gives_number(head, facts) and is_open and all(map(_is_number, column.names))


def gives_number(head: Head, facts: NodeFacts) -> bool:
    """Return whether the head predicts one number, by a loss for numbers."""
    takes = LOSSES[head.loss.type].takes if head.loss.type in LOSSES else ()
    return "number" in takes and facts.output_shapes == ((1,),)


def as_number(experiment: Experiment, head: Head, column: Column, columns: Sequence[Column]) -> Remedy:
    """Return what makes the column a number and the head predict it.

    In a table of numbers the types of the other ``columns`` that can be predicted are said as well: they are guessed
    only where nothing is.
    """
    has_pictures = len(experiment.architecture.input_shape or ()) > 1
    others: dict[str, Kind] = {} if has_pictures else {each.name: each.kind for each in columns}
    types = SetColumnTypes(words="", path="", types=others | {column.name: "number"})
    aim = SetHead(words="", path=head.output, head=replace(head, target=column.name))
    return Together(words=f"Predict {column.name} as a number", path=head.output, remedies=(types, aim))


def taken_for_classes(experiment: Experiment, head: Head, column: Column, columns: Sequence[Column]) -> Problem:
    """Return the problem of a head that predicts a number from such a column."""
    return Problem(
        node=head.output,
        what=f"a number is predicted, but the column {column.name} was taken for {column.words()}",
        mend=f"take it for numbers (setting data.source.types, {column.name}=number)",
        remedy=as_number(experiment, head, column, columns),
    )


def _is_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True

"""The targets of the outputs as the form shows them, and their edits. No Qt."""

from collections.abc import Sequence

from workbench.data.preparation import columns_of
from workbench.gui.settings.presenter import with_head, with_parameter, with_training
from workbench.spec.column import Column, Kind, named
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Head
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value, replace
from workbench.training import LOSSES
from workbench.training.aims import aimed, fitting_measures, heads_of, measures_of


class Aim(Record):
    """An output, and its head with its index in the recipe; both None if the output is not trained.

    ``kind`` is that of the target column; None if unknown.
    """

    output: str
    head: Head | None = None
    index: int | None = None
    kind: Kind | None = None


def known_columns(experiment: Experiment, columns: Sequence[Column] | None) -> tuple[Column, ...]:
    """Return the columns that heads can have as targets; none if these, or the network's Input, are unknown."""
    shape = experiment.architecture.input_shape
    if not columns or shape is None:
        return ()
    try:
        return columns_of(experiment.data, tuple(columns), shape)
    except SpecError:
        return tuple(columns)


def aims(experiment: Experiment, columns: Sequence[Column]) -> tuple[Aim, ...]:
    """Return the heads, followed by the outputs without one."""
    heads = heads_of(experiment, columns)
    aimed_at = [named(columns, head.target) for head in heads]
    shown = [
        Aim(output=head.output, head=head, index=index, kind=column.kind if column is not None else None)
        for index, (head, column) in enumerate(zip(heads, aimed_at, strict=True))
    ]
    taken = {head.output for head in heads}
    outputs = (node.name for node in experiment.architecture.graph.outputs)
    return (*shown, *(Aim(output=name) for name in outputs if name not in taken))


def with_target(experiment: Experiment, columns: Sequence[Column], aim: Aim, target: str | None) -> Experiment:
    """Return the experiment with another target and its default loss; None removes the head, unless it is the last."""
    heads = list(heads_of(experiment, columns))
    if target is None:
        if aim.index is None or len(heads) == 1:
            return experiment
        del heads[aim.index]
    else:
        head = aimed(aim.head or Head(output=aim.output), named(columns, target))
        head = replace(head, target=target)
        heads[slice(aim.index, aim.index + 1) if aim.index is not None else slice(len(heads), None)] = [head]
    return with_training(experiment, heads=tuple(heads))


def with_loss(experiment: Experiment, columns: Sequence[Column], aim: Aim, loss: Component) -> Experiment:
    """Return the experiment with another loss, or other settings of it; measures that do not fit it are dropped."""
    assert aim.head is not None and aim.index is not None
    fitting = fitting_measures(replace(aim.head, loss=loss), aim.kind)
    measures = tuple(each for each in aim.head.measures if each.type in fitting)
    return with_head(experiment, aim.index, columns, loss=loss, measures=measures)


def with_measures(experiment: Experiment, columns: Sequence[Column], aim: Aim, names: Sequence[str]) -> Experiment:
    """Return the experiment with these measures, keeping their settings; none means the default ones."""
    kept = {component.type: component for component in chosen_measures(aim)}
    measures = tuple(kept.get(name, Component(type=name)) for name in names)
    return _with_measures(experiment, columns, aim, measures)


def with_measure_setting(
    experiment: Experiment, columns: Sequence[Column], aim: Aim, measure: str, name: str, value: Value
) -> Experiment:
    """Return the experiment with one setting of a chosen measure changed."""
    measures = tuple(
        with_parameter(component, name, value) if component.type == measure else component
        for component in chosen_measures(aim)
    )
    return _with_measures(experiment, columns, aim, measures)


def _with_measures(
    experiment: Experiment, columns: Sequence[Column], aim: Aim, measures: tuple[Component, ...]
) -> Experiment:
    assert aim.index is not None
    return with_head(experiment, aim.index, columns, measures=measures)


def chosen_measures(aim: Aim) -> tuple[Component, ...]:
    """Return an output's measures: those of its head, or the default ones."""
    if aim.head is None:
        return ()
    if aim.kind is None:
        return aim.head.measures
    return measures_of(aim.head, Column(name=aim.head.target, kind=aim.kind))


def fitting_losses(aim: Aim) -> tuple[str, ...]:
    """Return the names of the losses that support the target's kind; all if it is unknown."""
    return tuple(name for name, each in LOSSES.table.items() if aim.kind is None or aim.kind in each.takes)

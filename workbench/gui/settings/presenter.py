"""Edits of the recipes as pure functions from an experiment to an experiment. No Qt.

What can be set is ``declared``; what is known of the data before is in ``source_facts``, outputs and their aims in ``heads``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.data.leave_out import with_source
from workbench.gui.settings.declared import SplitSettings, UpdateSettings
from workbench.spec.catalogue import Catalogue
from workbench.spec.column import Column
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment, TrainingRecipe
from workbench.spec.forms import starting_parameters
from workbench.spec.problems import SpecError
from workbench.spec.record import Value, replace
from workbench.training import OPTIMIZERS, SCHEDULES
from workbench.training.aims import heads_of
from workbench.training.schedule import Schedule

NUM_SCHEDULE_POINTS = 200


def split_values(experiment: Experiment) -> dict[str, Value]:
    """The values of ``SplitSettings``."""
    return {name: getattr(experiment.data, name) for name in SplitSettings.__struct_fields__}


def run_values(experiment: Experiment) -> dict[str, Value]:
    """The values of ``RunSettings``."""
    recipe = experiment.training
    return {"epochs": recipe.epochs, "batch_size": recipe.batch_size, "seed": experiment.seed, "device": recipe.device}


def update_values(experiment: Experiment) -> dict[str, Value]:
    """The values of ``UpdateSettings``."""
    return {name: getattr(experiment.training, name) for name in UpdateSettings.__struct_fields__}


def with_run_value(experiment: Experiment, name: str, value: Value) -> Experiment:
    """One of the ``RunSettings`` changed."""
    if name == "seed":
        return replace(experiment, seed=value)
    return with_training(experiment, **{name: value})


def with_training(experiment: Experiment, **changes: object) -> Experiment:
    """Fields of the training recipe changed."""
    recipe: TrainingRecipe = replace(experiment.training, **changes)
    return replace(experiment, training=recipe)


def with_speed(experiment: Experiment, name: str, value: Value) -> Experiment:
    """One of the ``SpeedSettings`` changed."""
    return with_training(experiment, speed=replace(experiment.training.speed, **{name: value}))


def with_data(experiment: Experiment, **changes: object) -> Experiment:
    """Fields of the data recipe changed; another ``source`` takes along what was left out of the one before."""
    source = changes.pop("source", None)
    if isinstance(source, Component):
        experiment = replace(experiment, data=with_source(experiment.data, source))
    recipe: DataRecipe = replace(experiment.data, **changes)
    return replace(experiment, data=recipe)


def with_head(experiment: Experiment, index: int, columns: Sequence[Column] = (), **changes: object) -> Experiment:
    """A head changed. From then on the recipe names its heads, those that the data's columns made it stand for."""
    all_heads = list(heads_of(experiment, columns))
    all_heads[index] = replace(all_heads[index], **changes)
    return with_training(experiment, heads=tuple(all_heads))


def with_augmentation(experiment: Experiment, index: int, component: Component) -> Experiment:
    """The settings of one augmentation changed."""
    steps = list(experiment.data.augmentation)
    steps[index] = component
    return with_data(experiment, augmentation=tuple(steps))


def without_augmentation(experiment: Experiment, index: int) -> Experiment:
    """One augmentation taken out."""
    steps = experiment.data.augmentation
    return with_data(experiment, augmentation=steps[:index] + steps[index + 1 :])


def new_component(catalogue: Catalogue[Any], type_name: str) -> Component:
    """A choice from a catalogue as it begins."""
    return Component(type=type_name, parameters=starting_parameters(catalogue[type_name]))


def with_parameter(component: Component, name: str, value: Value) -> Component:
    """A component with one parameter set."""
    return replace(component, parameters=component.parameters | {name: value})


def without_parameter(component: Component, name: str) -> Component:
    """A component with one parameter at its default again."""
    rest = {key: value for key, value in component.parameters.items() if key != name}
    return replace(component, parameters=rest)


def schedule_of(recipe: TrainingRecipe) -> Schedule:
    """The recipe's schedule. SpecError where it cannot be made."""
    return SCHEDULES.make(recipe.schedule.type, recipe.schedule.parameters)


def schedule_points(recipe: TrainingRecipe) -> tuple[tuple[float, float], ...]:
    """How the learning rate goes over the run: (share of the run, share of the rate). SpecError where it cannot be made."""
    schedule = schedule_of(recipe)
    num_steps = recipe.epochs * NUM_SCHEDULE_POINTS
    picked = range(0, num_steps, recipe.epochs)
    return tuple((step / num_steps, schedule.factor(step, NUM_SCHEDULE_POINTS, num_steps)) for step in picked)


def with_scaled_rate(experiment: Experiment, factor: float) -> Experiment | None:
    """The experiment with its learning rate times ``factor``; None where its optimizer has none to speak of."""
    optimizer = experiment.training.optimizer
    try:
        rate = OPTIMIZERS.make(optimizer.type, optimizer.parameters).lr
        scaled = with_parameter(optimizer, "lr", float(f"{rate * factor:.6g}"))
        OPTIMIZERS.make(scaled.type, scaled.parameters)
    except SpecError:
        return None
    return with_training(experiment, optimizer=scaled)


def component_error(catalogue: Catalogue[Any], component: Component) -> str:
    """What is wrong with a component, in one sentence; empty where nothing is."""
    try:
        catalogue.make(component.type, component.parameters)
    except SpecError as error:
        return str(error)
    return ""

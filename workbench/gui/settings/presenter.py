"""Edits of the recipes as pure functions from experiment to experiment. No Qt.

The settings are declared in ``declared``; facts about the data are in ``source_facts``, targets of outputs in
``heads``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from workbench.data.other_data import on_source
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


def run_values(experiment: Experiment) -> dict[str, Value]:
    """Return the values of ``RunSettings``."""
    recipe = experiment.training
    return {"epochs": recipe.epochs, "batch_size": recipe.batch_size, "seed": experiment.seed, "device": recipe.device}


def with_run_value(experiment: Experiment, name: str, value: Value) -> Experiment:
    """Return the experiment with one of the ``RunSettings`` changed."""
    if name == "seed":
        return replace(experiment, seed=value)
    return with_training(experiment, **{name: value})


def with_training(experiment: Experiment, **changes: object) -> Experiment:
    """Return the experiment with fields of the training recipe changed."""
    recipe: TrainingRecipe = replace(experiment.training, **changes)
    return replace(experiment, training=recipe)


def with_speed(experiment: Experiment, name: str, value: Value) -> Experiment:
    """Return the experiment with one of the settings of its ``Speed`` changed."""
    return with_training(experiment, speed=replace(experiment.training.speed, **{name: value}))


def with_data(experiment: Experiment, titles: Collection[str] = (), **changes: object) -> Experiment:
    """Return the experiment with fields of the data recipe changed; ``titles`` are the presets'."""
    source = changes.pop("source", None)
    if isinstance(source, Component):
        experiment = on_source(experiment, source, titles)
    recipe: DataRecipe = replace(experiment.data, **changes)
    return replace(experiment, data=recipe)


def with_head(experiment: Experiment, index: int, columns: Sequence[Column] = (), **changes: object) -> Experiment:
    """Return the experiment with a head changed.

    The recipe then lists its heads instead of relying on the default ones.
    """
    all_heads = list(heads_of(experiment, columns))
    all_heads[index] = replace(all_heads[index], **changes)
    return with_training(experiment, heads=tuple(all_heads))


def with_augmentation(experiment: Experiment, index: int, component: Component) -> Experiment:
    """Return the experiment with the settings of one augmentation changed."""
    steps = list(experiment.data.augmentation)
    steps[index] = component
    return with_data(experiment, augmentation=tuple(steps))


def without_augmentation(experiment: Experiment, index: int) -> Experiment:
    """Return the experiment without one augmentation."""
    steps = experiment.data.augmentation
    return with_data(experiment, augmentation=steps[:index] + steps[index + 1 :])


def new_component(catalogue: Catalogue[Any], type_name: str) -> Component:
    """Return a component of a catalogue with its initial parameters."""
    return Component(type=type_name, parameters=starting_parameters(catalogue[type_name]))


def with_parameter(component: Component, name: str, value: Value) -> Component:
    """Return the component with one parameter set."""
    return replace(component, parameters=component.parameters | {name: value})


def without_parameter(component: Component, name: str) -> Component:
    """Return the component with one parameter reset to its default."""
    rest = {key: value for key, value in component.parameters.items() if key != name}
    return replace(component, parameters=rest)


def schedule_of(recipe: TrainingRecipe) -> Schedule:
    """Return the recipe's schedule. Raises SpecError if its settings are invalid."""
    return SCHEDULES.of(recipe.schedule)


def schedule_points(recipe: TrainingRecipe) -> tuple[tuple[float, float], ...]:
    """Return the learning rate over the run as (share of the run, factor).

    Raises SpecError if the settings are invalid.
    """
    schedule = schedule_of(recipe)
    num_steps = recipe.epochs * NUM_SCHEDULE_POINTS
    picked = range(0, num_steps, recipe.epochs)
    return tuple((step / num_steps, schedule.factor(step, NUM_SCHEDULE_POINTS, num_steps)) for step in picked)


def with_scaled_rate(experiment: Experiment, factor: float) -> Experiment | None:
    """Return the experiment with its learning rate multiplied by ``factor``; None if the result is invalid."""
    optimizer = experiment.training.optimizer
    try:
        rate = OPTIMIZERS.of(optimizer).lr
        scaled = with_parameter(optimizer, "lr", float(f"{rate * factor:.6g}"))
        OPTIMIZERS.of(scaled)
    except SpecError:
        return None
    return with_training(experiment, optimizer=scaled)


def component_error(catalogue: Catalogue[Any], component: Component) -> str:
    """Return what is wrong with a component, in one sentence; empty if nothing is."""
    try:
        catalogue.of(component)
    except SpecError as error:
        return str(error)
    return ""

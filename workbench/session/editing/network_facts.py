"""The analysis of an experiment's network with its data, and what prevents training: pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.compiler.facts import Analysis
from workbench.data import facts
from workbench.data.source import SourceFacts
from workbench.layers.base import describe
from workbench.session.prepared import input_shape
from workbench.spec import edits
from workbench.spec.column import Column, named
from workbench.spec.component import Component
from workbench.spec.experiment import SIXTEEN_BITS, Experiment
from workbench.spec.files import read_experiment
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import replace
from workbench.spec.remedy import Remedy, SetNetwork, SetParameters, SetPrecision
from workbench.spec.words import size_words
from workbench.training.aims import heads_of, num_classes

if TYPE_CHECKING:
    from workbench.compiler.analysis import Resolver
    from workbench.compiler.table import LayerRow

FOR_NUMBERS = {1: ("mlp-moons", "Two hidden layers"), 2: ("conv1d-series", "Convolutions along series")}
"""The preset whose network is offered where one for pictures gets points or series, by their number of dimensions, and
the network's name.
"""

LookUp = Callable[[Component], SourceFacts]
"""Returns the facts of a data source, as ``data.facts`` does."""


def analyse_experiment(experiment: Experiment, look_up: LookUp = facts, resolver: Resolver | None = None) -> Analysis:
    """Return the network's analysis with the data's number of classes, and everything that prevents training on the
    data.

    A ``resolver`` used before makes the answer faster, not different.
    """
    from workbench.compiler.analysis import Resolver
    from workbench.training.checking.checks import check_training
    from workbench.training.checking.habits import check_colour, check_habits, check_magnitude, check_order, check_steps

    misfit, known = _misfit(experiment, look_up)
    columns = _columns(experiment, known)
    classes = num_classes(experiment, columns)
    analysis = (resolver or Resolver()).resolve(experiment.architecture, classes=classes).analysis
    problems = [*analysis.problems, *misfit, *_missing_weights(experiment)]
    if analysis.sound and known is not None and known.columns is not None:
        problems += check_training(experiment, analysis, columns, features=known.feature_columns)
        problems += check_habits(experiment, columns)
    if analysis.sound and known is not None:
        problems += [
            *check_steps(experiment, known),
            *check_colour(experiment, known),
            *check_order(experiment, known),
            *check_magnitude(experiment, known),
        ]
    if analysis.sound:
        problems += tight_memory(experiment, analysis, known) + imitated_bits(experiment)
    return replace(analysis, problems=tuple(problems))


def remedy_of_input(experiment: Experiment, known: SourceFacts) -> Remedy | None:
    """Return what makes a network take points or series, or pictures instead of these; None if its Input fits them, or
    if the pictures' size is not known.

    Layers for pictures have no use for points, and hardly those for points for series, so that such a network is
    replaced as a whole, by one that answers what is predicted.
    """
    numbers, shape, own = known.numbers_shape, experiment.architecture.input_shape, known.picture_shape
    if shape is None or shape == numbers:
        return None
    node = experiment.architecture.graph.inputs[0].name
    if numbers is None:
        if own is None or len(shape) == 3:
            return None
        return SetParameters(words=f"Make {node} take {describe(own)}", path=node, values={"shape": [*own]})
    if len(shape) == len(numbers):
        words = f"Make {node} take {size_words(numbers)}"
        return SetParameters(words=words, path=node, values={"shape": [*numbers]})
    words = small_network_words(numbers)
    columns = known.columns or ()
    preset, name = FOR_NUMBERS[len(numbers)]
    small = read_experiment(preset).architecture
    (taken,), (output,) = small.graph.inputs, small.graph.outputs
    graph = edits.set_parameters(small.graph, taken.name, {"shape": [*numbers]})
    network = replace(small, name=name, graph=graph)
    heads = tuple(
        head for head in experiment.training.heads if head.output == output.name and named(columns, head.target)
    )
    remedy = SetNetwork(words=words, path="", architecture=network, heads=heads)
    aim = named(columns, heads_of(apply_remedy(experiment, remedy), columns)[0].target)
    if aim is None or aim.names:
        return remedy
    # The network of the preset has an output for each class.
    graph = edits.set_parameters(graph, output.inputs[0], {"out_features": math.prod(aim.answer)})
    return replace(remedy, architecture=replace(network, graph=replace(graph, parameters={})))


def small_network_words(numbers: tuple[int, ...]) -> str:
    """Return what a button says that replaces the network by a small one for points or series of this shape."""
    return f"Use a small network for {size_words(numbers)}"


def check_data(experiment: Experiment, known: SourceFacts) -> None:
    """Raise SpecError, with a remedy if there is one, if the data, described by ``known``, does not fit the Input or
    cannot be prepared.
    """
    from workbench.data.preparation import check_augmentation, check_fits, check_split
    from workbench.data.relabel import check_classes

    try:
        check_fits(experiment.data.source, known, input_shape(experiment))
        check_augmentation(experiment.data, input_shape(experiment))
        check_split(experiment.data, known)
        if known.columns is not None:
            check_classes(known.columns, experiment.data.relabel)
    except SpecError as error:
        raise SpecError(str(error), error.remedy or remedy_of_input(experiment, known)) from None


def tight_memory(
    experiment: Experiment,
    analysis: Analysis,
    known: SourceFacts | None = None,
    *,
    num_ranks: int = 1,
    num_here: int = 1,
) -> tuple[Problem, ...]:
    """Return a warning if a training step should not fit into the free memory of the recipe's device.

    A batch holds no more pictures than there are to train on, if the data is ``known``. Each of ``num_ranks`` processes
    needs its share, ``num_here`` of them on this machine.
    """
    from workbench.session.free_memory import found_apart
    from workbench.training.checking import memory_limit
    from workbench.training.checking.habits import num_to_train
    from workbench.training.device import choose_device

    recipe = experiment.training
    num_train = None if known is None else num_to_train(experiment, known)
    if num_train:
        recipe = replace(recipe, batch_size=min(recipe.batch_size, num_train))
    try:
        device = str(choose_device(experiment.training.device))
    except SpecError:
        return ()  # no such device, which is reported elsewhere
    sharing = num_here if device == "cpu" else 1
    free = found_apart(device) if num_ranks > 1 and device != "cpu" else memory_limit.free_memory(device)
    problem = memory_limit.memory_problem(recipe, analysis, device, free, num_ranks=num_ranks, sharing=sharing)
    return (problem,) if problem is not None else ()


def imitated_bits(experiment: Experiment) -> tuple[Problem, ...]:
    """Return a warning if the recipe's precision is one that this machine's processor, which computes it, imitates."""
    from workbench.training.device import choose_device, computes

    precision = experiment.training.speed.precision
    try:
        is_imitated = (
            precision in SIXTEEN_BITS
            and choose_device(experiment.training.device).type == "cpu"
            and not computes(precision)
        )
    except SpecError:
        return ()  # no such device, which is reported elsewhere
    if not is_imitated:
        return ()
    remedy = SetPrecision(words="Choose the precision automatically", path="", precision="automatic")
    what = f"this processor has no instructions for {precision} and imitates them, which takes many times as long as float32"
    mend = "leave the precision automatic, or train on a GPU"
    return (Problem(node="", what=what, mend=mend, severity="warning", remedy=remedy),)


def _missing_weights(experiment: Experiment) -> tuple[Problem, ...]:
    """Return a problem if the file of the initial weights is missing. Its content is checked when the run begins."""
    chosen = experiment.training.weights
    if chosen is None or Path(chosen.file).is_file():
        return ()
    mend = "load others, or remove them in the training settings"
    return (Problem(node="", what=f"the initial weights are missing: {chosen.file}", mend=mend),)


def experiment_table(experiment: Experiment) -> tuple[LayerRow, ...]:
    """Return the network's layers with the data's number of classes, as a table."""
    from workbench.compiler.analysis import resolve
    from workbench.compiler.table import layer_table

    return layer_table(resolve(experiment.architecture, classes=classes_of(experiment)))


def classes_of(experiment: Experiment, look_up: LookUp = facts) -> int | None:
    """Return the number of classes of the data for the network; None if unknown or not available."""
    return num_classes(experiment, _columns(experiment, _misfit(experiment, look_up)[1]))


def _columns(experiment: Experiment, known: SourceFacts | None) -> tuple[Column, ...]:
    """Return the columns that heads may predict; empty if unknown before loading, or if no Input fits the data."""
    from workbench.data.preparation import columns_of

    shape = experiment.architecture.input_shape
    if known is None or known.columns is None or shape is None:
        return ()
    try:
        return columns_of(experiment.data, known.columns, shape)
    except SpecError:  # an invalid corruption, which is reported as a misfit
        return known.columns


def _misfit(experiment: Experiment, look_up: LookUp) -> tuple[tuple[Problem, ...], SourceFacts | None]:
    """Return why the data is not available or does not fit the Input, and the facts about the data."""
    try:
        known = look_up(experiment.data.source)
    except SpecError as error:
        # The sentence says what to do.
        return (Problem(node="", what=f"the data is not available: {error}", remedy=error.remedy),), None
    shape = experiment.architecture.input_shape
    if shape is None:
        return (), known  # the Input's own problem, which the analysis reports
    try:
        check_data(experiment, known)
    except SpecError as error:
        what, _, mend = str(error).partition(": ")
        node = experiment.architecture.graph.inputs[0].name
        return (Problem(node=node, what=what, mend=mend, remedy=error.remedy),), known
    return (), known

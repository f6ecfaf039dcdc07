"""What a training script does, from an experiment and the changes made during its run: the recipe that
``export.script`` writes down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.layers import LAYERS
from workbench.session.prepared import input_shape
from workbench.session.running.speed import foretold
from workbench.spec.change import as_of
from workbench.training import INITIALISERS, OPTIMIZERS, SCHEDULES
from workbench.training.aims import grouping, measured_as, num_classes
from workbench.training.changing.changes import judged_from, patience_from

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.data.dataset import Dataset
    from workbench.export.script.recipe import Data, Head, InitialWeights, Recipe, Stage
    from workbench.spec.change import Change
    from workbench.spec.experiment import Experiment
    from workbench.spec.record import Value

ATTENTION = "MultiheadSelfAttention"
RECURRENT = ("LSTM", "GRU")


def recipe_of(edited: Experiment, changes: Sequence[Change], dataset: Dataset, starts_with: str) -> Recipe:
    """Return the recipe of a run that has made all ``changes``, with which ``edited`` is its experiment.

    ``starts_with`` says which of the initial weights come from a file: "all", "some", or none ("").
    """
    from workbench.compiler.weights import wanted_by
    from workbench.export.script.recipe import Recipe
    from workbench.training.heads import resolve_heads
    from workbench.training.plan import evaluation_batch

    experiments = _experiments(edited, changes)
    heads = resolve_heads(edited, dataset.columns)
    experiment = experiments[0]
    chosen, architecture = experiment.training, experiment.architecture
    types = {node.type for graph in architecture.graphs for node in graph.nodes}
    shapes = wanted_by(architecture, classes=num_classes(experiment, dataset.columns)).values()
    return Recipe(
        data=_data(experiment, dataset),
        stages=tuple(_stage(step, each, changes) for step, each in experiments.items()),
        heads=_heads(experiment, dataset),
        num_outputs=len(architecture.graph.outputs),
        optimizer=OPTIMIZERS.of(chosen.optimizer),
        evaluation_batch=evaluation_batch(chosen.batch_size, heads),
        grouped=grouping(experiment, dataset.columns),
        compares=any(head.embeds for head in heads),
        speed=foretold(experiment, dataset),
        has_convolutions=any(len(shape) == 4 for shape in shapes),
        has_attention=ATTENTION in types,
        has_series="Conv1d" in types,
        has_recurrent=not types.isdisjoint(RECURRENT),
        initial_weights=_drawn(experiment),
        starts_with=starts_with,
    )


def _experiments(edited: Experiment, changes: Sequence[Change]) -> dict[int, Experiment]:
    """Return the experiment at each step after which it changed: step -> experiment from there on; the first is 0."""
    steps = sorted({0, *(change.step for change in changes)})
    return {step: as_of(edited, changes, step + 1) for step in steps}


def _stage(step: int, experiment: Experiment, changes: Sequence[Change]) -> Stage:
    from workbench.compiler.flatten import flatten
    from workbench.data.preparation import augmentations_of
    from workbench.export.script.recipe import Stage

    chosen = experiment.training
    optimizer = OPTIMIZERS.of(chosen.optimizer)
    settings: dict[str, Value] = {name: getattr(chosen, name) for name in ("epochs", "patience", "clip_norm")}
    settings |= {name: getattr(optimizer, name) for name in ("lr", "weight_decay") if hasattr(optimizer, name)}
    made = [change for change in changes if change.step <= step]
    settings |= {"judged_from": judged_from(made), "patience_from": patience_from(made)}
    for node in flatten(experiment.architecture).nodes:
        layer = LAYERS.of(node)
        settings |= {f"{node.path}.{name}": getattr(layer, name) for name in layer.while_running}
    schedule = SCHEDULES.of(chosen.schedule)
    return Stage(
        step=step,
        settings=settings,
        schedule=schedule,
        warms_up=schedule.warmup_epochs > 0,
        looks_back=schedule.looks_back,
        augmentation=augmentations_of(experiment.data),
    )


def _drawn(experiment: Experiment) -> tuple[InitialWeights, ...]:
    """Return the initialisers of layers that have their own, and then that of all others."""
    from workbench.export.script.recipe import InitialWeights
    from workbench.export.script.treated import by_starts
    from workbench.spec.treatment import initialisers
    from workbench.training.initialisers.default import Default
    from workbench.training.initialisers.lsuv import LSUV

    architecture, recipe = experiment.architecture, experiment.training.initialiser
    own = {path: INITIALISERS.of(each) for path, each in initialisers(architecture).items()}
    starts = {**by_starts(architecture, own), "": INITIALISERS.of(recipe)}
    if all(isinstance(each, Default) for each in starts.values()):
        return ()
    return tuple(
        InitialWeights(
            start=start,
            initialiser=None if isinstance(each, Default) else each,
            scaling=(each.tolerance, each.max_passes) if isinstance(each, LSUV) else None,
        )
        for start, each in starts.items()
    )


def _data(experiment: Experiment, dataset: Dataset) -> Data:
    from workbench.data.preparation import mixing_of
    from workbench.export.script.recipe import Data

    return Data(
        input_shape=input_shape(experiment),
        picture_shape=tuple(dataset.train.inputs.shape[1:]),
        mean=dataset.mean,
        std=dataset.std,
        mixing=mixing_of(experiment.data),
        corruption=dataset.corruption,
        splits=tuple(dataset.splits),
    )


def _heads(experiment: Experiment, dataset: Dataset) -> tuple[Head, ...]:
    import torch

    from workbench.export.script.recipe import Head, Measured
    from workbench.training.heads import names_of, resolve_heads

    resolved = resolve_heads(experiment, dataset.columns)
    places = [node.name for node in experiment.architecture.graph.outputs]
    several = len({head.target for head in resolved if head.has_target}) > 1
    called = measured_as((head.output, head.target) for head in resolved)
    heads = []
    for head, name in zip(resolved, names_of(resolved) or ("",), strict=True):
        place = places.index(head.output)
        title = called[head.output, head.target]
        own = _prefix(title, [*called.values()])
        outputs = f"outputs[{place}]" if len(places) > 1 else "outputs"
        targets = f"targets[{head.target!r}]" if several else "targets"
        meters = (measure.meter(head.column, torch.device("cpu")) for measure in head.measures)
        written = (meter.written(own, outputs, targets, "num_examples") for meter in meters)
        heads.append(
            Head(
                output=head.output,
                name=name,
                place=place,
                column=head.column,
                is_stored=head.target in dataset.train.targets,
                loss=head.loss,
                weight=head.weight,
                measured_as=title,
                measures=tuple(Measured(**each._asdict()) for each in written),
            )
        )
    return tuple(heads)


def _prefix(title: str, titles: Sequence[str]) -> str:
    """Return what the names of one head's meters begin with: its title or, if that is no identifier, one that no other
    of all ``titles`` has.
    """
    if not title:
        return ""
    own = title if title.isidentifier() else f"output{titles.index(title)}"
    while own != title and own in titles:
        own += "_"
    return f"{own}_"

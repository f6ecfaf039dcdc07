"""Exports a script that trains a network as its experiment says, with all that it needs; written by
``export.script``.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.data.rows import Rows, blocks
from workbench.durable import check_room, write_together
from workbench.layers import LAYERS
from workbench.session.code import CodeReport, formatted, report
from workbench.session.prepared import dataset_of, input_shape
from workbench.session.speed import foretold
from workbench.spec.change import as_of
from workbench.training import INITIALISERS, OPTIMIZERS, SCHEDULES
from workbench.training.aims import num_classes
from workbench.training.changes import judged_from, patience_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor

    from workbench.data.dataset import Dataset
    from workbench.export.script.recipe import Data, Head, InitialWeights, Recipe, Stage
    from workbench.spec.change import Change
    from workbench.spec.experiment import Experiment
    from workbench.spec.record import Value

ATTENTION = "MultiheadSelfAttention"


def export_training(edited: Experiment, file: Path, changes: Sequence[Change] = ()) -> CodeReport:
    """Write the network's module and, beside it, the script ``train_NAME.py`` and its data.

    ``NAME_data.npz`` has the prepared data; pictures from files, which may exceed memory, are in one file per split,
    ``NAME_train_inputs.npy``. If the experiment starts from a weights file, ``NAME_weights.safetensors`` has the
    weights that fit.

    For a run that was changed while running, ``edited`` is its experiment with all ``changes``. All files are written
    or none, as far as the disk can do that: while they are replaced, the script does not exist.
    """
    from safetensors.torch import save

    from workbench.export.code.render import write_module
    from workbench.export.script.recipe import Names
    from workbench.export.script.write import write_script
    from workbench.training.plan import check

    stages = _experiments(edited, changes)
    experiment = stages[0]
    dataset = dataset_of(experiment)
    check(experiment, dataset.columns)
    code = write_module(experiment.architecture, classes=num_classes(experiment, dataset.columns))
    held, mapped = _arrays(dataset, experiment)
    check_room(file, sum(values.nbytes for values in mapped.values()))

    def beside(name: str) -> Path:
        return file.with_name(f"{file.stem}_{name}")

    script, data, weights = file.with_name(f"train_{file.name}"), beside("data.npz"), beside("weights.safetensors")
    mapped_files = {beside(f"{name}.npy"): _as_npy(values) for name, values in mapped.items()}
    names = Names(
        module=file.stem, class_name=code.class_name, data=data.name, mapped=tuple(mapped), weights=weights.name
    )
    begun_with, starts_with = _initial_weights(experiment, dataset)
    text = formatted(code.text)
    training = formatted(write_script(experiment, _recipe(stages, changes, dataset, starts_with), names))
    write_together(
        {
            script: training.encode(),
            file: text.encode(),
            data: _packed(held),
            **mapped_files,
            **({weights: save(begun_with)} if begun_with else {}),
        }
    )
    return report(
        file,
        text,
        training=str(script),
        data=(str(data), *map(str, mapped_files)),
        weights=str(weights) if begun_with else None,
    )


def _initial_weights(experiment: Experiment, dataset: Dataset) -> tuple[dict[str, Tensor], str]:
    """Return the initial weights from a file, by the network's names, and whether they are "all" or "some" of its
    weights.
    """
    from workbench.compiler.module import build
    from workbench.training.start_weights import load_start

    if experiment.training.weights is None:
        return {}, ""
    module = build(experiment.architecture, classes=num_classes(experiment, dataset.columns))
    filled = load_start(module, experiment.training.weights)
    assert filled is not None
    there = module.state_dict()
    weights = {match.name: there[match.name] for match in filled.matches}
    return weights, "all" if weights.keys() == there.keys() else "some"


def _experiments(edited: Experiment, changes: Sequence[Change]) -> dict[int, Experiment]:
    """Return the experiment at each step after which it changed: step -> experiment from there on; the first is 0."""
    steps = sorted({0, *(change.step for change in changes)})
    return {step: as_of(edited, changes, step + 1) for step in steps}


def _stage(step: int, experiment: Experiment, changes: Sequence[Change]) -> Stage:
    from workbench.compiler.flatten import flatten
    from workbench.data.preparation import augmentations_of
    from workbench.export.script.recipe import Stage

    chosen = experiment.training
    optimizer = OPTIMIZERS.make(chosen.optimizer.type, chosen.optimizer.parameters)
    settings: dict[str, Value] = {name: getattr(chosen, name) for name in ("epochs", "patience", "clip_norm")}
    settings |= {name: getattr(optimizer, name) for name in ("lr", "weight_decay") if hasattr(optimizer, name)}
    made = [change for change in changes if change.step <= step]
    settings |= {"judged_from": judged_from(made), "patience_from": patience_from(made)}
    for node in flatten(experiment.architecture).nodes:
        layer = LAYERS.make(node.type, node.parameters)
        settings |= {f"{node.path}.{name}": getattr(layer, name) for name in layer.while_running}
    schedule = SCHEDULES.make(chosen.schedule.type, chosen.schedule.parameters)
    return Stage(
        step=step,
        settings=settings,
        schedule=schedule,
        warms_up=schedule.warmup_epochs > 0,
        looks_back=schedule.looks_back,
        augmentation=augmentations_of(experiment.data),
    )


def _recipe(
    experiments: dict[int, Experiment], changes: Sequence[Change], dataset: Dataset, starts_with: str
) -> Recipe:
    from workbench.compiler.weights import wanted_by
    from workbench.export.script.recipe import Recipe
    from workbench.training.plan import evaluation_batch

    experiment = experiments[0]
    chosen, architecture = experiment.training, experiment.architecture
    shapes = wanted_by(architecture, classes=num_classes(experiment, dataset.columns)).values()
    return Recipe(
        data=_data(experiment, dataset),
        stages=tuple(_stage(step, each, changes) for step, each in experiments.items()),
        heads=_heads(experiment, dataset),
        num_outputs=len(architecture.graph.outputs),
        optimizer=OPTIMIZERS.make(chosen.optimizer.type, chosen.optimizer.parameters),
        evaluation_batch=evaluation_batch(chosen.batch_size),
        speed=foretold(experiment, dataset),
        has_convolutions=any(len(shape) == 4 for shape in shapes),
        has_attention=any(node.type == ATTENTION for graph in architecture.graphs for node in graph.nodes),
        initial_weights=_drawn(experiment),
        starts_with=starts_with,
    )


def _drawn(experiment: Experiment) -> tuple[InitialWeights, ...]:
    """Return the initialisers of layers that have their own, and then that of all others."""
    from workbench.export.script.recipe import InitialWeights
    from workbench.export.script.treated import by_starts
    from workbench.spec.treatment import initialisers
    from workbench.training.initialisers.default import Default
    from workbench.training.initialisers.lsuv import LSUV

    architecture, recipe = experiment.architecture, experiment.training.initialiser
    own = {path: INITIALISERS.make(each.type, each.parameters) for path, each in initialisers(architecture).items()}
    starts = {**by_starts(architecture, own), "": INITIALISERS.make(recipe.type, recipe.parameters)}
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
        splits=tuple(name for name in ("train", "val", "test") if getattr(dataset, name) is not None),
    )


def _heads(experiment: Experiment, dataset: Dataset) -> tuple[Head, ...]:
    import torch

    from workbench.export.script.recipe import Head, Measured
    from workbench.training.heads import names_of, resolve_heads

    resolved = resolve_heads(experiment, dataset.columns)
    places = [node.name for node in experiment.architecture.graph.outputs]
    several = len({head.target for head in resolved}) > 1
    many_measured = len({(head.output, head.target) for head in resolved}) > 1
    heads = []
    for head, name in zip(resolved, names_of(resolved) or ("",), strict=True):
        place = places.index(head.output)
        own = (f"{head.output}_" if head.output.isidentifier() else f"output{place}_") if many_measured else ""
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
                measures=tuple(Measured(**each._asdict()) for each in written),
            )
        )
    return tuple(heads)


def _arrays(dataset: Dataset, experiment: Experiment) -> tuple[dict[str, Tensor], dict[str, Rows]]:
    """Return the arrays by their names in the script: the inputs of each split, and the predicted columns; those in
    memory, and those mapped from files.
    """
    from workbench.training.aims import heads_of

    aims = list(dict.fromkeys(head.target for head in heads_of(experiment, dataset.columns)))
    arrays: dict[str, Tensor | Rows] = {}
    for name, split in (("train", dataset.train), ("val", dataset.val), ("test", dataset.test)):
        if split is None:
            continue
        arrays[f"{name}_inputs"] = split.inputs
        for column in [column for column in aims if column in split.targets]:
            own = f"target_{column}" if len(aims) > 1 else "targets"
            arrays[f"{name}_{own}"] = split.targets[column]
    mapped = {name: values for name, values in arrays.items() if isinstance(values, Rows)}
    return {name: values for name, values in arrays.items() if not isinstance(values, Rows)}, mapped


def _packed(arrays: dict[str, Tensor]) -> bytes:
    """Return the arrays as an ``.npz`` file."""
    import numpy as np

    packed = io.BytesIO()
    np.savez_compressed(packed, **{name: np.asarray(values) for name, values in arrays.items()})  # type: ignore[arg-type]
    return packed.getvalue()


def _as_npy(values: Rows) -> Iterator[bytes]:
    """Yield the array as an ``.npy`` file, in pieces, since it may exceed memory."""
    from numpy.lib import format as npy

    head = io.BytesIO()
    described = {"descr": npy.dtype_to_descr(values.dtype), "fortran_order": False, "shape": values.shape}
    npy.write_array_header_1_0(head, described)
    yield head.getvalue()
    for block in blocks(values):
        yield block.tobytes()

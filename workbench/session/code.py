"""A network as Python files: written by ``export.code``, formatted by ruff in a process of its own."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.durable import write_bytes, write_text
from workbench.session.speed import foretold
from workbench.spec.column import CLASS, Column
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import Record
from workbench.training import SCHEDULES
from workbench.training.aims import heads_of, num_classes

if TYPE_CHECKING:
    from workbench.data.dataset import Dataset
    from workbench.export.code.training import Recipe


class CodeReport(Record):
    """What was written, and how much of it."""

    file: str
    num_classes: int
    """Python classes, the network's own included."""
    num_lines: int
    training: str | None = None
    """The script that trains it."""
    data: str | None = None
    """The prepared data that the script reads."""


def python_code(architecture: Architecture, *, classes: int | None = None) -> str:
    """The network as a formatted Python module. ProblemsFound where it has errors."""
    from workbench.export.code.render import write_module

    return formatted(write_module(architecture, classes=classes).text)


def formatted(text: str) -> str:
    """Python as ruff formats it, its imports in order, at ruff's own settings."""
    from ruff import find_ruff_bin  # type: ignore[import-untyped]

    ruff = find_ruff_bin()
    for arguments in (["check", "--isolated", "--quiet", "--select", "I", "--fix"], ["format", "--isolated"]):
        done = subprocess.run([ruff, *arguments, "-"], input=text, capture_output=True, text=True, check=True)
        text = done.stdout
    return text


def export_code(architecture: Architecture, file: Path, *, classes: int | None = None) -> CodeReport:
    """Write the network's module."""
    code = python_code(architecture, classes=classes)
    write_text(file, code)
    return _report(file, code)


def export_training(experiment: Experiment, file: Path) -> CodeReport:
    """Write the network's module; beside it ``train_NAME.py``, and ``NAME_data.npz`` with the prepared data."""
    from workbench.data.preparation import prepare
    from workbench.export.code.render import write_module
    from workbench.export.code.training import write_training
    from workbench.session.run import input_shape
    from workbench.training.plan import check

    _check_written(experiment)
    dataset = prepare(experiment.data, input_shape=input_shape(experiment), seed=experiment.seed)
    check(experiment, dataset.columns)
    _check_learnt(experiment, dataset.columns)
    code = write_module(experiment.architecture, classes=num_classes(experiment, dataset.columns))
    script, data = file.with_name(f"train_{file.name}"), file.with_name(f"{file.stem}_data.npz")
    names = {"module_name": file.stem, "class_name": code.class_name, "data_name": data.name}
    training = write_training(experiment, _recipe(experiment, dataset), **names)
    text = formatted(code.text)
    write_text(file, text)
    write_text(script, formatted(training))
    _write_data(data, dataset)
    return _report(file, text, training=str(script), data=str(data))


def _check_written(experiment: Experiment) -> None:
    """SpecError for what an experiment may say and the script does not."""
    if experiment.training.weights is not None:
        raise SpecError(
            "the training script draws its first weights, and the experiment begins with those of a file: "
            "take the file out, or export the network alone"
        )
    speed = experiment.training.speed
    if speed.precision == "fp16" or speed.compile in ("on", "cuda_graphs"):
        what = "scales no loss, and the experiment computes in fp16: choose bf16"
        if speed.precision != "fp16":
            what = "does not compile the network, and the experiment does: turn that off"
        raise SpecError(f"the training script {what}, or export the network alone")
    kind = experiment.training.initialiser.type
    blocks = experiment.architecture.blocks.values()
    types = {node.type for graph in (experiment.architecture.graph, *blocks) for node in graph.nodes}
    if kind == "LSUV" or (kind != "Default" and "MultiheadSelfAttention" in types):
        raise SpecError(
            f"the training script does not draw the first weights by {kind}"
            f"{'' if kind == 'LSUV' else ' in MultiheadSelfAttention'}, so it would not train as the experiment says: "
            "choose another initialiser, or export the network alone"
        )


def _check_learnt(experiment: Experiment, columns: Sequence[Column]) -> None:
    """SpecError for what an experiment may aim at and the script does not."""
    others = [head.target for head in heads_of(experiment, columns) if head.target != CLASS]
    if others or experiment.data.corruption is not None:
        aim = f"aims at {', '.join(dict.fromkeys(others))}" if others else "corrupts its input"
        raise SpecError(
            f"the training script learns the class of each picture as it is, and the experiment {aim}: "
            "export the network alone"
        )
    if any(head.measures for head in experiment.training.heads):
        raise SpecError(
            "the training script measures the loss and the top-1 alone, and the experiment asks for other measures: take "
            "them out, or export the network alone"
        )


def _recipe(experiment: Experiment, dataset: Dataset) -> Recipe:
    from workbench.data.preparation import mixing_of
    from workbench.export.code.training import Head, Recipe
    from workbench.training import INITIALISERS, OPTIMIZERS
    from workbench.training.heads import resolve_heads
    from workbench.training.plan import evaluation_batch

    chosen, first = experiment.training, experiment.training.initialiser
    schedule = SCHEDULES.make(chosen.schedule.type, chosen.schedule.parameters)
    places = [node.name for node in experiment.architecture.graph.outputs]
    return Recipe(
        optimizer=OPTIMIZERS.make(chosen.optimizer.type, chosen.optimizer.parameters),
        schedule=schedule,
        speed=foretold(experiment, dataset),
        warms_up=schedule.warmup_epochs > 0,
        looks_back=schedule.looks_back,
        evaluation_batch=evaluation_batch(chosen.batch_size),
        mixing=mixing_of(experiment.data),
        num_classes=num_classes(experiment, dataset.columns) or 0,
        validates=dataset.val is not None,
        initialiser=None if first.type == "Default" else INITIALISERS.make(first.type, first.parameters),
        heads=tuple(
            Head(place=places.index(head.output), loss=head.loss, weight=head.weight)
            for head in resolve_heads(experiment, dataset.columns)
        ),
    )


def _report(file: Path, code: str, training: str | None = None, data: str | None = None) -> CodeReport:
    return CodeReport(
        file=str(file),
        num_classes=len(re.findall(r"^class ", code, re.MULTILINE)),
        num_lines=len(code.splitlines()),
        training=training,
        data=data,
    )


def _write_data(file: Path, dataset: Dataset) -> None:
    import numpy as np

    arrays = {}
    for name, split in (("train", dataset.train), ("val", dataset.val), ("test", dataset.test)):
        if split is not None:
            arrays[f"{name}_inputs"] = split.inputs.numpy()
            arrays[f"{name}_classes"] = split.targets[CLASS].numpy()
    if dataset.mean:
        arrays |= {"mean": np.array(dataset.mean, np.float32), "std": np.array(dataset.std, np.float32)}
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]  # numpy's signature knows no mapping of arrays
    write_bytes(file, packed.getvalue())

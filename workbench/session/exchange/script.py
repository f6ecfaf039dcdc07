"""Exports a script that trains a network as its experiment says, with all that it needs."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

from workbench.data.progress import Progress, silent
from workbench.data.rows import Rows, Values, blocks
from workbench.durable import check_room, write_together
from workbench.session.exchange.code import CodeReport, formatted, report
from workbench.session.exchange.export import training_script
from workbench.session.exchange.script_recipe import recipe_of
from workbench.session.prepared import dataset_of
from workbench.spec.change import as_of
from workbench.spec.record import replace
from workbench.training.aims import aims_at_prior, heads_of, num_classes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from torch import Tensor

    from workbench.data.dataset import Dataset
    from workbench.export.script.recipe import Names
    from workbench.spec.change import Change
    from workbench.spec.experiment import Experiment


def export_training(
    edited: Experiment, file: Path, changes: Sequence[Change] = (), progress: Progress = silent
) -> CodeReport:
    """Write the network's module and, beside it, the script ``train_NAME.py`` and its data.

    ``NAME_data.npz`` has the prepared data; pictures from files, which may exceed memory, are in one file per split,
    ``NAME_train_inputs.npy``. If the experiment starts from a weights file, ``NAME_weights.safetensors`` has the
    weights that fit.

    For a run that was changed while running, ``edited`` is its experiment with all ``changes``. All files are written
    or none, as far as the disk can do that: while they are replaced, the script does not exist.
    """
    from safetensors.torch import save

    from workbench.export.code.render import write_module
    from workbench.export.script.write import write_script
    from workbench.training.plan import check

    experiment = as_of(edited, changes, step=1)
    progress("Preparing the data", 0, 1)
    dataset = dataset_of(experiment, progress)
    progress("Writing the code", 0, 1)
    check(experiment, dataset.columns)
    code = write_module(experiment.architecture, classes=num_classes(experiment, dataset.columns))
    held, mapped = _arrays(dataset, experiment)
    check_room(file, sum(values.nbytes for values in mapped.values()))
    weights, starts_with = _initial_weights(experiment, dataset)
    names = _names(file, code.class_name, mapped)
    module = formatted(code.text)
    script = formatted(write_script(experiment, recipe_of(edited, changes, dataset, starts_with), names))
    script_file, weights_file = training_script(file), file.with_name(names.weights)
    data_files = _data_files(file, names.data, held, mapped, progress)
    weights_files = {weights_file: save(weights)} if weights else {}
    write_together({script_file: script.encode(), file: module.encode(), **data_files, **weights_files})
    return replace(
        report(file, module),
        training=str(script_file),
        data=tuple(map(str, data_files)),
        weights=str(weights_file) if weights else None,
    )


def _data_files(
    file: Path, name: str, held: dict[str, Tensor], mapped: dict[str, Rows], progress: Progress
) -> dict[Path, bytes | Iterable[bytes]]:
    """Return the contents of the data's files in pieces: ``name`` has what memory holds, one file each what it maps."""
    told = _Told(sum(map(len, held.values())) + sum(map(len, mapped.values())), progress)
    return {file.with_name(name): _packed(held, told)} | {
        file.with_name(f"{file.stem}_{part}.npy"): _as_npy(values, told) for part, values in mapped.items()
    }


def _names(file: Path, class_name: str, mapped: Iterable[str]) -> Names:
    from workbench.export.script.recipe import Names

    return Names(
        module=file.stem,
        class_name=class_name,
        data=f"{file.stem}_data.npz",
        mapped=tuple(mapped),
        weights=f"{file.stem}_weights.safetensors",
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


def _arrays(dataset: Dataset, experiment: Experiment) -> tuple[dict[str, Tensor], dict[str, Rows]]:
    """Return the arrays by their names in the script: the inputs of each split, and the predicted columns; those in
    memory, and those mapped from files.
    """
    columns = dataset.columns
    heads = (head for head in heads_of(experiment, columns) if not aims_at_prior(head, columns))
    aims = list(dict.fromkeys(head.target for head in heads))
    arrays: dict[str, Tensor | Rows] = {}
    for name, split in dataset.splits.items():
        arrays[f"{name}_inputs"] = split.inputs
        for column in [column for column in aims if column in split.targets]:
            own = f"target_{column}" if len(aims) > 1 else "targets"
            arrays[f"{name}_{own}"] = split.targets[column]
    mapped = {name: values for name, values in arrays.items() if isinstance(values, Rows)}
    return {name: values for name, values in arrays.items() if not isinstance(values, Rows)}, mapped


class _Told:
    """Reports how many rows of all arrays have been written."""

    def __init__(self, num_rows: int, progress: Progress) -> None:
        self._num_rows = num_rows
        self._num_written = 0
        self._progress = progress

    def add(self, number: int) -> None:
        self._progress("Writing the data", self._num_written, self._num_rows)
        self._num_written += number


def _packed(arrays: dict[str, Tensor], told: _Told) -> bytes:
    """Return the arrays as an ``.npz`` file."""
    import numpy as np

    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, values in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                for piece in _as_npy(np.asarray(values), told):
                    entry.write(piece)
    return packed.getvalue()


def _as_npy(values: Values, told: _Told) -> Iterator[bytes]:
    """Yield the array as an ``.npy`` file, in pieces, since it may exceed memory."""
    from numpy.lib import format as npy

    head = io.BytesIO()
    described = {"descr": npy.dtype_to_descr(values.dtype), "fortran_order": False, "shape": values.shape}
    npy.write_array_header_1_0(head, described)
    yield head.getvalue()
    for block in blocks(values):
        told.add(len(block))
        yield block.tobytes()

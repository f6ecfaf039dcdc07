"""The user's own files that an experiment names: its data, and its initial weights.

In an experiment's file, paths beside or below it are relative, so that the folder can be moved, copied and sent as a
whole. In memory, and in the folder of a run, they are absolute.
"""

import os
from collections.abc import Callable
from pathlib import Path, PureWindowsPath

from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value, replace

FOLDER = "folder"

PARAMETERS = (FOLDER, "file")
"""The parameters of a data source that are paths."""


class Missing(Record):
    """Data that an experiment names but is not on disk: a folder, whatever its name ends in, or a file."""

    path: Path
    is_folder: bool


def absolute(experiment: Experiment, folder: Path) -> Experiment:
    """Return the experiment of a file in ``folder`` with its relative paths made absolute."""
    return _each(experiment, lambda name: name if name[0] == "~" else os.path.normpath(folder.absolute() / name))


def relative(experiment: Experiment, folder: Path) -> Experiment:
    """Return the experiment for a file in ``folder``, with paths in or below it made relative."""
    base = folder.absolute()
    return _each(
        experiment, lambda name: Path(name).relative_to(base).as_posix() if Path(name).is_relative_to(base) else name
    )


def anywhere(experiment: Experiment) -> Experiment:
    """Return the experiment without its paths, to compare it with one whose files were elsewhere."""
    return _each(experiment, lambda name: "")


def named_only(experiment: Experiment) -> Experiment:
    """Return the experiment with the names of its files alone, for others, whom the way to them does not concern."""
    return _each(experiment, lambda name: PureWindowsPath(name).name)  # which takes both kinds of slashes for one


def own_files(experiment: Experiment) -> tuple[Path, ...]:
    """Return the paths of the files and folders that the experiment names, whether they are there or not."""
    found: list[Path] = []

    def note(name: str) -> str:
        found.append(Path(name))
        return name

    _each(experiment, note)
    return tuple(found)


def missing_data(experiment: Experiment) -> Missing | None:
    """Return the data that the experiment names but is not on disk; None if nothing is missing."""
    parameters = experiment.data.source.parameters
    named = {key: Path(str(parameters[key])).expanduser() for key in PARAMETERS if parameters.get(key)}
    gone = (Missing(path=path, is_folder=key == FOLDER) for key, path in named.items() if not path.exists())
    return next(gone, None)


def with_data_at(experiment: Experiment, path: Path) -> Experiment:
    """Return the experiment with its data at another path. Raises SpecError if nothing is there, or its data is no
    user's file.
    """
    source = experiment.data.source
    key = next((key for key in PARAMETERS if source.parameters.get(key)), None)
    if key is None:
        raise SpecError(f"{path}: this run's data is not a folder or file of your own, so it cannot be elsewhere")
    if not path.exists():
        raise SpecError(f"{path}: there is no such file or folder")
    moved = replace(source, parameters={**source.parameters, key: str(path.absolute())})
    return replace(experiment, data=replace(experiment.data, source=moved))


def _each(experiment: Experiment, place: Callable[[str], str]) -> Experiment:
    """Return the experiment with ``place`` applied to each non-empty path; the same object if none changes."""

    def placed(key: str, value: Value) -> Value:
        return place(value) if key in PARAMETERS and isinstance(value, str) and value else value

    data, training = experiment.data, experiment.training
    parameters = {key: placed(key, value) for key, value in data.source.parameters.items()}
    if parameters != data.source.parameters:
        data = replace(data, source=replace(data.source, parameters=parameters))
    if training.weights is not None and training.weights.file:
        training = replace(training, weights=replace(training.weights, file=place(training.weights.file)))
    if data is experiment.data and training == experiment.training:
        return experiment
    return replace(experiment, data=data, training=training)

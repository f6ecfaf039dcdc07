"""The user's own files that an experiment names: its data, and the weights it starts from.

In an experiment's file they are relative to that file where they lie beside or below it, so that the folder can be moved,
copied and sent as a whole. In memory, and in the folder of a run, they are absolute.
"""

import os
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import Value

PARAMETERS = ("folder", "file")
"""Those of a data source that name something on disk."""


def absolute(experiment: Experiment, folder: Path) -> Experiment:
    """The experiment of a file in ``folder``: what it names relative to itself is found from anywhere."""
    return _each(experiment, lambda name: name if name[0] == "~" else os.path.normpath(folder.absolute() / name))


def relative(experiment: Experiment, folder: Path) -> Experiment:
    """The experiment for a file in ``folder``: what lies there or below it is named relative to it."""
    base = folder.absolute()
    return _each(
        experiment, lambda name: Path(name).relative_to(base).as_posix() if Path(name).is_relative_to(base) else name
    )


def missing_data(experiment: Experiment) -> Path | None:
    """The data that the experiment names and that is not on disk; None where nothing is missing."""
    parameters = experiment.data.source.parameters
    named = [Path(str(parameters[key])).expanduser() for key in PARAMETERS if parameters.get(key)]
    return next((path for path in named if not path.exists()), None)


def with_data_at(experiment: Experiment, path: Path) -> Experiment:
    """The experiment with its data at another place. SpecError where nothing is there, or its data is no file of the user's."""
    source = experiment.data.source
    key = next((key for key in PARAMETERS if source.parameters.get(key)), None)
    if key is None:
        raise SpecError(f"{path}: this run's data is not a folder or file of your own, so it cannot be elsewhere")
    if not path.exists():
        raise SpecError(f"{path}: there is no such file or folder")
    moved = replace(source, parameters={**source.parameters, key: str(path.absolute())})
    return replace(experiment, data=replace(experiment.data, source=moved))


def _each(experiment: Experiment, place: Callable[[str], str]) -> Experiment:
    """The experiment with each name that is not empty put through ``place``; itself where none changes."""

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

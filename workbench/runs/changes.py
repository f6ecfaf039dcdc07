"""The changes of a run, in a file of its folder: what was changed, and after which step.

``experiment.json`` is the experiment with all changes. Undoing changes gives it as it was at any step, so that a run
that resumes from an old checkpoint makes them again at their steps.
"""

from pathlib import Path

import msgspec

from workbench.durable import write_within
from workbench.spec.change import Change, to_bytes, with_change, with_setting
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment, to_json
from workbench.spec.own_files import with_data_at
from workbench.spec.problems import SpecError

EXPERIMENT = "experiment.json"
CHANGES = "changes.json"


def is_run(folder: Path) -> bool:
    """Whether a folder is a run's; one that may not be looked into is none."""
    try:
        return (folder / EXPERIMENT).is_file()
    except OSError:
        return False


def check_is_run(folder: Path) -> None:
    """Raise SpecError if a folder is not a run's."""
    if not is_run(folder):
        raise SpecError(f"{folder}: not a run: it has no {EXPERIMENT}")


def read_changes(folder: Path) -> tuple[Change, ...]:
    """Return the changes of a run, in the order of their steps; empty if there are none. Raises SpecError on a bad
    file.
    """
    file = folder / CHANGES
    if not file.is_file():
        return ()
    try:
        return msgspec.json.decode(file.read_bytes(), type=tuple[Change, ...])
    except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors too, and so are those of UTF-8
        raise SpecError(f"{file}: the changes of this run cannot be read: {error}") from None


def keep_change(folder: Path, change: Change) -> None:
    """Write down a change before it is made: first the change, then the experiment, so that ``read_edited`` repairs a
    kill in between.
    """
    changes = with_change(read_changes(folder), change)
    write_within(folder, CHANGES, to_bytes(changes))
    write_within(folder, EXPERIMENT, to_json(read_edited(folder)).encode())


def move_data(folder: Path, path: Path) -> None:
    """Write down where the run's data is now; its content is checked when the run resumes. Raises SpecError if it does
    not exist.
    """
    moved = with_data_at(read_experiment(folder / EXPERIMENT), path)
    write_within(folder, EXPERIMENT, to_json(moved).encode())


def read_edited(folder: Path) -> Experiment:
    """Return the run's experiment with all its changes. Raises SpecError if it cannot be read."""
    experiment = read_experiment(folder / EXPERIMENT)
    for change in read_changes(folder):
        experiment = with_setting(experiment, change.path, change.after)
    return experiment

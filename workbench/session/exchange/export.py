"""The window's exports: those of the command line, in a child process."""

import keyword
from collections.abc import Sequence
from pathlib import Path

from workbench.session.child_job import ChildJob
from workbench.spec.experiment import Experiment
from workbench.spec.files import STDIN


def module_name(name: str) -> str:
    """Return a name as that of a Python module: ``LeNet, 2nd try`` becomes ``lenet_2nd_try``."""
    letters = "".join(letter if f"a{letter}".isidentifier() else " " for letter in name.lower())
    words = "_".join(letters.split())
    return words if words.isidentifier() and not keyword.iskeyword(words) else f"net_{words}".rstrip("_")


def training_script(module: Path) -> Path:
    """Return where the script that trains a network is written: beside the file of its module."""
    return module.parent / f"train_{module.name}"  # with_name refuses a path without a name


class ExportJob(ChildJob):
    """``workbench export SOURCE FILE OPTIONS --json`` in a child process; of a run's folder, or of an experiment being
    edited.
    """

    def __init__(self, source: Path | Experiment, file: Path, *options: str) -> None:
        drawn = source if isinstance(source, Experiment) else None
        super().__init__(["export", STDIN if drawn else str(source), str(file), *options, "--json"], given=drawn)


class ReportJob(ChildJob):
    """``workbench report RUN... -o FILE --json`` in a child process; ``log_loss`` adds ``--log``."""

    def __init__(self, folders: Sequence[Path], file: Path, *, log_loss: bool = False) -> None:
        super().__init__(["report", *map(str, folders), "-o", str(file), "--json", *["--log"] * log_loss])

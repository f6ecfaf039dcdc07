"""Compares the current network with another one, and the costs of several, in a background thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.session.torch_loading import load_torch
from workbench.spec.experiment import Architecture
from workbench.spec.files import read_architecture

if TYPE_CHECKING:
    from workbench.compiler.diff import Difference
    from workbench.runs.store import SavedRun


def compare_with(other: str | Path, architecture: Architecture) -> Difference:
    """Return the differences from ``other``, a file or a preset's name. Raises SpecError if it cannot be read."""
    before = read_architecture(other)
    load_torch()
    from workbench.compiler.diff import compare

    return compare(before, architecture)


def macs_of(runs: Sequence[SavedRun]) -> dict[Path, int]:
    """Return the multiply-accumulates of one picture in each run's network, by the run's folder."""
    load_torch()
    from workbench.compiler.analysis import analyse

    return {run.folder: analyse(run.experiment.architecture).macs for run in runs}

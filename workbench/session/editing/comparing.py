"""Compares the current network with another one, and the costs of several, in a background thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.events import DataPrepared
from workbench.session.torch_loading import load_torch
from workbench.spec.experiment import Architecture
from workbench.spec.files import read_architecture
from workbench.training.aims import num_classes
from workbench.training.results.costs import logged_macs

if TYPE_CHECKING:
    from workbench.compiler.diff import Difference
    from workbench.runs.store import SavedRun

encode = msgspec.json.Encoder().encode


def compare_with(other: str | Path, architecture: Architecture) -> Difference:
    """Return the differences from ``other``, a file or a preset's name. Raises SpecError if it cannot be read."""
    before = read_architecture(other)
    load_torch()
    from workbench.compiler.diff import compare

    return compare(before, architecture)


def macs_of(runs: Sequence[SavedRun]) -> dict[Path, int]:
    """Return the multiply-accumulates of one picture in each run's network, by the run's folder; 0 if the network has
    errors. They are in the log, or else computed, once for each network.
    """
    known = {run.folder: logged_macs(run) for run in runs}
    computed: dict[tuple[bytes, int | None], int] = {}
    for run in (each for each in runs if not known[each.folder]):
        network = (encode(run.experiment.architecture), _num_classes(run))
        if network not in computed:
            computed[network] = _macs(run.experiment.architecture, network[1])
        known[run.folder] = computed[network]
    return known


def _num_classes(run: SavedRun) -> int | None:
    prepared = run.newest(DataPrepared)
    return num_classes(run.experiment, prepared.columns) if prepared else None


def _macs(architecture: Architecture, classes: int | None) -> int:
    load_torch()
    from workbench.compiler.analysis import analyse

    analysis = analyse(architecture, classes=classes)
    return analysis.macs if analysis.sound else 0

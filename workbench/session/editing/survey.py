"""Checks an experiment's data: its inventory, and what a scan of all pictures finds; cached by fingerprint."""

from __future__ import annotations

import io
import logging
import time
import zipfile
import zlib
from dataclasses import dataclass, fields, replace
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from workbench.data.progress import Cancelled
from workbench.places import cache_dir
from workbench.session.prepared import input_shape
from workbench.session.slot import LatestSlot
from workbench.session.time_left import TimeLeft
from workbench.session.torch_loading import load_torch
from workbench.spec.problems import SpecError
from workbench.training.aims import used_columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from workbench.data.inventory import Inventory
    from workbench.data.progress import Progress
    from workbench.spec.experiment import Experiment

REVISION = 3
"""Increase when a survey's results for the same data change."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, eq=False)
class Survey:
    """The results of a scan of N pictures, numbered as in the inventory.

    ``same_as``: int64 [N], the first picture with the same bytes. ``near``: int64 [P, 2], near-duplicate pairs, and
    their ``correlations``, float32 [P]. ``near_is_complete``: bool [], False if there are more pairs;
    ``near_is_searched``: bool [], False until they have been searched for. ``sums`` and ``squares``: int64 [N, C], of
    the values of each picture's channels.
    """

    same_as: NDArray[np.int64]
    near: NDArray[np.int64]
    correlations: NDArray[np.float32]
    near_is_complete: NDArray[np.bool_]
    near_is_searched: NDArray[np.bool_]
    sums: NDArray[np.int64]
    squares: NDArray[np.int64]


class DataScan:
    """One scan, to be called from a thread: first the inventory, then the survey, each put into its slot when it is
    ready.

    ``early`` is the survey before the search for near-duplicates, which takes the longest.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._experiment = experiment
        self._cancelled = Event()
        self._time_left = TimeLeft()
        self._rests_until_s = 0.0
        self.inventory: LatestSlot[Inventory] = LatestSlot()
        self.early: LatestSlot[Survey] = LatestSlot()
        self.progress: tuple[str, int, int] = ("Loading", 0, 1)
        """The current work, how much of it is done, and of how much."""

    def __call__(self) -> Survey | None:
        """Scan the data; None for points without names, which have no survey. Raises SpecError if unavailable,
        Cancelled after ``cancel``.
        """
        load_torch()
        inventory = inventory_of(self._experiment, self._tell)
        self.inventory.put(inventory)
        return survey(inventory, self._tell, self.early.put) if is_surveyed(inventory) else None

    def cancel(self) -> None:
        """Request cancellation."""
        self._cancelled.set()

    def rest(self, seconds: float) -> None:
        """Rest from the next block of pictures on, for this long from now: whoever scrolls needs the processor."""
        self._rests_until_s = time.monotonic() + seconds

    def _tell(self, what: str, done: int, total: int) -> None:
        while (rest_s := self._rests_until_s - time.monotonic()) > 0 and not self._cancelled.is_set():
            self.progress = ("Paused while you scroll", done, total)
            self._cancelled.wait(rest_s)
        if self._cancelled.is_set():
            raise Cancelled
        self.progress = (self._time_left.say(what, done, total), done, total)


def inventory_of(experiment: Experiment, progress: Progress) -> Inventory:
    """Return the experiment's data as its network would see it. Raises SpecError if it is not available or does not
    fit.
    """
    from workbench.data.inventory import take_inventory

    return take_inventory(
        experiment.data,
        input_shape=input_shape(experiment),
        seed=experiment.seed,
        progress=progress,
        used=partial(used_columns, experiment),
    )


def is_surveyed(inventory: Inventory) -> bool:
    """Return whether there is anything to scan: pictures, or series or rows of a table, of which some may be equal."""
    return inventory.has_looks or bool(inventory.features)


def survey(inventory: Inventory, progress: Progress, tell_early: Callable[[Survey], None] = lambda _: None) -> Survey:
    """Scan the pictures, or return the result of an earlier scan of the same ones. Raises Cancelled from ``progress``.

    ``tell_early`` receives the survey before the search for near-duplicates.
    """
    from workbench.durable import write_bytes

    path = cache_dir() / "surveys" / f"{inventory.fingerprint[:32]}-{REVISION}.npz"
    kept = _read(path)
    if kept is not None:
        return kept
    found = _scan(inventory, progress, tell_early)
    try:
        write_bytes(path, _packed(found))
    except SpecError as error:  # it can be computed again
        log.warning("the survey is not kept: %s", error)
    return found


def _scan_of_rows(firsts: NDArray[np.int64]) -> Survey:
    """Return the survey of a table's rows, of which only equal ones are found."""
    import numpy as np

    return Survey(
        same_as=firsts,
        near=np.empty((0, 2), np.int64),
        correlations=np.empty(0, np.float32),
        near_is_complete=np.array(True),
        near_is_searched=np.array(True),
        sums=np.empty((len(firsts), 0), np.int64),
        squares=np.empty((len(firsts), 0), np.int64),
    )


def _scan(inventory: Inventory, progress: Progress, tell_early: Callable[[Survey], None]) -> Survey:
    import numpy as np

    from workbench.data.inventory import channel_sums
    from workbench.search.duplicates import near_pairs, same_as

    if not inventory.has_pictures:
        return _scan_of_rows(same_as(inventory.parts, progress))
    sums, squares = channel_sums(inventory.parts, progress)
    firsts = same_as(inventory.parts, progress)
    early = Survey(
        same_as=firsts,
        near=np.empty((0, 2), np.int64),
        correlations=np.empty(0, np.float32),
        near_is_complete=np.array(False),
        near_is_searched=np.array(False),
        sums=sums,
        squares=squares,
    )
    tell_early(early)
    near = near_pairs(inventory.parts, firsts, progress, side=int(np.median(inventory.sizes.max(axis=1))))
    return replace(
        early,
        near=near.pairs,
        correlations=near.correlations,
        near_is_complete=np.array(near.complete),
        near_is_searched=np.array(True),
    )


def _packed(found: Survey) -> bytes:
    import numpy as np

    file = io.BytesIO()
    np.savez_compressed(file, **{field.name: getattr(found, field.name) for field in fields(Survey)})
    return file.getvalue()


def _read(path: Path) -> Survey | None:
    """Return the stored survey; None if there is none, or if it is damaged, which is logged."""
    import numpy as np

    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            return Survey(**{field.name: arrays[field.name] for field in fields(Survey)})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        log.info("%s is damaged and made again: %s", path, error)
        return None

"""The learning-rate finder in its own thread: followed point by point, and cancellable at any time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from workbench.data.progress import Cancelled, counted
from workbench.session.prepared import dataset_of
from workbench.session.task import Task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.spec.experiment import Experiment
    from workbench.training.lr_finder import RangeTest


class RateSearch(Task["RangeTest"]):
    """Builds the experiment's network and tries learning rates on it; only the result is kept.

    ``result`` raises SpecError if the experiment is invalid, Cancelled after ``stop``.
    """

    def __init__(self, experiment: Experiment) -> None:
        self.preparation = ""
        """What it waits for before the first step."""
        self.points: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())
        """Rates and smoothed losses so far."""
        self._experiment = experiment
        self._stopping = threading.Event()
        super().__init__("find a learning rate", self._search)

    def stop(self) -> None:
        self._stopping.set()

    def _search(self) -> RangeTest:
        from workbench.training import beginning
        from workbench.training.device import free_a_core
        from workbench.training.lr_finder import range_test

        free_a_core()
        dataset = dataset_of(self._experiment, self._prepare)
        plan, state = beginning.prepare(self._experiment, dataset)
        found = range_test(plan, state, self._follow)
        self._end_if_stopped()
        return found

    def _prepare(self, what: str, done: int, total: int) -> None:
        self.preparation = counted(what, done, total)
        self._end_if_stopped()

    def _follow(self, rates: Sequence[float], losses: Sequence[float]) -> None:
        self.points = tuple(rates), tuple(losses)
        self._end_if_stopped()

    def _end_if_stopped(self) -> None:
        if self._stopping.is_set():
            raise Cancelled

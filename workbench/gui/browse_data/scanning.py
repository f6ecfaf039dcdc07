"""The scan of an experiment's data in the background, and the facts that follow from it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.gui.browse_data.found import work_out
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.session.editing.survey import DataScan

if TYPE_CHECKING:
    from workbench.data.inventory import Inventory
    from workbench.session.editing.survey import Survey
    from workbench.spec.experiment import DataRecipe, Experiment

REST_S = 0.5
"""The scan rests this long after each scroll: it uses all cores, and pictures would follow the wheel with a delay."""


class Scanning(QObject):
    """Scans one experiment's data at a time, and tells of it more and more."""

    found = Signal(object)
    """Emitted with what is ``Found``: first what the data has, then also what is wrong with it; again after edits."""

    failed = Signal(object)
    """Emitted with an error; of the data that is known by then, the facts still follow."""

    def __init__(self, parent: QObject, pump: EventPump) -> None:
        super().__init__(parent)
        self._scan: DataScan | None = None
        self._recipe: DataRecipe | None = None
        self._seen: tuple[Inventory, Survey | None] | None = None
        """The newest inventory and survey, whose facts are being computed or shown."""
        self._findings = Newest(pump)
        self._scans = Newest(pump)

    def begin(self, experiment: Experiment) -> None:
        """Scan this experiment's data, dropping an earlier scan."""
        self.stop()
        self._recipe, self._seen = experiment.data, None
        self._scan = DataScan(experiment)
        self._scans.background("scan the data", self._scan, self._take, self._fail)

    @property
    def progress(self) -> tuple[str, int, int]:
        """The current work, how much of it is done, and of how much."""
        assert self._scan is not None
        return self._scan.progress

    def rest(self) -> None:
        """Leave the processor to whoever scrolls."""
        if self._scan is not None:
            self._scan.rest(REST_S)

    def cancel(self) -> None:
        """Cancel the scan, which then fails."""
        if self._scan is not None:
            self._scan.cancel()

    def stop(self) -> None:
        """Cancel the scan; nothing is told any more."""
        self.cancel()
        self._scans.drop()
        self._findings.drop()

    def look(self) -> None:
        """Work out the facts as soon as the scan has something new, before it ends."""
        self._take_inventory()
        early = self._scan.early.newest() if self._scan is not None else None
        if early is not None and self._seen is not None and self._seen[1] is None:
            self._work_out(self._seen[0], early[1])

    def follow(self, recipe: DataRecipe) -> None:
        """Work out the facts again for a recipe of the same data that marks other pictures."""
        self._recipe = recipe
        if self._seen is not None:
            self._work_out(*self._seen)

    def _take_inventory(self) -> None:
        newest = self._scan.inventory.newest() if self._scan is not None else None
        if self._seen is None and newest is not None:
            self._work_out(newest[1], None)

    def _take(self, survey: Survey | None) -> None:
        assert self._scan is not None
        newest = self._scan.inventory.newest()
        assert newest is not None
        self._work_out(newest[1], survey)

    def _work_out(self, inventory: Inventory, survey: Survey | None) -> None:
        """Compute the facts in the background; only the answer to the last request is told."""
        assert self._recipe is not None
        self._seen = (inventory, survey)
        work = partial(work_out, inventory, survey, self._recipe)
        self._findings.background("say what is in the data", work, self.found.emit, self._fail)

    def _fail(self, error: Exception) -> None:
        self._take_inventory()
        self.failed.emit(error)

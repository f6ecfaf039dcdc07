"""Watches for changes of the document's file by other programs: modified, moved or deleted."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from workbench.durable import Stamp, stamp
from workbench.gui.experiment.project import Project
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.message_bar import MessageBar
from workbench.spec.experiment import Experiment
from workbench.spec.files import read_experiment
from workbench.spec.problems import SpecError

INTERVAL_MS = 2000


class FileWatch(QObject):
    """Polls the file in the background, and reports each change once."""

    def __init__(self, project: Project, pump: EventPump, messages: MessageBar) -> None:
        super().__init__(project)
        self._project = project
        self._pump = pump
        self._messages = messages
        self._looking = False
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()

    def look(self) -> None:
        """Compare the file with its state when it was last read or written."""
        path, known = self._project.document.path, self._project.stamp
        if path is None or known is None or self._looking or self._project.saving:
            return
        self._looking = True

        def compare() -> tuple[Stamp | None, Experiment | None]:
            now = stamp(path)
            return now, _read(path) if now not in (known, None) else None

        self._pump.background("look at the file", compare, partial(self._tell, path, known), self._fail)

    def _tell(self, path: Path, known: Stamp, seen: tuple[Stamp | None, Experiment | None]) -> None:
        self._looking = False
        now, experiment = seen
        if (path, known) != (self._project.document.path, self._project.stamp) or now == known:
            return
        if self._project.saving:  # the change seen may be this very save
            return
        self._project.stamp = now
        if experiment is not None and experiment == self._project.document.saved:
            return
        self._project.document.mark_unsaved()
        self._project.changed.emit()
        if now is None:
            self._messages.say("warning", f"{path.name} has been moved or deleted: {path}. Saving writes it again.")
        else:
            words = f"{path.name} was changed by another program. Saving overwrites that version."
            self._messages.say("warning", words, ("Load from disk", partial(self._project.load_again, path)))

    def _fail(self, error: Exception) -> None:
        self._looking = False
        raise error


def _read(path: Path) -> Experiment | None:
    """Return None if it is not an experiment, or not yet, since another program may still be writing it."""
    try:
        return read_experiment(path)
    except SpecError:
        return None

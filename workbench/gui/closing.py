"""Closing the window: unsaved work is asked about, a run is stopped and kept, threads end, and nothing freezes meanwhile."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from workbench.session.task import Task

if TYPE_CHECKING:
    from workbench.gui.main_window import MainWindow

log = logging.getLogger(__name__)

PATIENCE_S = 10.0
"""For how long a run may take to stop; then the window closes without it."""


class Closing(QObject):
    """Decides whether the window may close now, and otherwise works towards it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._timer: QTimer | None = None
        self._task: Task[bool] | None = None
        self.done = False
        self.clean = True
        """Whether every thread has ended."""

    def may_close(self) -> bool:
        """Whether the window may go. It never raises: a close event that raises closes all the same."""
        try:
            if not self.done and self._timer is None:
                self._window.project.when_kept(self.begin)
        except Exception:
            log.exception("closing")
            self.done = True
        return self.done

    def begin(self) -> None:
        """Stop what is at work; the window closes by itself when that has ended."""
        window = self._window
        window.keep_places()
        window.autosave.stop()
        window.file_watch.stop()
        window.windows.close()
        window.incoming.close()
        if window.trainer.live:
            outlives = window.trainer.run is not None and window.trainer.run.outlives
            words = (
                "The run goes on in its own process."
                if outlives
                else "Stopping… The run keeps a checkpoint to go on from."
            )
            window.messages.clear()
            window.messages.say("info", words)
        else:
            window.memory.keep("last_run", "")
        window.centre.setEnabled(False)
        self._began_s = time.monotonic()
        self._timer = QTimer(self, interval=20)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _end_threads(self) -> bool:
        run = self._window.trainer.run
        ended = run is None or run.join(PATIENCE_S)
        # All of them, whether or not the one before has ended.
        window = self._window
        return all([ended, window.checker.close(), window.autosave.close(), window.takeaways.close()])

    def _look(self) -> None:
        """First let what is under way in the background come to its end: a file half written, a run half begun."""
        window = self._window
        assert self._timer is not None
        if window.pump.busy and time.monotonic() - self._began_s < PATIENCE_S:
            return
        if self._task is None:
            if window.trainer.run is not None:
                window.trainer.run.leave()
            self._task = Task("close", self._end_threads)
        if self._task.ended:
            self._timer.stop()
            window.pump.stop()
            self.clean = self._task.result()
            self.done = True
            window.close()

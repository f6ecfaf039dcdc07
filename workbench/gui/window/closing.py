"""Closing the window: asks about unsaved work, stops a run with a checkpoint and ends threads, without freezing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from workbench.session.task import Task

if TYPE_CHECKING:
    from workbench.gui.window.main_window import MainWindow

log = logging.getLogger(__name__)

PATIENCE_S = 10.0
"""How long running work may take to end before the window closes without it."""

WORK_SHARE = 0.6
"""The share of this time for background work in progress, such as a file being written or a run being started."""


class Closing(QObject):
    """Decides whether the window may close now, and otherwise prepares for it."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._timer: QTimer | None = None
        self._task: Task[bool] | None = None
        self._began_s = 0.0
        """Start time, by the monotonic clock."""
        self.done = False
        self.clean = True
        """Whether every thread has ended."""

    @property
    def begun(self) -> bool:
        """Whether the window is closing, so that nothing new is started."""
        return self.done or self._timer is not None

    def may_close(self) -> bool:
        """Return whether the window may close now.

        Never raises: a close event that raises closes the window all the same.
        """
        try:
            if not self.begun:
                self._window.project.when_kept(self.begin)
        except Exception:
            log.exception("closing")
            self.done, self.clean = True, False
        return self.done

    def begin(self) -> None:
        """Stop running work; the window closes by itself once that has ended."""
        if self.begun:  # closed again while it was being saved
            return
        window = self._window
        window.window_state.keep_places()
        window.autosave.stop()
        window.file_watch.stop()
        window.windows.close()
        if window.is_whole:
            window.data_page.facts.leave()
        window.networks.close()
        window.incoming.close()
        window.queue.active = False
        if window.trainer.live:
            outlives = window.trainer.run is not None and window.trainer.run.outlives
            words = (
                "The run continues in its own process."
                if outlives
                else "Stopping… The run saves a checkpoint to resume from."
            )
            window.messages.clear()
            window.messages.say("info", words)
        else:
            window.preferences.keep("last_run", "")
        window.whole.setEnabled(False)
        if window.trainer.run is not None:
            window.trainer.run.leave()
        self._began_s = time.monotonic()
        self._timer = QTimer(self, interval=20)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    @property
    def _is_busy(self) -> bool:
        return self._window.pump.busy or self._window.outgoing.num_drawing > 0

    @property
    def _left_s(self) -> float:
        return max(0.0, self._began_s + PATIENCE_S - time.monotonic())

    def _end_threads(self) -> bool:
        from workbench.session.table_reading import read_tables_here  # imports NumPy, unlike a window that opens

        window, run = self._window, self._window.trainer.run
        ends = [window.checker.close, window.autosave.close, window.outgoing.close]
        if run is not None:
            ends.append(run.join)
        have_ended = [self._ended(end) for end in ends]  # all of them, whatever the others return
        read_tables_here()
        return all(have_ended)

    def _ended(self, end: Callable[[float], bool]) -> bool:
        try:
            return end(self._left_s)
        except Exception:
            log.exception("closing")
            return False

    def _look(self) -> None:
        """Close the window once everything has ended, or cannot be ended."""
        assert self._timer is not None
        try:
            if not self._has_ended():
                return
        except Exception:
            log.exception("closing")
            self.clean = False
        self._timer.stop()
        self._window.pump.stop()
        self.done = True
        self._window.close()

    def _has_ended(self) -> bool:
        """Let background work finish before threads are ended."""
        window = self._window
        if self._task is None:
            if self._is_busy and self._left_s > (1 - WORK_SHARE) * PATIENCE_S:
                return False
            self.clean = not self._is_busy
            if window.trainer.run is not None:
                window.trainer.run.leave()  # a run that has just been started
            self._task = Task("close", self._end_threads)
        if self._task.ended:
            self.clean &= self._task.result()
        else:
            self.clean &= self._left_s > 0
        return self._task.ended or not self._left_s

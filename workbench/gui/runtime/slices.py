"""Long work that must be done in the window's thread, split into slices so that the window stays responsive."""

import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QObject, QTimer

SLICE_S = 0.008
"""Duration of a slice, which its last step may exceed."""


class Slices(QObject):
    """Runs ``steps`` one after another, then calls ``done``; neither once they are no longer ``wanted``."""

    def __init__(
        self,
        parent: QObject,
        steps: Iterator[object],
        done: Callable[[], None],
        wanted: Callable[[], bool] = lambda: True,
    ) -> None:
        super().__init__(parent)
        self._steps = steps
        self._done = done
        self._wanted = wanted
        # Restarted after each slice, so that other pending events are handled before the next.
        self._timer = QTimer(self, interval=0, singleShot=True)
        self._timer.timeout.connect(self._take_some)
        self._timer.start()

    def _take_some(self) -> None:
        began_s = time.perf_counter()
        while time.perf_counter() - began_s < SLICE_S:
            if not self._wanted():
                self.deleteLater()
                return
            try:
                next(self._steps)
            except StopIteration:
                self.deleteLater()
                self._done()
                return
        self._timer.start()

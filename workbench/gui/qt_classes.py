"""Qt's classes, all of them made in the window's own thread before another one comes to them.

PySide6 makes a class, with its enums, when it is first named. pyqtgraph names them all as it is imported, which a thread
does, and where the window's thread names one meanwhile both make it: a segmentation fault (in one start of
fourteen with threads that change as often as can be).
"""

import time
from collections.abc import Callable, Iterator
from types import ModuleType

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets
from PySide6.QtCore import QObject, QTimer

MODULES = (QtCore, QtGui, QtWidgets, QtSvg)
SLICE_S = 0.008
"""So long at a time; between two, the window does what is asked of it."""


class ClassMaker(QObject):
    """Makes the classes while the window goes on, then calls ``done``."""

    def __init__(self, parent: QObject, done: Callable[[], None]) -> None:
        super().__init__(parent)
        self._done = done
        self._classes = named(MODULES)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._make_some)
        self._timer.start()

    def _make_some(self) -> None:
        began_s = time.perf_counter()
        while time.perf_counter() - began_s < SLICE_S:
            if next(self._classes, None) is None:
                self._timer.stop()
                self.deleteLater()
                self._done()
                return


def named(modules: tuple[ModuleType, ...]) -> Iterator[str]:
    """The names of all that stands in the modules, each once it has been made."""
    for module in modules:
        for name in dir(module):
            getattr(module, name)
            yield name

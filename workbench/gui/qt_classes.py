"""Qt's classes, all of them made in the window's own thread before another one comes to them.

PySide6 makes a class, with its enums, when it is first named. pyqtgraph names them all as it is imported, which a thread
does, and where the window's thread names one meanwhile both make it: a segmentation fault (in one start of
fourteen with threads that change as often as can be).
"""

from collections.abc import Iterator

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets


def make_each() -> Iterator[None]:
    """A step for each thing that stands in Qt's modules."""
    for module in (QtCore, QtGui, QtWidgets, QtSvg):
        for name in dir(module):
            getattr(module, name)
            yield

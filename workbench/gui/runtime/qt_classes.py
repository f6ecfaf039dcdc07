"""Creates all of Qt's classes in the window's thread before any other thread uses them.

PySide6 creates a class, with its enums, when it is first accessed. pyqtgraph accesses them all while it is imported in
a thread; if the window's thread accesses one at the same time, both create it, which is a segmentation fault (in one
start of fourteen with the shortest switch interval).
"""

from collections.abc import Iterator

from PySide6 import QtCore, QtGui, QtSvg, QtWidgets


def make_each() -> Iterator[None]:
    """Create each class in Qt's modules, one per step."""
    for module in (QtCore, QtGui, QtWidgets, QtSvg):
        for name in dir(module):
            getattr(module, name)
            yield

"""Tips on what a widget paints itself: words for a place, asked for when the pointer rests there."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip


class Tips(QObject):
    """Shows ``words(place)`` over a scroll area, the place in its viewport's coordinates; no tip for no words.

    A ``viewportEvent`` of the area's own would be on the way to all its other handlers, and where Python calls Python
    through Qt, PySide6 6.11 ends in a segmentation fault for an exception that else is told and survived.
    """

    def __init__(self, area: QAbstractScrollArea, words: Callable[[QPointF], str]) -> None:
        super().__init__(area)
        self._words = words
        area.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show a tooltip if the event asks for one."""
        if not isinstance(event, QHelpEvent):
            return False
        QToolTip.showText(event.globalPos(), self._words(QPointF(event.pos())))
        return True

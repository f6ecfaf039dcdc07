"""Tooltips of self-painted widgets, depending on the position."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget


class Tips(QObject):
    """Shows ``words(position)`` over a widget, for a scroll area its viewport; no tooltip for an empty string.

    An event filter, because overriding ``event`` would put Python on the path to all other handlers: where Python calls
    Python through Qt, PySide6 6.11 crashes on an exception that is otherwise reported and survived.
    """

    def __init__(self, widget: QWidget, words: Callable[[QPointF], str]) -> None:
        super().__init__(widget)
        self._widget = widget
        self._words = words
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show a tooltip if the event asks for one."""
        if not isinstance(event, QHelpEvent):
            return False
        QToolTip.showText(event.globalPos(), self._words(QPointF(event.pos())), self._widget)
        return True

"""Wheels and trackpads: a wheel zooms; two fingers move the paper, a pinch zooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QWheelEvent

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

PER_UNIT = 1.0015
"""Zoom for each eighth of a degree: a notch of an ordinary wheel, 120 of them, zooms by a fifth."""


def scroll(view: CanvasView, event: QWheelEvent) -> None:
    """A wheel zooms where the pointer is, and with Shift moves the paper sideways; two fingers move it, with Ctrl zoom."""
    pinching = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if not pinching and (_is_touch(event) or sideways):
        way = _way(event)
        view.pan(way.y() if sideways and not way.x() else way.x(), 0 if sideways else way.y())
    else:
        view.zoom_by(PER_UNIT ** event.angleDelta().y(), event.position().toPoint())
    event.accept()


class Fingers(QObject):
    """Watches a canvas for what two fingers do: a pinch zooms where it is made, a double tap fits.

    A ``viewportEvent`` of the canvas's own would be on the way to all its other handlers, and where Python calls Python
    through Qt, PySide6 6.11 ends in a segmentation fault for an IndexError that else is told and survived.
    """

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whether the event was handled."""
        if not isinstance(event, QNativeGestureEvent):
            return False
        match event.gestureType():
            case Qt.NativeGestureType.ZoomNativeGesture:
                self._view.zoom_by(1 + event.value(), event.position().toPoint())
            case Qt.NativeGestureType.SmartZoomNativeGesture:
                self._view.fit()
            case _:
                return False
        return True


def _is_touch(event: QWheelEvent) -> bool:
    """Whether fingers move, not a wheel's notches: the device says so, or the scrolling has a beginning and an end."""
    is_pad = event.device().type() == QInputDevice.DeviceType.TouchPad
    return is_pad or event.phase() != Qt.ScrollPhase.NoScrollPhase


def _way(event: QWheelEvent) -> QPoint:
    """Pixels to move; where the device counts none, a third of its angle."""
    return event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 3

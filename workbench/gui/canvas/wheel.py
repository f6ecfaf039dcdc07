"""Wheels and trackpads: a wheel zooms; on a trackpad, two fingers pan and a pinch zooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QWheelEvent

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

PER_UNIT = 1.0015
"""Zoom factor per eighth of a degree; a notch of an ordinary wheel is 120 of them and zooms by a fifth."""


def scroll(view: CanvasView, event: QWheelEvent) -> None:
    """A wheel zooms at the pointer, or with Shift pans sideways; two fingers pan, or zoom with Ctrl."""
    pinching = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    sideways = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
    if not pinching and (_is_touch(event) or sideways):
        way = _way(event)
        if not way.isNull():  # as when fingers are only laid down or lifted
            view.pan(way.y() if sideways and not way.x() else way.x(), 0 if sideways else way.y())
    elif event.angleDelta().y():
        view.zoom_by(PER_UNIT ** event.angleDelta().y(), event.position().toPoint())
    event.accept()


class Fingers(QObject):
    """Handles trackpad gestures on a canvas: a pinch zooms where it is made, a double tap fits.

    An event filter, because overriding ``viewportEvent`` would put Python on the path to all other handlers: where
    Python calls Python through Qt, PySide6 6.11 crashes on an IndexError that is otherwise reported and survived.
    """

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Return whether the event was handled."""
        if not isinstance(event, QNativeGestureEvent):
            return False
        match event.gestureType():
            case Qt.NativeGestureType.ZoomNativeGesture:
                self._view.zoom_by(1 + event.value(), event.position().toPoint())
            case Qt.NativeGestureType.SmartZoomNativeGesture:
                self._view.sight.fit()
            case _:
                return False
        return True


def _is_touch(event: QWheelEvent) -> bool:
    """Whether fingers scroll rather than a wheel: either the device is a touchpad, or the scrolling has phases."""
    is_pad = event.device().type() == QInputDevice.DeviceType.TouchPad
    return is_pad or event.phase() != Qt.ScrollPhase.NoScrollPhase


def _way(event: QWheelEvent) -> QPoint:
    """Return the pixels to move; a third of the angle if the device reports none."""
    return event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta() / 3

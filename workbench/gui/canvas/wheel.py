"""Wheels and trackpads: a wheel zooms; two fingers move the paper, a pinch zooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
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


def gesture(view: CanvasView, event: QNativeGestureEvent) -> bool:
    """A pinch zooms where it is made, a double tap with two fingers fits; whether it was one of these."""
    match event.gestureType():
        case Qt.NativeGestureType.ZoomNativeGesture:
            view.zoom_by(1 + event.value(), event.position().toPoint())
        case Qt.NativeGestureType.SmartZoomNativeGesture:
            view.fit()
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

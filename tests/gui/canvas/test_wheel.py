"""Mouse wheels and trackpads, with the events that their drivers send."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QNativeGestureEvent, QPointingDevice, QWheelEvent
from PySide6.QtWidgets import QApplication

from tests.gui.canvas.hands import Open, middle
from tests.gui.canvas.networks import chain
from workbench.gui.canvas.view import CanvasView

NONE = Qt.KeyboardModifier.NoModifier
PAD = QPointingDevice(
    "pad",
    7,
    QInputDevice.DeviceType.TouchPad,
    QPointingDevice.PointerType.Finger,
    QInputDevice.Capability.Position | QInputDevice.Capability.PixelScroll,
    5,
    2,
)


def scroll(
    view: CanvasView,
    angle: QPoint,
    pixels: QPoint | None = None,
    held: Qt.KeyboardModifier = NONE,
    *,
    pad: bool = False,
) -> None:
    point = middle(view, "n0")
    phase = Qt.ScrollPhase.ScrollUpdate if pad else Qt.ScrollPhase.NoScrollPhase
    place = QPointF(view.viewport().mapToGlobal(point))
    QApplication.sendEvent(
        view.viewport(),
        QWheelEvent(QPointF(point), place, pixels or QPoint(), angle, Qt.MouseButton.NoButton, held, phase, False),
    )


def test_two_fingers_move_the_paper_and_with_control_zoom(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    before = middle(view, "n0")
    scroll(view, QPoint(40, -80), QPoint(20, -35), pad=True)
    assert middle(view, "n0") - before == QPoint(20, -35) and view.zoom() == 1.0
    scroll(view, QPoint(0, 120), QPoint(0, 40), Qt.KeyboardModifier.ControlModifier, pad=True)
    assert view.zoom() > 1.1


def test_fingers_that_are_only_laid_down_do_not_count_as_a_movement(canvas: Open) -> None:
    """A touchpad reports them as a scroll by nothing; the network goes on fitting the window."""
    view = canvas(chain("ReLU"))
    view.sight.fit_all()
    scroll(view, QPoint(0, 0), pad=True)
    scroll(view, QPoint(0, 0), held=Qt.KeyboardModifier.ControlModifier, pad=True)
    assert not view.moved


def test_a_wheel_with_shift_moves_sideways(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    before = middle(view, "n0")
    scroll(view, QPoint(0, 120), held=Qt.KeyboardModifier.ShiftModifier)
    assert middle(view, "n0") - before == QPoint(40, 0) and view.zoom() == 1.0


def test_a_pinch_zooms_where_it_is_made_and_a_double_tap_fits(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    point = middle(view, "n0")
    place = view.mapToScene(point)

    def pinch(kind: Qt.NativeGestureType, value: float) -> None:
        here, there = QPointF(point), QPointF(view.viewport().mapToGlobal(point))
        QApplication.sendEvent(view.viewport(), QNativeGestureEvent(kind, PAD, 2, here, here, there, value, QPointF()))

    pinch(Qt.NativeGestureType.ZoomNativeGesture, 0.5)
    assert view.zoom() == 1.5
    assert (view.mapFromScene(place) - point).manhattanLength() <= 2
    pinch(Qt.NativeGestureType.SmartZoomNativeGesture, 0)
    assert view.zoom() == 1.0

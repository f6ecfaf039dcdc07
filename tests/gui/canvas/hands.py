"""Gestures on a real canvas: press, drag, drop."""

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from workbench.gui.canvas import geometry
from workbench.gui.canvas.picture import Picture, SvgDrawing
from workbench.gui.canvas.view import CanvasView
from workbench.gui.palette.presenter import MIME_TYPE

LEFT = Qt.MouseButton.LeftButton
Open = Callable[..., CanvasView]


def middle(view: CanvasView, name: str) -> QPoint:
    x, y = view.presenter.positions[name]
    return view.mapFromScene(QPointF(x + geometry.CARD_WIDTH / 4, y + geometry.CARD_HEIGHT / 2))


def output(view: CanvasView, name: str) -> QPoint:
    return view.mapFromScene(QPointF(*view.presenter.output_point(name, 0)))


def input_(view: CanvasView, name: str) -> QPoint:
    return view.mapFromScene(QPointF(*view.presenter.input_point(name, 0)))


def drag(view: CanvasView, start: QPoint, end: QPoint, button: Qt.MouseButton = LEFT) -> None:
    """Press, move in steps and release, as with a real mouse."""
    port = view.viewport()
    QTest.mousePress(port, button, pos=start)
    for step in range(1, 6):
        QTest.mouseMove(port, start + (end - start) * step / 5)
    QTest.mouseRelease(port, button, pos=end)


def drop(view: CanvasView, kind: str, point: QPoint) -> None:
    """Send the events of a drag from the palette."""
    data = QMimeData()
    data.setData(MIME_TYPE, kind.encode())
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    for event in (
        QDragEnterEvent(point, copy, data, LEFT, none),
        QDragMoveEvent(point, copy, data, LEFT, none),
        QDropEvent(QPointF(point), copy, data, LEFT, none),
    ):
        QApplication.sendEvent(view.viewport(), event)
        assert event.isAccepted()


def inputs(view: CanvasView) -> dict[str, tuple[str, ...]]:
    return {node.name: node.inputs for node in view.presenter.graph.nodes}


def free_spot(view: CanvasView) -> QPoint:
    return QPoint(view.viewport().width() - 200, min(500, view.viewport().height() - 60))


def svg_of(picture: Picture) -> bytes:
    """Draw the picture completely; return its SVG."""
    drawing = SvgDrawing(picture)
    for _ in drawing.steps():
        pass
    return drawing.svg


def on_screen(view: CanvasView) -> QImage:
    """The screen after the window's own partial updates."""
    QApplication.processEvents()
    return view.screen().grabWindow(view.winId()).toImage()


def whole(view: CanvasView) -> QImage:
    """The same view, painted all at once."""
    return view.grab().toImage().convertToFormat(on_screen(view).format())

"""Keys during a drag: a change to the network ends the gesture, and nothing else happens."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.gui.canvas.hands import LEFT, Open, free_spot, input_, inputs, middle, output
from tests.gui.canvas.networks import chain
from workbench.gui.canvas.view import CanvasView

MIDDLE = Qt.MouseButton.MiddleButton


def interrupt(view: CanvasView, start: QPoint, key: Qt.Key, button: Qt.MouseButton = LEFT) -> None:
    port, end = view.viewport(), free_spot(view)
    QTest.mousePress(port, button, pos=start)
    QTest.mouseMove(port, (start + end) / 2)
    QTest.keyClick(view, key)
    QTest.mouseMove(port, end)
    QTest.mouseRelease(port, button, pos=end)


@pytest.mark.parametrize("place_on", [middle, output, input_])
def test_deleting_what_is_dragged(canvas: Open, place_on: Callable[[CanvasView, str], QPoint]) -> None:
    view = canvas(chain("ReLU", "Tanh"))
    view.presenter.select(["n0"])
    interrupt(view, place_on(view, "n0"), Qt.Key.Key_Delete)
    assert inputs(view) == {"input": (), "n1": ("input",), "output": ("n1",)}
    assert view.interaction is None and not view.canvas_scene.draft.isVisible()
    view.presenter.document.undo()
    assert not view.presenter.document.can_undo


def test_deleting_what_the_rubber_band_touches(canvas: Open) -> None:
    view = canvas(chain(*["ReLU"] * 4))
    interrupt(view, QPoint(2, 2), Qt.Key.Key_Delete)
    assert len(view.presenter.cards) < 6, "it touched nothing"
    assert view.interaction is None and view.presenter.selection <= view.presenter.cards.keys()


def test_escape_ends_a_pan_where_it_is(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    before = view.mapToScene(QPoint())
    interrupt(view, free_spot(view) - QPoint(100, 100), Qt.Key.Key_Escape, MIDDLE)
    assert view.interaction is None
    assert view.mapToScene(QPoint()) == before - QPoint(50, 50)

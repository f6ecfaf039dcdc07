"""A snapshot is shown while the canvas moves; at rest everything is drawn exactly."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import on_screen, whole
from tests.gui.canvas.networks import experiment
from workbench.gui.canvas.geometry import COLUMN, ROW
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.spec.graph import Graph, Node

NUM_ROWS = 20


def crowd(num_nodes: int) -> Graph:
    """A chain in columns, each layer at another offset from the pixel grid."""
    nodes = [
        Node(
            name=f"n{index}",
            type="ReLU" if index else "Input",
            inputs=(f"n{index - 1}",) if index else (),
            position=((COLUMN + 5) * (index // NUM_ROWS), (ROW + 1) * (index % NUM_ROWS)),
        )
        for index in range(num_nodes)
    ]
    return Graph(nodes=tuple(nodes))


@pytest.fixture
def view(qtbot: QtBot) -> CanvasView:
    canvas = CanvasView(Document(experiment(crowd(300))))
    qtbot.addWidget(canvas)
    canvas.resize(1200, 800)
    canvas.show()
    canvas.zoom_by(0.5 / canvas.zoom())
    qtbot.waitUntil(lambda: not canvas.zooming)
    return canvas


def seen(view: CanvasView) -> QImage:
    QApplication.processEvents()
    return view.grab().toImage()


def num_differing(first: QImage, second: QImage) -> int:
    """The number of pixels in which two pictures of the same size differ."""
    arrays = [np.frombuffer(each.constBits(), np.uint32) for each in (first, second)]
    return int((arrays[0] != arrays[1]).sum())


def test_what_comes_into_sight_of_a_panned_paper_joins_what_was_there(view: CanvasView) -> None:
    for way in ((-7, -5), (40, 0), (0, 33), (-150, 90), (3000, 0), (-3000, 0)):
        view.pan(*way)
        moved = seen(view)
        view.settle()
        # Qt may start a thin line that is clipped at an edge at a slightly different place.
        assert num_differing(moved, seen(view)) < 500, way


def test_a_zoomed_crowd_is_a_picture_until_the_paper_rests(qtbot: QtBot, view: CanvasView) -> None:
    view.zoom_by(0.95)
    hasty = seen(view)
    assert view.zooming
    qtbot.waitUntil(lambda: not view.zooming)
    assert num_differing(seen(view), hasty) > 5000
    assert on_screen(view) == whole(view)


def test_what_comes_into_sight_around_a_smaller_picture_is_drawn_as_it_will_stay(view: CanvasView) -> None:
    view.zoom_by(0.9)
    hasty = seen(view)
    assert view.zooming
    view.settle()
    beside = QRect(view.width() - 50, 0, 50, view.height())
    # Qt may start a thin line that is clipped at an edge at a slightly different place.
    assert num_differing(hasty.copy(beside), seen(view).copy(beside)) < 100


def test_few_cards_are_drawn_sharply_at_every_step(qtbot: QtBot, view: CanvasView) -> None:
    view.zoom_by(1.3 / view.zoom())
    qtbot.waitUntil(lambda: not view.zooming)
    view.zoom_by(1.1)
    at_once = seen(view)
    assert view.zooming
    view.settle()
    assert seen(view) == at_once


@pytest.mark.parametrize("step", [lambda view: view.pan(9, 4), lambda view: view.zoom_by(0.9)])
def test_what_changes_meanwhile_is_seen_at_once(view: CanvasView, step) -> None:  # type: ignore[no-untyped-def]
    step(view)
    before = seen(view)
    view.presenter.select_all()
    now = seen(view)
    assert now != before
    view.settle()
    assert seen(view) == now


def test_a_card_can_be_grasped_while_the_paper_still_glides(view: CanvasView) -> None:
    view.zoom_by(0.9)
    x, y = view.presenter.positions["n45"]
    start = view.mapFromScene(x + 80, y + 24)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=start)
    assert not view.zooming
    QTest.mouseMove(view.viewport(), start + QPoint(40, 40))
    moved = seen(view)
    view.viewport().update()
    assert seen(view) == moved
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=start + QPoint(40, 40))
    assert view.presenter.positions["n45"] != (x, y)

"""Cards arranged by hand, by command and automatically."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import LEFT, Open, middle
from tests.gui.canvas.networks import chain, experiment
from workbench.gui.canvas.view import CanvasView
from workbench.gui.experiment.document import Document
from workbench.spec import edits
from workbench.spec.graph import Graph, Node

ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
SCATTERED = {"a": (0.0, 0.0), "b": (48.0, 96.0), "c": (400.0, 400.0)}


def scattered() -> Graph:
    return Graph(nodes=tuple(Node(name=name, type="ReLU", position=place) for name, place in SCATTERED.items()))


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (Qt.Key.Key_A, {"a": (0, 0), "b": (0, 96), "c": (0, 400)}),
        (Qt.Key.Key_C, {"a": (200, 0), "b": (200, 96), "c": (200, 400)}),
        (Qt.Key.Key_D, {"a": (400, 0), "b": (400, 96), "c": (400, 400)}),
        (Qt.Key.Key_W, {"a": (0, 0), "b": (48, 0), "c": (400, 0)}),
        (Qt.Key.Key_M, {"a": (0, 200), "b": (48, 200), "c": (400, 200)}),
        (Qt.Key.Key_S, {"a": (0, 400), "b": (48, 400), "c": (400, 400)}),
    ],
)
def test_keys_align_the_selection_in_one_step(canvas: Open, key: Qt.Key, line: dict[str, Any]) -> None:
    view = canvas(scattered())
    view.presenter.select_all()
    QTest.keyClick(view, key, ALT)
    assert view.presenter.positions == line
    view.presenter.document.undo()
    assert view.presenter.positions == SCATTERED
    assert not view.presenter.document.can_undo


def test_keys_distribute_and_too_few_are_said(canvas: Open) -> None:
    view = canvas(scattered())
    view.presenter.select({"a", "b"})
    QTest.keyClick(view, Qt.Key.Key_V, ALT | CONTROL)
    assert "three or more nodes" in view.toast.text()
    view.presenter.select_all()
    QTest.keyClick(view, Qt.Key.Key_V, ALT | CONTROL)
    QTest.keyClick(view, Qt.Key.Key_H, ALT | CONTROL)
    assert view.presenter.positions == {"a": (0, 0), "b": (200, 200), "c": (400, 400)}


def test_a_dragged_card_keeps_to_the_lines_of_others_and_shows_them(canvas: Open) -> None:
    graph = Graph(
        nodes=(
            Node(name="still", type="ReLU", position=(3.0, 0.0)),
            Node(name="moved", type="ReLU", position=(100.0, 200.0)),
        )
    )
    view = canvas(graph)
    start = middle(view, "moved")
    port = view.viewport()
    QTest.mousePress(port, LEFT, pos=start)
    QTest.mouseMove(port, start + QPoint(-50, 0))
    QTest.mouseMove(port, start + QPoint(-94, 13))
    assert view.canvas_scene.cards["moved"].x() == 3.0
    assert [(line.x1(), line.y1(), line.y2()) for line in view.canvas_scene.guide_lines.lines] == [(155, 0, 264)]
    QTest.mouseRelease(port, LEFT, pos=start + QPoint(-94, 13))
    assert view.presenter.positions["moved"] == (3.0, 216.0)
    assert view.canvas_scene.guide_lines.lines == []


def test_alt_suspends_lines_and_grid(canvas: Open) -> None:
    view = canvas(scattered())
    start = middle(view, "c")
    port = view.viewport()
    QTest.mousePress(port, LEFT, ALT, start)
    QTest.mouseMove(port, start + QPoint(20, 20))
    interaction = view.interaction
    assert interaction is not None
    interaction.move(start + QPoint(33, -21), ALT)
    interaction.finish(start + QPoint(33, -21), ALT)
    view.interaction = None
    assert view.presenter.positions["c"] == (433.0, 379.0)


def test_tidy_up_is_one_step_and_the_cards_glide_to_where_they_are(canvas: Open, qtbot: QtBot) -> None:
    nodes = chain("ReLU", "ReLU", "ReLU").nodes
    placed = [edits.replace(node, position=(97.0 * index % 300, 500.0 * index)) for index, node in enumerate(nodes)]
    view = canvas(Graph(nodes=tuple(placed)))
    before = dict(view.presenter.positions)
    QTest.keyClick(view, Qt.Key.Key_F, CONTROL | SHIFT)
    assert view.motion.under_way
    assert {key: (item.x(), item.y()) for key, item in view.canvas_scene.cards.items()} == before, "no leap to the end"
    assert len({x for x, _ in view.presenter.positions.values()}) == 1
    qtbot.waitUntil(lambda: not view.motion.under_way)
    for key, item in view.canvas_scene.cards.items():
        assert (item.x(), item.y()) == view.presenter.positions[key]
    view.presenter.document.undo()
    assert view.presenter.positions == before
    assert not view.presenter.document.can_undo


def test_tidy_up_moves_only_what_is_selected_where_several_are(canvas: Open) -> None:
    nodes = chain("ReLU", "ReLU", "ReLU").nodes
    placed = [edits.replace(node, position=(104.0 * index, 200.0 * index)) for index, node in enumerate(nodes)]
    view = canvas(Graph(nodes=tuple(placed)))
    before = dict(view.presenter.positions)
    view.presenter.select({"n0", "n1", "n2"})
    view.commands["tidy"].trigger()
    after = view.presenter.positions
    assert {key for key in after if after[key] != before[key]} == {"n1", "n2"}
    assert {after[key][0] for key in ("n0", "n1", "n2")} == {before["n0"][0]}


def test_a_layout_that_comes_too_late_is_dropped(qtbot: QtBot) -> None:
    waiting: list[Callable[[], None]] = []

    def later(_name: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        waiting.append(lambda: done(work()))

    nodes = [edits.replace(node, position=(0.0, 300.0 * index)) for index, node in enumerate(chain("ReLU").nodes)]
    view = CanvasView(Document(experiment(Graph(nodes=tuple(nodes)))), background=later)
    qtbot.addWidget(view)
    view.tidying.start()
    view.tidying.start()
    waiting[0]()
    assert not view.presenter.document.can_undo, "an answer to an older question"
    view.presenter.rename("n0", "other")
    waiting[1]()
    assert view.presenter.document.undo_label == "rename n0", "an answer about a network that is gone"

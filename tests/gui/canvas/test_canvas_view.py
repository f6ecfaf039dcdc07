"""The canvas with real mouse, keyboard and drop events."""

import weakref

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import LEFT, Open, drag, drop, free_spot, input_, inputs, middle, output
from tests.gui.canvas.networks import chain, experiment
from workbench.compiler.analysis import analyse
from workbench.gui.canvas import geometry
from workbench.gui.canvas.paper import READABLE_ZOOM
from workbench.gui.canvas.view import CanvasView
from workbench.gui.widgets import theme
from workbench.spec import edits
from workbench.spec.graph import Graph, Node
from workbench.spec.record import Record, replace


def test_a_layer_dropped_on_paper_stands_there(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    drop(view, "Conv2d", free_spot(view))
    x, y = view.presenter.positions["conv1"]
    where = view.mapFromScene(QPointF(x + geometry.CARD_WIDTH / 2, y + geometry.CARD_HEIGHT / 2))
    assert (where - free_spot(view)).manhattanLength() <= 2 * geometry.GRID
    assert inputs(view)["conv1"] == ()
    assert view.presenter.selection == {"conv1"}


def test_a_node_s_name_keeps_its_letters_in_what_is_said(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU", "ReLU"))
    view.presenter.select({"n0", "n2"})
    view.commands["group"].trigger()
    assert view.toast.text() == "n1 lies between two of these nodes: select it too, or select fewer"


def test_whoever_has_dropped_two_layers_and_connected_none_is_told_how(canvas: Open) -> None:
    view = canvas(Graph())
    drop(view, "Input", QPoint(300, 100))
    assert not view.toast.isVisible()
    drop(view, "Conv2d", QPoint(300, 300))
    assert view.toast.isVisible() and "circle" in view.toast.text()


def test_a_layer_dropped_on_a_connection_goes_into_it(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU"))
    drop(view, "Tanh", (output(view, "n0") + input_(view, "n1")) / 2)
    assert inputs(view)["tanh1"] == ("n0",)
    assert inputs(view)["n1"] == ("tanh1",)
    view.presenter.document.undo()
    assert "tanh1" not in inputs(view)


def test_something_else_dragged_over_the_canvas_is_not_taken(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    data = QMimeData()
    data.setText("hello")
    event = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view.viewport(), event)
    assert not event.isAccepted()


def test_ports_are_connected_by_dragging_from_one_to_the_other(canvas: Open) -> None:
    view = canvas(edits.add_node(chain("ReLU"), Node(name="sum", type="Add", position=(700.0, 200.0))))
    drag(view, output(view, "n0"), input_(view, "sum"))
    drag(view, input_(view, "sum"), output(view, "input"))
    assert inputs(view)["sum"] == ("n0", "input")


def test_a_circle_is_refused_while_it_is_drawn_and_says_why(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU"))
    before = view.presenter.graph
    port = view.viewport()
    QTest.mousePress(port, LEFT, pos=output(view, "n1"))
    QTest.mouseMove(port, middle(view, "n0"))
    QTest.mouseMove(port, middle(view, "n0") + QPoint(3, 0))
    assert view.canvas_scene.cards["n0"].refused
    assert "cycle" in view.toast.text()
    assert view.canvas_scene.cards["output"].welcomed is False
    QTest.mouseRelease(port, LEFT, pos=middle(view, "n0"))
    assert view.presenter.graph is before
    assert not view.canvas_scene.cards["n0"].refused


def test_an_output_is_refused_as_a_source_and_says_why(canvas: Open) -> None:
    view = canvas(edits.add_node(chain("ReLU"), Node(name="sum", type="Add", position=(700.0, 200.0))))
    before = view.presenter.graph
    drag(view, input_(view, "sum"), middle(view, "output"))
    assert view.presenter.graph is before and "nothing can follow it" in view.toast.text()


def test_the_end_of_a_connection_dropped_on_paper_lets_go(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    drag(view, input_(view, "output"), free_spot(view))
    assert inputs(view)["output"] == ()


def test_a_connection_can_be_selected_and_deleted(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU"))
    QTest.mouseClick(view.viewport(), LEFT, pos=(output(view, "n0") + input_(view, "n1")) / 2)
    assert view.presenter.selected_edge == ("n1", 0)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert inputs(view)["n1"] == ()


def test_dragging_a_card_moves_it_on_the_grid_in_one_step(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    x, y = view.presenter.positions["n0"]
    drag(view, middle(view, "n0"), middle(view, "n0") + QPoint(101, 43))
    assert view.presenter.positions["n0"] == (x + 104, y + 40)
    view.presenter.document.undo()
    assert view.presenter.positions["n0"] == (x, y)
    assert view.canvas_scene.cards["n0"].pos() == QPointF(x, y)


def test_escape_gives_up_a_move(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    x, y = view.presenter.positions["n0"]
    port = view.viewport()
    QTest.mousePress(port, LEFT, pos=middle(view, "n0"))
    QTest.mouseMove(port, middle(view, "n0") + QPoint(100, 100))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(port, LEFT, pos=free_spot(view))
    assert view.canvas_scene.cards["n0"].pos() == QPointF(x, y)
    assert not view.presenter.document.can_undo


def test_the_band_selects_what_it_touches_and_a_click_on_paper_nothing(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU"))
    first, last = view.presenter.positions["input"], view.presenter.positions["n0"]
    start = view.mapFromScene(QPointF(first[0] - 60, first[1] - 20))
    end = view.mapFromScene(QPointF(last[0] + 20, last[1] + 20))
    drag(view, start, end)
    assert view.presenter.selection == {"input", "n0"}
    QTest.mouseClick(view.viewport(), LEFT, Qt.KeyboardModifier.ShiftModifier, middle(view, "n1"))
    assert view.presenter.selection == {"input", "n0", "n1"}
    QTest.mouseClick(view.viewport(), LEFT, pos=free_spot(view))
    assert view.presenter.selection == frozenset()


def test_keys_select_copy_paste_duplicate_delete_and_undo(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU"))
    control = Qt.KeyboardModifier.ControlModifier
    view.presenter.select({"n0", "n1"})
    QTest.keyClick(view, Qt.Key.Key_C, control)
    assert "workbench/nodes" in QGuiApplication.clipboard().text()
    QTest.keyClick(view, Qt.Key.Key_V, control)
    assert inputs(view)["n3"] == ("n2",)
    QTest.keyClick(view, Qt.Key.Key_D, control)
    assert view.presenter.selection == {"n4", "n5"}
    QTest.keyClick(view, Qt.Key.Key_X, control)
    assert "n4" not in inputs(view)
    QTest.keyClick(view, Qt.Key.Key_A, control)
    assert len(view.presenter.selection) == 6
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert inputs(view) == {}
    assert view.empty.hint.isVisible()
    while view.presenter.document.can_undo:
        view.presenter.document.undo()
    assert view.presenter.graph == chain("ReLU", "ReLU")


def test_what_is_pasted_out_of_sight_is_gone_to(canvas: Open, qtbot: QtBot) -> None:
    view = canvas(chain(*["ReLU"] * 12))
    control = Qt.KeyboardModifier.ControlModifier
    view.actual_size()
    before = view.viewportTransform()
    for key in (Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_V):
        QTest.keyClick(view, key, control)
    qtbot.waitUntil(lambda: not view.motion.under_way)
    pasted = view.canvas_scene.drawn_rect(view.presenter.selection)
    assert view.viewportTransform() != before
    assert view.seen().contains(pasted.center())
    QTest.keyClick(view, Qt.Key.Key_Escape)
    view.presenter.select({"n12"})
    there = view.viewportTransform()
    QTest.keyClick(view, Qt.Key.Key_D, control)
    assert view.viewportTransform() == there and not view.motion.under_way


def test_a_node_is_renamed_on_its_card(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    view.presenter.select({"n0"})
    QTest.keyClick(view, Qt.Key.Key_F2)
    editor = view.viewport().findChild(QLineEdit, "renameEditor")
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "squash")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert inputs(view)["output"] == ("squash",)
    assert view.canvas_scene.cards["squash"].words.name == "squash"


def test_a_taken_name_is_refused_in_a_sentence(canvas: Open) -> None:
    view = canvas(chain("ReLU", "ReLU"))
    view.presenter.select({"n0"})
    view.commands["rename"].trigger()
    editor = view.viewport().findChild(QLineEdit, "renameEditor")
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "n1")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert view.toast.text() == "There is already a node called n1"


def renaming(view: CanvasView, qtbot: QtBot) -> QLineEdit:
    """The rename editor, opened on the first node."""
    view.activateWindow()
    view.presenter.select({"n0"})
    view.commands["rename"].trigger()
    editor = view.viewport().findChild(QLineEdit, "renameEditor")
    assert isinstance(editor, QLineEdit)
    qtbot.waitUntil(editor.hasFocus)
    return editor


def test_a_refused_name_stays_to_be_mended_and_spaces_become_underscores(canvas: Open, qtbot: QtBot) -> None:
    view = canvas(chain("ReLU"))
    editor = renaming(view, qtbot)
    QTest.keyClicks(editor, "my layer")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert editor.isVisible() and editor.hasFocus() and editor.property("invalid")
    assert "letters a to z" in view.toast.text() and view.toast.text().endswith("Press Enter for my_layer")
    assert set(view.presenter.cards) == {"input", "n0", "output"}
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert "my_layer" in view.presenter.cards
    qtbot.waitUntil(lambda: view.viewport().findChild(QLineEdit, "renameEditor") is None)


def test_a_message_may_be_placed_while_the_selected_card_is_renamed(canvas: Open, qtbot: QtBot) -> None:
    """As by a repaint, once the new card is drawn and before it is selected."""
    view = canvas(chain("ReLU"))
    editor, show_change, placed = renaming(view, qtbot), view.presenter.on_change, []

    def show_and_place() -> None:
        show_change()
        view.settle()
        placed.append(view.sight.worked_on())

    view.presenter.on_change = show_and_place
    QTest.keyClicks(editor, "squash")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert placed and view.presenter.selection == {"squash"} and view.sight.worked_on()


def test_the_field_of_a_name_stays_on_its_card_while_the_view_moves(canvas: Open, qtbot: QtBot) -> None:
    """As when the window gets smaller, or the wheel is turned."""
    view = canvas(chain(*["ReLU"] * 8))
    view.sight.fit_all()
    editor = renaming(view, qtbot)
    offset = view.mapToScene(editor.pos()) - view.canvas_scene.cards["n0"].pos()

    def is_in_place() -> bool:
        there = view.mapFromScene(view.canvas_scene.cards["n0"].pos() + offset)
        return (editor.pos() - there).manhattanLength() <= 2

    before = editor.pos()
    for move in (
        lambda: view.resize(900, 250),
        lambda: view.zoom_by(0.7, QPoint(900, 600)),
        lambda: view.pan(20, 30),
    ):
        move()
        assert is_in_place() and editor.pos() != before
        before = editor.pos()


def test_escape_leaves_the_name_as_it_was(canvas: Open, qtbot: QtBot) -> None:
    view = canvas(chain("ReLU"))
    editor = renaming(view, qtbot)
    QTest.keyClicks(editor, "other")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: view.viewport().findChild(QLineEdit, "renameEditor") is None)
    assert "n0" in view.presenter.cards and view.presenter.selection == {"n0"}


def test_the_network_goes_on_fitting_the_window_until_somebody_moves_it(canvas: Open, qtbot: QtBot) -> None:
    view = canvas(chain(*["ReLU"] * 8))
    view.sight.fit_all()
    view.resize(1200, 250)
    qtbot.waitUntil(lambda: view.height() == 250)
    small = view.zoom()
    view.resize(1200, 300)
    assert view.zoom() > small
    view.pan(5, 5)
    moved = view.zoom()
    view.resize(1200, 250)
    assert view.zoom() == moved


def test_an_edited_network_goes_on_fitting_the_window(canvas: Open) -> None:
    view = canvas(chain(*["ReLU"] * 8))
    view.resize(1200, 250)
    view.sight.fit_all()
    small = view.zoom()
    QTest.mouseClick(view.viewport(), LEFT, pos=middle(view, "n1"))
    view.presenter.rename("n1", "second")
    view.resize(1200, 800)
    assert view.zoom() > small
    view.resize(1200, 250)
    assert view.zoom() == small and view.seen().contains(view.canvas_scene.drawn_rect())


def test_layers_that_are_added_leave_the_whole_network_in_view_until_somebody_moves_it(canvas: Open) -> None:
    view = canvas(chain(*["ReLU"] * 6))
    view.resize(1200, round((view.canvas_scene.drawn_rect().height() + 2 * theme.SPACE_XL) * 0.8))
    view.sight.fit_all()
    before = view.zoom()
    view.presenter.select({"n2"})
    view.add_after_selection("BatchNorm")
    assert view.zoom() < before and view.sight.is_whole
    view.presenter.select({"n0", "n1"})
    view.presenter.add_frame((0.0, 0.0))
    assert view.sight.is_whole, "the cards below the frame have moved down"
    view.pan(5, 5)
    moved = view.zoom()
    view.add_after_selection("Dropout")
    assert view.zoom() == moved


def test_a_network_in_view_as_a_whole_stays_in_the_middle_when_its_last_layer_is_shown(canvas: Open) -> None:
    view = canvas(chain(*["ReLU"] * 6))
    view.resize(1200, round(view.canvas_scene.drawn_rect().height() * 0.6))
    view.sight.fit_all()
    view.sight.show({"output"})
    off = view.seen().center() - view.canvas_scene.drawn_rect().center()
    assert view.zoom() < 1 and view.sight.is_whole and abs(off.y()) < 2


def test_an_empty_canvas_has_its_actual_size(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    view.zoom_by(0.5)
    view.presenter.document.replace(experiment(Graph()), None, saved=True)
    assert view.zoom() == 1.0


def test_a_canvas_with_notes_alone_stays_where_it_is_while_they_are_edited(canvas: Open) -> None:
    view = canvas(Graph())
    key = view.presenter.add_comment((0.0, 0.0))
    view.zoom_by(0.5)
    before = view.seen()
    view.presenter.write(key, "To do", new=True)
    assert view.zoom() == 0.5 and view.seen() == before


def test_a_network_shown_as_a_whole_at_any_zoom_stays_whole_at_another_size(canvas: Open) -> None:
    """A network too long to be readable at once is shown from its beginning, unless all of it was asked for."""
    view = canvas(chain(*["ReLU"] * 30))
    view.resize(400, 300)
    view.sight.fit_all()
    assert not view.seen().contains(view.canvas_scene.drawn_rect())
    view.sight.fit()
    for size in ((400, 250), (500, 350)):
        view.resize(*size)
        assert view.seen().contains(view.canvas_scene.drawn_rect())


def test_a_network_that_nearly_fits_is_shown_whole_and_a_longer_one_from_its_beginning(canvas: Open) -> None:
    view = canvas(chain(*["ReLU"] * 8))
    drawn = view.canvas_scene.drawn_rect()
    around = 2 * theme.SPACE_XL
    for zoom, chosen in ((0.6, 0.6), (0.45, 0.45), (0.35, READABLE_ZOOM)):
        view.resize(1200, round((drawn.height() + around) * zoom))
        view.sight.fit_all()
        assert view.zoom() == pytest.approx(chosen, rel=0.02)
        assert view.seen().contains(drawn) == (chosen == zoom)


def test_a_view_that_was_moved_stays_when_the_window_is_hidden_or_minimised(canvas: Open, qtbot: QtBot) -> None:
    view = canvas(chain(*["ReLU"] * 8))
    view.zoom_by(2)
    view.pan(30, 40)
    before = view.viewportTransform()
    for away, back in ((view.hide, view.show), (view.showMinimized, view.showNormal)):
        away()
        back()
        qtbot.waitUntil(view.isVisible)
        QApplication.processEvents()
        assert view.viewportTransform() == before


def test_a_card_shown_beyond_the_fitted_part_stays_in_sight_at_another_size(canvas: Open) -> None:
    view = canvas(chain(*["ReLU"] * 30))
    view.resize(400, 300)
    view.sight.fit_all()
    view.sight.show({"n29"})
    view.resize(410, 300)
    assert view.seen().contains(view.canvas_scene.drawn_rect({"n29"}))


def test_the_search_adds_what_is_typed(canvas: Open, qtbot: QtBot) -> None:
    view = canvas(chain("ReLU"))
    QTest.mouseDClick(view.viewport(), LEFT, pos=free_spot(view))
    assert view.searches.box.isVisible()
    QTest.keyClicks(view.searches.box.field, "maxpool")
    QTest.keyClick(view.searches.box.field, Qt.Key.Key_Return)
    assert "maxpool1" in inputs(view)
    QTest.keyClick(view, Qt.Key.Key_Tab)
    qtbot.waitUntil(view.searches.box.isVisible)
    QTest.keyClick(view.searches.box.field, Qt.Key.Key_Escape)
    assert not view.searches.box.isVisible()


def test_a_connection_dropped_on_paper_asks_what_shall_stand_there(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    drag(view, output(view, "n0"), free_spot(view))
    assert view.searches.box.isVisible()
    assert "Input" not in [choice.title for choice in view.searches.box.choices]
    QTest.keyClicks(view.searches.box.field, "Flatten")
    QTest.keyClick(view.searches.box.field, Qt.Key.Key_Return)
    assert inputs(view)["flatten1"] == ("n0",)


def test_arrows_nudge_on_the_grid(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    view.presenter.select({"n0"})
    x, y = view.presenter.positions["n0"]
    QTest.keyClick(view, Qt.Key.Key_Right)
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert view.presenter.positions["n0"] == (x + 8, y + 64)


def test_the_wheel_zooms_where_the_pointer_is(canvas: Open) -> None:
    view = canvas(chain("ReLU"))
    point = middle(view, "n0")
    place = view.mapToScene(point)
    event = QWheelEvent(
        QPointF(point),
        QPointF(view.viewport().mapToGlobal(point)),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)
    assert view.zoom() > 1.2
    assert (view.mapFromScene(place) - point).manhattanLength() <= 2


@pytest.mark.parametrize("way", ["middle", "space"])
def test_the_paper_is_dragged_with_the_middle_button_or_with_space(canvas: Open, way: str) -> None:
    view = canvas(chain("ReLU"))
    before = middle(view, "n0")
    if way == "middle":
        drag(view, before, before + QPoint(60, 35), Qt.MouseButton.MiddleButton)
    else:
        QTest.keyPress(view, Qt.Key.Key_Space)
        drag(view, before, before + QPoint(60, 35))
        QTest.keyRelease(view, Qt.Key.Key_Space)
    assert (middle(view, "n0") - before - QPoint(60, 35)).manhattanLength() <= 2
    assert not view.presenter.document.can_undo


def test_a_loose_card_dropped_on_a_connection_goes_into_it(canvas: Open) -> None:
    view = canvas(edits.add_node(chain("ReLU", "ReLU"), Node(name="loose", type="Tanh", position=(500.0, 300.0))))
    gap = (output(view, "n0") + input_(view, "n1")) / 2
    drag(view, middle(view, "loose"), gap)
    assert inputs(view)["loose"] == ("n0",)
    assert inputs(view)["n1"] == ("loose",)


def test_facts_and_problems_appear_on_the_cards(canvas: Open) -> None:
    view = canvas(chain("ReLU", "Flatten"))
    assert view.canvas_scene.cards["n1"].card.shape == ""
    view.show_analysis(analyse(view.presenter.document.experiment.architecture))
    assert view.canvas_scene.cards["n1"].card.shape == "784"
    view.presenter.select({"n1"})
    assert "n1, Flatten, 784" in view.accessibleDescription()


def test_the_empty_canvas_says_how_to_begin(canvas: Open) -> None:
    view = canvas(Graph())
    assert view.empty.hint.isVisible()
    drop(view, "Input", QPoint(300, 300))
    assert not view.empty.hint.isVisible()


class Look(Record):
    """A zoom for a thousand cards, and the least number of colours it shows."""

    zoom: float
    least_colours: int


@pytest.mark.parametrize(
    "look", [Look(zoom=0.1, least_colours=3), Look(zoom=0.4, least_colours=10), Look(zoom=1.0, least_colours=20)]
)
def test_a_thousand_nodes_paint_at_every_distance_in_both_modes(canvas: Open, qapp: QApplication, look: Look) -> None:
    kinds = ("Conv2d", "ReLU", "MaxPool2d", "Dropout")
    nodes = [Node(name="input", type="Input", position=(0.0, 0.0))]
    for index in range(1, 1000):
        place = (float(index // 50 * geometry.COLUMN), float(index % 50 * geometry.ROW))
        nodes.append(Node(name=f"n{index}", type=kinds[index % 4], inputs=(nodes[-1].name,), position=place))
    view = canvas(Graph(nodes=tuple(nodes)))
    view.zoom_by(look.zoom)
    picture = view.grab().toImage()
    colours = {picture.pixel(x, y) for x in range(0, 1200, 2) for y in range(0, 800, 2)}
    assert len(colours) >= look.least_colours
    assert len(view.canvas_scene.cards) == 1000


def test_a_change_of_mode_repaints_the_canvas(canvas: Open, qapp: QApplication) -> None:
    view = canvas(chain("ReLU"))
    before = (qapp.palette(), qapp.styleSheet(), qapp.font(), qapp.style().name())
    grounds = []
    for mode in ("light", "dark"):
        theme.apply(qapp, mode)
        grounds.append(view.grab().toImage().pixelColor(1, 1).name())
    assert grounds == [theme.LIGHT.canvas.lower(), theme.DARK.canvas.lower()]
    theme.apply(qapp, "light")
    qapp.setStyle(before[3])
    qapp.setPalette(before[0])
    qapp.setStyleSheet(before[1])
    qapp.setFont(before[2])
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_a_card_that_goes_lives_until_the_event_at_hand_is_over(qtbot: QtBot, canvas: Open) -> None:
    """The event may be a press on that card, which Qt accesses again after its handlers."""
    view = canvas(chain("ReLU", "Tanh"))
    card = weakref.ref(view.canvas_scene.cards["n0"])
    view.presenter.select({"n0"})
    view.presenter.delete()
    assert "n0" not in view.canvas_scene.cards and card() is not None
    qtbot.waitUntil(lambda: card() is None)


def test_a_node_that_comes_by_an_edit_elsewhere_comes_into_sight(canvas: Open, qtbot: QtBot) -> None:
    """As when a remedy of the inspector inserts a node outside the visible part."""
    view = canvas(chain(*["ReLU"] * 30))
    view.resize(400, 300)
    view.actual_size()
    view.centerOn(0, 0)
    document = view.presenter.document
    graph = edits.move(view.presenter.graph, view.presenter.positions)
    last = graph.by_name["n29"].position
    assert last is not None
    graph = edits.add_node(
        graph, Node(name="flatten1", type="Flatten", inputs=("n29",), position=(last[0], last[1] + 72))
    )
    experiment = document.experiment
    architecture = replace(experiment.architecture, graph=graph)
    document.apply("insert Flatten", replace(experiment, architecture=architecture))
    qtbot.waitUntil(lambda: not view.motion.under_way)
    seen = view.seen()
    assert seen.contains(view.canvas_scene.drawn_rect({"flatten1"}).center())


def test_a_click_on_the_selected_card_reports_it_again(canvas: Open) -> None:
    """Another tab may be in front of the inspector; a drag reports nothing."""
    view = canvas(chain("ReLU"))
    QTest.mouseClick(view.viewport(), LEFT, pos=middle(view, "n0"))
    reported = []
    view.selection_changed.connect(lambda selected: reported.append(selected.names))
    drag(view, middle(view, "n0"), middle(view, "n0") + QPoint(100, 0))
    assert not reported
    QTest.mouseClick(view.viewport(), LEFT, pos=middle(view, "n0"))
    assert reported == [{"n0"}]

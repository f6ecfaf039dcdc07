"""Comments and frames with real keys, clicks, drags and menus, and as painted."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import LEFT, Open, drag, middle, svg_of
from tests.gui.canvas.networks import chain
from workbench.gui.canvas import context_menu
from workbench.gui.canvas.picture import picture_of
from workbench.gui.canvas.view import CanvasView
from workbench.gui.forms import pending_input
from workbench.gui.forms.note_editor import NoteEditor
from workbench.gui.widgets import theme


@pytest.fixture
def view(canvas: Open) -> CanvasView:
    """A canvas on a chain with a frame around two of its nodes."""
    view = canvas(chain("ReLU", "Tanh", "ReLU"))
    view.presenter.select({"n0", "n1"})
    view.presenter.write(view.presenter.add_frame((0.0, 0.0)), "Pair", new=True)
    view.presenter.select(())
    return view


def at(view: CanvasView, key: str, x: float = 20, y: float = 12) -> QPoint:
    """A point of a note, by default at the left of its title."""
    box = view.presenter.box(key)
    return view.mapFromScene(QPointF(box.left + x, box.top + y))


def editor(view: CanvasView) -> NoteEditor:
    (found,) = view.viewport().findChildren(NoteEditor)
    return found


def test_a_comment_is_put_down_and_written_with_keys_alone(view: CanvasView) -> None:
    view.presenter.select({"n2"})
    view.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, on=False)
    QTest.keyClick(view, Qt.Key.Key_C)
    field = editor(view)
    assert field.hasFocus() and field.accessibleName() == "Text of the note"
    QTest.keyClicks(field, "C is a key")
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field, "n u r")
    QTest.keyClick(field, Qt.Key.Key_Return)
    (key,) = view.presenter.selection
    assert view.presenter.notes[key].text == "C is a key\nn u r"
    assert view.hasFocus() and "comment: C is a key" in view.accessibleDescription()
    assert view.presenter.box(key).left >= view.presenter.box("n2").right
    view.presenter.document.undo()
    assert key not in view.presenter.notes


def test_a_comment_put_down_on_a_card_is_beside_it(view: CanvasView, monkeypatch: pytest.MonkeyPatch) -> None:
    view.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    monkeypatch.setattr(view, "pointer", lambda: middle(view, "n2"))
    view.presenter.select({"n0"})
    QTest.keyClick(view, Qt.Key.Key_C)
    QTest.keyClicks(editor(view), "why")
    QTest.keyClick(editor(view), Qt.Key.Key_Return)
    (key,) = view.presenter.selection
    comment, card = view.presenter.box(key), view.presenter.box("n2")
    assert comment.left >= card.right and card.top <= comment.top <= card.bottom


def test_the_title_of_a_frame_larger_than_the_view_is_seen_while_it_is_written(view: CanvasView) -> None:
    view.presenter.select({"n0", "n1", "n2"})
    view.resize(900, 300)
    view.zoom_by(4.0)
    view.centerOn(view.canvas_scene.drawn_rect({"n0", "n1", "n2"}).center())
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    frame = view.mapFromScene(view.canvas_scene.drawn_rect({"#1"})).boundingRect()
    assert frame.height() > view.viewport().height()
    assert view.viewport().rect().contains(editor(view).geometry().topLeft())


def test_a_note_put_down_while_another_is_still_without_words_takes_its_place(view: CanvasView) -> None:
    """The context menu takes the focus without ending the edit."""
    QTest.keyClick(view, Qt.Key.Key_C)
    view.notes.frame()
    (field,) = [field for field in view.viewport().findChildren(NoteEditor) if field.hasFocus()]
    QTest.keyClicks(field, "Stage")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert sorted(note.text for note in view.presenter.notes.values()) == ["Pair", "Stage"]


def test_escape_lets_go_of_a_comment_that_was_not_written(view: CanvasView) -> None:
    before = view.presenter.document.experiment
    QTest.keyClick(view, Qt.Key.Key_C)
    QTest.keyClicks(editor(view), "never mind")
    QTest.keyClick(editor(view), Qt.Key.Key_Escape)
    assert view.presenter.document.experiment == before and view.hasFocus()
    assert "Redo brings it back" in view.toast.text()
    view.presenter.document.redo()
    assert "never mind" in [note.text for note in view.presenter.notes.values()]
    view.presenter.document.undo()
    assert view.presenter.document.experiment == before


def test_escape_keeps_the_old_text_and_redo_has_the_new_one(view: CanvasView) -> None:
    view.presenter.select({"#0"})
    QTest.keyClick(view, Qt.Key.Key_F2)
    QTest.keyClicks(editor(view), "Twins")
    QTest.keyClick(editor(view), Qt.Key.Key_Escape)
    assert view.presenter.notes["#0"].text == "Pair"
    view.presenter.document.redo()
    assert view.presenter.notes["#0"].text == "Twins"


def test_escape_in_a_new_frame_keeps_the_frame_and_redo_its_title(view: CanvasView) -> None:
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(editor(view), "Last")
    QTest.keyClick(editor(view), Qt.Key.Key_Escape)
    assert [note.text for note in view.presenter.notes.values()] == ["Pair", ""]
    view.presenter.document.redo()
    assert [note.text for note in view.presenter.notes.values()] == ["Pair", "Last"]


def test_escape_leaves_a_text_that_is_too_long_to_be_kept(view: CanvasView, qtbot: QtBot) -> None:
    before = view.presenter.document.experiment
    view.presenter.select({"#0"})
    QTest.keyClick(view, Qt.Key.Key_F2)
    editor(view).setPlainText("long " * 5_000)
    QTest.keyClick(editor(view), Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not view.viewport().findChildren(NoteEditor))
    assert view.presenter.document.experiment == before


def test_a_frame_is_put_around_the_selection_and_named(view: CanvasView) -> None:
    view.presenter.select({"n2"})
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(editor(view), "Last")
    QTest.mouseClick(view.viewport(), LEFT, pos=QPoint(5, 5))
    assert [note.text for note in view.presenter.notes.values()] == ["Pair", "Last"]
    assert view.presenter.with_held({"#1"}) == {"#1", "n2"}


def test_what_is_being_written_is_saved_too(view: CanvasView) -> None:
    view.presenter.select({"#0"})
    QTest.keyClick(view, Qt.Key.Key_F2)
    QTest.keyClicks(editor(view), "Twins")
    pending_input.enter_all(view)
    assert view.presenter.notes["#0"].text == "Twins"


def test_a_double_click_writes_and_enter_does(view: CanvasView, qtbot: QtBot) -> None:
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, "#0"))
    QTest.mouseDClick(view.viewport(), LEFT, pos=at(view, "#0"))
    QTest.keyClick(editor(view), Qt.Key.Key_Escape)
    assert view.presenter.notes["#0"].text == "Pair"
    qtbot.waitUntil(lambda: not view.viewport().findChildren(NoteEditor))
    QTest.keyClick(view, Qt.Key.Key_Return)
    QTest.keyClicks(editor(view), "Twins")
    QTest.keyClick(editor(view), Qt.Key.Key_Enter)
    assert view.presenter.notes["#0"].text == "Twins" and view.hasFocus()


def test_a_frame_dragged_by_its_title_takes_its_nodes_along(view: CanvasView) -> None:
    before = {key: view.presenter.box(key) for key in ("#0", "n0", "n1", "n2")}
    steps = view.presenter.document.undo_label
    drag(view, at(view, "#0"), at(view, "#0") + QPoint(160, 24))
    for key, box in before.items():
        assert view.presenter.box(key) == (box if key == "n2" else box.shifted(160, 24))
        item = view.canvas_scene.item(key)
        assert (item.x(), item.y()) == (view.presenter.box(key).left, view.presenter.box(key).top)
    view.presenter.document.undo()
    assert {key: view.presenter.box(key) for key in before} == before
    assert view.presenter.document.undo_label == steps


def test_escape_puts_a_dragged_frame_back(view: CanvasView) -> None:
    before = view.presenter.box("#0")
    QTest.mousePress(view.viewport(), LEFT, pos=at(view, "#0"))
    QTest.mouseMove(view.viewport(), at(view, "#0") + QPoint(90, 90))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.canvas_scene.notes["#0"].pos() == QPointF(before.left, before.top)
    assert view.presenter.box("#0") == before


@pytest.mark.parametrize(
    ("side", "by"),
    [((0, 0.5), (-40, 0)), ((1, 0.5), (40, 0)), ((0.5, 0), (0, -24)), ((0.5, 1), (0, 24)), ((1, 1), (40, 24))],
)
def test_a_frame_is_resized_by_its_edges_and_corners(
    view: CanvasView, side: tuple[float, float], by: tuple[int, int]
) -> None:
    before, node = view.presenter.box("#0"), view.presenter.box("n0")
    start = at(view, "#0", before.width * side[0], before.height * side[1])
    QTest.mouseMove(view.viewport(), start)
    assert view.viewport().cursor().shape() != Qt.CursorShape.ArrowCursor
    drag(view, start, start + QPoint(*by))
    after = view.presenter.box("#0")
    left, top = (by[0] if side[0] == 0 else 0, by[1] if side[1] == 0 else 0)
    assert (after.left, after.top) == (before.left + left, before.top + top)
    assert (after.width, after.height) == (before.width + abs(by[0]), before.height + abs(by[1]))
    assert view.presenter.box("n0") == node
    assert view.presenter.document.undo_label == "resize a frame"


def test_a_band_within_a_frame_is_for_its_nodes_and_one_around_it_takes_it(view: CanvasView) -> None:
    box = view.presenter.box("#0")
    inside = view.mapFromScene(QPointF(box.left + 8, box.top + 36))
    drag(view, inside, view.mapFromScene(QPointF(box.right - 8, box.bottom - 8)))
    assert view.presenter.selection == {"n0", "n1"}
    outside = view.mapFromScene(QPointF(box.left - 10, box.top - 10))
    drag(view, outside, view.mapFromScene(QPointF(box.right + 10, box.bottom + 10)))
    assert view.presenter.selection == {"n0", "n1", "#0"}


def test_the_menu_colours(view: CanvasView) -> None:
    menu = context_menu.make(view, at(view, "#0"))
    assert view.presenter.selection == {"#0"}
    colours = next(action.menu() for action in menu.actions() if action.text() == "Colour")
    next(action for action in colours.actions() if action.text() == "Red").trigger()
    assert view.presenter.notes["#0"].colour == "red" and view.presenter.document.undo_label == "colour 1 note"
    menu.deleteLater()


def test_the_keys_go_from_note_to_note(view: CanvasView) -> None:
    view.presenter.write(view.presenter.add_comment((900.0, -300.0)), "above")
    view.presenter.select(())
    QTest.keyClick(view, Qt.Key.Key_N)
    assert view.presenter.selection == {"#1"}
    QTest.keyClick(view, Qt.Key.Key_N)
    assert view.presenter.selection == {"#0"}
    QTest.keyClick(view, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert view.presenter.selection == {"#1"}
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert view.presenter.selection <= view.presenter.cards.keys()
    view.presenter.select({"#0"})
    QTest.keyClick(view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert view.presenter.selection == {"#0", "n0", "n1"}


def test_notes_go_to_the_clipboard_as_text(view: CanvasView) -> None:
    view.presenter.select({"#0"})
    QTest.keyClick(view, Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier)
    assert '"Pair"' in QGuiApplication.clipboard().text() and view.presenter.notes == {}
    assert {"n0", "n1"} <= view.presenter.cards.keys()
    QTest.keyClick(view, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert [note.text for note in view.presenter.notes.values()] == ["Pair"]


def test_find_flies_to_a_note(view: CanvasView) -> None:
    view.presenter.write(view.presenter.add_comment((4000.0, 900.0)), "far away")
    view.find_bar.open()
    QTest.keyClicks(view.find_bar.field, "away")
    view.motion.finish()
    assert view.presenter.selection == {"#1"}
    assert view.seen().contains(QPointF(4000.0, 900.0))


def test_all_of_it_fits_into_the_window_with_the_notes(view: CanvasView) -> None:
    view.presenter.write(view.presenter.add_comment((1500.0, 100.0)), "far right")
    view.sight.fit_all()
    assert view.seen().contains(view.canvas_scene.drawn_rect())
    assert view.canvas_scene.drawn_rect().right() > 1500


def ground(view: CanvasView, key: str) -> str:
    """The colour painted inside a frame, next to its cards."""
    box = view.presenter.box(key)
    return view.grab().toImage().pixelColor(view.mapFromScene(QPointF(box.right - 8, box.bottom - 30))).name()


@pytest.mark.parametrize("zoom", [1.0, 0.5, 0.2])
def test_frames_are_painted_at_every_zoom(view: CanvasView, zoom: float) -> None:
    view.look_at(view.canvas_scene.drawn_rect().center(), zoom)
    tokens = theme.current()
    assert ground(view, "#0") == theme.mix(tokens.canvas, tokens.notes["blue"], 0.12).lower()


def test_from_afar_the_title_is_still_read(view: CanvasView) -> None:
    view.look_at(view.canvas_scene.drawn_rect().center(), 0.2)
    place = at(view, "#0", 0, 0) + QPoint(4, 10)
    tokens = theme.current()
    pill = theme.mix(tokens.surface, tokens.notes["blue"], 0.2).lower()
    assert view.grab().toImage().pixelColor(place).name() == pill


def test_the_minimap_shows_frames_and_unfolded_blocks(view: CanvasView) -> None:
    view.presenter.select({"n2"})
    use = view.presenter.group()
    view.presenter.set_unfolded(use, unfolded=True)
    view.zoom_by(3.0)
    image = view.minimap.grab().toImage()
    tokens, frame, block = theme.current(), view.presenter.box("#0"), view.presenter.box(use)

    def seen(x: float, y: float) -> str:
        point = view.minimap.to_map(view.canvas_scene.notes["#0"].mapRectToScene(0, 0, 1, 1).translated(x, y))
        return image.pixelColor(point.topLeft().toPoint()).name()

    painted = seen(4.0, frame.height - 8)
    assert painted not in (tokens.surface.lower(), "#ffffff")
    assert seen(block.left + 10 - frame.left, block.bottom - 30 - frame.top) not in (tokens.surface.lower(), painted)


def test_the_picture_has_the_notes_of_unfolded_blocks_too(view: CanvasView) -> None:
    view.presenter.select({"n0", "n1"})
    use = view.presenter.group()
    assert b"Pair" not in svg_of(picture_of(view.canvas_scene, "folded"))
    view.presenter.set_unfolded(use, unfolded=True)
    assert b"Pair" in svg_of(picture_of(view.canvas_scene, "unfolded"))


def test_a_card_in_front_of_a_comment_is_not_grasped_through_it(view: CanvasView) -> None:
    place = view.presenter.box("n2")
    view.presenter.write(view.presenter.add_comment((place.left + 8, place.top + 8)), "on top of it")
    view.presenter.select(())
    QTest.mouseClick(view.viewport(), LEFT, pos=middle(view, "n2"))
    assert view.presenter.selection == {"#1"}


def test_from_afar_a_frame_is_still_grasped_by_its_title(view: CanvasView) -> None:
    view.look_at(view.canvas_scene.drawn_rect().center(), 0.15)
    box = view.presenter.box("#0")
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, "#0", 200, 100))
    assert view.presenter.selection == {"#0"} and box.height > 100


def test_what_cannot_be_kept_stays_in_the_field(view: CanvasView) -> None:
    view.presenter.select({"#0"})
    QTest.keyClick(view, Qt.Key.Key_F2)
    editor(view).setPlainText("x" * 20_001)
    QTest.keyClick(editor(view), Qt.Key.Key_Return)
    assert editor(view).toPlainText() and "shorten it" in view.toast.text()
    assert view.presenter.notes["#0"].text == "Pair"
    editor(view).setPlainText("short")
    view.pan(30, 0)
    assert view.presenter.notes["#0"].text == "short"

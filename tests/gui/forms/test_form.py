"""Forms with real editors and real keys."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QScrollArea, QToolTip, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.hands import turn
from workbench.gui.forms import form_text
from workbench.gui.forms.editors import Alternatives, Pair, Text, Tick, WholeNumber
from workbench.gui.forms.form import Form, align
from workbench.gui.forms.pending_input import enter_all, take_back_all
from workbench.gui.widgets import theme
from workbench.layers import LAYERS
from workbench.spec.forms import parameters_of, starting_parameters
from workbench.training import OPTIMIZERS


class Heard:
    """The signals that a form emitted."""

    def __init__(self, form: Form) -> None:
        self.edits: list[tuple[str, Any]] = []
        self.resets: list[str] = []
        form.edited.connect(lambda name, value: self.edits.append((name, value)))
        form.reset.connect(self.resets.append)


def form_of(
    qtbot: QtBot, layer: str, values: dict[str, Any], bindings: dict[str, Any] | None = None
) -> tuple[Form, Heard]:
    form = Form(parameters_of(LAYERS[layer]), values, bindings)
    qtbot.addWidget(form)
    form.resize(320, 400)  # a form without fields would have no size
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    return form, Heard(form)


@pytest.mark.parametrize("layer", sorted(LAYERS.table))
def test_every_layer_has_a_form_whose_every_value_is_valid(qtbot: QtBot, layer: str) -> None:
    values = starting_parameters(LAYERS[layer])
    form, heard = form_of(qtbot, layer, values)
    LAYERS.make(layer, values)
    assert heard.edits == []
    assert set(form.fields) == {parameter.name for parameter in parameters_of(LAYERS[layer])}


WRONG: tuple[Any, ...] = ("five", 1.5, True, None, [3], [3, "a"], ["a", "b"], [1.5, 2])


@pytest.mark.parametrize("layer", sorted(LAYERS.table))
def test_a_value_of_another_kind_is_shown_as_it_is(qtbot: QtBot, layer: str) -> None:
    """From a file, or after a block's parameter was removed: the problem says what it should be."""
    for value in WRONG:
        form, heard = form_of(qtbot, layer, {parameter.name: value for parameter in parameters_of(LAYERS[layer])})
        for field in form.fields.values():
            if not form_text.fits(value, field.parameter):
                assert field.mixed.isVisible() and field.mixed.text() == (form_text.show(value) or "automatic")
        assert heard.edits == []


def test_a_value_of_another_kind_is_replaced(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": "five"})
    field = form.fields["out_channels"]
    qtbot.mouseClick(field.mixed, Qt.MouseButton.LeftButton)
    assert isinstance(field.editor, WholeNumber) and field.editor.isVisible()
    field.editor.box.selectAll()
    QTest.keyClicks(field.editor.box, "6")
    QTest.keyClick(field.editor.box, Qt.Key.Key_Return)
    assert heard.edits == [("out_channels", 6)]


def test_a_number_is_taken_with_enter_or_on_leaving_and_never_in_its_middle(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": 6, "kernel_size": 5})
    editor = form.fields["out_channels"].editor
    assert isinstance(editor, WholeNumber)
    editor.box.setFocus()
    editor.box.selectAll()
    QTest.keyClicks(editor.box, "16")
    assert heard.edits == []
    QTest.keyClick(editor.box, Qt.Key.Key_Return)
    assert heard.edits == [("out_channels", 16)]
    editor.box.selectAll()
    QTest.keyClicks(editor.box, "24")
    form.fields["groups"].editor.inputs()[0].setFocus()
    assert heard.edits[1:] == [("out_channels", 24)]
    editor.box.stepUp()
    assert heard.edits[2:] == [("out_channels", 25)]


def test_a_value_typed_once_more_is_confirmed_and_not_edited(qtbot: QtBot) -> None:
    form = Form(parameters_of(OPTIMIZERS["SGD"]), {"lr": 0.05})
    qtbot.addWidget(form)
    edited, confirmed = [], []
    form.edited.connect(lambda *said: edited.append(said))
    form.confirmed.connect(confirmed.append)
    (line,) = form.fields["lr"].editor.inputs()
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert confirmed == [], "nothing was typed"
    line.selectAll()
    qtbot.keyClicks(line, "0.05")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert confirmed == ["lr"] and edited == []


def test_a_number_box_left_empty_shows_the_number_before_and_says_why(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": 6, "kernel_size": 5})
    editor = form.fields["out_channels"].editor
    assert isinstance(editor, WholeNumber)
    editor.box.setFocus()
    editor.box.selectAll()
    QTest.keyClick(editor.box, Qt.Key.Key_Backspace)
    form.fields["groups"].editor.inputs()[0].setFocus()
    assert editor.box.text() == "6" and heard.edits == []
    assert "It stays 6" in form.words.text()


@pytest.mark.parametrize("text", ["6.5", "-3", "1e3", "abc", "0"])
@pytest.mark.parametrize("way", ["Enter", "another field"])
def test_what_is_no_whole_number_is_refused_as_it_was_typed(qtbot: QtBot, text: str, way: str) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": 8, "kernel_size": 5})
    editor = form.fields["out_channels"].editor
    assert isinstance(editor, WholeNumber)
    editor.box.setFocus()
    editor.box.selectAll()
    QTest.keyClicks(editor.box, text)
    assert editor.box.text() == text
    if way == "Enter":
        QTest.keyClick(editor.box, Qt.Key.Key_Return)
    else:
        form.fields["groups"].editor.inputs()[0].setFocus()
    assert editor.box.text() == "8" and heard.edits == []
    assert "out channels must be a whole number, 1 or more. It stays 8." in form.words.text()


def test_a_number_too_large_never_leaves_a_part_of_itself(qtbot: QtBot) -> None:
    form = Form(parameters_of(OPTIMIZERS["SGD"]), {"lr": 0.05})
    qtbot.addWidget(form)
    form.show()
    form.activateWindow()
    qtbot.waitUntil(form.isActiveWindow)
    heard = Heard(form)
    editor = form.fields["lr"].editor
    assert isinstance(editor, Text)
    editor.line.setFocus()
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "1000")
    assert heard.edits == [] and editor.line.property("invalid") and "at most 100" in form.words.text()
    QApplication.sendEvent(editor.line, QEnterEvent(QPointF(), QPointF(), QPointF()))
    assert "at most 100" in form.words.text(), "the pointer over the field takes no reason away"
    form.show_values({"lr": 0.05})
    assert editor.line.text() == "1000", "facts that arrive meanwhile leave the text alone"
    form.fields["momentum"].editor.inputs()[0].setFocus()
    assert heard.edits == [] and editor.line.text() == "0.05" and not editor.line.property("invalid")
    assert "at most 100. It stays 0.05." in form.words.text(), "the next field's help waits"
    editor.line.setFocus()
    assert form.words.text() == form_text.help_of(form.fields["lr"].parameter)


def test_a_refusal_out_of_sight_is_shown_at_its_field(qtbot: QtBot) -> None:
    form, _ = form_of(qtbot, "Conv2d", {"out_channels": 8, "kernel_size": 5})
    page = QScrollArea(widgetResizable=True)
    page.setWidget(form)
    qtbot.addWidget(page)
    box = form.fields["out_channels"].editor.inputs()[0]

    def refuse() -> None:
        box.selectAll()
        QTest.keyClicks(box, "6.5")
        QTest.keyClick(box, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: not form._seen.isActive())

    page.resize(300, 1000)
    page.show()
    box.setFocus()
    refuse()
    assert not QToolTip.isVisible(), "it can be read below the form"
    page.resize(300, 120)
    refuse()
    assert QToolTip.text() == form.words.text() and "It stays 8" in QToolTip.text()
    QTest.keyClicks(box, "9")
    QTest.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_the_red_line_goes_with_the_value_that_an_undo_brings_back(qtbot: QtBot) -> None:
    form, _ = form_of(qtbot, "Dropout", {"p": 0.4})
    editor = form.fields["p"].editor
    assert isinstance(editor, Text)
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "7")
    assert form.words.property("role") == "danger"
    form.show_values({"p": 0.3})
    assert editor.line.text() == "0.3" and form.words.property("role") == "small"


def test_what_is_typed_is_entered_or_refused_for_whoever_asks(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Dropout", {"p": 0.4})
    editor = form.fields["p"].editor
    assert isinstance(editor, Text)
    assert enter_all(form) == "" and heard.edits == []
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "0.2")
    assert enter_all(form) == "" and heard.edits == [("p", 0.2)]
    form.show_values({"p": 0.2})
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "7")
    assert "must be" in enter_all(form)
    assert editor.line.text() == "0.2" and len(heard.edits) == 1
    QTest.keyClicks(editor.line, "5")
    assert take_back_all(form) and editor.line.text() == "0.2" and not take_back_all(form)


def test_a_pair_opens_into_height_and_width(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": 6, "kernel_size": 5})
    editor = form.fields["kernel_size"].editor
    assert isinstance(editor, Pair)
    assert not editor.second.isVisible()
    QTest.mouseClick(editor.link, Qt.MouseButton.LeftButton)
    editor.second.setValue(3)
    QTest.mouseClick(editor.link, Qt.MouseButton.LeftButton)
    assert [value for _, value in heard.edits] == [[5, 5], [5, 3], 5]


def test_padding_may_be_a_word(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": 6, "kernel_size": 5, "padding": 2})
    editor = form.fields["padding"].editor
    assert isinstance(editor, Alternatives)
    word, number = editor.button.menu().actions()
    form.resize(280, form.height())
    qtbot.waitUntil(lambda: editor.button.width() == theme.CONTROL_HEIGHT)  # there is room for its arrow
    assert editor.rect().contains(editor.button.geometry())
    word.trigger()
    assert not editor.editor.isVisible()
    qtbot.waitUntil(lambda: editor.button.width() == editor.width())
    number.trigger()
    assert editor.editor.isVisible()
    assert [value for _, value in heard.edits] == ["same", 2]


def test_a_wrong_text_is_marked_and_not_emitted(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Dropout", {"p": 0.4})
    editor = form.fields["p"].editor
    assert isinstance(editor, Text)
    editor.line.selectAll()
    QTest.keyClicks(editor.line, "7")
    assert heard.edits == []
    assert editor.line.property("invalid")
    assert "must be" in form.words.text()
    QTest.keyClick(editor.line, Qt.Key.Key_Backspace)
    QTest.keyClicks(editor.line, "0.25")
    QTest.keyClick(editor.line, Qt.Key.Key_Return)
    assert heard.edits[-1] == ("p", 0.25)
    assert not editor.line.property("invalid")


def test_showing_the_value_that_is_being_typed_leaves_the_text_alone(qtbot: QtBot) -> None:
    form, _ = form_of(qtbot, "Dropout", {"p": 0.4})
    editor = form.fields["p"].editor
    assert isinstance(editor, Text)
    editor.line.setText("0.50")
    form.show_values({"p": 0.5})
    assert editor.line.text() == "0.50"


def test_only_what_differs_can_be_reset(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": 6, "kernel_size": 5, "bias": False})
    assert [name for name, field in form.fields.items() if field.back.isVisible()] == ["bias"]
    QTest.mouseClick(form.fields["bias"].back, Qt.MouseButton.LeftButton)
    assert heard.resets == ["bias"]
    form.show_values({"out_channels": 6, "kernel_size": 5})
    editor = form.fields["bias"].editor
    assert isinstance(editor, Tick)
    assert editor.box.isChecked()


def test_a_tick_is_told_both_ways(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": 6, "kernel_size": 5})
    editor = form.fields["bias"].editor
    assert isinstance(editor, Tick)
    QTest.mouseClick(editor.box, Qt.MouseButton.LeftButton, pos=QPoint(8, editor.box.height() // 2))
    QTest.keyClick(editor.box, Qt.Key.Key_Space)
    assert heard.edits == [("bias", False), ("bias", True)]


def test_a_bound_value_is_a_chip_that_can_be_let_go(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Linear", {"out_features": "$classes"}, {"classes": 10})
    field = form.fields["out_features"]
    assert field.chip.isVisible()
    assert field.chip.text.text() == "$classes = 10"
    field.chip.unbound.emit()
    ((name, value),) = heard.edits
    assert name == "out_features"
    assert isinstance(value, int)


def test_scrolling_past_a_field_changes_nothing(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": 6, "kernel_size": 5})
    editor = form.fields["out_channels"].editor
    assert isinstance(editor, WholeNumber)
    form.fields["groups"].editor.inputs()[0].setFocus()
    turn(editor.box)
    assert heard.edits == []
    editor.box.setFocus()
    turn(editor.box)
    assert heard.edits == [("out_channels", 7)]


def test_help_is_said_where_the_focus_is_and_takes_no_room_before(qtbot: QtBot) -> None:
    form = Form(parameters_of(LAYERS["Conv2d"]), {"out_channels": 6, "kernel_size": 5})
    qtbot.addWidget(form)
    form.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
    form.show()
    before = form.sizeHint().height()
    assert not form.words.isVisible()
    form.activateWindow()
    form.fields["groups"].editor.inputs()[0].setFocus()
    qtbot.waitUntil(lambda: "groups" in form.words.text())
    assert form.words.isVisible() and form.sizeHint().height() > before + form.words.fontMetrics().lineSpacing()


def test_the_fields_of_aligned_forms_stand_in_one_column(qtbot: QtBot) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    forms = [Form(parameters_of(LAYERS[name]), {}) for name in ("Linear", "Conv2d")]
    for form in forms:
        column.addWidget(form)
    beside = "A much longer label of another field"
    align(*forms, beside=beside)
    qtbot.addWidget(page)
    page.resize(320, 700)
    page.show()
    assert len({field.mapTo(page, QPoint()).x() for form in forms for field in form.fields.values()}) == 1
    label = next(iter(forms[0].fields.values())).label
    assert label.width() >= label.fontMetrics().horizontalAdvance(beside)

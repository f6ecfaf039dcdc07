"""A form is used as a person uses it: real editors, real keys."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.editors import Alternatives, Pair, Text, Tick, WholeNumber
from workbench.gui.forms import Form
from workbench.layers import LAYERS
from workbench.spec.forms import parameters_of, starting_parameters


class Heard:
    """What a form emitted."""

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


def test_numbers_are_emitted_while_they_are_typed(qtbot: QtBot) -> None:
    form, heard = form_of(qtbot, "Conv2d", {"out_channels": 6, "kernel_size": 5})
    editor = form.fields["out_channels"].editor
    assert isinstance(editor, WholeNumber)
    editor.box.selectAll()
    QTest.keyClicks(editor.box, "16")
    assert heard.edits == [("out_channels", 1), ("out_channels", 16)]


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
    word.trigger()
    assert not editor.editor.isVisible()
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
    form.fields["groups"].editor.setFocus()
    turn(editor.box)
    assert heard.edits == []
    editor.box.setFocus()
    turn(editor.box)
    assert heard.edits == [("out_channels", 7)]


def test_help_is_said_where_the_focus_is(qtbot: QtBot) -> None:
    form, _ = form_of(qtbot, "Conv2d", {"out_channels": 6, "kernel_size": 5})
    form.fields["groups"].editor.setFocus()
    qtbot.waitUntil(lambda: "groups" in form.words.text())


def turn(widget: QWidget) -> None:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)

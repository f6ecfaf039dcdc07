"""One editor for each kind of parameter. Each shows a value, and emits ``edited`` with every new one.

A value is entered with Enter, by leaving the field or with its arrows, never in the middle of typing: on the way to
1000 comes 100. Invalid text is marked and reported through ``refused``; leaving the field restores the previous value.
``pending_input`` enters typed values before a run or a save.
"""

from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from workbench.gui.forms import form_text
from workbench.gui.forms.elided_line import ElidedLine, PathLine
from workbench.gui.forms.number_box import spin_box
from workbench.gui.forms.wheel_guard import deafen
from workbench.gui.widgets import theme
from workbench.gui.widgets.choice_button import ChoiceButton
from workbench.gui.widgets.elided_box import ElidedBox
from workbench.gui.widgets.icons import icon
from workbench.gui.widgets.panel import spaced
from workbench.spec.forms import Parameter
from workbench.spec.problems import SpecError
from workbench.spec.record import Value, same
from workbench.spec.words import ended

NARROW_BOX = 40
"""Width in pixels that still shows a number beside the arrows, where two boxes are in a row."""


class Editor(QWidget):
    """Base of the editors: a row of inputs for one parameter."""

    edited = Signal(object)
    confirmed = Signal()
    """Emitted when the value that is there is typed once more and entered."""

    refused = Signal(str)
    """Emitted with the reason why the typed text is invalid; with an empty one once it is valid."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.parameter = parameter
        self.row = spaced(QHBoxLayout(self), theme.SPACE_XS)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Add an input to the row, with a name for screen readers and no reaction to the wheel until it is clicked."""
        widget.setAccessibleName(form_text.label(self.parameter))
        widget.setAccessibleDescription(form_text.help_of(self.parameter))
        deafen(widget)
        self.row.addWidget(widget, stretch)

    def inputs(self) -> list[QWidget]:
        """Return the inputs in visual order."""
        items = (self.row.itemAt(index) for index in range(self.row.count()))
        parts = [widget for item in items if item and (widget := item.widget())]
        return [found for part in parts for found in (part.inputs() if isinstance(part, Editor) else [part])]

    def show_value(self, value: Value) -> None:
        """Show a value without emitting it."""
        raise NotImplementedError

    @property
    def reason(self) -> str:
        """Why the typed text is invalid; empty if it is valid."""
        return ""

    def enter(self) -> str:
        """Enter the typed text. If it is invalid, restore the previous value and return the reason in a sentence."""
        return ""

    def take_back(self) -> bool:
        """Restore the previous value instead of what is being typed. Return whether there was anything."""
        return False


class WholeNumber(Editor):
    """A whole number, with arrows."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.box = spin_box(parameter)
        self.add(self.box, 1)
        self.box.valueChanged.connect(self.edited.emit)
        self.box.refused.connect(self.refused.emit)

    def show_value(self, value: Value) -> None:
        assert isinstance(value, int)
        self.box.show_number(value)

    def enter(self) -> str:
        return self.box.enter()

    def take_back(self) -> bool:
        return self.box.take_back()


class Tick(Editor):
    """A check box."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.box = QCheckBox()
        self.add(self.box, 1)
        # Not ``edited.emit``: PySide cannot tell how many arguments it takes, and would omit the state.
        self.box.clicked.connect(lambda: self.edited.emit(self.box.isChecked()))

    def show_value(self, value: Value) -> None:
        self.box.setChecked(bool(value))


class Choice(Editor):
    """A box with a few choices."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.box = ElidedBox(6)
        self.box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for choice in parameter.choices:
            self.box.addItem(str(choice), choice)
        self.add(self.box, 1)
        self.box.activated.connect(lambda index: self.edited.emit(self.box.itemData(index)))

    def show_value(self, value: Value) -> None:
        self.box.setCurrentIndex(self.box.findData(value))


class Text(Editor):
    """A number, a list or text, checked while it is typed."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self._value: Value = None
        self.line = PathLine() if parameter.is_path else ElidedLine()
        if parameter.optional:
            self.line.setPlaceholderText(parameter.nothing)
        self.add(self.line, 1)
        self.line.textEdited.connect(self._check)
        self.line.editingFinished.connect(self.enter)

    def show_value(self, value: Value) -> None:
        # New facts that arrive during typing show the same value again, which must not discard the text.
        if self.line.isModified() and same(value, self._value):
            return
        self._value = value
        if not same(self._typed_value(), value):
            self._show_text()

    @property
    def reason(self) -> str:
        return self.line.toolTip() if self.line.property("invalid") else ""

    def enter(self) -> str:
        if not self.line.isModified():
            return ""
        try:
            value = form_text.read(self.line.text(), self.parameter)
        except SpecError as error:
            reason = f"{ended(str(error))} It stays {form_text.show(self._value) or self.parameter.nothing}."
            self._show_text()
            self.refused.emit(reason)
            return reason
        self.line.setModified(False)
        if same(value, self._value):
            self.confirmed.emit()
        else:
            self._value = value
            if self.parameter.is_path:
                self._show_text()
            self.edited.emit(value)
        return ""

    def take_back(self) -> bool:
        was_typed = self.line.isModified()
        if was_typed:
            self._show_text()
        return was_typed

    def _show_text(self) -> None:
        was_invalid = bool(self.line.property("invalid"))
        self.line.setText(form_text.show(self._value))
        mark_invalid(self.line, "")
        if was_invalid:
            self.refused.emit("")

    def _typed_value(self) -> Value:
        try:
            return form_text.read(self.line.text(), self.parameter)
        except SpecError:
            # Not a valid value of any parameter, so that it differs from every value to be shown.
            return {"invalid": True}

    def _check(self, text: str) -> None:
        reason = ""
        try:
            form_text.read(text, self.parameter)
        except SpecError as error:
            reason = str(error)
        mark_invalid(self.line, reason)
        self.refused.emit(reason)


class Pair(Editor):
    """One number for both sides, or height and width separately if the link is opened."""

    def __init__(self, parameter: Parameter) -> None:
        super().__init__(parameter)
        self.first, self.second = spin_box(parameter), spin_box(parameter)
        self._suffix = self.first.suffix()
        self.link = QToolButton()
        self.link.setIcon(icon("link"))
        self.link.setCheckable(True)
        self.link.setChecked(True)
        self.link.setToolTip("One number for height and width")
        self.add(self.first, 1)
        self.add(self.link)
        self.add(self.second, 1)
        self.link.setAccessibleName(f"{form_text.label(parameter)}: one number for height and width")
        self.second.setAccessibleName(f"{form_text.label(parameter)}, width")
        self.second.hide()
        self.first.valueChanged.connect(self._changed)
        self.second.valueChanged.connect(self._changed)
        self.first.refused.connect(self.refused.emit)
        self.second.refused.connect(self.refused.emit)
        self.link.clicked.connect(self._linked)

    def show_value(self, value: Value) -> None:
        assert isinstance(value, int | list | tuple)
        sides = [value, value] if isinstance(value, int) else list(value)
        for box, side in zip((self.first, self.second), sides, strict=True):
            box.show_number(side)
        self._open(isinstance(value, int))

    def enter(self) -> str:
        return self.first.enter() or self.second.enter()

    def take_back(self) -> bool:
        taken_back = self.first.take_back(), self.second.take_back()
        return any(taken_back)

    def _open(self, linked: bool) -> None:
        self.link.setChecked(linked)
        self.second.setVisible(not linked)
        suffix = self._suffix if linked else ""  # two boxes leave no room for it
        for box in (self.first, self.second):
            box.setMinimumWidth(NARROW_BOX)
            if box.suffix() != suffix:
                box.setSuffix(suffix)

    def _linked(self, linked: bool) -> None:
        with QSignalBlocker(self.second):
            self.second.setValue(self.first.value())
        self._open(linked)
        self._changed()

    def _changed(self) -> None:
        both = [self.first.value(), self.second.value()]
        self.edited.emit(both[0] if self.link.isChecked() else both)


class Alternatives(Editor):
    """An editor whose value may also be a word (padding "same") or None (chosen by the layer itself)."""

    VALUE = "a value"

    def __init__(self, parameter: Parameter, editor: Editor) -> None:
        super().__init__(parameter)
        self.editor = editor
        self.words: tuple[str | int, ...] = parameter.choices if parameter.kind != "choice" else ()
        self.last_value: Value = parameter.start if self._is_value(parameter.start) else _least(parameter)
        self.button = ChoiceButton()
        self.button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.button.setMinimumWidth(theme.CONTROL_HEIGHT)
        self._widest = self.button.maximumWidth()
        menu = QMenu(self.button)
        for word in ([None] if parameter.optional else []) + list(self.words):
            menu.addAction(self._title(word), partial(self._choose, word))
        menu.addAction(self.VALUE, lambda: self._choose(self.last_value))
        self.button.setMenu(menu)
        self.row.addWidget(editor, 1)
        self.add(self.button)
        self.button.setAccessibleName(f"{form_text.label(parameter)}: a value or a word")
        editor.edited.connect(self.edited.emit)
        editor.confirmed.connect(self.confirmed)
        editor.refused.connect(self.refused.emit)

    @property
    def reason(self) -> str:
        return self.editor.reason

    def _title(self, word: Value) -> str:
        return self.parameter.nothing if word is None else str(word)

    def _is_value(self, value: Value) -> bool:
        return value is not None and value not in self.words

    def show_value(self, value: Value) -> None:
        number = self._is_value(value)
        if number:
            self.last_value = value
            self.editor.show_value(value)
        self.editor.setVisible(number)
        self.button.setText("" if number else self._title(value))
        # Beside a value the button only has room for its arrow; alone it takes the whole row.
        self.button.setMaximumWidth(theme.CONTROL_HEIGHT if number else self._widest)

    def _choose(self, value: Value) -> None:
        self.show_value(value)
        self.edited.emit(value)


def make_editor(parameter: Parameter) -> Editor:
    """Return an editor for a parameter."""
    kinds: dict[str, type[Editor]] = {"int": WholeNumber, "bool": Tick, "choice": Choice, "pair": Pair}
    editor = kinds.get(parameter.kind, Text)(parameter)
    words = parameter.choices if parameter.kind != "choice" else ()
    if words or (parameter.optional and not isinstance(editor, Text)):
        return Alternatives(parameter, editor)
    return editor


def mark_invalid(line: QLineEdit, reason: str) -> None:
    """Mark a field as invalid, with the reason as its tooltip; without a reason, as valid."""
    line.setToolTip(reason)
    if bool(line.property("invalid")) != bool(reason):
        line.setProperty("invalid", bool(reason))
        line.style().polish(line)


def _least(parameter: Parameter) -> Value:
    """Return an initial value for a parameter that starts with a word or None."""
    if parameter.kind == "choice":
        return parameter.choices[0]
    least = 1 if parameter.minimum is None else int(parameter.minimum) + parameter.minimum_excluded
    return float(least) if parameter.kind == "float" else least

"""A form made from a declaration: labels, editors, help, and buttons that reset to the defaults.

``Form(parameters_of(cls), values)`` emits ``edited(name, value)``, ``reset(name)``, and ``confirmed(name)`` for a value
that is typed once more; it keeps no values of its own.
The owner of the values changes them and calls ``show_values``.
"""

import textwrap
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.forms import form_text
from workbench.gui.forms.editors import make_editor
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import ElidedLabel, fill, named, spaced, styled, tool_button
from workbench.spec.forms import Parameter
from workbench.spec.record import Record, Value, same

LINK_WIDTH = 20
"""Width of the button that binds a field; narrow, because there is one beside each field."""

TIP_LETTERS = 60
"""The longest line of a tooltip, which Qt does not break."""

REFUSAL_MS = 5000
"""How long a refusal is shown before the help of another field may replace it."""


class Form(QWidget):
    """Fields for ``parameters``, in their order. ``values`` holds those that differ from the default.

    ``bindings`` are the enclosing graph's parameters and their values: a field may be bound to one (``$classes``), and
    then shows it as a chip. ``below`` has widgets that stand below the fields of these names.
    """

    edited = Signal(str, object)
    confirmed = Signal(str)
    reset = Signal(str)
    named = Signal(str)
    """Emitted to create a parameter of the enclosing block and bind a field to it; only if ``in_block``."""

    def __init__(
        self,
        parameters: Sequence[Parameter],
        values: Mapping[str, Value | form_text.Mixed],
        bindings: Mapping[str, Value] | None = None,
        *,
        in_block: bool = False,
        below: Mapping[str, QWidget] | None = None,
    ) -> None:
        super().__init__()
        self.bindings = dict(bindings or {})
        self.fields = {parameter.name: Field(parameter, self.bindings, in_block=in_block) for parameter in parameters}
        for name, field in self.fields.items():
            field.edited.connect(partial(self.edited.emit, name))
            field.confirmed.connect(partial(self.confirmed.emit, name))
            field.reset.connect(partial(self.reset.emit, name))
            field.named.connect(partial(self.named.emit, name))
            field.says.connect(partial(self._say, name))
        if not all(parameter.required for parameter in parameters):
            for field in self.fields.values():
                field.keep_room()
        self.words = styled(QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop), "small")
        # Once shown, it keeps its space, so that what is below does not move as the focus goes through the fields.
        self.words.setMinimumHeight(2 * self.words.fontMetrics().lineSpacing())
        self.words.hide()
        self._lay_out(below or {})
        self._refused = ""
        self._help = ""
        self._hold = QTimer(self, singleShot=True, interval=REFUSAL_MS)
        self._hold.timeout.connect(lambda: self._write(self._help, wrong=False))
        self._seen = QTimer(self, singleShot=True, interval=0)
        self._seen.timeout.connect(self._show_at_field)
        self.show_values(values)

    def _lay_out(self, below: Mapping[str, QWidget]) -> None:
        grid = QGridLayout()
        grid.setSpacing(theme.SPACE_S)
        grid.setColumnStretch(1, 1)
        for name, field in self.fields.items():
            row = grid.rowCount()
            grid.addWidget(field.label, row, 0)
            grid.addWidget(field, row, 1)
            if name in below:
                grid.addWidget(below[name], row + 1, 0, 1, 2)
        fill(spaced(QVBoxLayout(self), theme.SPACE_S), grid, self.words)
        # Qt's default tab order is the order of creation, in which some inputs come before those around them.
        stops = [stop for field in self.fields.values() for stop in (*field.editor.inputs(), field.link, field.back)]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def show_values(self, values: Mapping[str, Value | form_text.Mixed]) -> None:
        """Show these values; a parameter that is missing is at its default."""
        for name, field in self.fields.items():
            field.show_value(values.get(name, field.parameter.fallback))

    def show_record(self, record: Record) -> None:
        """Show the values of a record that has a field for each parameter."""
        self.show_values({name: getattr(record, name) for name in self.fields})

    def refuse(self, reason: str) -> None:
        """Show why what was typed in a field beside the form is refused."""
        self._say("", reason, wrong=True)

    def _say(self, name: str, words: str, wrong: bool) -> None:
        """Show a field's help or refusal.

        A refusal stays for a while when the field is left; other help waits for it.
        """
        if wrong:
            self._refused = name
            self._hold.start()
            self._seen.start()  # once it is laid out, and the focus, with which a tooltip goes, is in the next field
        else:
            self._help = words
            if self._hold.isActive() and name != self._refused:
                return
            self._hold.stop()
            if self._refused == name:
                QToolTip.hideText()
        self._write(words, wrong=wrong)

    def _show_at_field(self) -> None:
        """Show a refusal at its field, too, if the words below the form are scrolled out of sight."""
        if self._hold.isActive() and self.words.visibleRegion().boundingRect().height() < self.words.height():
            field: QWidget = self.fields.get(self._refused, self)
            QToolTip.showText(field.mapToGlobal(field.rect().bottomLeft()), self.words.text(), field)

    def _write(self, words: str, *, wrong: bool) -> None:
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.words.setProperty("role", "danger" if wrong else "small")
        self.words.style().polish(self.words)


def align(*forms: Form, beside: str) -> None:
    """Give the labels of several forms the same width, so that their fields are aligned; the label of another field
    ``beside`` them fits, too.
    """
    other = ElidedLabel()
    other.setText(beside)
    labels = [field.label for form in forms for field in form.fields.values()]
    width = max(label.sizeHint().width() for label in (*labels, other))
    for label in labels:
        label.setMinimumWidth(width)


class Field(QWidget):
    """The label, the editor (or the chip of a bound value) and the reset button of one parameter."""

    edited = Signal(object)
    confirmed = Signal()
    reset = Signal()
    named = Signal()
    says = Signal(str, bool)

    def __init__(self, parameter: Parameter, bindings: Mapping[str, Value], *, in_block: bool = False) -> None:
        super().__init__()
        self.in_block = in_block
        self.parameter = parameter
        self.help = form_text.help_of(parameter)
        self.bindings = bindings
        self.editor = make_editor(parameter)
        self.editor.edited.connect(self._edited)
        self.editor.confirmed.connect(self.confirmed)
        self.editor.refused.connect(lambda reason: self.says.emit(reason or self.help, bool(reason)))
        self.chip = Chip()
        self.chip.unbound.connect(lambda: self.edited.emit(parameter.start))
        self.mixed = _mixed_button(form_text.label(parameter))
        self.mixed.clicked.connect(self._set_one)
        self._mixed: form_text.Mixed | None = None
        self.back = tool_button(
            "reset", f"Back to the default, {form_text.show(parameter.default) or parameter.nothing}"
        )
        self.back.clicked.connect(self.reset)
        self.link = tool_button("block", f"Bind {form_text.label(parameter)} to a parameter of the block")
        self.link.setFixedWidth(LINK_WIDTH)
        self.link.setProperty("role", "narrow")
        self.link.clicked.connect(lambda: self._offer_bindings(self.link.rect().bottomLeft(), self.link))
        self.label = self._make_label()
        # While a page's text is rewrapped, it is briefly too low; the fields must not shrink for that.
        self.setMinimumHeight(theme.CONTROL_HEIGHT)
        self.stack = QStackedLayout()
        fill(spaced(QHBoxLayout(self), theme.SPACE_XS), (self.stack, 1), self.link, self.back)
        for widget in (self.editor, self.chip, self.mixed):  # only now: a stack without a parent would show the first
            self.stack.addWidget(widget)
        self.link.setVisible(in_block)
        self._watch()

    def _make_label(self) -> QLabel:
        label = styled(QLabel(form_text.label(self.parameter)), "muted")
        label.setBuddy(self.editor.inputs()[0])
        if self.bindings:
            label.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            label.customContextMenuRequested.connect(lambda place: self._offer_bindings(place, label))
        return label

    def _watch(self) -> None:
        """Show help when any part of the field gets the focus, and as a tooltip."""
        tip = textwrap.fill(self.help, TIP_LETTERS)
        for widget in (self.label, self.editor, *self.editor.findChildren(QWidget)):
            widget.installEventFilter(self)
            if not widget.toolTip():
                widget.setToolTip(tip)

    def show_value(self, value: Value | form_text.Mixed) -> None:
        """Show a value, or that values differ, without emitting it.

        A value of another kind is shown as text, to be replaced.
        """
        if isinstance(value, form_text.Mixed):
            self._show_mixed(value)
            return
        if not form_text.is_bound(value) and not form_text.fits(value, self.parameter):
            self._show_mixed(form_text.Mixed(values=(value,)))
            return
        self._mixed = None
        parameter = self.parameter
        if form_text.is_bound(value):
            assert isinstance(value, str)
            self.chip.show_binding(value, self.bindings)
            self.stack.setCurrentWidget(self.chip)
            self.link.hide()
        else:
            self.link.setVisible(self.in_block)
            self.editor.show_value(value)
            self.stack.setCurrentWidget(self.editor)
        self.back.setVisible(not parameter.required and not same(value, parameter.default))

    def _show_mixed(self, mixed: form_text.Mixed) -> None:
        if mixed == self._mixed:
            return  # an editor open for choosing one value for all must stay
        self._mixed = mixed
        self.mixed.setText(mixed.words(self.parameter.nothing))
        self.stack.setCurrentWidget(self.mixed)
        self.back.setVisible(not self.parameter.required)

    def _set_one(self) -> None:
        """Replace the display of differing values by the editor, to choose one for all."""
        assert self._mixed is not None
        unbound = (
            value
            for value in self._mixed.values
            if not form_text.is_bound(value) and form_text.fits(value, self.parameter)
        )
        self.editor.show_value(next(unbound, self.parameter.start))
        self.stack.setCurrentWidget(self.editor)
        self.editor.inputs()[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def keep_room(self) -> None:
        """Reserve space for the hidden reset button, so that fields do not jump and all have the same width."""
        policy = self.back.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.back.setSizePolicy(policy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusIn:
            reason = self.editor.reason
            self.says.emit(reason or self.help, bool(reason))
        return super().eventFilter(watched, event)

    def _edited(self, value: Value) -> None:
        self.says.emit(self.help, False)
        self.edited.emit(value)

    def _offer_bindings(self, place: QPoint, beside: QWidget) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for name, value in self.bindings.items():
            menu.addAction(f"Bind to {name} ({form_text.show(value)})", partial(self.edited.emit, f"${name}"))
        if self.in_block:
            menu.addSeparator()
            menu.addAction(f"New parameter of the block for {form_text.label(self.parameter)}", self.named.emit)
        menu.popup(beside.mapToGlobal(place))


class Chip(QWidget):
    """A value bound to a parameter of the graph, with a button that unbinds it."""

    unbound = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.text = styled(QLabel(), "chip")
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        # A long name is elided rather than making the page wider than the window allows.
        self.text.setMinimumWidth(theme.SPACE_XL)
        release = tool_button("close", "Unbind and set a value here")
        release.clicked.connect(self.unbound)
        fill(spaced(QHBoxLayout(self), theme.SPACE_XS), (self.text, 1), release)

    def show_binding(self, value: str, bindings: Mapping[str, Value]) -> None:
        """Show ``$name`` and its value."""
        name = value.removeprefix("$")
        self._words = f"{value} = {form_text.show(bindings[name])}" if bindings.get(name) is not None else value
        who = (
            "to the number of classes in the data"
            if name == "classes"
            else f"by the parameter {name}, wherever the block is used"
        )
        self.text.setToolTip(f"{self._words}\nSet {who}")
        self._write()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._write()

    def _write(self) -> None:
        room = self.text.width() - 2 * theme.SPACE_S - 2
        self.text.setText(self.text.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room))


def _mixed_button(name: str) -> QPushButton:
    button = named(styled(QPushButton(), "mixed"), f"{name}: several values")
    button.setToolTip("Values differ: press to set one for all")
    button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    return button

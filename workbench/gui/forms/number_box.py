"""A box for a whole number."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QValidator
from PySide6.QtWidgets import QSizePolicy, QSpinBox

from workbench.gui.forms import form_text
from workbench.gui.widgets import theme
from workbench.spec.forms import Parameter

LARGEST = 2**31 - 1


class NumberBox(QSpinBox):
    """A spin box that takes typed text only when it is entered, and reports why it refuses it."""

    refused = Signal(str)

    def __init__(self, minimum: int, maximum: int, name: str = "") -> None:
        super().__init__(minimum=minimum, maximum=maximum)
        self._name = name
        self.setKeyboardTracking(False)
        # A style sheet's padding does not reach the line edit inside.
        self.lineEdit().setTextMargins(theme.SPACE_S - 2, 0, 0, 0)

    def show_number(self, number: int) -> None:
        """Show a number without emitting it; if it is shown already, what is being typed stays."""
        if self.value() != number:
            with QSignalBlocker(self):
                self.setValue(number)

    def enter(self) -> str:
        """Enter the typed text. Return the reason if it is not a number in the box's range."""
        reason = self._reason()
        self.interpretText()
        if reason:
            self.refused.emit(reason)
        return reason

    def take_back(self) -> bool:
        """Restore the previous number instead of what is being typed. Return whether there was anything."""
        shown = self.textFromValue(self.value())
        was_typed = self.lineEdit().isModified() and self.cleanText() != shown
        if was_typed:
            self.lineEdit().setText(f"{self.prefix()}{shown}{self.suffix()}")
        return was_typed

    def _reason(self) -> str:
        if self.hasAcceptableInput() or not self.lineEdit().isModified():
            return ""
        return f"{self._name} must be a whole number{self._bounds()}. It stays {self.value()}."

    def _bounds(self) -> str:
        """Return the bounds in words, without those that only the box has."""
        has_least, has_most = self.minimum() > -LARGEST, self.maximum() < LARGEST
        if has_least and has_most:
            return f" from {self.minimum():,} to {self.maximum():,}"
        if has_least:
            return f", {self.minimum():,} or more"
        return f", {self.maximum():,} or less" if has_most else ""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        """Let anything be typed, to be refused with its reason; Qt would omit single letters and make 65 of 6.5."""
        state, text, position = super().validate(text, position)
        return QValidator.State.Intermediate if state == QValidator.State.Invalid else state, text, position

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter the typed text with Enter."""
        enters = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        reason = self._reason() if enters else ""
        super().keyPressEvent(event)
        if reason:
            self.refused.emit(reason)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Enter the typed text when the box is left."""
        reason = self._reason()
        super().focusOutEvent(event)
        if reason:
            self.refused.emit(reason)


def spin_box(parameter: Parameter) -> NumberBox:
    """Return a box for a whole number within the parameter's bounds."""
    low = -LARGEST if parameter.minimum is None else int(parameter.minimum) + parameter.minimum_excluded
    high = LARGEST if parameter.maximum is None else int(parameter.maximum) - parameter.maximum_excluded
    box = NumberBox(low, high, form_text.label(parameter))
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    box.setMinimumWidth(48)
    if parameter.unit:
        box.setSuffix(f" {parameter.unit}")
    return box

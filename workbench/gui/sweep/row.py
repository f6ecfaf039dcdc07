"""A row of a sweep: its setting, its values, and what can be done with them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from workbench.gui.forms.form_text import help_of
from workbench.gui.sweep.settings import Setting
from workbench.gui.widgets import theme
from workbench.gui.widgets.choice_button import ARROW, ChoiceButton
from workbench.gui.widgets.panel import named, text_button, tool_button

LEAST_SETTING, LEAST_VALUES = 152, 88
"""Pixels: a setting such as ``learning rate`` is whole also in a narrow window."""


class SweepRow:
    """A button that leads to the settings, a field, and buttons that fill it in and remove the row."""

    def __init__(self) -> None:
        self.choose = SettingButton()
        self.line = named(QLineEdit(placeholderText="values, separated by commas"), "Values")
        self.line.setMinimumWidth(LEAST_VALUES)
        self.suggest = text_button("Suggest", "")
        self.remove = tool_button("trash", "Remove the setting")

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """Its widgets from left to right."""
        return self.choose, self.line, self.suggest, self.remove

    def show_row(self, setting: Setting, text: str, suggestion: str) -> None:
        """Show the setting, its values as typed, and the values that suggest themselves, if any do."""
        self.choose.show_title(setting.title)
        self.line.setAccessibleName(f"Values of {setting.title}")
        self.line.setToolTip(help_of(setting.parameter))
        if self.line.text() != text:
            self.line.setText(text)
        self.suggest.setEnabled(bool(suggestion))
        self.suggest.setToolTip(f"Fill in {suggestion}" if suggestion else "Nothing suggests itself for this setting")
        self.suggest.setAccessibleName(f"Suggest values of {setting.title}")
        self.remove.setAccessibleName(f"Remove {setting.title}")


class SettingButton(ChoiceButton):
    """Shows the setting of a row, elided if its name is long."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self.setMinimumWidth(LEAST_SETTING)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_title(self, title: str) -> None:
        self._title = title
        self.setAccessibleName(f"Setting: {title}")
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = self.width() - ARROW - 2 * theme.SPACE_M
        shown = self.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideMiddle, max(room, 0))
        self.setText(shown)
        self.setToolTip(self._title if shown != self._title else "")

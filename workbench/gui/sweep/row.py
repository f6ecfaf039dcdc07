"""A row of a sweep: its setting, its values, and what can be done with them."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QWidget

from workbench.gui.forms.form_text import help_of
from workbench.gui.sweep.settings import Setting
from workbench.gui.widgets import theme
from workbench.gui.widgets.choice_button import ARROW, ChoiceButton
from workbench.gui.widgets.panel import fill, named, spaced, text_button, tool_button

SETTING_SHARE, VALUES_SHARE = 2, 3
"""Shares of the row's width."""


class SweepRow(QWidget):
    """A button that leads to the settings, a field, and buttons that fill it in and remove the row."""

    def __init__(self) -> None:
        super().__init__()
        self.choose = SettingButton()
        self.line = named(QLineEdit(placeholderText="values, separated by commas"), "Values")
        self.suggest = text_button("Suggest", "")
        self.remove = tool_button("trash", "Remove the setting")
        row = spaced(QHBoxLayout(self), theme.SPACE_S)
        fill(row, (self.choose, SETTING_SHARE), (self.line, VALUES_SHARE), self.suggest, self.remove)

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
        self.setMinimumWidth(theme.CONTROL_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_title(self, title: str) -> None:
        """Show the name of a setting."""
        self._title = title
        self.setAccessibleName(f"Setting: {title}")
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much of the name as fits."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        room = self.width() - ARROW - 2 * theme.SPACE_M
        shown = self.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideMiddle, max(room, 0))
        self.setText(shown)
        self.setToolTip(self._title if shown != self._title else "")

"""A window with lines of text, to read and copy."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, reader, styled


class TextWindow(Dialog):
    """A window with text, deleted when closed."""

    def __init__(self, parent: QWidget, title: str, heading: str, lines: Sequence[str], name: str) -> None:
        super().__init__(parent, title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        above = styled(QLabel(heading, wordWrap=True), "small")
        self.lines = reader(name, "\n".join(lines))
        fill(self.make_column(theme.SPACE_S), above, (self.lines, 1))
        self.resize(720, 440)

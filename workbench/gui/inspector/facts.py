"""Facts about a node or a network, in rows."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from workbench.gui.inspector.page import label, section
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import clear


class Facts(QWidget):
    """Rows of a label and a value, which can be selected and copied."""

    def __init__(self, title: str = "Facts") -> None:
        super().__init__()
        self.title = title
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(theme.SPACE_M)
        self.grid.setVerticalSpacing(theme.SPACE_XS)
        self.grid.setColumnStretch(1, 1)
        self.rows: tuple[tuple[str, str], ...] = ()

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Replace the rows."""
        if tuple(rows) == self.rows:
            return
        self.rows = tuple(rows)
        clear(self.grid)
        if rows:
            self.grid.addWidget(section(self.title), 0, 0, 1, 2)
        for index, (name, value) in enumerate(rows, start=1):
            title, words = label(name, "muted"), label(value, "")
            for part in (title, words):  # both alike, since Qt draws selectable text a pixel higher
                part.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            words.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            self.grid.addWidget(title, index, 0, Qt.AlignmentFlag.AlignTop)
            self.grid.addWidget(words, index, 1)

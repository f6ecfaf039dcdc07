"""The list of keys."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from workbench.gui import theme

GESTURES = (
    ("Canvas: pan", "Space and drag, or the middle button"),
    ("Canvas: zoom", "wheel"),
    ("Canvas: search for a layer", "Tab, or double-click on empty paper"),
    ("Curves: zoom", "wheel; drag to move"),
)


class KeysWindow(QDialog):
    """Every key there is, beside the window."""

    def __init__(self, parent: QWidget, rows: Sequence[tuple[str, str]]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        page = QWidget()
        page.setProperty("level", "surface")
        page.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        grid = QGridLayout(page)
        grid.setContentsMargins(theme.SPACE_L, theme.SPACE_L, theme.SPACE_L, theme.SPACE_L)
        grid.setHorizontalSpacing(theme.SPACE_XL)
        grid.setVerticalSpacing(theme.SPACE_S)
        for number, (what, keys) in enumerate([*rows, *GESTURES]):
            words = QLabel(keys)
            words.setProperty("role", "muted")
            grid.addWidget(QLabel(what), number, 0)
            grid.addWidget(words, number, 1)
        grid.setColumnStretch(0, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area)
        self.resize(560, 640)

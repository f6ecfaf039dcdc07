"""Common parts of the inspector's pages."""

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLayout, QVBoxLayout, QWidget

from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import breakable, fill, spaced, styled
from workbench.gui.widgets.tab_order import order_stops


class PageView(QWidget):
    """Base of the pages: each kind shows one kind of record."""

    def fits(self, page: object) -> bool:
        """Whether this page can show a record by changing only values."""
        raise NotImplementedError

    def show_page(self, page: Any) -> None:
        """Show another record that fits."""
        raise NotImplementedError

    def focusNextPrevChild(self, next: bool) -> bool:
        """Let Tab go from top to bottom, through the buttons of problems too, which come and go."""
        layout = self.layout()
        assert layout is not None
        order_stops(layout)
        return super().focusNextPrevChild(next)

    def enter(self) -> None:
        """Focus the first field; most pages take no focus."""


def fill_page(page: QWidget, *parts: QWidget | QLayout) -> None:
    """Lay these parts out on a page from top to bottom."""
    fill(spaced(QVBoxLayout(page), theme.SPACE_M, *[theme.SPACE_M] * 4), *parts, (None, 1))


def label(words: str, role: str) -> QLabel:
    """Return plain text that wraps."""
    return styled(QLabel(breakable(words), wordWrap=True, textFormat=Qt.TextFormat.PlainText), role)


def section(title: str) -> QLabel:
    """Return the heading of a section."""
    return label(title, "heading")

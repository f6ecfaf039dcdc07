"""What all pages of the inspector are made of."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.gui import theme
from workbench.gui.panel import breakable


def page_layout(page: QWidget) -> QVBoxLayout:
    """The column that a page is."""
    layout = QVBoxLayout(page)
    layout.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
    layout.setSpacing(theme.SPACE_M)
    return layout


def label(words: str, role: str) -> QLabel:
    """Plain text that wraps."""
    result = QLabel(breakable(words), wordWrap=True)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    return result


def section(title: str) -> QLabel:
    """The heading of a part of the page."""
    return label(title, "heading")

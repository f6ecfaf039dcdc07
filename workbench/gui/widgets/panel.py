"""Common parts of the panels: a header with tools, an empty state, and small widgets."""

import re
from collections.abc import Sequence
from typing import Any, TypeVar

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.elided_box import ElidedBox
from workbench.gui.widgets.narrow import Scrolled

W = TypeVar("W", bound=QWidget)
L = TypeVar("L", bound=QBoxLayout)
Part = QWidget | QLayout | None

HEADER_HEIGHT = 40
BESIDE_TEXT = QSize(theme.ICON_SIZE + theme.SPACE_XS, theme.ICON_SIZE)
"""Size of an icon before a text, which keeps more distance than the 4 pixels that Qt leaves."""

LONG_WORD = re.compile(r"\S{20,}")
BREAK_AFTER = re.compile(r"([_\-/.\\]|[^\W_]{16}(?=[^\W_]{4}))")


class EmptyState(QWidget):
    """An icon, a heading and a sentence in the middle: what will appear here, and how to get it."""

    def __init__(self, icon: str, heading: str, sentence: str) -> None:
        super().__init__()
        self._icon_name = icon
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._heading = styled(QLabel(heading, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True), "heading")
        self._sentence = styled(QLabel(sentence, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True), "muted")
        # Another text must not change the width of the panel.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        margins = (theme.SPACE_L, theme.SPACE_S, theme.SPACE_L, theme.SPACE_L)
        column = spaced(QVBoxLayout(self), theme.SPACE_XS, *margins)
        fill(column, None, self._icon, self._heading, self._sentence, None)
        theme.changed.connect(self._draw_icon)
        self._draw_icon()

    @property
    def heading(self) -> str:
        return self._heading.text()

    @property
    def said(self) -> tuple[str, str]:
        return self._heading.text(), self._sentence.text()

    def say(self, heading: str, sentence: str) -> None:
        """Show another text."""
        self._heading.setText(heading)
        self._sentence.setText(sentence)

    def _draw_icon(self) -> None:
        self._icon.setPixmap(
            icons.icon(self._icon_name, theme.current().text_faint).pixmap(QSize(28, 28), self.devicePixelRatioF())
        )


class Panel(QWidget):
    """A titled panel: tools at the right of its header, and below it the content or the empty state."""

    def __init__(self, title: str, empty: EmptyState) -> None:
        super().__init__()
        on_surface(self)
        self.title = styled(QLabel(title), "heading")
        self.caption = styled(ElidedLabel(), "small")
        self.empty = empty
        self.head = QWidget()
        self.header = spaced(QHBoxLayout(self.head), theme.SPACE_S, theme.SPACE_M, 0, theme.SPACE_S, 0)
        fill(self.header, self.title, (self.caption, 1))
        self._body = stacked(empty)
        self._of_content: list[QWidget] = []
        """The tools that need the content."""
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addWidget(self._body, 1)
        self.with_head(titled=True)

    def set_content(self, content: QWidget) -> None:
        """Set the widget shown when there is something to show."""
        self._body.addWidget(content)

    def with_head(self, *, titled: bool) -> None:
        """Show the header above the content, with the title unless a tab shows that."""
        self.head.setFixedHeight(HEADER_HEIGHT if titled else theme.TAB_HEIGHT)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.insertWidget(0, self.head)
        self.head.show()
        self.title.setVisible(titled)

    def without_head(self) -> QWidget:
        """Show the content alone and return the header, which goes beside the tabs; the tab shows the title."""
        self.title.hide()
        self.head.setFixedHeight(theme.TAB_HEIGHT)
        self._column.setContentsMargins(0, theme.SPACE_XS, 0, 0)
        return self.head

    def show_content(self, there: bool) -> None:
        """Show the content, or the empty state."""
        self._body.setCurrentIndex(1 if there else 0)
        for tool in self._of_content:
            tool.setEnabled(there)

    def add_tool(self, tool: QWidget, *, of_content: bool = False) -> None:
        """Add a control at the right of the header; one ``of_content`` is enabled only while that is shown."""
        self.header.addWidget(tool)
        if of_content:
            self._of_content.append(tool)
            tool.setEnabled(False)


def fill_window(window: QDialog, top: QLayout, empty: EmptyState, content: QWidget) -> QStackedWidget:
    """Lay out a window: ``top`` above, and below it the content, or the empty state instead.

    Page 0 of the returned widget is the empty state, page 1 the content.
    """
    pages = stacked(empty, Scrolled(content))
    fill(spaced(QVBoxLayout(window), theme.SPACE_S, *[theme.SPACE_M] * 4), top, (pages, 1))
    return pages


def breakable(words: str) -> str:
    """Return the text with break opportunities in long words, since a label is at least as wide as its longest word."""
    return LONG_WORD.sub(lambda word: BREAK_AFTER.sub("\\1\u200b", word[0]), words)


def icon_button(icon: str, text: str) -> QPushButton:
    """Return a button with an icon before its text."""
    button = QPushButton(icons.icon(icon), text)
    button.setIconSize(BESIDE_TEXT)
    return button


def tool_button(icon: str, tip: str) -> QToolButton:
    """Return a small button with an icon; the tooltip is also its accessible name."""
    button = named(QToolButton(autoRaise=True), tip)
    button.setIcon(icons.icon(icon))
    button.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
    button.setToolTip(tip)
    return button


def text_button(text: str, tip: str) -> QToolButton:
    """Return a small button with text."""
    button = QToolButton(autoRaise=True)
    button.setText(text)
    button.setToolTip(tip)
    return button


def switch(text: str, tip: str) -> QCheckBox:
    """Return a check box."""
    box = QCheckBox(text)
    box.setToolTip(tip)
    return box


def choice(tip: str, num_letters: int = 10, *, name: str = "") -> ElidedBox:
    """Return a box to choose from, wide enough for as many letters; the tooltip is also its accessible name, unless
    it has another.
    """
    box = named(ElidedBox(num_letters), name or tip)
    box.setToolTip(tip)
    return box


def offer(box: QComboBox, rows: Sequence[tuple[Any, str]], chosen: Any, tips: Sequence[str] = ()) -> None:
    """Offer rows of data and text, unless the user is just choosing among earlier ones. Each row's tooltip is its text,
    unless there are ``tips``.
    """
    if box.view().isVisible():
        return
    if [(box.itemData(row), box.itemText(row)) for row in range(box.count())] != list(rows):
        with QSignalBlocker(box):
            box.clear()
            for (data, text), tip in zip(rows, tips or [text for _, text in rows], strict=True):
                box.addItem(text, data)
                box.setItemData(box.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
    places = [place for place, (data, _) in enumerate(rows) if data == chosen]
    box.setCurrentIndex(places[0] if places else 0)


def reader(name: str, text: str = "") -> QPlainTextEdit:
    """Return text to read and copy, whose lines are not broken."""
    return named(QPlainTextEdit(text, readOnly=True, lineWrapMode=QPlainTextEdit.LineWrapMode.NoWrap), name)


def clear(layout: QLayout) -> None:
    """Remove all widgets from a layout: hidden at once, deleted by Qt's event loop."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        assert widget is not None
        widget.hide()
        widget.deleteLater()


def styled(widget: W, role: str) -> W:
    """Return a new widget after giving it a ``role`` of the style sheet."""
    widget.setProperty("role", role)
    return widget


def named(widget: W, name: str) -> W:
    """Return a new widget after giving it an accessible name."""
    widget.setAccessibleName(name)
    return widget


def on_surface(widget: W) -> W:
    """Return a new widget after giving it the background of panels, so that a saved picture of it has one."""
    widget.setProperty("level", "surface")
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return widget


def spaced(layout: L, spacing: int, left: int = 0, top: int = 0, right: int = 0, bottom: int = 0) -> L:
    """Return a new layout after giving it ``spacing`` pixels between its parts, and these margins around them."""
    layout.setContentsMargins(left, top, right, bottom)
    layout.setSpacing(spacing)
    return layout


def fill(layout: L, *parts: Part | tuple[Part, int]) -> L:
    """Return a layout after adding these parts, each alone or with its stretch; None is empty space that grows."""
    for each in parts:
        part, stretch = each if isinstance(each, tuple) else (each, 0)
        if isinstance(part, QWidget):
            layout.addWidget(part, stretch)
        elif part is not None:
            layout.addLayout(part, stretch)
        else:
            layout.addStretch(stretch)
    return layout


def stacked(*pages: QWidget) -> QStackedWidget:
    """Return a widget that shows one of these pages, at first the first."""
    stack = QStackedWidget()
    for page in pages:
        stack.addWidget(page)
    return stack


def column_of(*parts: Part | tuple[Part, int], spacing: int = theme.SPACE_S) -> QWidget:
    """Return a widget with these parts above each other, each as in ``fill``."""
    widget = QWidget()
    fill(spaced(QVBoxLayout(widget), spacing), *parts)
    return widget


def restyle(widget: QWidget, role: str) -> None:
    """Give a widget another ``role`` of the style sheet."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        # An unpolished widget will be polished with its new role anyway; its style's class need not be created: 7 ms.
        if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        widget.updateGeometry()


class ElidedLabel(QLabel):
    """A line of text that is elided if it does not fit; the tooltip then shows all of it.

    Its text is its own: with another one of Qt's, the whole window is laid out, although most such labels keep their
    size.
    """

    def __init__(self, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__(" ")  # as high as a line
        self._text = ""
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(40)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self.rect(), self.alignment(), self.fitted())
        painter.end()

    def fitted(self) -> str:
        """Return as much of the text as fits."""
        return QFontMetrics(self.font()).elidedText(self.text(), self._mode, self.width())

    def text(self) -> str:
        """Return the whole line."""
        return self._text

    def setText(self, text: str) -> None:
        """Show this line."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self._tell()
            self.update()
            if self.sizePolicy().horizontalPolicy() is not QSizePolicy.Policy.Ignored:
                self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the room for the whole line."""
        return QSize(QFontMetrics(self.font()).horizontalAdvance(self._text) + 1, super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._tell()

    def _tell(self) -> None:
        is_cut = QFontMetrics(self.font()).horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if is_cut else "")


def heading(mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> ElidedLabel:
    """Return a heading that is as wide as its text, or elided where there is less room."""
    words = styled(ElidedLabel(mode), "heading")
    words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
    return words

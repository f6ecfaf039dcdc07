"""What the panels have in common: a quiet header with tools, and something to say while there is nothing to show."""

import re
from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui import icons, theme

HEADER_HEIGHT = 40
OUTPUT_LETTERS = 18
"""Of an output's name that a box has room for."""

LONG_WORD = re.compile(r"\S{20,}")
BREAK_AFTER = re.compile(r"([_\-/.\\]|[^\W_]{16}(?=[^\W_]{4}))")


class EmptyState(QWidget):
    """An icon, a heading and a sentence in the middle: what will be here, and what to do for it."""

    def __init__(self, icon: str, heading: str, sentence: str) -> None:
        super().__init__()
        self._icon_name = icon
        self._icon = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._heading = QLabel(heading, alignment=Qt.AlignmentFlag.AlignCenter)
        self._heading.setProperty("role", "heading")
        self._heading.setWordWrap(True)
        self._sentence = QLabel(sentence, alignment=Qt.AlignmentFlag.AlignCenter)
        self._sentence.setProperty("role", "muted")
        self._sentence.setWordWrap(True)
        # Other words must not change the width of the panel they stand in.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.SPACE_L, theme.SPACE_S, theme.SPACE_L, theme.SPACE_L)
        layout.setSpacing(theme.SPACE_XS)
        layout.addStretch()
        for label in (self._icon, self._heading, self._sentence):
            layout.addWidget(label)
        layout.addStretch()
        theme.changed.connect(self._draw_icon)
        self._draw_icon()

    @property
    def heading(self) -> str:
        """The words in large."""
        return self._heading.text()

    def say(self, heading: str, sentence: str) -> None:
        """Show another text."""
        self._heading.setText(heading)
        self._sentence.setText(sentence)

    def _draw_icon(self) -> None:
        self._icon.setPixmap(
            icons.icon(self._icon_name, theme.current().text_faint).pixmap(QSize(28, 28), self.devicePixelRatioF())
        )


class Panel(QWidget):
    """A titled panel: tools at the right of its header, below it the content or the empty state."""

    share = 300
    """Of the width that it has with others beside it, as against theirs."""

    def __init__(self, title: str, empty: EmptyState) -> None:
        super().__init__()
        self.setProperty("level", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title = QLabel(title)
        self.title.setProperty("role", "heading")
        self.caption = ElidedLabel()
        self.caption.setProperty("role", "small")
        self.empty = empty
        self.head = QWidget()
        self.header = QHBoxLayout(self.head)
        self.header.setContentsMargins(theme.SPACE_M, 0, theme.SPACE_S, 0)
        self.header.setSpacing(theme.SPACE_S)
        self.header.addWidget(self.title)
        self.header.addWidget(self.caption, 1)
        self._body = QStackedLayout()
        self._body.addWidget(empty)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(self._body, 1)
        self.stand_alone()

    def set_content(self, content: QWidget) -> None:
        """The widget shown once there is something to show."""
        self._body.addWidget(content)

    def stand_alone(self) -> None:
        """With its title, and its header above the content."""
        self.head.setFixedHeight(HEADER_HEIGHT)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.insertWidget(0, self.head)
        self.head.show()
        self.title.show()

    def behind_tab(self) -> QWidget:
        """With the content alone: the tab says the title, and beside the tabs there is room for the header, which is given."""
        self.title.hide()
        self.head.setFixedHeight(theme.TAB_HEIGHT)
        self._column.setContentsMargins(0, theme.SPACE_XS, 0, 0)
        return self.head

    def show_content(self, there: bool) -> None:
        """Show the content, or the empty state."""
        self._body.setCurrentIndex(1 if there else 0)

    def add_tool(self, tool: QWidget) -> None:
        """Put a control at the right of the header."""
        self.header.addWidget(tool)


def fill_window(
    window: QDialog, top: QLayout, empty: EmptyState, main: QWidget, side: QWidget, side_width: int
) -> QStackedLayout:
    """Lay a window out: ``top`` above, below it ``main`` with ``side`` at its right, or the empty state in their place.

    Of what is given back, page 0 is the empty state and page 1 the content.
    """
    split = QSplitter()
    split.addWidget(main)
    split.addWidget(side)
    split.setStretchFactor(0, 1)
    split.setSizes([window.width() - side_width, side_width])
    split.setChildrenCollapsible(False)
    body = QWidget()
    pages = QStackedLayout(body)
    pages.addWidget(empty)
    pages.addWidget(split)
    layout = QVBoxLayout(window)
    layout.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
    layout.setSpacing(theme.SPACE_S)
    layout.addLayout(top)
    layout.addWidget(body, 1)
    return pages


def output_choice(what: str) -> QComboBox:
    """A box to choose one of a network's outputs in, no wider than a line has room for; hidden until there are several."""
    box = QComboBox()
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(OUTPUT_LETTERS)
    box.setAccessibleName(what)
    box.setToolTip(what)
    box.hide()
    return box


def offer_outputs(box: QComboBox, titles: Sequence[str], chosen: int) -> None:
    """Offer these where they are several; a long one is cut in its middle, and its tip has it all."""
    box.setVisible(len(titles) > 1)
    if [box.itemData(row) for row in range(box.count())] != list(titles):
        box.clear()
        for title in titles:
            width = OUTPUT_LETTERS * box.fontMetrics().horizontalAdvance("X")  # as Qt reckons its width
            box.addItem(box.fontMetrics().elidedText(title, Qt.TextElideMode.ElideMiddle, width), title)
            box.setItemData(box.count() - 1, title, Qt.ItemDataRole.ToolTipRole)
    box.setCurrentIndex(chosen)


def breakable(words: str) -> str:
    """The words with places where a long one may be broken: a label that wraps is else as wide as its longest word."""
    return LONG_WORD.sub(lambda word: BREAK_AFTER.sub("\\1\u200b", word[0]), words)


def tool_button(icon: str, tip: str) -> QToolButton:
    """A small button with an icon alone; its tip is its name."""
    button = QToolButton()
    button.setIcon(icons.icon(icon))
    button.setIconSize(QSize(theme.ICON_SIZE, theme.ICON_SIZE))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setAutoRaise(True)
    return button


def text_button(text: str, tip: str) -> QToolButton:
    """A small button with a word."""
    button = QToolButton()
    button.setText(text)
    button.setToolTip(tip)
    button.setAutoRaise(True)
    return button


def switch(text: str, tip: str) -> QCheckBox:
    """A word with a box that shows whether it is on."""
    box = QCheckBox(text)
    box.setToolTip(tip)
    return box


def clear(layout: QLayout) -> None:
    """Take all widgets out of a layout; at once for the eye, and from memory when Qt comes to it."""
    while (item := layout.takeAt(0)) is not None:
        widget = item.widget()
        assert widget is not None
        widget.hide()
        widget.deleteLater()


def restyle(widget: QWidget, role: str) -> None:
    """Give a widget another ``role`` of the style sheet."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        # One not yet polished is going to be, with its new role; until then the class of the style is not made: 7 ms.
        if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
            widget.style().unpolish(widget)
            widget.style().polish(widget)
        widget.updateGeometry()


class ElidedLabel(QLabel):
    """A line of text that gives way: an ellipsis stands for what does not fit, and the tip has it all."""

    def __init__(self, mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> None:
        super().__init__()
        self._mode = mode
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(40)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as there is room for."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        elided = QFontMetrics(self.font()).elidedText(self.text(), self._mode, self.width())
        painter.drawText(self.rect(), self.alignment(), elided)
        painter.end()

    def setText(self, text: str) -> None:
        """Show this line."""
        super().setText(text)
        self._tell()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """More or less room."""
        self._tell()

    def _tell(self) -> None:
        is_cut = QFontMetrics(self.font()).horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if is_cut else "")

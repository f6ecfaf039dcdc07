"""What the panels have in common: a quiet header with tools, and something to say while there is nothing to show."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
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
        """Other words."""
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
        top = QWidget()
        top.setFixedHeight(HEADER_HEIGHT)
        self.header = QHBoxLayout(top)
        self.header.setContentsMargins(theme.SPACE_M, 0, theme.SPACE_S, 0)
        self.header.setSpacing(theme.SPACE_S)
        self.header.addWidget(self.title)
        self.header.addWidget(self.caption, 1)
        self._body = QStackedLayout()
        self._body.addWidget(empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(top)
        layout.addLayout(self._body, 1)

    def set_content(self, content: QWidget) -> None:
        """The widget shown once there is something to show."""
        self._body.addWidget(content)

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
    """A line of text that gives way: what does not fit ends in an ellipsis, and the tip has it all."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(40)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw as much as there is room for."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        elided = QFontMetrics(self.font()).elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
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

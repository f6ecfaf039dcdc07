"""Sentences at the top of the window that wait for nobody: what went wrong or well, and what one can do about it."""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui import icons, theme
from workbench.gui.panel import tool_button

Kind = Literal["info", "ok", "warning", "error"]
Action = tuple[str, Callable[[], None]]

MOST = 3
BUTTON_WIDTH = 240
"""Of a button's words, in pixels: a layer's name may be longer."""

LARGEST_SHARE = 0.45
"""Of the bar's width that buttons may take beside the sentence."""

GOOD_NEWS_MS = 6000


class Message(QWidget):
    """One sentence with its icon, its buttons and a way to close it."""

    closed = Signal()

    def __init__(
        self, kind: Kind, sentence: str, actions: Sequence[Action], shows: Sequence[Action] = (), topic: str = ""
    ) -> None:
        super().__init__()
        self.kind = kind
        self.topic = topic
        self._icon = QLabel()
        self.words = QLabel(sentence, wordWrap=True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_S, theme.SPACE_XS)
        self._grid.setSpacing(theme.SPACE_S)
        self._grid.setColumnStretch(1, 1)
        close = tool_button("close", "Close this message")
        close.clicked.connect(self.closed)
        for column, widget in ((0, self._icon), (1, self.words), (3, close)):
            self._grid.addWidget(widget, 0, column)
        self._buttons = self._made_buttons(actions, shows)
        self._are_below = False
        self._grid.addWidget(self._buttons, 0, 2)
        self._buttons.setVisible(bool(shows or actions))
        theme.changed.connect(self._draw_icon)
        self._draw_icon()
        self.setAccessibleName(sentence)

    def _made_buttons(self, actions: Sequence[Action], shows: Sequence[Action]) -> QWidget:
        buttons = QWidget(self)
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for text, act in (*shows, *actions):
            button = QPushButton()
            button.setText(button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, BUTTON_WIDTH))
            button.setToolTip(text if button.text() != text else "")
            button.setAccessibleName(text)
            button.clicked.connect(act)
            row.addWidget(button)
            if (text, act) in actions:
                button.clicked.connect(self.closed)
        return buttons

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Buttons that would leave the sentence too little room stand below it."""
        are_below = self._buttons.sizeHint().width() > LARGEST_SHARE * self.width()
        if are_below != self._are_below:
            self._are_below = are_below
            self._grid.removeWidget(self._buttons)
            place = (1, 1, 1, 3) if are_below else (0, 2, 1, 1)
            self._grid.addWidget(self._buttons, *place, Qt.AlignmentFlag.AlignRight)

    def _colour(self) -> str:
        tokens = theme.current()
        return {"info": tokens.accent, "ok": tokens.success, "warning": tokens.warning, "error": tokens.danger}[
            self.kind
        ]

    def _draw_icon(self) -> None:
        self._icon.setPixmap(icons.pixmap(self.kind, self._colour(), theme.ICON_SIZE, self.devicePixelRatioF()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A ground with a breath of the kind's colour, and a thin line below."""
        tokens = theme.current()
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour(theme.mix(tokens.surface, self._colour(), 0.12)))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme.colour(tokens.border))
        painter.end()

    def minimumSizeHint(self) -> QSize:
        """No sentence may widen the window."""
        return QSize(200, super().minimumSizeHint().height())


class MessageBar(QWidget):
    """The messages there are, the newest at the top; the oldest gives way where there are too many."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def say(self, kind: Kind, sentence: str, *actions: Action, shows: Sequence[Action] = (), topic: str = "") -> None:
        """Show a sentence, and take away one that says the same, or that was the last word on the same ``topic``.

        One of the ``actions`` answers it, and it goes; what only ``shows`` something leaves it there. Good news goes by
        itself, and there is one at a time.
        """
        if kind == "ok":
            self.clear("ok")
        for same in [
            each for each in self.messages if each.words.text() == sentence or (topic and each.topic == topic)
        ]:
            self._drop(same)
        for old in self.messages[MOST - 1 :]:
            self._drop(old)
        message = Message(kind, sentence, actions, shows, topic)
        message.closed.connect(lambda: self._drop(message))
        if kind == "ok":
            QTimer.singleShot(GOOD_NEWS_MS, message, message.closed.emit)
        self.messages.insert(0, message)
        self._column.insertWidget(0, message)

    def clear(self, kind: Kind | None = None) -> None:
        """Take all messages away, or those of one kind."""
        for message in [message for message in self.messages if kind in (None, message.kind)]:
            self._drop(message)

    def take_back(self, topic: str) -> None:
        """Take away what was said last on a topic: it is settled."""
        for message in [message for message in self.messages if message.topic == topic]:
            self._drop(message)

    def _drop(self, message: Message) -> None:
        if message in self.messages:
            self.messages.remove(message)
            self._column.removeWidget(message)
            message.hide()
            message.deleteLater()

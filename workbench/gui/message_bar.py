"""Sentences at the top of the window that wait for nobody: what went wrong or well, and what one can do about it."""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from workbench.gui import icons, theme
from workbench.gui.panel import tool_button

Kind = Literal["info", "ok", "warning", "error"]
Action = tuple[str, Callable[[], None]]

MOST = 3
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
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.SPACE_M, theme.SPACE_XS, theme.SPACE_S, theme.SPACE_XS)
        row.setSpacing(theme.SPACE_S)
        row.addWidget(self._icon)
        row.addWidget(self.words, 1)
        for text, act in (*shows, *actions):
            button = QPushButton(text)
            button.clicked.connect(act)
            row.addWidget(button)
            if (text, act) in actions:
                button.clicked.connect(self.closed)
        close = tool_button("close", "Close this message")
        close.clicked.connect(self.closed)
        row.addWidget(close)
        theme.changed.connect(self._draw_icon)
        self._draw_icon()
        self.setAccessibleName(sentence)

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

    def _drop(self, message: Message) -> None:
        if message in self.messages:
            self.messages.remove(message)
            self._column.removeWidget(message)
            message.hide()
            message.deleteLater()

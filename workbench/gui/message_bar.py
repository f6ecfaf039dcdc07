"""Sentences over the canvas that wait for nobody: what went wrong or well, and what one can do about it.

They lie on it and move nothing: a click meant for what is there when a message comes still lands there.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QAbstractButton, QBoxLayout, QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from workbench.gui import icons, theme
from workbench.gui.error_sentence import sentence
from workbench.gui.panel import tool_button
from workbench.spec.problems import SpecError

Kind = Literal["info", "ok", "warning", "error"]
Action = tuple[str, Callable[[], None]]

MOST = 3
WIDTH = 640
"""Of a message where the canvas has room for it: a line longer than this is hard to read."""

BUTTON_WIDTH = 260
"""Of a button, in pixels: a layer's name may be longer."""

LARGEST_SHARE = 0.45
"""Of the room for sentence and buttons, what the buttons may take beside it."""

GOOD_NEWS_MS = 6000


class Message(QWidget):
    """One sentence with its icon, its buttons and a way to close it."""

    closed = Signal()

    reworded = Signal()
    """It says something else, or nothing any more."""

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
        self._grid.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_S, theme.SPACE_S)
        self._grid.setSpacing(theme.SPACE_S)
        self._grid.setColumnStretch(1, 1)
        self._buttons = QWidget(self)
        self._buttons.setVisible(bool(shows or actions))
        self._row = self._made_row(actions, shows)
        self._are_below = False
        self._close = tool_button("close", "Close this message")
        self._close.clicked.connect(self.closed)
        for column, widget in enumerate((self._icon, self.words, self._buttons, self._close)):
            self._grid.addWidget(widget, 0, column)
        theme.changed.connect(self._draw_icon)
        self._draw_icon()
        self.setAccessibleName(sentence)

    def reword(self, sentence: str) -> None:
        """Say this instead; one that says nothing is not shown."""
        if sentence != self.words.text():
            self.words.setText(sentence)
            self.setAccessibleName(sentence)
            self.reworded.emit()

    def _made_row(self, actions: Sequence[Action], shows: Sequence[Action]) -> QBoxLayout:
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE_S)
        for text, act in (*shows, *actions):
            button = QPushButton(text)
            button.setAccessibleName(text)
            button.clicked.connect(act)
            row.addWidget(button)
            if (text, act) in actions:
                button.clicked.connect(self.closed)
        return row

    def height_at(self, width: int) -> int:
        """How high it is in this width: buttons that would leave the sentence too little room stand below it.

        They stand in a row there, or each below the other where the row is too long.
        """
        below = width - 2 * theme.SPACE_M - theme.SPACE_S - self._icon.sizeHint().width()
        beside = below - self._close.sizeHint().width() - 2 * theme.SPACE_S
        length = self._shorten(min(BUTTON_WIDTH, below))
        are_below = length > LARGEST_SHARE * beside
        if are_below != self._are_below:
            self._are_below = are_below
            self._grid.removeWidget(self._buttons)
            place = (1, 1, 1, 3) if are_below else (0, 2, 1, 1)
            self._grid.addWidget(self._buttons, *place, Qt.AlignmentFlag.AlignRight)
        is_long = are_below and length > below
        self._row.setDirection(QBoxLayout.Direction.TopToBottom if is_long else QBoxLayout.Direction.LeftToRight)
        return self._grid.totalHeightForWidth(width)

    def _shorten(self, room: int) -> int:
        """Make each button as long as its words, but no longer than ``room``; how long they are in a row."""
        length = -theme.SPACE_S
        for button in self._buttons.findChildren(QPushButton):
            text = button.accessibleName()
            around = button.sizeHint().width() - button.fontMetrics().horizontalAdvance(button.text())
            button.setText(button.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room - around))
            button.setToolTip(text if button.text() != text else button.accessibleDescription())
            length += button.sizeHint().width() + theme.SPACE_S
        return length

    def _colour(self) -> str:
        tokens = theme.current()
        return {"info": tokens.accent, "ok": tokens.success, "warning": tokens.warning, "error": tokens.danger}[
            self.kind
        ]

    def _draw_icon(self) -> None:
        self._icon.setPixmap(icons.pixmap(self.kind, self._colour(), theme.ICON_SIZE, self.devicePixelRatioF()))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A card with a breath of the kind's colour, and the colour around it."""
        ground = theme.mix(theme.current().surface, self._colour(), 0.12)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour(self._colour()))
        painter.setBrush(theme.colour(ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS_M, theme.RADIUS_M)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape closes it; no key that its buttons leave goes on to the canvas below."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()


class MessageBar(QWidget):
    """The messages there are, the newest at the top; the oldest gives way where there are too many."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self._standing: Message | None = None
        self._neighbours: Sequence[QWidget] = ()

    def lie_over(self, canvas: QWidget, below: Sequence[QWidget] = ()) -> None:
        """Stand at the top of the canvas, in the middle, under those of its own bars that are shown there."""
        self.setParent(canvas)
        self._neighbours = below
        for watched in (canvas, *below):
            watched.installEventFilter(self)
        self._place()

    def stand_first(self, message: Message) -> None:
        """Above all others stands this one, as long as it says something: no newer one takes its place."""
        self._standing = message
        message.setParent(self)
        message.hide()
        message.reworded.connect(self._place)
        if (canvas := self.parentWidget()) is not None:
            _reach_before(canvas, message)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The canvas, or a bar on it, has another size, or a bar comes or goes."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """A message wants another size, as after a change of the letters'."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def _place(self) -> None:
        """Each message below the newer one; those that the canvas has no room for wait until it has, but the newest."""
        canvas = self.parentWidget()
        if canvas is None:
            return
        bars = [bar.geometry().bottom() + 1 for bar in self._neighbours if not bar.isHidden()]
        top = max(bars, default=0) + theme.SPACE_S
        width = min(WIDTH, canvas.width() - 2 * theme.SPACE_S)
        bottom, covered = 0, QRegion()
        standing = [self._standing] if self._standing is not None and self._standing.words.text() else []
        if self._standing is not None:
            self._standing.setVisible(bool(standing))
        shown = (*standing, *self.messages)
        for message in shown:
            height = message.height_at(width)
            fits = not bottom or top + bottom + height <= canvas.height()
            message.setVisible(fits)
            if fits:
                message.setGeometry(0, bottom, width, height)
                covered += message.geometry()
                bottom += height + theme.SPACE_XS
        self.setVisible(bool(shown))
        self.setGeometry((canvas.width() - width) // 2, top, width, bottom)
        self.setMask(covered)  # between two of them lies the canvas

    def say(self, kind: Kind, words: str, *actions: Action, shows: Sequence[Action] = (), topic: str = "") -> None:
        """Show a sentence, and take away one that says the same, or that was the last word on the same ``topic``.

        One of the ``actions`` answers it, and it goes; what only ``shows`` something leaves it there. Good news goes by
        itself, and there is one at a time.
        """
        if kind == "ok":
            self.clear("ok")
        for same in [each for each in self.messages if each.words.text() == words or (topic and each.topic == topic)]:
            self._drop(same)
        for old in self.messages[MOST - 1 :]:
            self._drop(old)
        message = Message(kind, words, actions, shows, topic)
        message.closed.connect(lambda: self._drop(message))
        if kind == "ok":
            QTimer.singleShot(GOOD_NEWS_MS, message, message.closed.emit)
        self.messages.insert(0, message)
        message.setParent(self)
        if (canvas := self.parentWidget()) is not None:
            _reach_before(canvas, message)
        self._place()

    def refuse(self, error: Exception) -> None:
        """Say what is wrong with a user's file or disk. An internal error is raised, and said where it is caught."""
        if not isinstance(error, SpecError | OSError):
            raise error
        self.say("error", sentence(error))

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
            message.hide()
            message.deleteLater()
            self._place()


def _reach_before(canvas: QWidget, message: Message) -> None:
    """Tab comes to a message's buttons before it comes to the canvas: Shift+Tab on the canvas leads to them."""
    before: QWidget | None = canvas.previousInFocusChain()
    while before and before.focusPolicy() is Qt.FocusPolicy.NoFocus:  # after such a one setTabOrder() puts nothing
        before = before.previousInFocusChain()
    for button in message.findChildren(QAbstractButton):
        assert before is not None, "a chain is a ring"
        QWidget.setTabOrder(before, button)
        before = button

"""Messages over the canvas that block nothing: what went wrong or well, and what one can do about it.

They overlay the canvas at its top, or at its bottom if they would cover what is being worked on: a click made just as a
message appears still hits its target. On a canvas too small for a message they overlay the window.
"""

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QRegion
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import named, spaced, tool_button
from workbench.gui.widgets.plate import paint_plate
from workbench.spec.problems import SpecError
from workbench.spec.words import ended

Kind = Literal["info", "ok", "warning", "error"]
Action = tuple[str, Callable[[], None]]

MOST = 3
WIDTH = 640
"""Maximum width of a message; longer lines are hard to read."""

BUTTON_WIDTH = 260
"""Maximum width of a button in pixels, as the name of a layer in it may be longer."""

LARGEST_SHARE = 0.45
"""The largest share of the width that buttons may take beside the sentence."""

SMALLEST_AREA = 320 * 240
"""Of a canvas, in square pixels: on a smaller one, a message of several lines and buttons would be cut."""

MOST_COVERED = 0.4
"""The largest share of the canvas's height that messages cover together; those after the newest wait for their turn."""

GOOD_NEWS_MS = 6000


class Message(QWidget):
    """One sentence with an icon, buttons and a way to close it."""

    closed = Signal()

    reworded = Signal()
    """Emitted when the sentence has changed or become empty."""

    def __init__(
        self,
        kind: Kind,
        sentence: str,
        actions: Sequence[Action],
        shows: Sequence[Action] = (),
        topic: str = "",
        *,
        lasts: bool = False,
    ) -> None:
        super().__init__()
        self.kind = kind
        self.topic = topic
        self.lasts = lasts
        self._icon = QLabel()
        self.words = QLabel(sentence, wordWrap=True, textFormat=Qt.TextFormat.PlainText)
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
        """Change the sentence; a message with an empty one is not shown."""
        if sentence != self.words.text():
            self.words.setText(sentence)
            self.setAccessibleName(sentence)
            self.reworded.emit()

    def _made_row(self, actions: Sequence[Action], shows: Sequence[Action]) -> QBoxLayout:
        row = spaced(QBoxLayout(QBoxLayout.Direction.LeftToRight, self._buttons), theme.SPACE_S)
        for text, act in (*shows, *actions):
            button = named(QPushButton(text), text)
            button.clicked.connect(act)
            row.addWidget(button)
            if (text, act) in actions:
                button.clicked.connect(self.closed)
        return row

    def height_at(self, width: int) -> int:
        """Return the height at this width. Buttons that would leave the sentence too little room are placed below it.

        There they form a row, or a column if the row is too long.
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
        """Elide each button's text so that no button exceeds ``room``; return the length of all in a row."""
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
        """Draw a card with a tint and a border in the kind's colour."""
        ground = theme.mix(theme.current().surface, self._colour(), 0.12)
        painter = QPainter(self)
        paint_plate(painter, self.rect(), ground, self._colour())
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape. Other keys that the buttons ignore do not reach the canvas below."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()


class MessageBar(QWidget):
    """The current messages, newest first; the oldest is dropped if there are too many."""

    covering = Signal(int, int)
    """Heights of the canvas's upper and lower parts that lie under messages that stay, in pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self._standing: Message | None = None
        self._canvas: QWidget | None = None
        self._neighbours: Sequence[QWidget] = ()
        self._worked_on: Callable[[], Sequence[QRect]] = tuple
        self._is_low = False
        """Whether the messages are at the bottom."""

    def lie_over(
        self, canvas: QWidget, below: Sequence[QWidget] = (), worked_on: Callable[[], Sequence[QRect]] = tuple
    ) -> None:
        """Overlay the canvas at its top, centred, below those of its bars (``below``) that are shown there; or at its
        bottom, if only there new messages do not cover what is ``worked_on``.
        """
        self._canvas, self._neighbours, self._worked_on = canvas, below, worked_on
        for watched in (canvas, *below):
            watched.installEventFilter(self)
        self._place()

    def stand_first(self, message: Message) -> None:
        """Always show this message above all others, as long as it has a sentence."""
        self._standing = message
        message.setParent(self)
        message.hide()
        message.reworded.connect(self._place)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Update the layout when the canvas or one of its bars is resized, moved, shown or hidden."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        """Update the layout when a message requests another size, for example after a change of the font."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return super().event(event)

    def _place(self, *, is_new: bool = False) -> None:
        """Stack the messages, newest first. Those that would cover too much of the canvas are hidden, except for the
        newest, until those above them are closed.

        They stay at the top or at the bottom, unless one ``is_new`` or is the first.
        """
        if self._canvas is None:
            return
        standing = [self._standing] if self._standing is not None and self._standing.words.text() else []
        if self._standing is not None:
            self._standing.setVisible(bool(standing))
        shown = (*standing, *self.messages)
        room = self._room()
        width = min(WIDTH, room.width())
        bottom, covered = 0, QRegion()
        for message in shown:
            height = message.height_at(width)
            is_first = message is self._standing or message is self.messages[0]
            fits = not bottom or bottom + height <= (1.0 if is_first else MOST_COVERED) * room.height()
            message.setVisible(fits)
            if fits:
                message.setGeometry(0, bottom, width, height)
                covered += message.geometry()
                bottom += height + theme.SPACE_XS
        high = QRect(room.left() + (room.width() - width) // 2, room.top(), width, bottom)
        low = high.translated(0, room.height() - theme.SPACE_S - bottom)
        on_canvas = self.parentWidget() is self._canvas
        if is_new or self.isHidden():
            self._is_low = _covers_any(high, worked_on := self._worked_on()) and not _covers_any(low, worked_on)
        is_low = self._is_low and on_canvas
        self.setVisible(bool(shown))
        self.setGeometry(low if is_low else high)
        self.setMask(covered)  # between messages, the canvas stays clickable
        if not on_canvas or all(message.kind == "ok" for message in shown):
            self.covering.emit(0, 0)
        else:
            self.covering.emit(*((0, bottom + theme.SPACE_S) if is_low else (room.top() + bottom, 0)))

    def _room(self) -> QRect:
        """Become a child of the canvas, or of its window if the canvas is too small for a message with buttons.

        Return where messages may be in it: below the bars, or below the canvas's upper edge.
        """
        canvas = self._canvas
        assert canvas is not None
        bars = [bar.geometry().bottom() + 1 for bar in self._neighbours if not bar.isHidden()]
        room = canvas.rect().adjusted(theme.SPACE_S, max(bars, default=0) + theme.SPACE_S, -theme.SPACE_S, 0)
        is_small = canvas.width() * canvas.height() < SMALLEST_AREA
        parent = canvas.window() if is_small else canvas
        if self.parentWidget() is not parent:
            self.setParent(parent)
            parent.installEventFilter(self)
            self.raise_()
        if parent is canvas:
            return room
        top = canvas.mapTo(parent, QPoint()).y()
        return parent.rect().adjusted(theme.SPACE_S, top + theme.SPACE_S, -theme.SPACE_S, 0)

    def say(
        self,
        kind: Kind,
        words: str,
        *actions: Action,
        shows: Sequence[Action] = (),
        topic: str = "",
        lasts: bool = False,
    ) -> Message:
        """Show and return a message, replacing one with the same sentence or on the same ``topic``.

        Pressing one of the ``actions`` closes it; ``shows`` only show something and leave it open. Messages of kind
        "ok" disappear by themselves, and there is only one at a time. One that ``lasts`` is about neither the document
        nor a run, and stays when another is shown.
        """
        words = words if kind == "ok" else ended(words)  # good news may end with a path, which is to be copied
        if kind == "ok":
            self.clear("ok")
        self._drop(*[each for each in self.messages if each.words.text() == words or (topic and each.topic == topic)])
        self._drop(*self.messages[MOST - 1 :])
        message = Message(kind, words, actions, shows, topic, lasts=lasts)
        message.closed.connect(lambda: self._drop(message))
        if kind == "ok":
            QTimer.singleShot(GOOD_NEWS_MS, message, message.closed.emit)
        self.messages.insert(0, message)
        message.setParent(self)
        self._place(is_new=True)
        return message

    def refuse(self, error: Exception) -> None:
        """Report an error of a user's file or disk.

        An internal error is re-raised, to be reported where it is caught.
        """
        if not isinstance(error, SpecError | OSError):
            raise error
        self.say("error", sentence(error))

    def clear(self, kind: Kind | None = None) -> None:
        """Remove all messages but those that last, or those of one kind."""
        self._drop(*[each for each in self.messages if (not each.lasts if kind is None else each.kind == kind)])

    def take_back(self, topic: str) -> None:
        """Remove the message on a topic, because it is settled."""
        self._drop(*[message for message in self.messages if message.topic == topic])

    def _drop(self, *messages: Message) -> None:
        for message in messages:
            if message in self.messages:
                self.messages.remove(message)
                message.hide()
                message.deleteLater()
                self._place()


def _covers_any(bar: QRect, places: Sequence[QRect]) -> bool:
    return any(bar.intersects(place) for place in places)

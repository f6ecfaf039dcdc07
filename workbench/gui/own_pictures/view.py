"""The window for the user's own pictures: dropped or chosen, each as the network sees it, with its answers as bars."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QImage,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QShortcut,
)
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStackedLayout, QVBoxLayout, QWidget

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.dialogs.file_dialogs import ask_for_files, ask_for_folder
from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.own_pictures.presenter import Card, OwnPicturesPresenter
from workbench.gui.widgets import theme
from workbench.gui.widgets.bars import ROW, paint_bar
from workbench.gui.widgets.error_sentence import ended
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.painted_scroll import PaintedScroll
from workbench.gui.widgets.panel import ElidedLabel, EmptyState, fill, icon_button, spaced, styled
from workbench.gui.widgets.pictures import as_image, draw_picture
from workbench.gui.widgets.tiling import Tiling, filled
from workbench.spec.problems import capitalised

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QMimeData

    from workbench.events import AnyEvent
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.running.run import Run

SIZE = (860, 640)
NUM_BARS = 5
TILE, BARS, GAP, MARGIN = NUM_BARS * ROW - theme.SPACE_S, 180, theme.SPACE_L, 2

SMALLEST_FALL = 0.01
"""Of a probability; less is shown as faint as it is."""

STRONGEST = 180
"""The opacity of red, of 255."""

NO_RUN = (
    "No network to ask yet",
    "Train a network or open an earlier run, then drop pictures of your own here to see what it sees in them.",
)
NO_PICTURES = (
    "Drop pictures here",
    "Or choose files or a folder. Each is shown as the network sees it, at its size and in its colours, with the network's "
    "likeliest answers. A click on one shows which part of it the answer depends on.",
)


class OwnPicturesWindow(Dialog):
    """Asks the followed run's network about pictures: when they come, after each epoch, at a pause, and at the end."""

    def __init__(self, parent: QWidget, pump: EventPump) -> None:
        super().__init__(parent, "Your own pictures")
        self.presenter = OwnPicturesPresenter()
        self._run: Run | None = None
        self._number = 0
        self._pump = pump
        self.words = styled(ElidedLabel(), "heading")
        self.words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.heads = OutputChoice("Output to show answers of", self.presenter.choose_head, self._show)
        self.files = icon_button("plus", "Pictures…")
        self.files.setToolTip("Choose pictures   Ctrl+O")
        self.files.clicked.connect(self._ask_for_files)
        self.folder = icon_button("folder", "Folder…")
        self.folder.setToolTip("Choose a folder with pictures at any depth   Ctrl+Shift+O")
        self.folder.clicked.connect(self._ask_for_folder)
        self.again = QPushButton("Read again")
        self.again.setToolTip("Read the files again, after you have changed them   F5")
        self.again.clicked.connect(self._read_again)
        self.remove = QPushButton("Remove all")
        self.remove.setToolTip("Remove all pictures from this window; the files stay")
        self.remove.clicked.connect(self._remove_all)
        keys = {
            "Ctrl+O": self.files,
            "Ctrl+Shift+O": self.folder,
            "F5": self.again,
        }
        for key, button in keys.items():
            QShortcut(QKeySequence(key), self).activated.connect(button.click)
        self.grid = AnswerGrid()
        self.grid.explanation_asked.connect(self._explain)
        self.grid.removal_asked.connect(self._remove)
        self.empty = EmptyState("search", *NO_RUN)
        self._lay_out()
        self.setAcceptDrops(True)
        self._show()
        self.finished.connect(self.stop)
        pump.add(self, until=self.finished)
        pump.ticked.connect(self._look)

    def _lay_out(self) -> None:
        top = Wrapped([self.words], [self.heads, self.files, self.folder, self.again, self.remove])
        top.setContentsMargins(0, 0, 0, 0)
        body = QWidget()
        self._pages = QStackedLayout(body)
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self.grid)
        fill(spaced(QVBoxLayout(self), theme.SPACE_M, *[theme.SPACE_M] * 4), top, (body, 1))
        self.resize(*SIZE)

    # Listener

    def begin(self, run: Run) -> None:
        """Ask another run about the same pictures."""
        self._leave()
        self._run, self._number = run, 0
        self.presenter.begin()
        self._show()

    def clear(self) -> None:
        """Stop following the run."""
        self._leave()
        self._run = None
        self.presenter.begin()
        self._show()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Ask again when it is due."""
        self.presenter.feed(events, state)
        self._ask()

    def _ask(self) -> None:
        if self._run is None:
            return
        pictures = self.presenter.take_question()
        if pictures is not None:
            self.presenter.asked(self._run.insight.ask_pictures(pictures))

    def _look(self) -> None:
        """At each tick: take the newest answer, for whoever dropped a picture waits for nobody's turn."""
        if self._run is None:
            return
        answer = self._run.insight.predicted.newest(self._number)
        if answer is not None:
            self._number = answer[0]
            if self.presenter.take_answer(*answer):
                self._show()

    # Pictures

    def _ask_for_files(self) -> None:
        from workbench.data.decoding.pictures import SUFFIXES

        kinds = f"Pictures ({' '.join(f'*{suffix}' for suffix in SUFFIXES)});;All files (*)"
        self.add(ask_for_files(self, "Choose pictures", "", kinds))

    def _ask_for_folder(self) -> None:
        folder = ask_for_folder(self, "Choose a folder of pictures")
        self.add(() if folder is None else (folder,))

    def add(self, paths: Sequence[Path]) -> None:
        """Ask about these files and folders, too."""
        if paths:
            self.presenter.add(paths)
            self._ask()
            self._show()

    def _read_again(self) -> None:
        self.presenter.look_again()
        self._ask()
        self._show()

    def _explain(self, number: int) -> None:
        self.presenter.explain(number)
        self._ask()
        self._show()

    def _remove(self, number: int) -> None:
        self.presenter.remove(number)
        if not self.presenter.paths:
            self._leave()
        self._show()

    def _remove_all(self) -> None:
        self._leave()
        self.presenter.remove_all()
        self._show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files and folders."""
        if _local(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Ask about what is dropped."""
        self.add(_local(event.mimeData()))
        event.acceptProposedAction()

    def _show(self) -> None:
        presenter, cards = self.presenter, self.presenter.cards
        for button in (self.again, self.remove):
            button.setEnabled(bool(presenter.paths))
        self.words.setText(presenter.words)
        self.heads.offer(presenter.head_titles, presenter.head)
        self.grid.show_cards(cards)
        self._pages.setCurrentIndex(1 if cards else 0)
        self.empty.say(*self._empty_words())

    def _empty_words(self) -> tuple[str, str]:
        """Return what takes the place of answers."""
        if self._run is None:
            return NO_RUN
        if not self.presenter.paths:
            return NO_PICTURES
        if self.presenter.answer is None:
            return "Asking the network…", "Its answers appear here once its data is ready and the pictures are read."
        return "No answer", ended(capitalised(self.presenter.answer.problem))

    def _leave(self) -> None:
        if self._run is not None:
            self._run.insight.cancel_pictures()

    def stop(self) -> None:
        """Cancel what is being computed, and stop listening."""
        self._leave()
        self._run = None
        self._pump.ticked.disconnect(self._look)


def _local(dragged: QMimeData) -> tuple[Path, ...]:
    """Return the files and folders that are dragged."""
    return tuple(Path(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile())


class AnswerGrid(PaintedScroll):
    """A card for each picture: its name above, the picture at the left, its answers as bars at the right.

    A click, or arrows and Space, ask where an answer comes from; that is drawn over the picture. Del removes a card.
    """

    explanation_asked = Signal(int)
    removal_asked = Signal(int)
    """Both are emitted with the number of a card."""

    def __init__(self) -> None:
        super().__init__("Answers for your pictures", ROW)
        self._cards: tuple[Card, ...] = ()
        self._images: dict[int, QImage] = {}
        self.current = 0
        """The card that the keys work on."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumWidth(TILE + BARS + 2 * GAP)

    def show_cards(self, cards: tuple[Card, ...]) -> None:
        """Show these cards."""
        self._cards, self._images = cards, {}
        self.current = min(self.current, max(len(cards) - 1, 0))
        self.setAccessibleDescription("\n\n".join(card.told for card in cards))
        self.measure()

    def tiling(self) -> Tiling:
        """Return the grid at the current width; the footer is the room for the name above a picture."""
        room, width = self.viewport().width() - 2 * MARGIN, TILE + GAP + BARS
        return filled(room, width, TILE, gap=GAP, footer=self._line())

    def _line(self) -> float:
        return self.fontMetrics().height() + theme.SPACE_XS

    def whole_height(self) -> int:
        """Return the height of all rows with their margins."""
        return int(self.tiling().size(len(self._cards))[1]) + 2 * MARGIN

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the visible cards."""
        painter = QPainter(self.viewport())
        tiling, top = self.tiling(), self.verticalScrollBar().value() - MARGIN
        for number, card in enumerate(self._cards):
            left, y = tiling.place(number)
            if -tiling.pitch[1] <= y - top <= self.viewport().height():
                self._paint_card(painter, QRectF(MARGIN + left, y - top, tiling.width, tiling.pitch[1]), number, card)
        painter.end()

    def _paint_card(self, painter: QPainter, rect: QRectF, number: int, card: Card) -> None:
        tokens = theme.current()
        painter.setFont(theme.font(theme.TEXT_SMALL))
        painter.setPen(theme.colour(tokens.text))
        metrics = painter.fontMetrics()
        name = metrics.elidedText(card.heading, Qt.TextElideMode.ElideMiddle, int(rect.width()))
        painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, name)
        place = QRectF(rect.left(), rect.top() + self._line(), TILE, TILE)
        covered = draw_picture(painter, place, self._image(number, card))
        if card.red is not None:
            painter.drawImage(covered, _glow(card.red))
        is_current = number == self.current and self.hasFocus()
        painter.setPen(QPen(theme.colour(tokens.accent if is_current else tokens.border_strong), 1 + is_current))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(covered)
        beside = QRectF(place.right() + theme.SPACE_M, place.top(), rect.right() - place.right() - theme.SPACE_M, TILE)
        drawn, more = card.drawn(NUM_BARS)
        for row, bar in enumerate(drawn):
            colour = tokens.accent if bar.is_given else tokens.text_faint
            line = QRectF(beside.left(), beside.top() + row * ROW, beside.width(), ROW)
            paint_bar(painter, line, name=bar.name, value=bar.value, parts=[(bar.share, colour)])
        if more:
            painter.setPen(theme.colour(tokens.text_muted))
            painter.drawText(beside.adjusted(0, len(drawn) * ROW, 0, 0), more)
        if card.words:
            painter.setPen(theme.colour(tokens.danger if card.is_broken else tokens.text))
            painter.setFont(theme.font(theme.TEXT_SMALL if card.is_broken else theme.TEXT_HEADING))
            painter.drawText(beside, Qt.TextFlag.TextWordWrap, card.words)

    def _number_at(self, position: QPointF) -> int | None:
        y = position.y() - MARGIN + self.verticalScrollBar().value()
        return self.tiling().tile_at(position.x() - MARGIN, y, len(self._cards))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ask where the answer of the card under the pointer comes from."""
        number = self._number_at(event.position())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self._go_to(number)
            self._explain()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move along the cards as in a gallery; Space asks where an answer comes from, Del removes the card."""
        tiling, last = self.tiling(), len(self._cards) - 1
        page = tiling.columns * max(int(self.viewport().height() // tiling.pitch[1]), 1)
        places = {
            Qt.Key.Key_Left: self.current - 1,
            Qt.Key.Key_Right: self.current + 1,
            Qt.Key.Key_Up: self.current - tiling.columns,
            Qt.Key.Key_Down: self.current + tiling.columns,
            Qt.Key.Key_PageUp: max(self.current - page, 0),
            Qt.Key.Key_PageDown: min(self.current + page, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if event.key() == Qt.Key.Key_Space and self._cards:
            self._explain()
        elif event.key() == Qt.Key.Key_Delete and self._cards:
            self.removal_asked.emit(self.current)
        elif event.key() in places:
            if 0 <= places[Qt.Key(event.key())] <= last:
                self._go_to(places[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def _explain(self) -> None:
        if self._cards[self.current].bars:
            self.explanation_asked.emit(self.current)

    def _go_to(self, number: int) -> None:
        self.current = number
        bar, top = self.verticalScrollBar(), int(self.tiling().place(number)[1])
        bottom = top + int(self.tiling().pitch[1]) + MARGIN
        bar.setValue(min(max(bar.value(), bottom - self.viewport().height()), top))
        self.viewport().update()

    def _image(self, number: int, card: Card) -> QImage:
        if number not in self._images:
            self._images[number] = QImage() if card.pixels is None else as_image(card.pixels)
        return self._images[number]

    def tip(self, position: QPointF) -> str:
        """Return the file and everything that the network answers."""
        number = self._number_at(position)
        return "" if number is None else self._cards[number].told


def _glow(falls: NDArray[np.float32]) -> QImage:
    """Return red over what an answer depends on, float32 [H, W], the more the stronger."""
    share = (falls / max(float(falls.max()), SMALLEST_FALL)).clip(0, 1)
    height, width = share.shape
    rgba = np.zeros((height, width, 4), np.uint8)
    rgba[..., 0] = 255
    rgba[..., 3] = STRONGEST * share
    return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()

"""The window of the learning-rate finder: the search starts when it opens and ends with it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from workbench.data.progress import Cancelled
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.lr_finder.presenter import LrFinderPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import fill, restyle, styled
from workbench.gui.widgets.plate import paint_plate
from workbench.gui.widgets.tables import RIGHT
from workbench.session.editing.lr_finder import RateSearch
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError

SIZE = (640, 420)
LOWEST, HIGHEST = 1e-7, 10.0
STEPS = {Qt.Key.Key_Left: -0.01, Qt.Key.Key_Right: 0.01}
"""Share of the curve's width that an arrow key moves: about a fifth of the rate."""


class LrFinderWindow(Dialog):
    """Searches for a learning rate for one experiment."""

    taken = Signal(float)
    """Emitted with the rate to use."""

    def __init__(self, parent: QWidget, pump: EventPump, experiment: Experiment) -> None:
        super().__init__(parent, "Find a learning rate")
        self.presenter = LrFinderPresenter(LOWEST, HIGHEST)
        self.search = RateSearch(experiment)
        self._pump = pump
        self._told = False
        self.words = QLabel("Preparing…", wordWrap=True)
        self.curve = RateCurve(self.presenter)
        self.curve.chosen.connect(self._show)
        self.take = styled(QPushButton("Use it", default=True), "primary")
        self.take.clicked.connect(self._take)
        self.leave = QPushButton("Close")
        self.leave.clicked.connect(self.close)
        buttons = fill(QHBoxLayout(), None, self.leave, self.take)
        fill(self.make_column(), self.words, (self.curve, 1), buttons)
        self.resize(*SIZE)
        self.finished.connect(self._end_search)
        pump.ticked.connect(self._poll)
        self._show()

    def _poll(self) -> None:
        """At each tick: show new points, and once the result."""
        if self._told:
            return
        self.presenter.show(*self.search.points)
        if self.search.ended:
            self._told = True
            self._tell()
        elif self.presenter.losses:
            self.words.setText(f"Trying {self.presenter.rates[-1]:.2g} …")
        elif self.search.preparation:
            self.words.setText(f"{self.search.preparation}…")
        self._show()

    def _tell(self) -> None:
        try:
            found = self.search.result()
        except Cancelled:
            return
        except Exception as error:
            self.words.setText(sentence(error))
            restyle(self.words, "danger")
            if not isinstance(error, SpecError):
                raise
            return
        self.presenter.suggest(found.valley, found.steepest)
        self.words.setText(self.presenter.words)
        self._show()
        self.take.setFocus()

    def _show(self) -> None:
        chosen = self.presenter.chosen
        self.take.setEnabled(chosen is not None)
        self.take.setText("Use it" if chosen is None else f"Use {chosen:g}")
        self.curve.update()

    def _take(self) -> None:
        assert self.presenter.chosen is not None
        self.taken.emit(self.presenter.chosen)
        self.close()

    def _end_search(self) -> None:
        """Stop the search, and wait for its end in the background."""
        self.search.stop()
        self._pump.ticked.disconnect(self._poll)
        self._pump.background("end a search", self.search.join, lambda _: None)


class RateCurve(QWidget):
    """The smoothed loss over the log of the rate; a click or the arrow keys choose a rate."""

    chosen = Signal()

    def __init__(self, presenter: LrFinderPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(160)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Loss against learning rate")
        theme.changed.connect(self.update)

    def room(self) -> QRectF:
        """Return the rectangle of the plot."""
        return QRectF(self.rect()).adjusted(56, 28, -theme.SPACE_XL, -44)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        room = self.room()
        self._presenter.choose_at((event.position().x() - room.left()) / room.width())
        self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose a slightly lower or higher rate, starting in the middle."""
        step = STEPS.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        chosen = self._presenter.chosen
        self._presenter.choose_at((0.5 if chosen is None else self._presenter.x_of(chosen)) + step)
        self.chosen.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, room = theme.current(), self.room()
        painter = QPainter(self)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        paint_plate(painter, self.rect(), tokens.canvas, tokens.accent if self.hasFocus() else tokens.border)
        for x, words in self._presenter.decades:
            place = room.left() + x * room.width()
            painter.setPen(theme.colour(tokens.grid))
            painter.drawLine(QPointF(place, room.top()), QPointF(place, room.bottom()))
            painter.setPen(theme.colour(tokens.text_faint))
            painter.drawText(QRectF(place - 30, room.bottom() + 5, 60, 20), Qt.AlignmentFlag.AlignHCenter, words)
        painter.setPen(theme.colour(tokens.text_muted))
        below = QRectF(room.left(), room.bottom() + 22, room.width(), 16)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, "learning rate")
        painter.drawText(QRectF(0, room.top() - 24, room.left() - 6, 16), RIGHT, "loss")
        if self._presenter.losses:
            self._paint_losses(painter, room)
        for name, rate in self._presenter.suggestions:
            self._paint_mark(painter, room, rate, name, dashed=True)
        if self._presenter.chosen is not None:
            self._paint_mark(painter, room, self._presenter.chosen, "", dashed=False)
        painter.end()

    def _paint_losses(self, painter: QPainter, room: QRectF) -> None:
        tokens = theme.current()
        painter.setPen(theme.colour(tokens.text_faint))
        low, high = self._presenter.loss_words
        painter.drawText(QRectF(0, room.top() - 8, room.left() - 6, 16), RIGHT, high)
        painter.drawText(QRectF(0, room.bottom() - 8, room.left() - 6, 16), RIGHT, low)
        points = [
            QPointF(room.left() + place.x * room.width(), room.bottom() - place.y * room.height())
            for place in self._presenter.curve
        ]
        painter.setPen(QPen(theme.colour(tokens.accent), 1.6))
        painter.drawPolyline(QPolygonF(points))

    def _paint_mark(self, painter: QPainter, room: QRectF, rate: float, name: str, *, dashed: bool) -> None:
        tokens = theme.current()
        x = room.left() + self._presenter.x_of(rate) * room.width()
        style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
        painter.setPen(QPen(theme.colour(tokens.text_muted if dashed else tokens.text), 1, style))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        painter.setPen(theme.colour(tokens.text_muted))
        painter.drawText(QRectF(x - 60, room.top() - 20, 120, 16), Qt.AlignmentFlag.AlignHCenter, name)

"""The legend of a chart: each curve's name and value after a dot in its colour."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from workbench.gui.widgets import theme
from workbench.spec.record import Record, replace

GAP = "   "
"""Between two entries."""


class Entry(Record):
    """A curve's name and value; without a ``colour`` there is no dot before them."""

    name: str
    value: str = ""
    colour: str = ""

    @property
    def pieces(self) -> tuple[tuple[str, str], ...]:
        """What is drawn, each piece with its colour."""
        t = theme.current()
        dot = (("● ", self.colour),) if self.colour else ()
        name = f"{self.name} " if self.name and self.value else self.name
        return (*dot, (name, t.text_faint), (self.value, t.text))


class Legend(QLabel):
    """Draws what fits: all entries, those with a dot, these without their names, or the first of them.

    They change with every step: as a text of QLabel's they would lay out the whole window each time, which takes longer
    than a chart.
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[Entry, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        theme.changed.connect(self.update)

    def show_entries(self, entries: Sequence[Entry]) -> None:
        if self._entries != tuple(entries):
            self._entries = tuple(entries)
            self.setAccessibleName(GAP.join(f"{each.name} {each.value}".strip() for each in self._entries))
            self.update()

    @property
    def drawn(self) -> str:
        """What is drawn at the current width."""
        return _text(self._fitting)

    @property
    def _fitting(self) -> tuple[Entry, ...]:
        dotted = tuple(entry for entry in self._entries if entry.colour) or self._entries[:1]
        unnamed = tuple(replace(entry, name="") if entry.value else entry for entry in dotted)
        ways = (self._entries, dotted, unnamed)
        fits = (way for way in ways if self.fontMetrics().horizontalAdvance(_text(way)) <= self.width())
        return next(fits, unnamed[:1])

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(_text(self._entries)), self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the entries that fit, one after another."""
        painter, metrics = QPainter(self), self.fontMetrics()
        place = QPointF(0, (self.height() - metrics.height()) // 2 + metrics.ascent())
        for entry in self._fitting:
            for words, colour in entry.pieces:
                painter.setPen(theme.colour(colour))
                painter.drawText(place, words)
                place += QPointF(metrics.horizontalAdvance(words), 0)
            place += QPointF(metrics.horizontalAdvance(GAP), 0)
        painter.end()


def _text(entries: Sequence[Entry]) -> str:
    return GAP.join("".join(words for words, _ in entry.pieces) for entry in entries)

"""Marks of changed settings: dashed lines across a chart, with the change at the upper edge like a flag."""

from collections.abc import Mapping, Sequence

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

from workbench.gui.watch.curves.line import UprightLines
from workbench.gui.watch.curves.presenter import Mark
from workbench.gui.widgets import theme
from workbench.spec.record import Record

VEIL = 0.75
"""Opacity of the labels' background: labels are readable, and curves remain visible through them."""

MARGIN = 2
"""Pixels around a label's text."""

LEAST_WIDTH = 90
"""Pixels to which a longer name may be shortened to have a label of its own."""

MOST_ROWS = 3
"""Labels one below the other."""

SHARE = 0.4
"""The share of a chart's height for labels, at most, unless it has a single row."""

OVER_CURVES = 1
"""Height of the lines in the stack of what a chart shows."""

NEAR = 5
"""Pixels within which the pointer is on a line."""


class Flag(Record):
    """A label at the upper edge, in one of several rows, from ``left`` on; all lengths in pixels."""

    changes: tuple[Mark, ...]
    x: float
    """Where the line of the first change is."""
    row: int
    least: float
    """Where the row is free from."""
    words: str
    width: float
    left: float


def flags(
    lines: Sequence[tuple[float, tuple[Mark, ...]]], metrics: QFontMetricsF, width: float, num_rows: int
) -> list[Flag]:
    """Return the labels of lines, by ascending ``x``, in a chart of this width; none lies on another.

    Changes without room for a label of their own are counted in the one before.
    """
    found: list[Flag] = []
    ends = [0.0] * num_rows
    # Changes without a label are counted in the last one only when its width matters: measuring words takes long.
    others: list[Mark] = []

    def place(flag: Flag) -> None:
        found.append(flag)
        ends[flag.row] = flag.left + flag.width

    def count_others() -> None:
        if others:
            last = found.pop()
            place(_flag((*last.changes, *others), last.x, last.row, last.least, metrics, width))
            others.clear()

    for x, changes in lines:
        row = None
        if min(ends) <= x:
            count_others()
            needed = min(_extent(_labels(changes)[-1], metrics), LEAST_WIDTH, width)
            row = next((row for row, end in enumerate(ends) if end <= min(x, width - needed)), None)
        if row is None:
            others.extend(changes)
        else:
            place(_flag(changes, x, row, ends[row], metrics, width))
    count_others()
    return found


def _flag(changes: tuple[Mark, ...], x: float, row: int, least: float, metrics: QFontMetricsF, width: float) -> Flag:
    room = width - least
    labels = _labels(changes)
    with_value = labels[:2][-1]  # if even the name alone is too long, what is elided ends with the new value
    words = next((each for each in labels if _extent(each, metrics) <= room), with_value)
    words = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, room - 2 * MARGIN)
    taken = _extent(words, metrics)
    return Flag(
        changes=changes, x=x, row=row, least=least, words=words, width=taken, left=max(min(x, width - taken), least)
    )


def _extent(words: str, metrics: QFontMetricsF) -> float:
    return metrics.horizontalAdvance(words) + 2 * MARGIN


def _labels(changes: Sequence[Mark]) -> list[str]:
    """Return the labels of the first change, the longest first, each with the number of others."""
    more = f", {len(changes) - 1} more" if len(changes) > 1 else ""
    return [label + more for label in changes[0].labels]


class ChangeLines:
    """The lines of one chart; they have labels only if ``speak``."""

    def __init__(self, plot: pg.PlotItem, *, speak: bool) -> None:
        self._plot = plot
        self._box = plot.getViewBox()
        self._speak = speak
        self._marks: dict[int, tuple[Mark, ...]] = {}
        self.lines = UprightLines()
        self.lines.setZValue(OVER_CURVES)
        plot.addItem(self.lines, ignoreBounds=True)
        self.labels: dict[int, pg.InfLineLabel] = {}
        """The visible ones, by step."""
        self._spare: list[pg.InfLineLabel] = []
        """Hidden ones, to be used again."""
        self.depth = 0.0
        """Pixels below the upper edge that have labels."""

    def show(self, marks: Mapping[int, tuple[Mark, ...]]) -> None:
        """Show a line after each of these steps."""
        if marks == self._marks:
            return
        self._marks = dict(marks)
        self.lines.place(sorted(marks))
        self.say()

    def _make_label(self) -> pg.InfLineLabel:
        line = pg.InfiniteLine(0, 90, pen=pg.mkPen(None))  # which pyqtgraph's label needs to be placed along
        self._plot.addItem(line, ignoreBounds=True)
        label = pg.InfLineLabel(line)
        label.textItem.document().setDocumentMargin(MARGIN)
        self._colour_label(label)
        return label

    def say(self) -> None:
        """Label the lines as space permits."""
        self.depth = 0.0
        if not self._speak or not (self._marks or self.labels):
            return
        metrics = QFontMetricsF(theme.font(theme.TEXT_SMALL))
        height = metrics.height() + 2 * MARGIN
        num_rows = min(max(int(SHARE * self._box.height() / height), 1), MOST_ROWS)
        (left, _), _ = self._box.viewRange()
        pixels = self._pixels_a_step()
        places = {(step - left) * pixels: step for step in sorted(self._marks)}
        shown = [(x, self._marks[step]) for x, step in places.items() if 0 <= x <= self._box.width()]
        spoken = {places[flag.x]: flag for flag in flags(shown, metrics, self._box.width(), num_rows)}
        for step in self.labels.keys() - spoken.keys():
            self._spare.append(self.labels.pop(step))
            self._spare[-1].hide()
        for step, flag in spoken.items():
            if step not in self.labels:
                self.labels[step] = self._spare.pop() if self._spare else self._make_label()
            label = self.labels[step]
            label.show()
            label.line.setValue(step)
            label.line.setZValue(OVER_CURVES + 1 / (2 + step))  # over the lines, and over the labels after it
            label.setFormat(flag.words)
            label.anchors = [((flag.x - flag.left) / flag.width, 0.5)] * 2
            self.depth = max(self.depth, (flag.row + 1) * height)
            label.setPosition(1 - (flag.row + 0.5) * height / self._box.height())

    def told_at(self, x: float) -> str:
        """Return the full description of the changes at the lines under the pointer."""
        told = [
            (step, mark) for step, marks in sorted(self._marks.items()) if abs(step - x) <= self.reach for mark in marks
        ]
        return "\n".join(f"after step {step:,}: {mark.words}" for step, mark in told)

    @property
    def reach(self) -> float:
        """The distance in steps within which the pointer is on a line."""
        return NEAR / self._pixels_a_step()

    def _pixels_a_step(self) -> float:
        (left, right), _ = self._box.viewRange()
        return float(max(self._box.width(), 1.0) / (right - left))

    def recolour(self) -> None:
        """Use the theme's colours."""
        pen = pg.mkPen(theme.colour(theme.current().border_strong), width=1, style=Qt.PenStyle.DashLine)
        self.lines.setPen(pen)
        for label in (*self.labels.values(), *self._spare):
            self._colour_label(label)

    def _colour_label(self, label: pg.InfLineLabel) -> None:
        t = theme.current()
        label.setColor(theme.colour(t.text_muted))
        label.fill = pg.mkBrush(theme.colour(t.surface, VEIL))
        label.setFont(QFont(theme.font(theme.TEXT_SMALL)))

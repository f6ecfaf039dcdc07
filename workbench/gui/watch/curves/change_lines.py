"""Marks of changed settings: dashed lines across a chart, labelled with the change."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

from workbench.gui.watch.curves.line import StraightLine
from workbench.gui.watch.curves.presenter import Mark
from workbench.gui.widgets import theme

ALONG: dict[str, Any] = {"position": 0.98, "rotateAxis": (1, 0), "anchors": [(1, 1), (1, 1)]}
"""A label along a vertical line, to its left, that ends at the upper edge."""

VEIL = 0.75
"""Opacity of the labels' background: labels are readable, and curves remain visible through them."""

NEAR = 5
"""Pixels within which the pointer is on a line."""


class ChangeLines:
    """The lines of one chart, by step; they have labels only if ``speak``."""

    def __init__(self, plot: pg.PlotItem, *, speak: bool) -> None:
        self._plot = plot
        self._box = plot.getViewBox()
        self._speak = speak
        self._marks: dict[int, tuple[Mark, ...]] = {}
        self.lines: dict[int, StraightLine] = {}

    def show(self, marks: Mapping[int, tuple[Mark, ...]]) -> None:
        """Show a line after each of these steps."""
        if marks == self._marks:
            return
        for line in self.lines.values():
            self._plot.removeItem(line)
        self._marks = dict(marks)
        self.lines = {step: StraightLine(step, 90, label="", labelOpts=ALONG) for step in self._marks}
        for line in self.lines.values():
            self._plot.addItem(line, ignoreBounds=True)
        self.recolour()
        self.say()

    def say(self) -> None:
        """Label the lines as space permits: the first of several close lines is labelled for all."""
        if not self._speak or not self._marks:
            return
        metrics = QFontMetricsF(theme.font(theme.TEXT_SMALL))
        room = metrics.height() / self._pixels_a_step()
        groups: list[list[int]] = []
        for step in sorted(self._marks):
            if groups and step - groups[-1][-1] < room:
                groups[-1].append(step)
            else:
                groups.append([step])
        spoken = {group[0]: _labels([mark for step in group for mark in self._marks[step]]) for group in groups}
        for step, line in self.lines.items():
            labels, margin = spoken.get(step, ("",)), line.label.textItem.document().documentMargin()
            length = ALONG["position"] * self._box.height() - 2 * margin
            with_value = labels[:2][-1]  # if even the name alone is too long, what is elided ends with the new value
            words = next((each for each in labels if metrics.horizontalAdvance(each) <= length), with_value)
            line.label.setFormat(metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, length))

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
        t = theme.current()
        for line in self.lines.values():
            line.setPen(pg.mkPen(theme.colour(t.border_strong), width=1, style=Qt.PenStyle.DashLine))
            line.label.setColor(theme.colour(t.text_muted))
            line.label.fill = pg.mkBrush(theme.colour(t.surface, VEIL))
            line.label.setFont(QFont(theme.font(theme.TEXT_SMALL)))


def _labels(changes: Sequence[Mark]) -> list[str]:
    """Return the labels of the first change, the longest first, each with the number of others."""
    more = f" + {len(changes) - 1}" if len(changes) > 1 else ""
    return [label + more for label in changes[0].labels]

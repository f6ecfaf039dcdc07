"""Where a setting was changed: broken lines across a chart, and what was changed along them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetricsF

from workbench.gui import theme
from workbench.gui.curves.presenter import Mark

ALONG: dict[str, Any] = {"position": 0.98, "rotateAxis": (1, 0), "anchors": [(1, 1), (1, 1)]}
"""Words along an upright line, to its left, that end at the upper edge."""

VEIL = 0.75
"""Opacity of the ground of words that curves run through: the words can be read, and the curves seen."""

NEAR = 5
"""Pixels from a line within which the pointer is on it."""


class ChangeLines:
    """Those of one chart, by their steps; only where they ``speak`` are there words along them."""

    def __init__(self, plot: pg.PlotItem, *, speak: bool) -> None:
        self._plot = plot
        self._box = plot.getViewBox()
        self._speak = speak
        self._marks: dict[int, tuple[Mark, ...]] = {}
        self.lines: dict[int, pg.InfiniteLine] = {}

    def show(self, marks: Mapping[int, tuple[Mark, ...]]) -> None:
        """A line after each of these steps."""
        if marks == self._marks:
            return
        for line in self.lines.values():
            self._plot.removeItem(line)
        self._marks = dict(marks)
        self.lines = {step: pg.InfiniteLine(step, 90, label="", labelOpts=ALONG) for step in self._marks}
        for line in self.lines.values():
            self._plot.addItem(line, ignoreBounds=True)
        self.recolour()
        self.say()

    def say(self) -> None:
        """What was changed, in short, as there is room: of lines that stand close the first speaks for all."""
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
        spoken = {group[0]: _in_short([mark for step in group for mark in self._marks[step]]) for group in groups}
        for step, line in self.lines.items():
            words, margin = spoken.get(step, ""), line.label.textItem.document().documentMargin()
            length = ALONG["position"] * self._box.height() - 2 * margin
            line.label.setFormat(metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, length))

    def told_at(self, x: float) -> str:
        """In full what was changed at the lines under the pointer."""
        told = [
            (step, mark) for step, marks in sorted(self._marks.items()) if abs(step - x) <= self.reach for mark in marks
        ]
        return "\n".join(f"after step {step:,}: {mark.words}" for step, mark in told)

    @property
    def reach(self) -> float:
        """How many steps the pointer may be from a line and still be on it."""
        return NEAR / self._pixels_a_step()

    def _pixels_a_step(self) -> float:
        (left, right), _ = self._box.viewRange()
        return float(max(self._box.width(), 1.0) / (right - left))

    def recolour(self) -> None:
        """Take the theme's colours."""
        t = theme.current()
        for line in self.lines.values():
            line.setPen(pg.mkPen(theme.colour(t.border_strong), width=1, style=Qt.PenStyle.DashLine))
            line.label.setColor(theme.colour(t.text_muted))
            line.label.fill = pg.mkBrush(theme.colour(t.surface, VEIL))
            line.label.setFont(QFont(theme.font(theme.TEXT_SMALL)))


def _in_short(changes: Sequence[Mark]) -> str:
    """As much as has room along a line: the first, and how many were made with it."""
    return changes[0].short + (f" + {len(changes) - 1}" if len(changes) > 1 else "")

"""A chart of what runs reach for what they cost: a bubble for each group, as large as its network."""

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from PySide6.QtCore import QLineF, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QVBoxLayout, QWidget

from workbench.gui.compare_runs.bubble_item import MOST_LABELS, AreaLegend, BubbleItem, Placed
from workbench.gui.compare_runs.chart import colour_plot, new_plot
from workbench.gui.compare_runs.labels import Disc
from workbench.gui.compare_runs.scales import ends_for, radius_of, spans_decades, tick_said
from workbench.gui.compare_runs.tradeoff import Bubble, Tradeoff
from workbench.gui.watch.curves.axes import Axis, ValueAxis
from workbench.gui.watch.curves.ticks import Ticks, log_ticks, value_ticks, whole_ticks
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import ElidedLabel, fill, spaced, styled
from workbench.spec.words import plural

LARGEST, LEAST = 26, 8
"""Radius of the largest bubble in pixels, in a large and in a small chart."""

SHARE = 0.075
"""The same as a share of the chart's shorter side."""

LEAST_TITLE = 160
"""Pixels of the header that the legend of areas leaves."""

SETTLED_MS = 150
"""How long the range stays the same before the labels are placed anew; while it is dragged, they go along."""

TICK_ROOM = 72
"""Pixels between two costs below the chart."""

Key = Qt.Key
STEPS: dict[int, tuple[Literal["cost", "result"], int]] = {
    Key.Key_Left: ("cost", -1),
    Key.Key_Right: ("cost", 1),
    Key.Key_Down: ("result", -1),
    Key.Key_Up: ("result", 1),
}
"""Where the arrow keys lead."""


class CostAxis(Axis):
    """Axis of costs below the chart."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.is_time = False

    def ticks(self, low: float, high: float, pixel: float) -> Ticks:
        """Return the ticks between two costs, on a log scale between their logarithms."""
        find = log_ticks if self.logMode else value_ticks if self.is_time else whole_ticks
        places = [place for place, _ in find(low, high, room=TICK_ROOM * pixel)]
        costs = [10**place if self.logMode else place for place in places]
        pairs = zip(places, costs, strict=True)
        return [(place, tick_said(cost, is_time=self.is_time)) for place, cost in pairs if cost >= 0]


class ResultAxis(ValueAxis):
    """Axis of what is reached; the bubbles need room beyond it, but no share is below 0 or above 1."""

    def __init__(self) -> None:
        super().__init__()
        self.is_share = False

    def ticks(self, low: float, high: float, pixel: float) -> Ticks:
        found = super().ticks(low, high, pixel)
        return [(place, words) for place, words in found if not self.is_share or 0 <= place <= 1]


class BubbleChart(QWidget):
    """Draws bubbles, their front and labels. Arrow keys lead from one to the next: by cost, and by what is reached."""

    chosen = Signal(object, bool)
    """Emitted with the index of a group, and whether it is chosen in addition to others; with None for no group."""

    pointed = Signal(object)
    """Emitted with the index of the group under the pointer; None if there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.shown = Tradeoff(bubbles=(), front=(), missing=())
        self._title = ""
        self._names: Mapping[int, str] = {}
        self._tips: Mapping[int, str] = {}
        self._fitted: object = None
        """What the range was last set for; the user may have moved it since."""
        self._moved = False
        self._marked: int | None = None
        self._current: int | None = None
        self._settling = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settling.timeout.connect(self._place)
        self.title = styled(ElidedLabel(), "muted")
        self.areas = AreaLegend()
        self.costs, self.results = CostAxis(), ResultAxis()
        self.plot = new_plot(self.results, self.costs)
        self.box = self.plot.getPlotItem().getViewBox()
        self.box.disableAutoRange()
        self.bubbles = BubbleItem(self.box)
        self.box.sigRangeChangedManually.connect(self._on_moved)
        self.box.sigRangeChanged.connect(self._follow_range)
        self.box.sigResized.connect(self.fit)
        self.plot.scene().sigMouseMoved.connect(self._on_move)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        header = spaced(QHBoxLayout(), theme.SPACE_M, theme.SPACE_M, 0, theme.SPACE_S, 0)
        fill(spaced(QVBoxLayout(self), theme.SPACE_XS), fill(header, (self.title, 1), self.areas), (self.plot, 1))

    def draw(
        self,
        shown: Tradeoff,
        *,
        title: str,
        below: str,
        is_share: bool,
        is_time: bool,
        names: Mapping[int, str],
        tips: Mapping[int, str],
    ) -> None:
        """Draw the groups' bubbles with their ``names``; the cost is called ``below``. Others than before are shown
        whole.
        """
        self.shown, self._names, self._tips, self.costs.is_time = shown, names, tips, is_time
        self._title = title
        self.setAccessibleName(f"{title}, {below}")
        colour_plot(self.plot, below, is_share=is_share)
        self.costs.setLogMode(x=spans_decades(shown.values("cost")))
        self.results.is_share = is_share
        self.results.setLogMode(y=not is_share and spans_decades(shown.values("result")))
        if (title, below, shown) != self._fitted:
            self._fitted, self._moved = (title, below, shown), False
        self.fit()

    def fit(self) -> None:
        """Show all bubbles, unless the user has moved or zoomed the chart."""
        bubbles = self.shown.bubbles
        has_line, room = len(self.shown.front) > 1, self.width() - LEAST_TITLE
        self.areas.show_areas(self._most, self._largest, has_line=has_line, room=room)
        if bubbles and not self._moved:
            size, margin = self.box.rect().size(), self._largest + theme.SPACE_S
            across, up = (self._scaled(self.shown.values(name), name) for name in ("cost", "result"))
            ranges = ends_for(across, size.width(), margin), ends_for(up, size.height(), margin)
            self.box.setRange(xRange=ranges[0], yRange=ranges[1], padding=0, disableAutoRange=False)
        self._place()

    def bring_out(self, faint: Collection[int]) -> None:
        """Draw the ``faint`` groups behind the others."""
        self.bubbles.faint = faint
        if len(self.shown.bubbles) > MOST_LABELS:
            self._settling.start()  # others have a label then
        self._ring()

    def mark(self, number: int | None) -> None:
        """Draw a ring around a group's bubble, which is pointed at here or in the table."""
        self._marked = number
        self._ring()

    @property
    def _most(self) -> float:
        return max((each.parameters for each in self.shown.bubbles), default=0.0)

    @property
    def _largest(self) -> float:
        return max(min(SHARE * min(self.width(), self.height()), LARGEST), LEAST)

    def _axis(self, name: Literal["cost", "result"]) -> Axis:
        return self.costs if name == "cost" else self.results

    def _scaled(self, values: Sequence[float], name: Literal["cost", "result"]) -> list[float]:
        """Return values as they are on an axis: on a log scale their logarithms."""
        return [math.log10(value) for value in values] if self._axis(name).logMode else list(values)

    def _follow_range(self) -> None:
        """Move the bubbles and their labels; the labels are placed anew when the range has stayed for a while."""
        self._move()
        self._settling.start()

    def _move(self) -> None:
        """Compute where the bubbles are for the shown range."""
        self.bubbles.show_placed([self._placed(each) for each in self.shown.bubbles], self.shown.front)
        self._ring()

    def _place(self) -> None:
        """Compute where the bubbles and their labels are for the shown range."""
        self._settling.stop()
        self._move()
        self.bubbles.label(self.shown.front)
        hidden = len(self.shown.bubbles) - len(self.bubbles.labels)
        self.title.setText(self._title + (f" · {plural(hidden, 'name')} not shown" if hidden else ""))

    def _placed(self, bubble: Bubble) -> Placed:
        (left, right), (low, high) = self.box.viewRange()
        size = self.box.rect().size()
        x, *across = (size.width() * (each - left) / (right - left) for each in self._scaled(bubble.cost, "cost"))
        y, *up = (size.height() * (high - each) / (high - low) for each in self._scaled(bubble.result, "result"))
        bars = (QLineF(across[0], y, across[1], y), QLineF(x, up[1], x, up[0]))
        radius = radius_of(bubble.parameters, self._most, self._largest)
        return Placed(
            number=bubble.number,
            disc=Disc(x, y, radius),
            bars=tuple(bar for bar in bars if bar.length() > 0),
            name=self._names[bubble.number],
        )

    def _ring(self) -> None:
        t = theme.current()
        pointed = {} if self._marked is None else {self._marked: t.border_strong}
        with_keys = {self._current: t.accent} if self.hasFocus() and self._current is not None else {}
        self.bubbles.ringed = pointed | with_keys
        self.bubbles.update()

    def _on_moved(self) -> None:
        self._moved = True

    def _on_move(self, position: QPointF) -> None:
        number = self.bubbles.at(self.box.mapFromScene(position))
        if number == self._marked:
            return
        self.pointed.emit(number)
        if number is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(QCursor.pos(), self._tips[number], self.plot)

    def _on_click(self, event: Any) -> None:
        """Choose what is clicked; a double click shows all bubbles again."""
        number = self.bubbles.at(self.box.mapFromScene(event.scenePos()))
        if event.double():
            self._moved = False
            self.fit()
        else:
            self._choose(number, extend=bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def _choose(self, number: int | None, *, extend: bool) -> None:
        self._current = number
        self.chosen.emit(number, extend)
        self._ring()

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the next bubble, the cheapest or the most expensive; with Shift in addition to others."""
        name, step = STEPS.get(event.key(), ("cost", 0))
        is_end = event.key() in (Key.Key_Home, Key.Key_End)
        ordered = sorted(self.shown.bubbles, key=lambda each: getattr(each, name).mean)
        numbers = [each.number for each in ordered]
        if not numbers or not (step or is_end):
            super().keyPressEvent(event)
            return
        if is_end or self._current not in numbers:
            place = 0 if event.key() == Key.Key_Home or step > 0 else len(numbers) - 1
        else:
            place = min(max(numbers.index(self._current) + step, 0), len(numbers) - 1)
        self._choose(numbers[place], extend=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def focusInEvent(self, event: object) -> None:
        """Show where the keys go."""
        self._ring()

    def focusOutEvent(self, event: object) -> None:
        self._ring()

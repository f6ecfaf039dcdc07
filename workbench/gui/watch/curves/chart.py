"""One chart of the curves panel, drawn by pyqtgraph with only a few points per pixel column."""

import math
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtGui import QFont, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui.watch.curves.axes import EpochAxis, StepAxis, ValueAxis, half_line
from workbench.gui.watch.curves.change_lines import ChangeLines
from workbench.gui.watch.curves.dots import Dots
from workbench.gui.watch.curves.framed_plot import FramedPlot
from workbench.gui.watch.curves.legend import Entry, Legend
from workbench.gui.watch.curves.line import Line, StraightLine
from workbench.gui.watch.curves.presenter import Chart, CurvesPresenter
from workbench.gui.watch.curves.series import Floats, Series
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, spaced, styled
from workbench.spec.quantities import percent, significant

TRAIN_COLOUR, VALIDATION_COLOUR = 0, 1
BESIDE: dict[str, Any] = {"anchors": [(0, 0.5), (1, 0.5)], "fill": (0, 0, 0, 0)}
"""A label beside a vertical line, on the side with more space."""

HIGH, LOW = 0.9, 0.1
"""Height of the labels on the line, where they avoid the curve: a loss falls, a measure rises."""

MOST_DOTS = 100
"""With more epochs than this, the validation is drawn as a line without dots, which would hide it."""

EPOCHS_HEIGHT = 26
ROOM_FOR_EPOCHS = 130
"""A chart lower than this has no axis of epochs."""

ROOM_FOR_BEST = 380
"""A chart narrower than this does not show the best epoch."""

SMALLEST_ON_LOG = 1e-12

NOTHING = Series()

BEHIND, ON_TOP = -1, 2
"""Behind curves and dots; over these and the labels of changes."""


class ChartView(QWidget):
    """A chart with a header that shows each curve's latest value, or its value under the pointer."""

    pointed = Signal(object)
    """Emitted with the step under the pointer; None when it has left."""

    zoomed = Signal(float, float)
    """Emitted with the steps at the chart's ends when the user has moved or zoomed it."""

    def __init__(self, presenter: CurvesPresenter, chart: Chart) -> None:
        super().__init__()
        self.presenter = presenter
        self.chart = chart
        self.log_y = False
        self.following = True
        self.whole = False
        """Whether outliers are visible too; on a log scale they always are."""
        self._pointer: float | None = None
        self._parts: dict[Line, tuple[Series, int, float, float, int, bool]] = {}
        """What each line shows: a series, its length, the ends and columns of the drawn part, and whether it is log."""
        self._marks: tuple[str, int, int | None, bool] = ("", 0, None, False)
        self._num_lost = 0
        self.legend = Legend()
        self.epochs = EpochAxis(presenter)
        axes = {"left": ValueAxis(), "bottom": StepAxis(), "top": self.epochs}
        self.plot = FramedPlot(axisItems=axes, enableMenu=False)
        self._make_items()
        self.plot.setAccessibleName(chart.title)
        self.title = styled(QLabel(chart.title), "muted")
        header = spaced(QHBoxLayout(), theme.SPACE_S, theme.SPACE_M, 0, theme.SPACE_S, 0)
        fill(spaced(QVBoxLayout(self), 0), fill(header, self.title, (self.legend, 1)), self.plot)
        theme.changed.connect(self.recolour)
        self.recolour()

    def _make_items(self) -> None:
        item = self.plot.getPlotItem()
        self.box = item.getViewBox()
        # Both charts have the lines, but only one needs the labels.
        self.changes = ChangeLines(item, speak=self.chart is self.presenter.loss)
        # pyqtgraph always creates this menu, with a window that has no owner.
        item.ctrlMenu.setParent(self.plot, item.ctrlMenu.windowFlags())
        self.box.disableAutoRange()
        self.box.sigRangeChangedManually.connect(self._on_zoom)
        # Left to the next repaint, this would cause another one after it.
        self.box.sigRangeChanged.connect(self.box.updateMatrix)
        self.box.sigXRangeChanged.connect(self._on_range)
        self.box.sigResized.connect(self._on_range)
        item.hideButtons()
        item.showAxis("top")
        self.axes = {side: item.getAxis(side) for side in ("left", "bottom", "top")}
        self.axes["top"].setHeight(EPOCHS_HEIGHT)
        self.raw = Line(skipFiniteCheck=True)
        self.smooth = Line(skipFiniteCheck=True, antialias=True)
        self.validation = Line(skipFiniteCheck=True, antialias=True)
        self.dots = Dots(size=5)
        self.best = Dots(size=11, symbol="d")
        self.lost = Dots(size=9, symbol="t")
        self.failure = StraightLine(angle=90)
        self.crosshair = StraightLine(angle=90, label="", labelOpts=BESIDE)
        self.crosshair.setZValue(ON_TOP)
        lines, hidden = (
            (self.raw, self.smooth, self.validation),
            (self.dots, self.best, self.lost, self.failure, self.crosshair),
        )
        for each in (*lines, *hidden):
            item.addItem(each, ignoreBounds=True)
        for each in hidden:
            each.hide()
        self.plot.scene().sigMouseMoved.connect(self._on_move)

    def recolour(self) -> None:
        """Use the theme's colours."""
        t = theme.current()
        train, validation = t.curves[TRAIN_COLOUR], t.curves[VALIDATION_COLOUR]
        self.plot.setBackground(theme.colour(t.surface))
        small = QFont(theme.font(theme.TEXT_SMALL))
        for side, axis in self.axes.items():
            axis.setTextPen(theme.colour(t.text_faint))
            axis.setPen(theme.colour(t.surface if side == "top" else t.border))
            axis.setTickPen(theme.colour(t.grid))
            axis.setGrid(255 if side != "bottom" else False)
            axis.setZValue(BEHIND)
        self.smooth.setPen(_pen(train))
        self.validation.setPen(_pen(validation))
        self.dots.setPen(None)
        self.dots.setBrush(theme.colour(validation))
        self.best.setPen(_pen(validation))
        self.best.setBrush(theme.colour(t.surface))
        self.lost.setPen(None)
        self.lost.setBrush(theme.colour(t.danger))
        self.failure.setPen(_pen(t.danger))
        self.crosshair.setPen(_pen(t.border_strong))
        self.crosshair.label.setColor(theme.colour(t.text_muted))
        self.crosshair.label.setFont(small)
        self.crosshair.label.fill.setColor(theme.colour(t.surface, 0.85))
        self._raw_alpha = 0.0
        self._colour_raw()
        self.changes.recolour()
        self._write_legend()

    def _colour_raw(self) -> None:
        alpha = 0.3 if self.chart.train.smooth is not None else 1.0
        if alpha != self._raw_alpha:
            self._raw_alpha = alpha
            self.raw.setPen(_pen(theme.current().curves[TRAIN_COLOUR], alpha))

    def refresh(self) -> None:
        """Draw the presenter's current data."""
        self._name()
        if self.following:
            self._fit()
        self._draw()
        self._write_legend()

    def _name(self) -> None:
        """Update the title and scale if another measure is shown."""
        scale = 100 if self.chart.is_share else 1
        if self.title.text() != self.chart.title or self.axes["left"].scale != scale:
            self.title.setText(self.chart.title)
            self.plot.setAccessibleName(self.chart.title)
            self.axes["left"].setScale(scale)

    def fit(self, *, whole: bool = False) -> None:
        """Show the whole run, and keep following it; outliers of the loss are included only if ``whole``."""
        self.following, self.whole = True, whole
        self.refresh()

    def zoom_to(self, left: float, right: float) -> None:
        """Show the steps between these, and no longer follow the run."""
        self.following = False
        self.box.setXRange(left, right, padding=0)
        self._draw()

    @property
    def is_cut(self) -> bool:
        """Whether there are outliers beyond the upper edge."""
        return self.following and self._may_cut and self.chart.usual_bounds != self.chart.bounds

    @property
    def _may_cut(self) -> bool:
        return not (self.whole or self.log_y or self.chart.is_share)

    def set_log(self, log_y: bool) -> None:
        """Switch the vertical axis to a log or a linear scale."""
        self.log_y = log_y
        self.axes["left"].setLogMode(y=log_y)
        self.fit()

    def point_at(self, step: float | None) -> None:
        """Show the cursor at a step, with the values there; None hides it."""
        self._pointer = step
        self.crosshair.setVisible(step is not None)
        if step is not None:
            self.crosshair.setPos(step)
            below = HIGH - self.changes.depth / max(self.box.height(), 1.0)
            self.crosshair.label.setPosition(below if self.chart is self.presenter.loss else LOW)
            self.crosshair.label.setFormat(self.presenter.place(step, near=self.changes.reach))
        self._write_legend()

    def _fit(self) -> None:
        right = _right_end(self.presenter.last_step, self.presenter.num_steps)
        bounds = self.chart.usual_bounds if self._may_cut else self.chart.bounds
        low, high = _ends(bounds, self.log_y, is_share=self.chart.is_share)
        if self.box.viewRange() != [[0, right], [low, high]]:
            self.box.setRange(xRange=(0, right), yRange=(low, high), padding=0, disableAutoRange=False)

    def _draw(self) -> None:
        self._colour_raw()
        train = self.chart.train
        self._set_line(self.raw, train.raw)
        self._set_line(self.smooth, train.smooth or NOTHING)
        self._set_line(self.validation, self.chart.validation)
        marks = (self.chart.title, len(self.chart.validation), self.presenter.best_step, self.log_y)
        if marks != self._marks:  # they change once an epoch, and setting them costs as much as the lines
            self._marks = marks
            self._draw_marks()
        self._draw_losses()
        self.changes.show(self.presenter.changes)
        self.epochs.renew()

    def _draw_marks(self) -> None:
        """Draw a dot for each validation, and a diamond on the best."""
        x, y = self.chart.validation.x, self._scaled(self.chart.validation.y)
        _show_points(self.dots, *((x, y) if len(x) <= MOST_DOTS else (x[:0], y[:0])))
        best = x == self.presenter.best_step
        _show_points(self.best, x[best], y[best])

    def _draw_losses(self) -> None:
        """Draw red triangles at the upper edge for values that were not finite, and a red line where the run failed."""
        lost = np.concatenate([self.chart.train.raw.lost, self.chart.validation.lost])[-1000:]
        if len(lost) or self._num_lost:
            self._num_lost = len(lost)
            _show_points(self.lost, lost, np.full(len(lost), self.box.viewRange()[1][1]))
        failure = self.presenter.failure
        self.failure.setVisible(failure is not None)
        if failure is not None:
            self.failure.setPos(failure.step)

    def _set_line(self, item: Line, series: Series) -> None:
        """Draw the shown part of a series, unless the same is drawn already."""
        (left, right), _ = self.box.viewRange()
        part = (series, len(series), left, right, max(int(self.box.width()), 100), self.log_y)
        if self._parts.get(item) != part:
            self._parts[item] = part
            x, y = series.outline(*part[2:5])
            item.setData(x, self._scaled(y))

    def _scaled(self, y: Floats) -> Floats:
        return np.log10(np.maximum(y, SMALLEST_ON_LOG)) if self.log_y else y

    def _write_legend(self) -> None:
        t = theme.current()
        x = math.inf if self._pointer is None else self._pointer
        entries = []
        for name, colour, series in (
            ("train", t.curves[TRAIN_COLOUR], self.chart.train.shown),
            ("val", t.curves[VALIDATION_COLOUR], self.chart.validation),
        ):
            point = series.nearest(x)
            if point is not None:
                entries.append(Entry(name=name, value=self._say(point[1]), colour=colour))
        if self._pointer is None and self.presenter.best_epoch is not None and self.width() >= ROOM_FOR_BEST:
            entries.append(Entry(name=f"best at epoch {self.presenter.best_epoch}"))
        self.legend.show_entries(entries or [Entry(name=self.chart.absence)])

    def _say(self, value: float) -> str:
        if self.chart.is_share:
            return percent(value)
        if self.chart.unit:
            return f"{significant(value)} {self.chart.unit}"
        if 10 <= abs(value) < 1000:
            return f"{value:#.5g}"
        return f"{value:.4f}" if value == 0 or 1e-3 <= abs(value) < 10 else significant(value)

    def _on_range(self) -> None:
        self.changes.say()
        if not self.following:
            self._draw()

    def _on_zoom(self) -> None:
        self.zoomed.emit(*self.box.viewRange()[0])

    def _on_move(self, position: object) -> None:
        inside = self.box.sceneBoundingRect().contains(position)
        x = self.box.mapSceneToView(position).x() if inside else None
        self.plot.setToolTip("" if x is None else self.changes.told_at(x))
        step = None if x is None else round(x)
        self.pointed.emit(step if step is not None and 0 < step <= self.presenter.last_step else None)

    def resizeEvent(self, event: object) -> None:
        """Hide the axis of epochs in a low chart, which needs the room, but for half of the uppermost number."""
        item, has_epochs = self.plot.getPlotItem(), self.height() >= ROOM_FOR_EPOCHS
        item.showAxis("top", has_epochs)
        self.plot.room_above = 0 if has_epochs else half_line()
        self.plot.keep_whole()
        self._write_legend()

    def leaveEvent(self, event: object) -> None:
        self.pointed.emit(None)


def _pen(colour: str, alpha: float = 1.0) -> QPen:
    """Return a pen one pixel wide: wider pens make each repaint five times as expensive."""
    return QPen(pg.mkPen(theme.colour(colour, alpha), width=1))


def _right_end(last_step: int, num_steps: int) -> float:
    """Return the right end of the axis, which grows in leaps so that the chart stands still in between."""
    end = 20.0
    while end < last_step:
        end *= 1.5
    if num_steps:
        end = max(min(end, float(num_steps)), float(last_step))
    return 1.02 * end


def _show_points(item: Dots, x: Floats, y: Floats) -> None:
    """Show points, or hide the item if there are none: three empty ones would take a fifth of a chart's repaint."""
    item.setData(x, y)
    item.setVisible(len(x) > 0)


def _ends(bounds: tuple[float, float] | None, log_y: bool, *, is_share: bool) -> tuple[float, float]:
    """Return the vertical axis's ends, in its own scale, rounded so that the chart stands still."""
    low, high = bounds or ((0.1, 1.0) if log_y else (0.0, 1.0))
    if log_y:
        low, high = (math.log10(max(end, SMALLEST_ON_LOG)) for end in (low, high))
        return math.floor(4 * low) / 4 - 0.05, math.ceil(4 * high) / 4 + 0.05
    if is_share:
        return math.floor(10 * low) / 10, 1.02
    unit = 10 ** math.floor(math.log10(max(high - min(low, 0.0), 1e-9))) / 2
    return math.floor(min(low, 0.0) / unit) * unit, math.ceil(high / unit + 0.05) * unit

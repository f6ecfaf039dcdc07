"""The curves of a classification head: ROC and precision–recall of a class, and how far confidence can be trusted."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from workbench.gui.mistakes.binary_charts import WHOLE, PrecisionRecallChart, RocChart
from workbench.gui.mistakes.charts import CountAxis, SmallChart
from workbench.gui.mistakes.classes.presenter import ClassesPresenter
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.watch.curves.axes import ValueAxis
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import choice, fill, spaced
from workbench.session.views.mistakes.binary import Curves
from workbench.session.views.mistakes.calibration import NUM_BINS
from workbench.spec.quantities import percent

EDGES = np.linspace(0, 1, NUM_BINS + 1)


class CurvesTab(QWidget):
    """Shows the curves of the chosen class, against all others; they are computed in the background."""

    def __init__(self, presenter: ClassesPresenter, pump: EventPump) -> None:
        super().__init__()
        self._presenter = presenter
        self._newest = Newest(pump)
        self.classes = choice("Class to show the curves of, against all others", 18)
        self.classes.activated.connect(self._ask)
        self.roc, self.precision_recall = RocChart(), PrecisionRecallChart()
        self.reliability, self.confidences = Reliability(presenter), Confidences(presenter)
        grid = QGridLayout()
        grid.setSpacing(theme.SPACE_S)
        for place, chart in enumerate((self.roc, self.precision_recall, self.reliability, self.confidences)):
            grid.addWidget(chart, place // 2, place % 2)
        fill(spaced(QVBoxLayout(self), theme.SPACE_S, 0, theme.SPACE_S), self.classes, (grid, 1))

    def show_answer(self) -> None:
        """Show the newest answer; the curves before stay until the new ones are computed."""
        names = self._presenter.found.class_names
        if [self.classes.itemText(row) for row in range(self.classes.count())] != list(names):
            self.classes.clear()
            self.classes.addItems(names)
            self.classes.setCurrentIndex(self._presenter.chosen.of_class or 0)
            for chart in (self.roc, self.precision_recall):
                chart.show_curves(None, missing="computing…")
        self.reliability.draw()
        self.confidences.draw()
        self._ask()

    def follow(self, label: int) -> None:
        """Show the curves of a class that was chosen elsewhere, once the tab is seen."""
        self.classes.setCurrentIndex(label)
        if self.isVisible():
            self._ask()

    def _ask(self) -> None:
        found, label = self._presenter.found, self.classes.currentIndex()
        self._newest.background("curves of a class", lambda: found.curves(label), self._take, self._fail)

    def _take(self, curves: Curves | None) -> None:
        for chart in (self.roc, self.precision_recall):
            chart.show_curves(curves, missing="not shown for so many classes")

    def _fail(self, error: Exception) -> None:
        raise error


class _OfBins(SmallChart):
    """A chart with a bar for each bin of confidence, which is described under the pointer."""

    def __init__(self, title: str, presenter: ClassesPresenter, left: type[ValueAxis] = ValueAxis) -> None:
        super().__init__(title, left)
        self._title = title
        self._presenter = presenter
        self.item.getAxis("bottom").setScale(100)
        self.pointed.connect(self._tell)

    def add_bars(self, heights: object) -> None:
        tokens = theme.current()
        pen, brush = pg.mkPen(theme.colour(tokens.surface)), theme.colour(tokens.curves[0])
        self.item.addItem(pg.BarGraphItem(x0=EDGES[:-1], x1=EDGES[1:], height=heights, brush=brush, pen=pen))

    def _tell(self, place: tuple[float, float] | None) -> None:
        self.tell("" if place is None or not 0 <= place[0] < 1 else self._presenter.bin_tip(int(place[0] * NUM_BINS)))


class Reliability(_OfBins):
    """The share that is correct, by confidence: on the diagonal, the network is as often correct as it is confident."""

    def __init__(self, presenter: ClassesPresenter) -> None:
        super().__init__("Reliability", presenter)

    def draw(self) -> None:
        calibration = self._presenter.found.calibration
        self.title.setText(f"{self._title} · ECE {percent(calibration.error)}")
        self.begin("confidence, %", WHOLE, WHOLE, left_is_share=True)
        self.add_bars(np.nan_to_num(calibration.accuracy))
        self.add_line(np.array(WHOLE), np.array(WHOLE), theme.current().text_muted)


class Confidences(_OfBins):
    """How many pictures are predicted with which confidence."""

    def __init__(self, presenter: ClassesPresenter) -> None:
        super().__init__("Number by confidence", presenter, CountAxis)

    def draw(self) -> None:
        counts = self._presenter.found.calibration.counts
        self.begin("confidence, %", WHOLE, (0, int(counts.max())))
        self.add_bars(counts)

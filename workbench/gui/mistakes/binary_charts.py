"""The ROC and the precision–recall curve of a yes or no, with the point of one threshold on both."""

import math

import numpy as np
from numpy.typing import NDArray

from workbench.gui.mistakes.charts import SmallChart
from workbench.gui.watch.curves.dots import Dots
from workbench.gui.widgets import theme
from workbench.session.views.mistakes.binary import Counts, Curves
from workbench.spec.quantities import percent

WHOLE = (0.0, 1.0)
MARK = 8
"""Diameter in pixels of the point on the curve."""


class BinaryChart(SmallChart):
    """A curve in the unit square, and the point of a threshold on it. It is empty if there are not both kinds."""

    below, area = "", ""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self._title = title
        self._curves: Curves | None = None
        self._missing = ""
        self._counts: Counts | None = None
        self._point = Dots(size=MARK, pen=None)
        self.item.getAxis("bottom").setScale(100)

    def show_curves(self, curves: Curves | None, counts: Counts | None = None, *, missing: str = "") -> None:
        """Draw the curve, and the point of these ``counts``; or say why the curve is ``missing``."""
        self._curves, self._counts, self._missing = curves, counts, missing
        self.draw()

    def draw(self) -> None:
        self.begin(self.below, WHOLE, WHOLE, left_is_share=True)
        if self._curves is None:
            self.title.setText(f"{self._title} · {self._missing}" if self._missing else self._title)
            return
        area = self.area_of(self._curves)
        self.title.setText(f"{self._title} · {self.area} {percent(area)}")
        self.add_baseline()
        self.add_line(*self.line_of(self._curves), theme.current().curves[0])
        self.item.addItem(self._point)
        self._place_point()

    def _place_point(self) -> None:
        places = [] if self._counts is None else [self.point_of(self._counts)]
        shown = [place for place in places if not any(map(math.isnan, place))]
        x, y = zip(*shown, strict=True) if shown else ((), ())
        self._point.setData(list(x), list(y), brush=theme.colour(theme.current().curves[0]))

    def add_baseline(self) -> None:
        """Draw what guessing reaches, if that is a curve of its own."""

    def area_of(self, curves: Curves) -> float:
        """Return the area under the curve."""
        raise NotImplementedError

    def line_of(self, curves: Curves) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the curve."""
        raise NotImplementedError

    def point_of(self, counts: Counts) -> tuple[float, float]:
        """Return where a threshold is on it."""
        raise NotImplementedError


class RocChart(BinaryChart):
    """True positive rate against false positive rate; guessing is on the diagonal."""

    below, area = "false positive rate, %", "AUC"

    def __init__(self) -> None:
        super().__init__("ROC")

    def add_baseline(self) -> None:
        self.add_line(np.array(WHOLE), np.array(WHOLE), theme.current().border_strong)

    def area_of(self, curves: Curves) -> float:
        return curves.auc

    def line_of(self, curves: Curves) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return curves.false_positive_rate, curves.true_positive_rate

    def point_of(self, counts: Counts) -> tuple[float, float]:
        return counts.false_positive_rate, counts.recall


class PrecisionRecallChart(BinaryChart):
    """Precision against recall."""

    below, area = "recall, %", "AP"

    def __init__(self) -> None:
        super().__init__("Precision–recall")

    def area_of(self, curves: Curves) -> float:
        return curves.average_precision

    def line_of(self, curves: Curves) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return curves.recall, curves.precision

    def point_of(self, counts: Counts) -> tuple[float, float]:
        return counts.recall, counts.precision

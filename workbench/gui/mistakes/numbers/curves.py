"""How the errors are distributed, and how many of them are small."""

from itertools import pairwise

import pyqtgraph as pg

from workbench.gui.mistakes.charts import CountAxis, SmallChart
from workbench.gui.mistakes.numbers.presenter import NumbersPresenter
from workbench.gui.watch.curves.dots import Dots
from workbench.gui.widgets import theme
from workbench.spec.quantities import percent

PALE = 0.45
"""Opacity of the bars that are not chosen."""

MARK = 8
"""Diameter in pixels of the dot on the curve."""


class Distribution(SmallChart):
    """A bar for each range of signed errors, which a click chooses; a line where there is no error."""

    def __init__(self, presenter: NumbersPresenter) -> None:
        super().__init__("Errors: predicted − actual", CountAxis)
        self._presenter = presenter
        self.pointed.connect(self._tell)

    def draw(self) -> None:
        """Draw the bars of the newest answer, those of the choice stronger."""
        tokens, unit = theme.current(), self._presenter.found.column.unit
        counts, edges = self._presenter.distribution
        self.item.getAxis("bottom").is_whole = self._presenter.has_whole_errors
        self.begin(f"error, {unit}" if unit else "error", (edges[0], edges[-1]), (0, max(int(counts.max()), 1)))
        brushes = [
            theme.colour(tokens.curves[0], 1 if self._presenter.is_chosen(*ends) else PALE)
            for ends in pairwise(edges.tolist())
        ]
        self.item.addItem(
            pg.BarGraphItem(
                x0=edges[:-1], x1=edges[1:], height=counts, brushes=brushes, pen=pg.mkPen(theme.colour(tokens.surface))
            )
        )
        self.add_upright(0, tokens.text_muted)

    def _tell(self, place: tuple[float, float] | None) -> None:
        self.tell("" if place is None else self._presenter.bar_tip(place[0]))


class CumulativeScores(SmallChart):
    """The share of pictures with at most some error, for all errors, as in age estimation (Geng et al. 2007)."""

    def __init__(self, presenter: NumbersPresenter) -> None:
        super().__init__("Cumulative score")
        self._presenter = presenter
        self.pointed.connect(self._tell)

    def draw(self) -> None:
        """Draw the curve of the newest answer, and mark the score that is named."""
        tokens, errors, unit = theme.current(), self._presenter.errors, self._presenter.found.column.unit
        x, y = self._presenter.cumulative
        self.begin(
            f"error at most, {unit}" if unit else "error at most", (0, max(x[-1], 1e-9)), (0, 1), left_is_share=True
        )
        self.add_upright(errors.marked, tokens.border_strong)
        self.add_line(x, y, tokens.curves[0])
        self.item.addItem(
            Dots(
                x=[errors.marked],
                y=[errors.score(errors.marked)],
                size=MARK,
                pen=None,
                brush=theme.colour(tokens.curves[0]),
            )
        )
        self.title.setText(f"Cumulative score · CS{errors.marked:g} {percent(errors.score(errors.marked))}")

    def _tell(self, place: tuple[float, float] | None) -> None:
        self.tell("" if place is None or place[0] < 0 else self._presenter.score_tip(place[0]))

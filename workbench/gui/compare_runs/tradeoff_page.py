"""Results against cost: the chart of bubbles, what is chosen for its axes, and the runs that are not in it."""

import html

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.gui.compare_runs.bubbles import BubbleChart
from workbench.gui.compare_runs.presenter import ComparedRuns
from workbench.gui.compare_runs.tradeoff import TIMES, CostName, Result, told
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import EmptyState, breakable, choice, fill, spaced, stacked, styled
from workbench.spec.words import first_few
from workbench.training.results.measured import title_of

RESULT_LETTERS, COST_LETTERS = 18, 11
"""Width of the boxes."""

MOST_MISSING = 2
"""Runs that are not shown and are named below the chart; the tooltip names all of them."""


class TradeoffPage(QWidget):
    """The chart, and the two boxes for its axes, which the window places."""

    changed = Signal()
    """Emitted when another result or cost is chosen."""

    def __init__(self) -> None:
        super().__init__()
        self.chart = BubbleChart()
        self.missing = styled(QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText), "muted")
        self.missing.setContentsMargins(theme.SPACE_M, 0, theme.SPACE_M, 0)
        self.result = choice("What the runs reach: upward", RESULT_LETTERS, name="Result")
        self.cost = choice("What they cost: to the right", COST_LETTERS, name="Cost")
        for box in (self.result, self.cost):
            box.activated.connect(self.changed)
        self.empty = EmptyState(
            "chart", "None of the runs can be shown", "Choose another result or cost, or other runs."
        )
        self._pages = stacked(self.chart, self.empty)
        fill(spaced(QVBoxLayout(self), theme.SPACE_XS), (self._pages, 1), self.missing)

    def offer(self, presenter: ComparedRuns) -> None:
        """Fill the boxes with what the runs have."""
        for result in presenter.results:
            self.result.addItem(result.words, result)
        for cost, words in presenter.cost_names.items():
            self.cost.addItem(words, cost)

    @property
    def axes(self) -> tuple[Result, CostName]:
        """What is chosen for the axes."""
        return self.result.currentData(), self.cost.currentData()

    def draw(self, presenter: ComparedRuns) -> None:
        result, cost = self.axes
        shown, below = presenter.tradeoff(result, cost), self.cost.currentText()
        is_share = title_of(result.metric).is_share
        tips = {
            each.number: _table(
                _heading(presenter, each.number), told(each, each.number in shown.front, result, cost, below)
            )
            for each in shown.bubbles
        }
        self.chart.draw(
            shown,
            title=result.words + (", %" if is_share else ""),
            below=below,
            is_share=is_share,
            is_time=cost in TIMES,
            names=dict(enumerate(presenter.names)),
            tips=tips,
        )
        lines = [f"{each.run} ({each.why})" for each in shown.missing]
        self._pages.setCurrentWidget(self.chart if shown.bubbles else self.empty)
        self.missing.setText(breakable(f"Not shown: {', '.join(first_few(lines, MOST_MISSING))}"))
        self.missing.setToolTip("\n".join(lines))
        self.missing.setVisible(bool(lines))


def _heading(presenter: ComparedRuns, number: int) -> str:
    group = presenter.groups[number]
    return presenter.names[number] + (f" ({group.count()})" if len(group.runs) > 1 else "")


def _table(name: str, rows: tuple[tuple[str, str], ...]) -> str:
    """Return names and values as a table in HTML, below a heading."""
    cells = (
        f"<tr><td style='padding-right:12px; white-space:pre'>{html.escape(words)}</td>"
        f"<td style='white-space:pre'>{html.escape(value)}</td></tr>"
        for words, value in rows
    )
    return f"<b>{html.escape(name)}</b><table>{''.join(cells)}</table>"

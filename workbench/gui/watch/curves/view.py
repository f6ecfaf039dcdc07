"""The curves panel: the loss and a measure side by side, with smoothing, a log scale, and all points as CSV."""

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QHBoxLayout, QWidget

from workbench.events import AnyEvent
from workbench.gui.dialogs.file_dialogs import ask_to_save
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.run_states import ENDED
from workbench.gui.watch.curves.chart import ChartView
from workbench.gui.watch.curves.presenter import SMOOTHING_CHOICES, CurvesPresenter
from workbench.gui.watch.panel import WatchPanel
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import choice, on_surface, spaced, switch, tool_button
from workbench.gui.widgets.widget_picture import PICTURES, rendered
from workbench.session.running.run import Run
from workbench.training.results.measured import called

MOST_LETTERS = 12
"""Letters of a measure's name that fit into the box; the open list shows all of it."""


class CurvesPanel(WatchPanel):
    """Shows a run's loss and measures."""

    heading = "Curves"
    icon = "chart"
    no_run = ("No run yet", "During a run, loss and accuracy are plotted here, step by step.")
    share = 600

    def __init__(self, pump: EventPump) -> None:
        super().__init__(pump)
        self.presenter = CurvesPresenter()
        self._next_chart = 0
        self.charts = tuple(ChartView(self.presenter, chart) for chart in self.presenter.charts)
        self._behind: set[ChartView] = set()
        """Charts that do not show all events yet."""
        content = on_surface(QWidget())
        row = spaced(QHBoxLayout(content), theme.SPACE_S, right=theme.SPACE_XS, bottom=theme.SPACE_XS)
        for chart in self.charts:
            row.addWidget(chart, 1)
            chart.pointed.connect(self._point_at)
            chart.zoomed.connect(self._on_zoom)
        self._drawn = content
        self.set_content(content)
        self._make_tools()

    def _make_tools(self) -> None:
        self.caption.setMinimumWidth(0)  # there is none, and the boxes need its room
        tip = "A moving average over this many steps; the raw curve stays visible, faintly, behind it"
        self.smoothing = choice(tip, 12, name="Smoothing")
        for steps in SMOOTHING_CHOICES:
            self.smoothing.addItem(f"Smooth {steps} steps" if steps else "No smoothing", steps)
        self.smoothing.setCurrentIndex(self.smoothing.findData(self.presenter.smoothing_steps))
        self.smoothing.currentIndexChanged.connect(lambda: self._smooth_over(self.smoothing.currentData()))
        self.log = switch("Log", "Logarithmic scale for the loss")
        self.log.toggled.connect(self.charts[0].set_log)
        self.log.toggled.connect(self._offer_fit)
        self.fit = tool_button("fit", "Show the whole run again; press once more to include outliers")
        self.fit.clicked.connect(self._fit)
        self.fit.setEnabled(False)
        self.save = tool_button("save", "Save all points as CSV, or the curves as PNG or SVG…")
        self.save.clicked.connect(self._save)
        self.measure = choice("The measure plotted beside the loss", 0, name="Measure beside the loss")
        self.measure.activated.connect(lambda: self._choose(self.measure.currentData()))
        self.measure.hide()
        for tool in (self.measure, self.smoothing, self.log, self.fit):
            self.add_tool(tool)
        self.add_tool(self.save, of_content=True)

    def begin(self, run: Run) -> None:
        self.presenter.begin(run.experiment)
        self._offer_measures()
        self._fit()
        self.empty.say("No step yet", "The run is being prepared. Curves begin with its first step.")
        self.show_content(False)

    def clear(self) -> None:
        self.presenter.begin()
        self._offer_measures()
        self._fit()
        self.empty.say(*self.no_run)
        self.show_content(False)

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the run's next events.

        While it is running, the charts are drawn in turn to keep the window responsive.
        """
        if events:
            self._take(events, state)
        if state != "running":
            self._draw(*self._behind)
            return
        self._next_chart = (self._next_chart + 1) % len(self.charts)
        if self.charts[self._next_chart] in self._behind:  # even without new events, as a step may take a minute
            self._draw(self.charts[self._next_chart])

    def _take(self, events: Sequence[AnyEvent], state: str) -> None:
        if state in ENDED:
            self.empty.say("No curves", "The run ended before its first step.")
        self.presenter.feed(events)
        self._offer_measures()
        self.show_content(not self.presenter.is_empty)
        self._behind.update(self.charts)

    def _draw(self, *charts: ChartView) -> None:
        for chart in charts:
            chart.refresh()
            self._behind.discard(chart)
        self._offer_fit()
        self.pump.end_turn()

    def _offer_measures(self) -> None:
        """Fill the list of measures, shown if there is a choice."""
        names = list(self.presenter.names)
        if names != [self.measure.itemData(place) for place in range(self.measure.count())]:
            self.measure.clear()
            for name in names:
                self.measure.addItem(called(name), name)
            if self.presenter.chosen in names:
                self.measure.setCurrentIndex(names.index(self.presenter.chosen))
            # Qt computes a list's width once, when first shown, and another run has other measures.
            longest = max((len(self.measure.itemText(place)) for place in range(len(names))), default=0)
            self.measure.setMinimumContentsLength(min(longest, MOST_LETTERS))
            self.measure.setVisible(len(names) > 1)

    def _choose(self, metric: str) -> None:
        self.presenter.choose(metric)
        self._each(ChartView.fit)

    def _smooth_over(self, steps: int) -> None:
        self.presenter.smooth_over(steps)
        self._each(ChartView.refresh)

    def _fit(self) -> None:
        """Return from a zoomed chart to the usual view; press again to include outliers, and again to return."""
        whole = any(chart.is_cut for chart in self.charts)
        for chart in self.charts:
            chart.fit(whole=whole)
        self._offer_fit()

    def _offer_fit(self) -> None:
        self.fit.setEnabled(any(chart.is_cut or chart.whole or not chart.following for chart in self.charts))

    def _on_zoom(self, left: float, right: float) -> None:
        # pyqtgraph's link of two axes would repaint both charts in one turn whenever they grow.
        for chart in self.charts:
            chart.zoom_to(left, right)
        self.fit.setEnabled(True)

    def _point_at(self, step: int | None) -> None:
        for chart in self.charts:
            chart.point_at(step)

    def _save(self) -> None:
        path = ask_to_save(self, "Save the curves", "curves.csv", {".csv": "All points as CSV", **PICTURES})
        if path is None:
            return
        if path.suffix in PICTURES:
            picture = rendered(self._drawn, path.suffix)
            self.saving.emit(path, lambda: picture)
        else:
            points = self.presenter.points()
            self.saving.emit(path, lambda: points.csv().encode())

    def _each(self, act: Callable[[ChartView], None]) -> None:
        for chart in self.charts:
            act(chart)

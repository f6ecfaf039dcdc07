"""The page of heads of labels: the curves of the chosen label with its threshold, and beside them all labels."""

from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSlider, QVBoxLayout

from workbench.gui.mistakes.binary_charts import PrecisionRecallChart, RocChart
from workbench.gui.mistakes.labels.label_table import LabelTable
from workbench.gui.mistakes.labels.presenter import QUARTERS, LabelsPresenter, Quarter
from workbench.gui.mistakes.page import Page
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import ElidedLabel, fill, named, spaced

STEPS = 1000
"""Of the slider, over all probabilities."""


class LabelsPage(Page):
    """A label is chosen in the table, its threshold with the slider, and what is listed by a button with its number."""

    presenter: LabelsPresenter

    def __init__(self, window: MistakesPresenter, pump: EventPump) -> None:
        super().__init__()
        self.presenter = LabelsPresenter(window)
        self.roc, self.precision_recall = RocChart(), PrecisionRecallChart()
        self.words = ElidedLabel(Qt.TextElideMode.ElideMiddle)  # the threshold is at its end
        self.slider = named(QSlider(Qt.Orientation.Horizontal), "Threshold")
        self.slider.setRange(1, STEPS)
        self.slider.setPageStep(STEPS // 20)
        self.slider.setToolTip("Probability from which on the label is predicted")
        self.slider.valueChanged.connect(self._choose_threshold)
        self.quarters: dict[Quarter, QPushButton] = {}
        grid = QGridLayout()
        grid.setSpacing(theme.SPACE_S)
        for place, quarter in enumerate(QUARTERS):
            button = self.quarters[quarter] = QPushButton()
            button.setCheckable(True)
            button.clicked.connect(partial(self._choose_quarter, quarter))
            grid.addWidget(button, place // 2, place % 2)
        self.aside = self.labels = LabelTable(self.presenter)
        self.labels.chosen.connect(self._choose_label)
        charts = fill(spaced(QHBoxLayout(), theme.SPACE_S), (self.roc, 1), (self.precision_recall, 1))
        fill(spaced(QVBoxLayout(self), theme.SPACE_S), (charts, 1), self.words, self.slider, grid)

    def show_answer(self) -> None:
        self.labels.show_labels()

    def show_choice(self) -> None:
        presenter = self.presenter
        self.labels.mark()
        for chart in (self.roc, self.precision_recall):
            chart.show_curves(presenter.curves, presenter.counts)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(STEPS * presenter.threshold))
        self._show_counts()

    def _show_counts(self) -> None:
        self.words.setText(self.presenter.threshold_words)
        for quarter, button in self.quarters.items():
            button.setText(self.presenter.quarter_words(quarter).capitalize())
            button.setChecked(self.presenter.quarter == quarter)

    def _choose_label(self, label: int) -> None:
        self.presenter.choose_label(label)
        self.choice_changed.emit()

    def _choose_threshold(self, step: int) -> None:
        self.presenter.choose_threshold(step / STEPS)
        self.labels.show_label()
        self.choice_changed.emit()

    def _choose_quarter(self, quarter: Quarter) -> None:
        self.presenter.quarter = None if self.presenter.quarter == quarter else quarter
        self.choice_changed.emit()

"""The labels with how well each is told, sorted by any of it."""

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QTreeWidgetItem

from workbench.gui.mistakes.labels.presenter import LabelRow, LabelsPresenter
from workbench.gui.mistakes.number_table import NAME, VALUE, NumberRow, NumberTable
from workbench.gui.widgets.tables import RIGHT

HEADINGS = {
    "Label": "Label",
    "Prec.": "Precision at the label's threshold, in percent",
    "Recall": "Recall at the label's threshold, in percent",
    "F1": "F1 at the label's threshold, in percent",
    "AUC": "Area under the ROC curve, in percent",
    "AP": "Average precision, in percent",
}
"""Each with what it means."""

WIDTH = 56
"""Pixels of each number."""


class LabelTable(NumberTable):
    """A row for each label; a click on a heading sorts them, one on a label chooses it."""

    chosen = Signal(int)

    def __init__(self, presenter: LabelsPresenter) -> None:
        super().__init__("Labels", list(HEADINGS))
        self._presenter = presenter
        header = self.header()
        header.setMinimumSectionSize(WIDTH)
        for column, tip in enumerate(HEADINGS.values()):
            self.headerItem().setToolTip(column, tip)
            if column != NAME:
                header.setSectionResizeMode(column, header.ResizeMode.Fixed)
                header.resizeSection(column, WIDTH)
        self.setSortingEnabled(True)
        self.sortByColumn(len(HEADINGS) - 1, Qt.SortOrder.AscendingOrder)
        self.currentItemChanged.connect(self._choose)

    def show_labels(self) -> None:
        """Show the labels of the newest answer."""
        with QSignalBlocker(self):
            self.clear()
            for label, row in enumerate(self._presenter.rows):
                item = NumberRow()
                item.setData(NAME, VALUE, label)
                item.setText(NAME, row.name)
                item.setToolTip(NAME, self._presenter.label_tip(label))
                self.addTopLevelItem(item)
                _fill(item, row)
        self.sortItems(self.sortColumn(), self.header().sortIndicatorOrder())
        self.mark()

    def show_label(self) -> None:
        """Show the chosen label at another threshold."""
        item = self.row_of(self._presenter.label)
        if item is not None:
            _fill(item, self._presenter.row(self._presenter.label))

    def mark(self) -> None:
        """Select the chosen label."""
        self.mark_row_of(self._presenter.label)

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(NAME, VALUE))


def _fill(item: QTreeWidgetItem, row: LabelRow) -> None:
    numbers = (row.precision, row.recall, row.f1, row.auc, row.average_precision)
    for column, number in enumerate(numbers, NAME + 1):
        item.setText(column, "–" if math.isnan(number) else f"{100 * number:.1f}")
        item.setData(column, VALUE, number)
        item.setTextAlignment(column, RIGHT)

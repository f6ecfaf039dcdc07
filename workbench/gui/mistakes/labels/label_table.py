"""The labels with how well each is told, sorted by any of it."""

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from workbench.gui.mistakes.labels.presenter import LabelRow, LabelsPresenter
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

NAME = 0
WIDTH = 56
"""Pixels of each number."""

VALUE = Qt.ItemDataRole.UserRole


class LabelTable(QTreeWidget):
    """A row for each label; a click on a heading sorts them, one on a label chooses it."""

    chosen = Signal(int)

    def __init__(self, presenter: LabelsPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.setColumnCount(len(HEADINGS))
        self.setProperty("role", "table")
        self.setHeaderLabels(list(HEADINGS))
        for column, tip in enumerate(HEADINGS.values()):
            self.headerItem().setToolTip(column, tip)
            if column != NAME:
                self.headerItem().setTextAlignment(column, RIGHT)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAccessibleName("Labels")
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(WIDTH)
        for column in range(len(HEADINGS)):
            header.setSectionResizeMode(
                column, header.ResizeMode.Stretch if column == NAME else header.ResizeMode.Fixed
            )
            header.resizeSection(column, WIDTH)
        self.setSortingEnabled(True)
        self.sortByColumn(len(HEADINGS) - 1, Qt.SortOrder.AscendingOrder)
        self.currentItemChanged.connect(self._choose)

    def show_labels(self) -> None:
        """Show the labels of the newest answer."""
        with QSignalBlocker(self):
            self.clear()
            for label, row in enumerate(self._presenter.rows):
                item = _LabelItem()
                item.setData(NAME, VALUE, label)
                item.setText(NAME, row.name)
                item.setToolTip(NAME, self._presenter.label_tip(label))
                self.addTopLevelItem(item)
                _fill(item, row)
        self.sortItems(self.sortColumn(), self.header().sortIndicatorOrder())
        self.mark()

    def show_label(self) -> None:
        """Show the chosen label at another threshold."""
        for item in self._items():
            if item.data(NAME, VALUE) == self._presenter.label:
                _fill(item, self._presenter.row(self._presenter.label))

    def mark(self) -> None:
        """Select the chosen label."""
        with QSignalBlocker(self):
            for item in self._items():
                if item.data(NAME, VALUE) == self._presenter.label:
                    self.setCurrentItem(item)

    def _items(self) -> list[QTreeWidgetItem]:
        items = [self.topLevelItem(row) for row in range(self.topLevelItemCount())]
        return [item for item in items if item is not None]

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(NAME, VALUE))


class _LabelItem(QTreeWidgetItem):
    """Sorts by numbers, where there is none last."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        column = self.treeWidget().sortColumn()
        if column == NAME:
            return self.text(NAME).casefold() < other.text(NAME).casefold()
        own, others = (each.data(column, VALUE) for each in (self, other))
        return bool((math.inf if math.isnan(own) else own) < (math.inf if math.isnan(others) else others))


def _fill(item: QTreeWidgetItem, row: LabelRow) -> None:
    numbers = (row.precision, row.recall, row.f1, row.auc, row.average_precision)
    for column, number in enumerate(numbers, NAME + 1):
        item.setText(column, "–" if math.isnan(number) else f"{100 * number:.1f}")
        item.setData(column, VALUE, number)
        item.setTextAlignment(column, RIGHT)

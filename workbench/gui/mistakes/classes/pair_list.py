"""The pairs of classes that are confused most often."""

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

from workbench.gui.mistakes.classes.presenter import Chosen, ClassesPresenter
from workbench.gui.widgets.tables import RIGHT

LISTED = 200


class PairList(QTreeWidget):
    """Each pair with the number of examples, the most first."""

    chosen = Signal(object)
    """Emitted with the ``Chosen`` examples: those of a pair."""

    def __init__(self, presenter: ClassesPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.setColumnCount(2)
        self.setProperty("role", "table")
        self.setHeaderLabels(["Confused most often", "Count"])
        self.headerItem().setTextAlignment(1, RIGHT)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAccessibleName("Classes confused most often")
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, header.ResizeMode.Stretch)
        header.setSectionResizeMode(1, header.ResizeMode.ResizeToContents)
        self.setIconSize(QSize(0, 0))
        self.currentItemChanged.connect(self._choose)

    def show_pairs(self) -> None:
        """Show the pairs of the newest answer."""
        with QSignalBlocker(self):
            self.clear()
            for each in self._presenter.found.confusions[:LISTED]:
                item = QTreeWidgetItem([self._presenter.confusion_words(each), f"{each.count:,}"])
                item.setData(0, Qt.ItemDataRole.UserRole, Chosen(label=each.label, predicted=each.predicted))
                item.setTextAlignment(1, RIGHT)
                item.setToolTip(0, self._presenter.cell_tip(each.label, each.predicted))
                self.addTopLevelItem(item)

    def mark(self) -> None:
        """Select the chosen pair, or none if it is not listed."""
        items = (self.topLevelItem(row) for row in range(self.topLevelItemCount()))
        chosen = self._presenter.chosen
        same = next((item for item in items if item and item.data(0, Qt.ItemDataRole.UserRole) == chosen), None)
        with QSignalBlocker(self):
            if same is not None:
                self.setCurrentItem(same)
            else:
                self.clearSelection()

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(0, Qt.ItemDataRole.UserRole))

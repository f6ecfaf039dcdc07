"""The pairs of classes that are confused most often."""

from PySide6.QtCore import QSignalBlocker, QSize, Signal
from PySide6.QtWidgets import QTreeWidgetItem

from workbench.gui.mistakes.classes.presenter import Chosen, ClassesPresenter
from workbench.gui.mistakes.number_table import NAME, VALUE, NumberTable
from workbench.gui.widgets.tables import RIGHT

LISTED = 200


class PairList(NumberTable):
    """Each pair with the number of examples, the most first."""

    chosen = Signal(object)
    """Emitted with the ``Chosen`` examples: those of a pair."""

    def __init__(self, presenter: ClassesPresenter) -> None:
        super().__init__("Classes confused most often", ("Confused most often", "Count"))
        self._presenter = presenter
        self.setIconSize(QSize(0, 0))
        self.currentItemChanged.connect(self._choose)

    def show_pairs(self) -> None:
        """Show the pairs of the newest answer."""
        with QSignalBlocker(self):
            self.clear()
            for each in self._presenter.found.confusions[:LISTED]:
                item = QTreeWidgetItem([self._presenter.confusion_words(each), f"{each.count:,}"])
                item.setData(NAME, VALUE, Chosen(label=each.label, predicted=each.predicted))
                item.setTextAlignment(1, RIGHT)
                item.setToolTip(NAME, self._presenter.cell_tip(each.label, each.predicted))
                self.addTopLevelItem(item)

    def mark(self) -> None:
        """Select the chosen pair, or none if it is not listed."""
        self.mark_row_of(self._presenter.chosen)

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(NAME, VALUE))

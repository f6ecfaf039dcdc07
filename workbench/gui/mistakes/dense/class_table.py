"""The classes of pixels with their intersection over union, as bars."""

import math

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTreeWidgetItem

from workbench.gui.mistakes.dense.presenter import DensePresenter
from workbench.gui.mistakes.number_table import NAME, VALUE, NumberRow, NumberTable
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import pixel_colours
from workbench.gui.widgets.tables import RIGHT
from workbench.spec.quantities import percent

IOU, SHARE = NAME + 1, NAME + 2
HEADINGS = ("Class of pixels", "IoU", "Pixels")
SWATCH = 10
CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
TRACK = 3
"""Height of a bar in pixels."""


class ClassTable(NumberTable):
    """A row for each class; a click on a heading sorts them, one on a class chooses it, or all if it is chosen."""

    chosen = Signal(int)

    def __init__(self, presenter: DensePresenter) -> None:
        super().__init__("Classes of pixels", HEADINGS)
        self._presenter = presenter
        self.setItemDelegateForColumn(IOU, _Bar(self))
        self.setSortingEnabled(True)
        self.sortByColumn(IOU, Qt.SortOrder.AscendingOrder)
        self.itemClicked.connect(self._choose)

    def _choose(self, item: QTreeWidgetItem) -> None:
        self.chosen.emit(item.data(NAME, VALUE))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the current class with Return or the space bar: some desktops also activate what is clicked."""
        item = self.currentItem()
        if event.key() in CHOOSING and item is not None:
            self._choose(item)
        else:
            super().keyPressEvent(event)

    def show_classes(self) -> None:
        """Show the classes of the newest answer."""
        colours, classes = pixel_colours(), self._presenter.classes
        with QSignalBlocker(self):
            self.clear()
            for each in classes:
                item = NumberRow([each.name, percent(each.iou), percent(each.share)])
                item.setIcon(NAME, _swatch(colours[each.label % len(colours)]))
                for column, value in ((NAME, each.label), (IOU, each.iou), (SHARE, each.share)):
                    item.setData(column, VALUE, value)
                    item.setToolTip(column, self._presenter.class_tip(each.label))
                for column in (IOU, SHARE):
                    item.setTextAlignment(column, RIGHT)
                self.addTopLevelItem(item)
        self.mark()

    def mark(self) -> None:
        """Select the chosen class, or none."""
        self.mark_row_of(self._presenter.label)


class _Bar(QStyledItemDelegate):
    """Draws a share as a bar below its number."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        share = index.data(VALUE)
        if math.isnan(share):
            return
        track = QRectF(option.rect).adjusted(theme.SPACE_S, 0, -theme.SPACE_S, 0)
        track.setTop(track.bottom() - TRACK)
        painter.fillRect(track, theme.colour(theme.current().hover))
        painter.fillRect(
            QRectF(track.left(), track.top(), share * track.width(), TRACK), theme.colour(theme.current().accent)
        )


def _swatch(colour: QColor) -> QIcon:
    pixmap = QPixmap(SWATCH, SWATCH)
    pixmap.fill(colour)
    icon = QIcon(pixmap)
    icon.addPixmap(pixmap, QIcon.Mode.Selected)  # which would be tinted
    return icon

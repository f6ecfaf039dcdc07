"""Curves, filters and neighbours: side by side if there is room, otherwise behind tabs.

This module is imported after the window's first paint, since it imports numpy and pyqtgraph.
"""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QStackedWidget, QTabWidget, QWidget

from workbench.gui.curves.view import CurvesPanel
from workbench.gui.event_pump import EventPump
from workbench.gui.filters.view import FiltersPanel
from workbench.gui.neighbours.view import NeighboursPanel

ROOM_SIDE_BY_SIDE = 1200
LEAST_HEIGHT = 200
"""Below it curves would be flat lines."""


class WatchArea(QWidget):
    """The panels that show a run, in one of two arrangements."""

    def __init__(self, pump: EventPump) -> None:
        super().__init__()
        self.curves = CurvesPanel()
        self.filters = FiltersPanel()
        self.neighbours = NeighboursPanel(pump)
        self.panels = (self.curves, self.filters, self.neighbours)
        self._split = QSplitter()
        self._split.setChildrenCollapsible(False)
        self._tabs = QTabWidget()
        self._tabs.setDocumentMode(True)
        self._tabs.tabBar().setAccessibleName("Curves, filters and neighbours")
        self._heads = QStackedWidget()
        """Beside the tabs, the header of the front panel: below them it would take a fifth of the height."""
        self._tabs.setCornerWidget(self._heads)
        self._tabs.currentChanged.connect(self._heads.setCurrentIndex)
        self.setMinimumHeight(LEAST_HEIGHT)
        self._arrangements = QStackedLayout(self)
        self._arrangements.addWidget(self._split)
        self._arrangements.addWidget(self._tabs)
        self._arrange()
        for panel in self.panels:
            pump.add(panel)

    @property
    def side_by_side(self) -> bool:
        """Whether all panels are visible."""
        return self._arrangements.currentWidget() is self._split and self._split.count() > 0

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Change the arrangement according to the width."""
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= ROOM_SIDE_BY_SIDE
        if wide == self.side_by_side and self._split.count() + self._tabs.count():
            return
        if wide:
            for panel in self.panels:
                self._split.addWidget(panel)
                panel.stand_alone()
                panel.show()
            self._split.setSizes([panel.share for panel in self.panels])
        else:
            for panel in self.panels:
                self._heads.addWidget(panel.behind_tab())
                self._tabs.addTab(panel, panel.title.text())
        self._arrangements.setCurrentWidget(self._split if wide else self._tabs)

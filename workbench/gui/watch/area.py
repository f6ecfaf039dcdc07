"""The panels that show a run: side by side if there is room, otherwise behind tabs.

This module is imported after the window's first paint, since the panels import numpy and pyqtgraph.
"""

import pkgutil
from collections.abc import Mapping
from importlib import import_module

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QStackedWidget, QTabWidget, QWidget

from workbench.gui import watch
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.watch.panel import WatchPanel
from workbench.gui.widgets import theme

ROOM_SIDE_BY_SIDE = 1200
ROOM_BESIDE_TABS = 760
"""Below it a panel's header is under the tabs, which it would otherwise cover."""
LEAST_HEIGHT = 160
"""Below it curves would be flat lines."""


def _class_of(folder: str) -> type[WatchPanel]:
    """Return the panel of a folder: the ``WatchPanel`` in its ``view.py``."""
    view = import_module(f"{watch.__name__}.{folder}.view")
    (panel,) = (
        cls
        for cls in vars(view).values()
        if isinstance(cls, type) and cls.__module__ == view.__name__ and issubclass(cls, WatchPanel)
    )
    return panel


PANELS = {info.name: _class_of(info.name) for info in pkgutil.iter_modules(watch.__path__) if info.ispkg}
"""The panels by their folders' names, in alphabetical order, which is their order on the screen."""


class WatchArea(QWidget):
    """The panels that show a run: side by side, or behind tabs, with their headers beside these or under them."""

    saving = Signal(object, object)
    """Emitted when a panel emits it."""

    def __init__(self, pump: EventPump, panels: Mapping[str, WatchPanel]) -> None:
        super().__init__()
        self.panels = panels
        self._split = QSplitter(childrenCollapsible=False)
        self._tabs = QTabWidget(documentMode=True)
        self._tabs.tabBar().setAccessibleName("Panels of the run")
        self._heads = QStackedWidget()
        """Beside the tabs, the header of the front panel: below them it would take a fifth of the height."""
        self._arrangement: tuple[bool, bool] | None = None
        """Whether the panels are side by side, and whether their headers are beside the tabs."""
        self._tabs.setCornerWidget(self._heads)
        self._tabs.currentChanged.connect(self._heads.setCurrentIndex)
        self._arrangements = QStackedLayout(self)
        self._arrangements.addWidget(self._split)
        self._arrangements.addWidget(self._tabs)
        self._arrange()
        for panel in self.panels.values():
            panel.saving.connect(self.saving)
            panel.titled.connect(self._entitle)
            pump.add(panel)

    @property
    def side_by_side(self) -> bool:
        """Whether all panels are visible."""
        return self._arrangements.currentWidget() is self._split

    def _entitle(self, panel: WatchPanel, title: str) -> None:
        self._tabs.setTabText(self._tabs.indexOf(panel), title)  # does nothing while they are side by side

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        wide, beside = self.width() >= ROOM_SIDE_BY_SIDE, ROOM_BESIDE_TABS <= self.width() < ROOM_SIDE_BY_SIDE
        if (wide, beside) == self._arrangement:
            return
        self._arrangement = wide, beside
        for panel in self.panels.values():
            if wide:
                self._split.addWidget(panel)
                panel.show()
            elif self._tabs.indexOf(panel) < 0:
                self._tabs.addTab(panel, panel.title.text())
            if beside:
                self._heads.addWidget(panel.without_head())
            else:
                panel.with_head(titled=wide)
        if wide:
            self._split.setSizes([panel.share for panel in self.panels.values()])
        self._heads.setVisible(beside)
        self.setMinimumHeight(LEAST_HEIGHT + theme.TAB_HEIGHT * (not wide and not beside))
        self._heads.setCurrentIndex(self._tabs.currentIndex())
        self._arrangements.setCurrentWidget(self._split if wide else self._tabs)

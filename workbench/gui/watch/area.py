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

ROOM_SIDE_BY_SIDE = 1200
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
    """The panels that show a run, in one of two arrangements."""

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
        self._tabs.setCornerWidget(self._heads)
        self._tabs.currentChanged.connect(self._heads.setCurrentIndex)
        self.setMinimumHeight(LEAST_HEIGHT)
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
        return self._arrangements.currentWidget() is self._split and self._split.count() > 0

    def _entitle(self, panel: WatchPanel, title: str) -> None:
        self._tabs.setTabText(self._tabs.indexOf(panel), title)  # does nothing while they are side by side

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Change the arrangement according to the width."""
        self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= ROOM_SIDE_BY_SIDE
        if wide == self.side_by_side and self._split.count() + self._tabs.count():
            return
        if wide:
            for panel in self.panels.values():
                self._split.addWidget(panel)
                panel.stand_alone()
                panel.show()
            self._split.setSizes([panel.share for panel in self.panels.values()])
        else:
            for panel in self.panels.values():
                self._heads.addWidget(panel.behind_tab())
                self._tabs.addTab(panel, panel.title.text())
        self._arrangements.setCurrentWidget(self._split if wide else self._tabs)

"""The menus of files: presets by their titles, and what was opened last."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from workbench.gui.places import Memory
from workbench.gui.project import Project


class FileMenus(QObject):
    """Filled when they open."""

    def __init__(self, project: Project, memory: Memory) -> None:
        super().__init__(project)
        self._project = project
        self._memory = memory

    def fill(self, submenus: dict[str, QMenu]) -> None:
        """Have the submenus ``presets`` and ``recent`` of the menu bar filled."""
        for name, show in (("presets", self.list_presets), ("recent", self._list_recent)):
            submenus[name].aboutToShow.connect(partial(show, submenus[name]))

    def button(self, open_file: QAction) -> QToolButton:
        """The tool bar's button: it opens a file, or one of its menu."""
        button = QToolButton()
        button.setDefaultAction(open_file)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(button)
        menu.aboutToShow.connect(partial(self._list_all, menu, open_file))
        button.setMenu(menu)
        return button

    def list_presets(self, menu: QMenu) -> None:
        """Fill a menu with the presets, by group."""
        menu.clear()
        self._add_presets(menu)

    def _add_presets(self, menu: QMenu) -> None:
        for group, titles in self._project.preset_titles.items():
            submenu = menu.addMenu(group)
            for name, title in titles.items():
                submenu.addAction(title, partial(self._project.open_preset, name))

    def _list_recent(self, menu: QMenu) -> None:
        menu.clear()
        for path in self._memory.recent_files:
            menu.addAction(f"{path.name}  —  {path.parent}", partial(self._project.open, path))
        if menu.isEmpty():
            menu.addAction("No file was opened yet").setEnabled(False)

    def _list_all(self, menu: QMenu, open_file: QAction) -> None:
        menu.clear()
        menu.addAction("Presets").setEnabled(False)
        self._add_presets(menu)
        menu.addSeparator()
        menu.addAction("Recent").setEnabled(False)
        for path in self._memory.recent_files:
            menu.addAction(path.name, partial(self._project.open, path)).setToolTip(str(path))
        menu.addSeparator()
        menu.addAction(open_file)

"""The file menus: presets by their titles, and recent files."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from workbench.durable import stamp
from workbench.gui.experiment.project import Project
from workbench.gui.preferences import Preferences
from workbench.gui.runtime.event_pump import EventPump


class FileMenus(QObject):
    """Menus that are filled when they open."""

    def __init__(self, project: Project, pump: EventPump, preferences: Preferences) -> None:
        super().__init__(project)
        self._project = project
        self._pump = pump
        self._preferences = preferences

    def fill(self, submenus: dict[str, QMenu]) -> None:
        """Connect the submenus ``presets`` and ``recent`` of the menu bar."""
        self._presets = submenus["presets"]
        self._presets.aboutToShow.connect(self._list_presets)
        submenus["recent"].aboutToShow.connect(partial(self._list_recent, submenus["recent"]))

    def button(self, open_file: QAction) -> QToolButton:
        """Return the tool bar's button, which opens a file, or one from its menu."""
        button = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        button.setDefaultAction(open_file)
        menu = QMenu(button)
        menu.aboutToShow.connect(partial(self._list_all, menu, open_file))
        button.setMenu(menu)
        return button

    def _list_presets(self) -> None:
        """Fill the submenu of presets, by group, once their titles have been read."""
        if self._presets.isEmpty():
            for group, titles in self._project.preset_titles.items():
                submenu = self._presets.addMenu(group)
                for name, title in titles.items():
                    submenu.addAction(title, partial(self._project.open_preset, name))

    def _list_recent(self, menu: QMenu) -> None:
        menu.clear()
        self._add_recent(menu, lambda path: f"{path.name}  —  {path.parent}")
        if menu.isEmpty():
            menu.addAction("No recent files").setEnabled(False)

    def _list_all(self, menu: QMenu, open_file: QAction) -> None:
        menu.clear()
        menu.addAction("Presets").setEnabled(False)
        self._list_presets()
        menu.addActions(self._presets.actions())
        menu.addSeparator()
        if self._preferences.recent_files:
            menu.addAction("Recent").setEnabled(False)
            self._add_recent(menu, lambda path: path.name)
            menu.addSeparator()
        menu.addAction(open_file)

    def _add_recent(self, menu: QMenu, title: Callable[[Path], str]) -> None:
        """List the files at once; missing ones are disabled as soon as the disk has answered."""
        files = self._preferences.recent_files
        for path in files:
            action = menu.addAction(title(path), partial(self._project.open, path))
            action.setToolTip(str(path))
            action.setData(str(path))

        def grey(gone: set[str]) -> None:
            for action in menu.actions():
                if action.data() in gone:
                    action.setEnabled(False)

        def look() -> set[str]:
            return {str(path) for path in files if stamp(path) is None}

        self._pump.background("recent files", look, grey)

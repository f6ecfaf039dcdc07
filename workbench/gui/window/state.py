"""The window's state across sessions: geometry, splitters and switches."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QObject
from PySide6.QtWidgets import QApplication

from workbench.gui.widgets import theme

if TYPE_CHECKING:
    from workbench.gui.window.main_window import MainWindow

LEAST_FOR_PALETTE = 740
"""Width of a screen, in pixels of its scale, on which palette, canvas and inspector are all readable side by side."""


class WindowState(QObject):
    """Restores the state at the start, and saves it: a switch at once, geometry at the end."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window

    def restore(self) -> None:
        """Restore size, position and panels of the last session."""
        window = self._window
        for key, (_, restore) in self._places().items():
            kept = window.preferences.get(f"window/{key}")
            if isinstance(kept, QByteArray):
                restore(kept)
        window.trainer.separate = window.preferences.is_on("separate", first=False)
        window.commands["separate"].setChecked(window.trainer.separate)
        window.commands["large"].setChecked(window.preferences.is_on("large", first=False))
        minimap = window.preferences.is_on("minimap", first=True)
        window.commands["minimap"].setChecked(minimap)
        window.canvas.minimap.want(minimap)
        self.make_room(window.screen().availableSize().width())

    def make_room(self, width: int) -> None:
        """Start without the palette on a screen too narrow for it, as a projector with *Large*: Tab finds layers."""
        if width < LEAST_FOR_PALETTE:
            self._window.commands["palette"].trigger()

    def keep_places(self) -> None:
        """Save size, position and panels."""
        for key, (save, _) in self._places().items():
            self._window.preferences.keep(f"window/{key}", save())

    def _places(self) -> dict[str, tuple[Callable[[], QByteArray], Callable[[QByteArray], object]]]:
        window = self._window
        return {
            "geometry": (window.saveGeometry, window.restoreGeometry),
            "top": (window.top.saveState, window.top.restoreState),
            "whole": (window.whole.saveState, window.whole.restoreState),
        }

    def switch_minimap(self) -> None:
        """Show the minimap when useful, or never."""
        wanted = self._window.commands["minimap"].isChecked()
        self._window.canvas.minimap.want(wanted)
        self._window.preferences.keep("minimap", wanted)

    def switch_separate(self) -> None:
        """Start runs in separate processes, or in this one."""
        self._window.trainer.separate = self._window.commands["separate"].isChecked()
        self._window.preferences.keep("separate", self._window.trainer.separate)

    def switch_large(self) -> None:
        """Draw everything larger, or not, from the next start on."""
        wanted = self._window.commands["large"].isChecked()
        self._window.preferences.keep("large", wanted)
        size = "large" if wanted else "in its usual size"
        self._window.messages.say("info", f"The window is {size} after a restart.", topic="size")

    def switch_theme(self) -> None:
        """Switch between light and dark."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        mode: theme.Mode = "light" if theme.current().name == "dark" else "dark"
        theme.apply(app, mode)
        self._window.preferences.keep("theme", mode)

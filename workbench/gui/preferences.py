"""What the window remembers from one session to the next."""

from pathlib import Path

from PySide6.QtCore import QSettings

from workbench.gui.widgets import theme
from workbench.places import config_dir

MOST_RECENT = 10


class Preferences:
    """Window geometry, theme, switches and recent files, in one INI file."""

    def __init__(self) -> None:
        self._settings = QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)

    def get(self, key: str) -> object:
        """Return what was stored under a key, or None."""
        return self._settings.value(key)

    def is_on(self, key: str, *, first: bool) -> bool:
        """Return the state of a switch, or ``first`` if it was never used. An INI file stores truth values as words."""
        kept = self._settings.value(key)
        return first if kept is None else kept in (True, "true")

    def keep(self, key: str, value: object) -> None:
        """Store a value. Qt writes the file by itself soon after."""
        self._settings.setValue(key, value)

    @property
    def colours(self) -> theme.Mode:
        """Light, dark, or following the desktop."""
        kept = self._settings.value("theme")
        return kept if kept in ("light", "dark") else "system"

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """Recently opened or saved files, the latest first. They may not exist any more."""
        kept = self._settings.value("recent")
        # An INI file stores a list of one string as the string.
        names = [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
        return tuple(map(Path, names))

    def add_recent(self, path: Path) -> None:
        """Record a file that was opened or saved."""
        path = path.absolute()
        files = [path, *(other for other in self.recent_files if other != path)]
        self._settings.setValue("recent", [str(file) for file in files[:MOST_RECENT]])

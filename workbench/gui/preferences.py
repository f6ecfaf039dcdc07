"""What the window remembers between two starts."""

from pathlib import Path

from PySide6.QtCore import QSettings

from workbench.gui import theme
from workbench.places import config_dir

MOST_RECENT = 10


class Preferences:
    """Sizes, the theme and recent files, in one INI file."""

    def __init__(self) -> None:
        self._settings = QSettings(str(config_dir() / "window.ini"), QSettings.Format.IniFormat)

    def get(self, key: str) -> object:
        """What was kept under a key; None where nothing was."""
        return self._settings.value(key)

    def is_on(self, key: str, *, first: bool) -> bool:
        """Whether a switch was on; ``first``, where nobody has touched it. An INI file knows no truth values, only words."""
        kept = self._settings.value(key)
        return first if kept is None else kept in (True, "true")

    def keep(self, key: str, value: object) -> None:
        """Remember something. Qt writes the file by itself, soon after."""
        self._settings.setValue(key, value)

    @property
    def colours(self) -> theme.Mode:
        """Light, dark, or as the desktop has it."""
        kept = self._settings.value("theme")
        return kept if kept in ("light", "dark") else "system"

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """Files opened or saved of late, the latest first. Whether they are still there is not looked up."""
        kept = self._settings.value("recent")
        # Of a list of one, an INI file keeps the one.
        names = [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
        return tuple(map(Path, names))

    def add_recent(self, path: Path) -> None:
        """A file was opened or saved."""
        path = path.absolute()
        files = [path, *(other for other in self.recent_files if other != path)]
        self._settings.setValue("recent", [str(file) for file in files[:MOST_RECENT]])

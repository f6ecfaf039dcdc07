"""Where the files that ship with the program lie: in the repository, or inside an installed wheel."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_ROOT = _PACKAGE / "_shipped" if (_PACKAGE / "_shipped").is_dir() else _PACKAGE.parent


def resources() -> Path:
    """Icons, themes and the embedded data sets."""
    return _ROOT / "resources"


def presets() -> Path:
    """Architectures and experiments to begin with."""
    return _ROOT / "presets"

"""The folders shipped with the program: beside the package in the repository, inside it in a wheel."""

from pathlib import Path

_WHEEL = Path(__file__).with_name("_shipped")
_ROOT = _WHEEL if _WHEEL.is_dir() else Path(__file__).parents[1]


def resources() -> Path:
    """Return the folder of icons, the style sheet, and the built-in data sets with their licences."""
    return _ROOT / "resources"


def presets() -> Path:
    """Return the folder of architectures, experiments and blocks as plain JSON."""
    return _ROOT / "presets"


def docs() -> Path:
    """Return the folder of the manual: Markdown pages with their pictures."""
    return _ROOT / "docs"

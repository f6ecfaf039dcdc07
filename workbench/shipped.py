"""The folders that travel with the program: beside the package in the repository, inside it in a wheel."""

from pathlib import Path

_WHEEL = Path(__file__).with_name("_shipped")
_ROOT = _WHEEL if _WHEEL.is_dir() else Path(__file__).parents[1]


def resources() -> Path:
    """Icons, themes and the embedded data sets with their licences."""
    return _ROOT / "resources"


def presets() -> Path:
    """Architectures and experiments as plain JSON."""
    return _ROOT / "presets"


def docs() -> Path:
    """The manual: pages of Markdown with their pictures."""
    return _ROOT / "docs"

"""Asking for a file or a folder: one way for every window. None where nobody chooses one."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QWidget

# QFileDialog is imported late: its classes take 2 ms before the first paint.


def ask_to_open(parent: QWidget, title: str, start: Path | str, kinds: str) -> Path | None:
    """A file that is there, of these ``kinds`` as Qt writes them."""
    from PySide6.QtWidgets import QFileDialog

    name, _ = QFileDialog.getOpenFileName(parent, title, str(start), kinds)
    return Path(name) if name else None


def ask_to_save(parent: QWidget, title: str, start: Path | str, kinds: Mapping[str, str]) -> Path | None:
    """A file to be written; a name without a suffix of ``kinds`` (``.csv`` -> CSV) gets that of the kind chosen."""
    from PySide6.QtWidgets import QFileDialog

    filters = {f"{words} (*{suffix})": suffix for suffix, words in kinds.items()}
    name, chosen = QFileDialog.getSaveFileName(parent, title, str(start), ";;".join(filters))
    if not name or Path(name).suffix in kinds:
        return Path(name) if name else None
    return Path(name + filters.get(chosen, next(iter(kinds))))


def ask_for_folder(parent: QWidget, title: str, start: Path | str = "") -> Path | None:
    """Ask for an existing folder."""
    from PySide6.QtWidgets import QFileDialog

    folder = QFileDialog.getExistingDirectory(parent, title, str(start))
    return Path(folder) if folder else None

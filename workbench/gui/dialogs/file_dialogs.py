"""File and folder dialogs, the same for every window. They return None, or nothing, if cancelled."""

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtWidgets import QWidget

# QFileDialog is imported late: its classes would delay the first paint by 2 ms.


def ask_to_open(parent: QWidget, title: str, start: Path | str, kinds: str) -> Path | None:
    """Ask for an existing file of these ``kinds``, in Qt's filter notation."""
    from PySide6.QtWidgets import QFileDialog

    name, _ = QFileDialog.getOpenFileName(parent, title, str(start), kinds)
    return Path(name) if name else None


def ask_for_files(parent: QWidget, title: str, kinds: str) -> tuple[Path, ...]:
    """Ask for one or several existing files of these ``kinds``, in Qt's filter notation; none if cancelled."""
    from PySide6.QtWidgets import QFileDialog

    names, _ = QFileDialog.getOpenFileNames(parent, title, "", kinds)
    return tuple(map(Path, names))


def ask_to_save(
    parent: QWidget, title: str, start: Path | str, kinds: Mapping[str, str], *, confirm: bool = True
) -> Path | None:
    """Ask for a file to write, and if ``confirm``, whether to replace one that is there.

    A name without a suffix of ``kinds`` (``.csv`` -> CSV) gets that of the chosen kind.
    """
    from PySide6.QtWidgets import QFileDialog

    filters = {f"{words} (*{suffix})": suffix for suffix, words in kinds.items()}
    options = QFileDialog.Option(0) if confirm else QFileDialog.Option.DontConfirmOverwrite
    name, chosen = QFileDialog.getSaveFileName(parent, title, str(start), ";;".join(filters), "", options)
    if not name or Path(name).suffix in kinds:
        return Path(name) if name else None
    return Path(name + filters.get(chosen, next(iter(kinds))))


def ask_for_folder(parent: QWidget, title: str, start: Path | str = "") -> Path | None:
    """Ask for an existing folder."""
    from PySide6.QtWidgets import QFileDialog

    folder = QFileDialog.getExistingDirectory(parent, title, str(start))
    return Path(folder) if folder else None

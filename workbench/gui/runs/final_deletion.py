"""The question before deleted runs are removed for good."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from workbench.gui.runs.presenter import named


def ask_to_remove(parent: QWidget, folders: Sequence[Path]) -> bool:
    """Ask whether to remove deleted runs for good."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setWindowTitle("Delete for good")
    box.setText(f"Delete {named(folders)} for good?")
    box.setInformativeText("Curves, weights and log cannot be restored then.")
    delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
    box.exec()
    box.deleteLater()
    return box.clickedButton() is delete

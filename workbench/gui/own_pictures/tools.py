"""The boxes and buttons above the pictures, with their keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QWidget

from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import choice, heading, icon_button


class Tools:
    """What was found, which of it is shown, of which output, and what can be done."""

    def __init__(self, window: QWidget, heads: OutputChoice, looks: Sequence[QWidget]) -> None:
        self.words = heading()
        self.heads, self._looks = heads, looks
        self.wanted = choice(
            "Show all pictures, those of a class or label, the most confident first, or similar ones", 16
        )
        self.wanted.setAccessibleName("Pictures to show")
        self.similar = QPushButton("Similar")
        self.similar.setToolTip(
            "Show the twenty pictures most similar to the chosen one by the last hidden layer or the embedding, with their distances   Ctrl+F"
        )
        self.files = icon_button("plus", "Pictures…")
        self.files.setToolTip("Choose pictures   Ctrl+O")
        self.folder = icon_button("folder", "Folder…")
        self.folder.setToolTip("Choose a folder with pictures at any depth   Ctrl+Shift+O")
        self.again = QPushButton("Read again")
        self.again.setToolTip("Read the files again, after you have changed them, or cancelled   F5")
        self.remove = QPushButton("Remove all")
        self.remove.setToolTip("Remove all pictures from this window; the files stay. Del removes the chosen one")
        keys = {"Ctrl+O": self.files, "Ctrl+Shift+O": self.folder, "F5": self.again, "Ctrl+F": self.similar}
        for key, button in keys.items():
            QShortcut(QKeySequence(key), window).activated.connect(button.click)

    def row(self) -> Wrapped:
        buttons = [self.files, self.folder, self.again, self.remove]
        return Wrapped([self.words], [self.wanted, self.similar, *self._looks, self.heads, *buttons])

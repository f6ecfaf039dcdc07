"""The boxes and buttons above the pictures, with their keys."""

from __future__ import annotations

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import ElidedLabel, choice, icon_button, styled
from workbench.gui.widgets.shared_keys import ATTENTION, FEATURES, WHY, with_keys


class Tools:
    """What was found, which of it is shown, of which output, and what can be done."""

    def __init__(self, window: QWidget, heads: OutputChoice) -> None:
        self.words = styled(ElidedLabel(), "heading")
        self.words.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        self.heads = heads
        self.wanted = choice(
            "Show all pictures, those of a class or label, the most confident first, or similar ones", 16
        )
        self.wanted.setAccessibleName("Pictures to show")
        self.similar = QPushButton("Similar")
        self.similar.setToolTip(
            "Show the twenty pictures most similar to the chosen one by the last hidden layer or the embedding, with their distances   Ctrl+F"
        )
        self.why = QPushButton("Why…")
        self.why.setToolTip(with_keys("Show which parts of the chosen picture its answer comes from", WHY))
        self.attention = QPushButton("Attention…")
        self.attention.setToolTip(with_keys("Show what the network attends to in the chosen picture", ATTENTION))
        self.features = QPushButton("Feature maps…")
        self.features.setToolTip(with_keys("Show what the network's layers make of the chosen picture", FEATURES))
        self.files = icon_button("plus", "Pictures…")
        self.files.setToolTip("Choose pictures   Ctrl+O")
        self.folder = icon_button("folder", "Folder…")
        self.folder.setToolTip("Choose a folder with pictures at any depth   Ctrl+Shift+O")
        self.again = QPushButton("Read again")
        self.again.setToolTip("Read the files again, after you have changed them, or cancelled   F5")
        self.remove = QPushButton("Remove all")
        self.remove.setToolTip("Remove all pictures from this window; the files stay. Del removes the chosen one")
        keys = {"Ctrl+O": self.files, "Ctrl+Shift+O": self.folder, "F5": self.again, "Ctrl+F": self.similar}
        keys |= {WHY: self.why, ATTENTION: self.attention, FEATURES: self.features}
        for key, button in keys.items():
            QShortcut(QKeySequence(key), window).activated.connect(button.click)

    def row(self) -> Wrapped:
        """Return all of them in a row."""
        buttons = [self.files, self.folder, self.again, self.remove]
        looks = [self.similar, self.why, self.attention, self.features]
        return Wrapped([self.words], [self.wanted, *looks, self.heads, *buttons])

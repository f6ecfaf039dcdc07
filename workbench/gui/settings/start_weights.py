"""The initial weights in the training settings: the chosen file, and buttons to load others or none."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, icon_button, spaced, styled, tool_button
from workbench.spec.experiment import StartWeights


class StartWeightsRow(QWidget):
    """Shows the choice, which it does not store. The page places the button ``load``."""

    wanted = Signal()
    """Emitted to load weights."""

    def __init__(self) -> None:
        super().__init__()
        self.file = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self.remove = tool_button("close", "Start without these weights")
        self.load = icon_button("import", "Load weights…")
        self.load.clicked.connect(self.wanted)
        self.words = styled(QLabel(wordWrap=True), "small")
        row = fill(spaced(QHBoxLayout(), theme.SPACE_XS), (self.file, 1), self.remove)
        fill(spaced(QVBoxLayout(self), theme.SPACE_XS), row, self.words)

    def show_weights(self, weights: StartWeights | None) -> None:
        """Show this choice."""
        there = weights is not None
        self.file.setVisible(there)
        self.remove.setVisible(there)
        self.load.setText("Load others…" if there else "Load weights…")
        self.words.setText(
            "All weights are initialised:" if weights is None else "Runs start from these; the rest is initialised:"
        )
        if weights is not None:
            # Let the name wrap anywhere: it has no spaces, and must not widen the page.
            self.file.setText("\u200b".join(Path(weights.file).name))
            self.file.setToolTip(weights.file)
            self.file.setAccessibleName(f"Runs start from {weights.file}")

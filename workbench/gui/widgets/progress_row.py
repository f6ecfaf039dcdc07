"""A progress bar for work that can be cancelled."""

from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import fill, spaced, styled


class ProgressRow(QWidget):
    """The progress of the work, and a button to cancel it."""

    def __init__(self) -> None:
        super().__init__()
        self.words = styled(QLabel(), "small")
        self.bar = QProgressBar(textVisible=False)
        self.cancel = QPushButton("Cancel")
        fill(spaced(QHBoxLayout(self), theme.SPACE_M), self.words, (self.bar, 1), self.cancel)

    def show_progress(self, what: str, done: int, total: int) -> None:
        """Show ``done`` of ``total``; a single step has no known duration."""
        self.words.setText(f"{what}…")
        self.bar.setRange(0, total if total > 1 else 0)
        self.bar.setValue(done)

"""The choice of one of a network's outputs, in the windows that show one at a time."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from workbench.gui.widgets.panel import offer

LETTERS = 18
"""Width of the box; with as many, a long title still shows both its ends."""


class OutputChoice(QComboBox):
    """A box of limited width, hidden unless there are several outputs.

    Another choice calls ``choose`` with its number, then ``show``.
    """

    def __init__(self, what: str, choose: Callable[[int], None], show: Callable[[], None]) -> None:
        super().__init__()
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(LETTERS)
        self.setAccessibleName(what)
        self.setToolTip(what)
        self.hide()
        self.activated.connect(choose)
        self.activated.connect(lambda _: show())

    def offer(self, titles: Sequence[str], chosen: int) -> None:
        """Offer these outputs; long titles are elided in the middle, and complete in their tooltip."""
        self.setVisible(len(titles) > 1)
        metrics = self.fontMetrics()
        width = LETTERS * metrics.horizontalAdvance("X")  # as Qt computes the box's width
        rows = [(title, metrics.elidedText(title, Qt.TextElideMode.ElideMiddle, width)) for title in titles]
        offer(self, rows, titles[chosen] if titles else None, titles)

"""A chart's plot, laid out within its frame."""

import pyqtgraph as pg
from PySide6.QtGui import QResizeEvent


class FramedPlot(pg.PlotWidget):
    """Lays out as pyqtgraph does, but within its frame, which a style sheet may bring or change at any time."""

    room_above = 0.0
    """Pixels above the plot, for half of the uppermost number."""

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep within the frame: the part inside it has another size."""
        super().resizeEvent(event)
        if event is not None:  # pyqtgraph calls this without one while it makes the plot
            self.keep_whole()

    def keep_whole(self) -> None:
        """Lay the plot out anew."""
        frame = 2 * self.frameWidth()
        self.getPlotItem().layout.setContentsMargins(0, self.room_above, frame, frame)

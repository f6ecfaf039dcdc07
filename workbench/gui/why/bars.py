"""A row of numbers with a bar for each: red for the answer, blue against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from workbench.gui.widgets import theme
from workbench.gui.widgets.bars import paint_bar
from workbench.gui.widgets.painted_scroll import PaintedScroll
from workbench.session.views.feature_sheet import OVER_HIGH, OVER_LOW

if TYPE_CHECKING:
    from workbench.gui.why.presenter import WhyPresenter

HEIGHT = 30
FOR, AGAINST = (QColor(*colour).name() for colour in (OVER_HIGH, OVER_LOW))


class ExplainedRow(PaintedScroll):
    """The numbers of a row, what matters the most on top."""

    def __init__(self, presenter: WhyPresenter) -> None:
        super().__init__("The numbers of the row, and what each does to the answer", HEIGHT)
        self._presenter = presenter

    def show_answer(self) -> None:
        self.setAccessibleDescription(self._presenter.told)
        self.measure()

    def whole_height(self) -> int:
        return len(self._presenter.bars) * HEIGHT

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        width, scrolled = self.viewport().width() - theme.SPACE_XS, self.verticalScrollBar().value()
        for place, bar in enumerate(self._presenter.bars):
            y = place * HEIGHT - scrolled
            if -HEIGHT <= y <= self.viewport().height():
                parts = [(abs(bar.share), FOR if bar.share > 0 else AGAINST)]
                paint_bar(painter, QRectF(0, y, width, HEIGHT), name=bar.name, value=bar.value, parts=parts)
        painter.end()

    def tip(self, position: QPointF) -> str:
        """Return the whole name, which may be elided, and what was found."""
        place = int(position.y() + self.verticalScrollBar().value()) // HEIGHT
        bars = self._presenter.bars
        return f"{bars[place].name}: {bars[place].value}" if place < len(bars) else ""

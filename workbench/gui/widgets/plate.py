"""The rounded ground on which self-painted widgets draw."""

from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QPainter

from workbench.gui.widgets import theme


def paint_plate(painter: QPainter, rect: QRect, ground: str, border: str) -> None:
    """Fill a widget's rectangle in these colours, antialiased as is whatever is drawn next."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme.colour(border))
    painter.setBrush(theme.colour(ground))
    painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS_M, theme.RADIUS_M)

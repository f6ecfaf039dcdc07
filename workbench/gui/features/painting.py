"""Feature maps as images in the theme's colours: blue below zero, red above, and zero in the colour of the ground."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.gui.widgets import theme
from workbench.gui.widgets.pictures import draw_frame
from workbench.session.views.feature_sheet import NOT_A_NUMBER, ZERO, Colour, colours, levels

STRONGEST = 200
"""The opacity of the strongest colour over a picture, of 255."""

BAR_HEIGHT = 10

Ends = tuple[Colour, Colour, Colour, Colour]
"""The colours of the most negative number, of zero, of the most positive one, and of NaN."""


def as_map(values: NDArray[np.float32], largest: float, most: int | None = None) -> QImage:
    """Return a map, float32 [H, W], as an image; with ``most``, of means over squares if it is twice as large."""
    block = 1 if most is None else max(min(values.shape) // most, 1)
    if block > 1:
        high, wide = (side // block * block for side in values.shape)
        values = values[:high, :wide].reshape(high // block, block, wide // block, block).mean(axis=(1, 3))
    found = levels(values, largest)
    height, width = found.shape
    padded = np.zeros((height, -(-width // 4) * 4), np.uint8)  # QImage wants lines of whole words
    padded[:, :width] = found
    image = QImage(padded.data, width, height, padded.shape[1], QImage.Format.Format_Indexed8).copy()
    image.setColorTable(_opaque(_ends()))
    return image


def as_overlay(values: NDArray[np.float32], largest: float) -> QImage:
    """Return a map, float32 [H, W], to be drawn over a picture: the further from zero, the less of it is seen."""
    image = as_map(values, largest)
    image.setColorTable(_clear_at_zero(_ends()))
    return image


@cache
def _opaque(ends: Ends) -> list[int]:
    return [QColor(*each).rgb() for each in colours(*ends).tolist()]


@cache
def _clear_at_zero(ends: Ends) -> list[int]:
    low, _, high, nan = ends
    table = []
    for level in range(256):
        far = abs(level - ZERO) / ZERO
        red, green, blue = nan if level == NOT_A_NUMBER else high if level > ZERO else low
        table.append(QColor(red, green, blue, round(STRONGEST * min(far, 1.0))).rgba())
    return table


def _ends() -> Ends:
    tokens = theme.current()
    low, neutral, high, nan = (
        QColor(each) for each in (tokens.accent, tokens.surface, tokens.danger, tokens.border_strong)
    )
    return _rgb(low), _rgb(neutral), _rgb(high), _rgb(nan)


def _rgb(colour: QColor) -> Colour:
    return colour.red(), colour.green(), colour.blue()


def draw_part(painter: QPainter, covered: QRectF, part: tuple[float, float, float, float]) -> None:
    """Frame a part of a picture, given as fractions."""
    top, left, bottom, right = part
    width, height = covered.width(), covered.height()
    place = QRectF(
        covered.left() + left * width, covered.top() + top * height, (right - left) * width, (bottom - top) * height
    )
    draw_frame(painter, place.adjusted(1, 1, -1, -1))


class ScaleBar(QWidget):
    """What the colours stand for: from the most negative number through zero to the most positive."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ("", "0", "")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_scale(self, low: str, high: str) -> None:
        """Show these ends, in words."""
        self._words = (low, "0", high)
        self.setAccessibleName(f"Colours: blue {low}, neutral 0, red {high}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return the room for the bar and the numbers below."""
        return QSize(220, BAR_HEIGHT + 2 + self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), theme.current()
        painter.setFont(theme.font(theme.TEXT_SMALL))
        bar = QRectF(0.5, 0.5, self.width() - 1, BAR_HEIGHT)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for at, colour in zip((0.0, 0.5, 1.0), (tokens.accent, tokens.surface, tokens.danger), strict=True):
            gradient.setColorAt(at, QColor(colour))
        painter.fillRect(bar, gradient)
        painter.setPen(theme.colour(tokens.border_strong))
        painter.drawRect(bar)
        painter.setPen(theme.colour(tokens.text_muted))
        below = QRectF(0, BAR_HEIGHT + 2, self.width(), painter.fontMetrics().height())
        sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
        for side, words in zip(sides, self._words, strict=True):
            painter.drawText(below, side, words)
        painter.end()

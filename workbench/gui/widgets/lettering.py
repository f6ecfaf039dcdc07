"""Fast drawing of texts that are repeated by the thousand in every frame, at changing zooms."""

from functools import lru_cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QGlyphRun, QPaintEngine, QPainter, QTextLayout


class Lettering:
    """Text drawing in one font, with cached glyph runs: finding the glyphs takes Qt longer than painting them."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)

    def write(self, painter: QPainter, base: QPointF, words: str) -> None:
        """Draw a line of text on screen from the left end of its baseline, with the same pixels as ``drawText``."""
        for run in self._glyphs(words):
            painter.drawGlyphRun(base, run)

    def spell(self, painter: QPainter, base: QPointF, words: str) -> None:
        """Draw the same text into a file, where it remains searchable text."""
        painter.setFont(self.font)
        painter.drawText(base, words)

    @lru_cache(maxsize=8192)  # noqa: B019  # letterings live as long as the program
    def _glyphs(self, words: str) -> list[QGlyphRun]:
        """Return glyph runs that start at the origin; several if no single font has all glyphs."""
        layout = QTextLayout(words, self.font)
        layout.beginLayout()
        line = layout.createLine()
        line.setNumColumns(len(words))
        line.setPosition(QPointF(0, -line.ascent()))
        layout.endLayout()
        return layout.glyphRuns()


def is_file(painter: QPainter) -> bool:
    """Whether the painter draws into a file rather than pixels."""
    return painter.paintEngine().type() == QPaintEngine.Type.SVG

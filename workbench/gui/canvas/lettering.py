"""Words written again and again: thousands of them at every frame, at another zoom each time."""

from functools import lru_cache

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QGlyphRun, QPaintEngine, QPainter, QTextLayout


class Lettering:
    """One font. The glyphs of what was written in it are kept: finding them takes Qt longer than painting them."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetricsF(font)

    def write(self, painter: QPainter, base: QPointF, words: str) -> None:
        """Draw a line of words on the screen, from the left end of its base line: the pixels that ``drawText`` gives."""
        for run in self._glyphs(words):
            painter.drawGlyphRun(base, run)

    def spell(self, painter: QPainter, base: QPointF, words: str) -> None:
        """The same for a file, in which they stay words that can be searched."""
        painter.setFont(self.font)
        painter.drawText(base, words)

    @lru_cache(maxsize=8192)  # noqa: B019  # letterings live as long as the program
    def _glyphs(self, words: str) -> list[QGlyphRun]:
        """The glyphs from the origin on; several runs where no one font has all of them."""
        layout = QTextLayout(words, self.font)
        layout.beginLayout()
        line = layout.createLine()
        line.setNumColumns(len(words))
        line.setPosition(QPointF(0, -line.ascent()))
        layout.endLayout()
        return layout.glyphRuns()


def is_file(painter: QPainter) -> bool:
    """Whether what is drawn becomes a file, and not pixels."""
    return painter.paintEngine().type() == QPaintEngine.Type.SVG

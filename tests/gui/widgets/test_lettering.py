"""Text painted from cached glyphs looks as painted by Qt."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from workbench.gui.canvas.looks import text_font
from workbench.gui.widgets import theme
from workbench.gui.widgets.lettering import Lettering


def painted(way: str, words: str, zoom: float) -> QImage:
    image = QImage(400, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    lettering = Lettering(text_font(theme.TEXT_BODY))
    painter = QPainter(image)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.translate(7, 3)
    painter.scale(zoom, zoom)
    getattr(lettering, way)(painter, QPointF(5.25, 14.5), words)
    painter.end()
    return image


@pytest.mark.parametrize("zoom", [0.43, 1.0, 1.7])
@pytest.mark.parametrize(
    "words", ["conv1", "2.36 M params", "16×32×32 …", "Übergröße fi", "畳み込み conv", "שלום conv", "e\u0301tage"]
)
def test_glyphs_are_where_the_words_would_be(qapp: QApplication, words: str, zoom: float) -> None:
    seen = painted("write", words, zoom)
    assert seen == painted("spell", words, zoom)
    assert seen != painted("write", "", zoom)

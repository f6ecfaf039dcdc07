"""The list of predictions for each pixel: a row for each picture, with its input, target, output and errors."""

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from workbench.gui.mistakes.dense.presenter import DensePresenter
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.gallery import FRAME, GAP, GalleryView
from workbench.gui.widgets.pictures import Images, draw_strip
from workbench.gui.widgets.tiling import Tiling
from workbench.session.views.mistakes.drawn import CAPTIONS

PICTURE = 56
"""Side of a picture in a row, in pixels."""

BETWEEN = 3
WORDS = 120
"""Least room for the words beside the pictures, in pixels."""

MOST_LINES = 4
"""Of words beside the pictures: a name and three measures."""

READ = 8
"""Pictures that arrive at a time: the network runs for each."""


class StripList(GalleryView):
    """A row for each picture; those in sight are computed when they are seen."""

    def __init__(self, presenter: DensePresenter, pump: EventPump) -> None:
        super().__init__(PICTURE, margin=0, several=True)
        self._presenter = presenter
        self.images = Images(self, pump, longest=2 * len(CAPTIONS) * PICTURE, most_read=READ)
        self.images.arrived.connect(self.viewport().update)
        self.setAccessibleName("Pictures, each with its input, target, output and errors")

    def tiling(self) -> Tiling:
        lines = MOST_LINES * math.ceil(QFontMetricsF(theme.font(theme.TEXT_SMALL)).height())
        return Tiling(columns=1, width=self.room(), height=max(PICTURE, lines + 2 * FRAME), gap=GAP)

    def least_room(self) -> int:
        """Return the width that the pictures and the words beside them need."""
        return len(CAPTIONS) * (PICTURE + BETWEEN) + theme.SPACE_S + WORDS

    def sizeHint(self) -> QSize:
        """Return a size for about four rows."""
        return QSize(self.least_room(), 4 * (PICTURE + GAP))

    def paint_picture(self, painter: QPainter, rect: QRectF, index: int) -> None:
        places = [
            QRectF(rect.left() + place * (PICTURE + BETWEEN), rect.center().y() - PICTURE / 2, PICTURE, PICTURE)
            for place in range(len(CAPTIONS))
        ]
        draw_strip(painter, self.image(index), places)
        left = places[-1].right() + theme.SPACE_S
        self._paint_words(painter, QRectF(left, rect.top(), rect.right() - left - theme.SPACE_XS, rect.height()), index)

    def _paint_words(self, painter: QPainter, place: QRectF, index: int) -> None:
        tokens, lines = theme.current(), [self._presenter.name(index), *self._presenter.measured(index)]
        painter.setFont(theme.font(theme.TEXT_SMALL))
        metrics = painter.fontMetrics()
        top = place.top() + max((place.height() - len(lines) * metrics.height()) / 2, 0)
        for number, words in enumerate(lines):
            painter.setPen(theme.colour(tokens.text_muted if number else tokens.text))
            mode = Qt.TextElideMode.ElideRight if number else Qt.TextElideMode.ElideMiddle
            line = QRectF(place.left(), top + number * metrics.height(), place.width(), metrics.height())
            painter.drawText(line, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(words, mode, int(place.width())))

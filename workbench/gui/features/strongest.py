"""The pictures that excite a channel the most, each with a frame around what it sees there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter

from workbench.gui.features.painting import draw_part
from workbench.gui.widgets.gallery import GalleryView
from workbench.spec.quantities import numeral

if TYPE_CHECKING:
    from workbench.gui.features.presenter import FeaturesPresenter, Part
    from workbench.gui.widgets.pictures import Images

TILE = 76


class StrongestView(GalleryView):
    """The strongest first, with their responses; a click or the keys choose one."""

    def __init__(self, presenter: FeaturesPresenter) -> None:
        super().__init__(TILE, margin=0)
        self.setAccessibleName("The strongest pictures")
        self._presenter = presenter
        self._parts: dict[int, Part | None] = {}

    def show_strongest(self, images: Images) -> None:
        found = self._presenter.exciting
        self._parts = {each.number: each.part for each in found}
        responses = {each.number: numeral(each.response) for each in found}
        numbers = np.array(list(responses), np.int64)
        self.show_pictures(numbers, images, self._presenter.exciting_tip, badge=responses.__getitem__)

    def paint_picture(self, painter: QPainter, rect: QRectF, index: int) -> None:
        """Draw one picture and the frame, under the response."""
        super().paint_picture(painter, rect, index)
        part, image = self._parts[index], self.image(index)
        if part is not None and not image.isNull():
            size = QSizeF(image.size()).scaled(rect.size(), Qt.AspectRatioMode.KeepAspectRatio)
            covered = QRectF(QPointF(), size)
            covered.moveCenter(rect.center())
            draw_part(painter, covered, part)

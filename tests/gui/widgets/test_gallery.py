"""A gallery has room for two pictures beside each other, however narrow its panel is."""

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.widgets import theme
from workbench.gui.widgets.gallery import GalleryView
from workbench.gui.widgets.pictures import image_source

GREY = image_source(np.full((40, 1, 2, 2), 128, np.uint8))


@pytest.mark.parametrize(("tile", "margin"), [(36, 12), (56, 0)])
def test_the_narrowest_gallery_has_two_columns_beside_its_scroll_bar(
    qapp: QApplication, qtbot: QtBot, tile: int, margin: int
) -> None:
    theme.apply(qapp, "light")
    gallery, panel = GalleryView(tile, margin), QWidget()
    row = QHBoxLayout(panel)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(gallery)
    qtbot.addWidget(panel)
    panel.show()
    gallery.show_pictures(np.arange(40), GREY, str)
    row.activate()
    panel.resize(1, 200)
    qtbot.waitUntil(lambda: gallery.width() == gallery.minimumWidth() and gallery.verticalScrollBar().isVisible())
    assert gallery.tiling().columns == 2

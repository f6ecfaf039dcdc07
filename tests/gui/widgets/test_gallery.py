"""A gallery has room for two pictures beside each other, however narrow its panel is."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
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


@pytest.fixture
def several(qapp: QApplication, qtbot: QtBot) -> GalleryView:
    """Forty pictures, the last first, of which several can be selected."""
    theme.apply(qapp, "light")
    gallery = GalleryView(36, 0, several=True)
    gallery.chosen.connect(gallery.select)
    qtbot.addWidget(gallery)
    gallery.resize(200, 400)
    gallery.show()
    gallery.show_pictures(np.arange(40)[::-1], GREY, str)
    return gallery


def click(qtbot: QtBot, gallery: GalleryView, place: int, modifier: Qt.KeyboardModifier) -> None:
    left, top = gallery.tiling().place(place)
    spot = QPoint(int(left) + 18, int(top) + 18)
    qtbot.mousePress(gallery.viewport(), Qt.MouseButton.LeftButton, modifier, spot)


NONE, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def test_several_are_selected_with_shift_and_ctrl(qtbot: QtBot, several: GalleryView) -> None:
    click(qtbot, several, 1, NONE)
    assert several.selection == {38} and several.selected == 38
    click(qtbot, several, 3, SHIFT)
    assert several.selection == {38, 37, 36} and several.selected == 36
    click(qtbot, several, 2, SHIFT)
    assert several.selection == {38, 37}, "Shift counts from the first"
    click(qtbot, several, 7, CTRL)
    assert several.selection == {38, 37, 32} and several.selected == 32
    click(qtbot, several, 1, CTRL)
    assert several.selection == {37, 32}
    click(qtbot, several, 2, NONE)
    assert several.selection == {37}


def test_several_are_selected_by_keys(qtbot: QtBot, several: GalleryView) -> None:
    qtbot.keyClick(several, Qt.Key.Key_Right)
    qtbot.keyClick(several, Qt.Key.Key_Right, SHIFT)
    qtbot.keyClick(several, Qt.Key.Key_Right, SHIFT)
    assert several.selection == {39, 38, 37}
    qtbot.keyClick(several, Qt.Key.Key_Left, SHIFT)
    assert several.selection == {39, 38}
    with qtbot.waitSignal(several.selection_changed):
        qtbot.keyClick(several, Qt.Key.Key_A, CTRL)
    assert several.selection == set(range(40))
    qtbot.keyClick(several, Qt.Key.Key_Home)
    assert several.selection == {39}


def test_pictures_that_are_no_longer_shown_are_not_selected(qtbot: QtBot, several: GalleryView) -> None:
    qtbot.keyClick(several, Qt.Key.Key_A, CTRL)
    several.show_pictures(np.array([3, 1]), GREY, str)
    assert several.selection == {3, 1}
    several.select(20)
    assert several.selection == {20}


def test_elsewhere_one_picture_is_chosen_whatever_is_held(qtbot: QtBot) -> None:
    gallery = GalleryView(36, 0)
    qtbot.addWidget(gallery)
    gallery.show_pictures(np.arange(4), GREY, str)
    gallery.resize(200, 200)
    gallery.show()
    click(qtbot, gallery, 1, NONE)
    click(qtbot, gallery, 2, SHIFT)
    click(qtbot, gallery, 3, CTRL)
    qtbot.keyClick(gallery, Qt.Key.Key_A, CTRL)
    assert gallery.selection == {3}


def test_a_badge_is_written_along_the_lower_edge_of_its_picture_alone(qtbot: QtBot, several: GalleryView) -> None:
    def drawn() -> np.ndarray:
        image = several.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return pixels[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)

    before = drawn()
    several.show_pictures(
        np.arange(40)[::-1], GREY, str, lambda index: "", lambda index: "was cat" if index == 38 else ""
    )
    rows, columns = np.nonzero(np.abs(drawn() - before).sum(axis=2))
    left, top = several.tiling().place(1)
    assert left <= columns.min() and columns.max() < left + 36
    assert top + 12 < rows.min() and rows.max() < top + 36

"""The keyboard in a scrolled grid of tiles."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.widgets.tile_keys import scroll_to, tile_of_key
from workbench.gui.widgets.tiling import Tiling

GRID = Tiling(columns=4, width=40, height=40, gap=10)
COUNT = 30


@pytest.fixture
def area(qtbot: QtBot) -> QScrollArea:
    """A view of three rows of the grid."""
    area, grid = QScrollArea(), QWidget()
    qtbot.addWidget(area)
    grid.setFixedSize(*(int(side) for side in GRID.size(COUNT)))
    area.setWidget(grid)
    area.resize(300, 152)
    area.show()
    return area


@pytest.mark.parametrize(
    ("key", "place"),
    [("Left", 8), ("Right", 10), ("Up", 5), ("Down", 13), ("PageUp", 0), ("PageDown", 21), ("Home", 0), ("End", 29)],
)
def test_a_key_leads_to_a_tile(area: QScrollArea, key: str, place: int) -> None:
    assert tile_of_key(Qt.Key[f"Key_{key}"], 9, COUNT, GRID, area) == place


def test_other_keys_lead_nowhere(area: QScrollArea) -> None:
    assert tile_of_key(Qt.Key.Key_A, 9, COUNT, GRID, area) is None
    assert tile_of_key(0, 9, COUNT, GRID, area) is None


def test_a_tile_is_scrolled_into_view_and_no_farther(area: QScrollArea) -> None:
    bar = area.verticalScrollBar()
    scroll_to(29, GRID, area, 2)
    assert bar.value() <= GRID.place(29)[1] and bar.value() + area.viewport().height() >= GRID.place(29)[1] + 40
    shown = bar.value()
    scroll_to(28, GRID, area, 2)
    assert bar.value() == shown
    scroll_to(0, GRID, area, 2)
    assert bar.value() == 0

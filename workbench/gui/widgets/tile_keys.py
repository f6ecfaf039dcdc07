"""The keyboard in a scrolled grid of tiles: which tile a key leads to, and that it is in view."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractScrollArea

from workbench.gui.widgets.tiling import Tiling


def tile_of_key(key: int, here: int, count: int, tiling: Tiling, area: QAbstractScrollArea) -> int | None:
    """Return the tile that a key leads to from ``here``, which may lie beyond the ends; None for other keys."""
    columns, last = tiling.columns, count - 1
    page = columns * max(int(area.viewport().height() // tiling.pitch[1]), 1)
    places: dict[int, int] = {
        Qt.Key.Key_Left: here - 1,
        Qt.Key.Key_Right: here + 1,
        Qt.Key.Key_Up: here - columns,
        Qt.Key.Key_Down: here + columns,
        Qt.Key.Key_PageUp: max(here - page, 0),
        Qt.Key.Key_PageDown: min(here + page, last),
        Qt.Key.Key_Home: 0,
        Qt.Key.Key_End: last,
    }
    return places.get(key)


def scroll_to(tile: int, tiling: Tiling, area: QAbstractScrollArea, margin: int = 0) -> None:
    """Scroll as far as is needed to see a tile as a whole."""
    top, bar = int(tiling.place(tile)[1]), area.verticalScrollBar()
    bottom = top + int(tiling.pitch[1]) + margin
    bar.setValue(min(max(bar.value(), bottom - area.viewport().height()), top))

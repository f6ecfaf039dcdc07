"""Tables: text is aligned with its heading, and one column takes the width the others leave."""

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QTableWidgetItem
from pytestqt.qtbot import QtBot

from workbench.gui.widgets import theme
from workbench.gui.widgets.tables import LEAST_NAME, LEFT, RIGHT, make_table

WIDTH, CONTRAST = 150, 60


def ends(picture: QImage, top: int, bottom: int, left: int) -> tuple[int, int]:
    """The left and right ends of the text in a cell."""
    ground = picture.pixelColor(left + 2, top + 4).lightness()
    written = [
        x
        for x in range(left, left + WIDTH)
        for y in range(top + 2, bottom - 3)
        if abs(picture.pixelColor(x, y).lightness() - ground) > CONTRAST
    ]
    return min(written), max(written)


def test_cells_stand_below_their_headings(qapp: QApplication, qtbot: QtBot) -> None:
    theme.apply(qapp, "light")
    theme.dress(qapp)
    table = make_table(["HHH", "HHH"], "Letters", {1})
    qtbot.addWidget(table)
    table.setRowCount(1)
    for column, alignment in enumerate((LEFT, RIGHT)):
        item = QTableWidgetItem("HHH")
        item.setTextAlignment(alignment)
        table.setItem(0, column, item)
        table.setColumnWidth(column, WIDTH)
    table.resize(2 * WIDTH + 20, 100)
    table.show()
    picture = table.grab().toImage()
    head = table.horizontalHeader().height()
    row = head + table.rowHeight(0)
    assert ends(picture, head, row, 0)[0] == pytest.approx(ends(picture, 0, head, 0)[0], abs=1)
    assert ends(picture, head, row, WIDTH)[1] == pytest.approx(ends(picture, 0, head, WIDTH)[1], abs=1)


def test_a_column_takes_what_the_others_leave_and_is_never_squeezed(qtbot: QtBot) -> None:
    table = make_table(["Layer", "Settings", "Output"], "Layers")
    qtbot.addWidget(table)
    table.show()
    for width, taken in ((900, 900 - 2 * WIDTH), (LEAST_NAME, LEAST_NAME)):
        table.resize(width, 100)
        for column in (0, 2):
            table.setColumnWidth(column, WIDTH)
        table.fit_names(1)
        assert table.columnWidth(1) == pytest.approx(taken, abs=4)
    table.resize(900, 100)
    assert table.columnWidth(1) == pytest.approx(900 - 2 * WIDTH, abs=4), "after a change of the width, too"

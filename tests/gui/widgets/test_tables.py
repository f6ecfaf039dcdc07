"""Tables: text is aligned with its heading, and one column takes the width the others leave."""

import csv
import io

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QTableWidgetItem
from pytestqt.qtbot import QtBot

from workbench.gui.widgets import theme
from workbench.gui.widgets.tables import LEAST_HEADING, LEAST_NAME, LEAST_TEXT, LEFT, RIGHT, WIDEST_NAME, Table

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
    table = Table(["HHH", "HHH"], "Letters", {1})
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
    table = Table(["Layer", "Settings", "Output"], "Layers")
    qtbot.addWidget(table)
    table.show()
    table.fit_columns(1)
    others = table.columnWidth(0) + table.columnWidth(2)
    for width, taken in ((900, 900 - others), (LEAST_NAME, LEAST_NAME), (800, 800 - others)):
        table.resize(width, 100)
        assert table.columnWidth(1) == pytest.approx(taken, abs=4)


def test_where_it_is_narrow_headings_give_way_before_texts_and_these_before_names(qtbot: QtBot) -> None:
    table = Table(["Name", "A heading of the numbers below", "Remark"], "Things", {1})
    qtbot.addWidget(table)
    table.setRowCount(1)
    for column, words in enumerate(("A name of some length", "3", "A remark that is a little longer")):
        table.setItem(0, column, QTableWidgetItem(words))
    table.resize(2000, 100)
    table.show()
    table.fit_columns()
    name, (heading, remark) = table.sizeHintForColumn(0), map(table.columnWidth, (1, 2))
    assert heading > LEAST_HEADING and remark > LEAST_TEXT and name > LEAST_NAME

    def widths(room: int) -> tuple[int, int, int]:
        table.resize(room + table.width() - table.viewport().width(), 100)
        return table.columnWidth(0), table.columnWidth(1), table.columnWidth(2)

    table.item(0, 0).setText("A name " * 200)
    table.fit_columns()
    assert widths(WIDEST_NAME + heading + remark) == (WIDEST_NAME, heading, remark), "an endless name is elided instead"
    table.item(0, 0).setText("A name of some length")
    table.fit_columns()
    assert table.horizontalHeaderItem(1).toolTip() == ""
    assert widths(name + heading + remark - 20) == (name, heading - 20, remark)
    assert table.horizontalHeaderItem(1).toolTip() == "A heading of the numbers below", "which is elided"
    assert table.horizontalHeader().textElideMode() == Qt.TextElideMode.ElideRight, "its beginning stays"
    assert widths(name + LEAST_HEADING + remark - 20) == (name, LEAST_HEADING, remark - 20)
    assert widths(name + LEAST_HEADING + LEAST_TEXT - 5) == (name - 5, LEAST_HEADING, LEAST_TEXT)
    assert widths(100) == (LEAST_NAME, LEAST_HEADING, LEAST_TEXT), "the table scrolls"
    assert widths(name + heading + remark + 50) == (name + 50, heading, remark)


def test_selected_rows_are_copied_with_the_headings_of_the_visible_columns(qtbot: QtBot) -> None:
    table = Table(["Name", "Hidden", "Number"], "Things", {2})
    qtbot.addWidget(table)
    table.setRowCount(3)
    for row in range(3):
        for place, words in enumerate((f"thing {row}", "no", f"{row} %")):
            table.setItem(row, place, QTableWidgetItem(words))
    table.hideColumn(1)
    QApplication.clipboard().setText("before")
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "before"
    table.selectRow(0)
    rows = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    table.selectionModel().select(table.model().index(2, 0), rows)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == "Name\tNumber\nthing 0\t0 %\nthing 2\t2 %\n"


def test_a_copied_cell_with_a_tab_or_a_line_break_stays_one_cell(qtbot: QtBot) -> None:
    table = Table(["Name", "Remark"], "Things", {1})
    qtbot.addWidget(table)
    table.setRowCount(1)
    cells = ["a\tb", 'first line\nthe "second"']
    for place, words in enumerate(cells):
        table.setItem(0, place, QTableWidgetItem(words))
    table.selectRow(0)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert [*csv.reader(io.StringIO(QApplication.clipboard().text()), "excel-tab")] == [["Name", "Remark"], cells]

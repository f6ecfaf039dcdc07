"""Long names, shortened so that each can still be told from the others."""

import pytest
from PySide6.QtGui import QFontMetricsF, QImage
from PySide6.QtWidgets import QApplication, QTableWidgetItem
from pytestqt.qtbot import QtBot

from workbench.gui.widgets import theme
from workbench.gui.widgets.tables import Table
from workbench.gui.widgets.told_apart import told_apart

RUNS = tuple(f"2026-12-01-lenet-with-dropout-0.{tenths}-and-augmentation-on-fashion-mnist-1" for tenths in (2, 5, 8))


@pytest.mark.parametrize("room", [70, 120, 220, 320])
def test_what_differs_is_shown_with_as_much_around_it_as_there_is_room_for(qapp: QApplication, room: int) -> None:
    metrics = QFontMetricsF(theme.font(theme.TEXT_BODY))
    written = told_apart(RUNS, metrics, room)
    assert len(set(written)) == len(RUNS)
    assert all(metrics.horizontalAdvance(text) <= room for text in written)
    if room >= 220:
        assert all(f"dropout-0.{tenths}" in text for tenths, text in zip((2, 5, 8), written, strict=True))


def test_names_with_room_are_whole(qapp: QApplication) -> None:
    assert told_apart(RUNS, QFontMetricsF(theme.font(theme.TEXT_BODY)), 2000) == RUNS


def test_names_that_differ_only_at_their_end_lose_their_date_before_the_networks_name(qapp: QApplication) -> None:
    names = [f"2026-12-01-lenet-on-fashion-mnist-small-{number}" for number in (1, 2)]
    first, second = told_apart(names, QFontMetricsF(theme.font(theme.TEXT_BODY)), 130)
    assert first.startswith("…lenet") and first.endswith("-1") and second.endswith("-2")
    other_day = told_apart([names[0], "2026-11-30-mlp-on-wines-1"], QFontMetricsF(theme.font(theme.TEXT_BODY)), 130)
    assert other_day[0].startswith("2026-12-01"), "a date that differs says something"


def test_a_narrow_column_of_a_table_shows_what_differs(qtbot: QtBot) -> None:
    table = Table(["Runs"], "Runs")
    qtbot.addWidget(table)
    table.setRowCount(len(RUNS))
    for row, name in enumerate(RUNS):
        table.setItem(row, 0, QTableWidgetItem(name))
    table.tell_apart(0)
    table.setColumnWidth(0, 130)
    table.resize(400, 200)
    table.show()

    def cell(row: int) -> QImage:
        return table.viewport().grab(table.visualItemRect(table.item(row, 0)).adjusted(0, 2, 0, -2)).toImage()

    assert cell(0) != cell(1) != cell(2) != cell(0)
    table.insertColumn(1)
    for row, name in enumerate(RUNS):
        table.setItem(row, 1, QTableWidgetItem(name.replace("lenet", "network")))
    table.setColumnWidth(1, 130)
    table.tell_apart(0, 1)
    others = [table.viewport().grab(table.visualItemRect(table.item(row, 1)).adjusted(0, 2, 0, -2)) for row in (0, 1)]
    assert others[0].toImage() != others[1].toImage(), "so does another column"
    assert RUNS[1] in table.text_of([1]), "whole names are copied"
    assert table.sizeHintForColumn(0) > 300, "and measured"

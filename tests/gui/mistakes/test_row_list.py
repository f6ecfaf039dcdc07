"""The list of a table's rows keeps what is selected and current through the answers of a run."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel
from pytestqt.qtbot import QtBot

from tests.gui.mistakes.test_mistakes_presenter import ANIMALS
from workbench.gui.mistakes.classes.presenter import ClassesPresenter
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.gui.mistakes.row_list import RowList

COUNT = 1000
TABLE = replace(
    ANIMALS,
    labels=np.zeros(COUNT, np.int64),
    predicted=np.ones(COUNT, np.int64),
    confidence=np.ones(COUNT, np.float32),
    losses=np.ones(COUNT, np.float32),
    names=np.array([f"row {number}" for number in range(COUNT)], object),
)


@pytest.fixture
def rows(qtbot: QtBot) -> RowList:
    presenter = MistakesPresenter()
    presenter.heads = (TABLE,)
    rows = RowList()
    rows.rows.page = ClassesPresenter(presenter)
    qtbot.addWidget(rows)
    rows.show_rows(np.arange(COUNT))
    return rows


def test_another_answer_keeps_the_selection_and_the_current_row_and_tells_once(rows: RowList) -> None:
    rows.selectAll()
    rows.selectionModel().setCurrentIndex(rows.rows.index(400), QItemSelectionModel.SelectionFlag.NoUpdate)
    told: list[int] = []
    rows.selection_changed.connect(lambda: told.append(len(rows.selection)))
    worst_first = np.arange(COUNT)[::-2]
    rows.show_rows(worst_first)
    assert told == [COUNT // 2] and rows.selection == worst_first.tolist()
    assert rows.selection == [int(worst_first[each.row()]) for each in rows.selectedIndexes()]
    assert rows.currentIndex().row() == -1, "it is no mistake any more"
    rows.selectionModel().setCurrentIndex(rows.rows.index(3), QItemSelectionModel.SelectionFlag.NoUpdate)
    rows.show_rows(np.arange(COUNT))
    assert rows.currentIndex().row() == worst_first[3] and sorted(rows.selection) == sorted(worst_first.tolist())
    rows.show_rows(None)
    assert rows.selection == [] and rows.selectedIndexes() == []

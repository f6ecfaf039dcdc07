"""The data window on a table of numbers: its rows, what standardises them, and equal rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from sklearn import datasets

from tests.data.sources.test_table_numbers import experiment_on, write_set
from tests.gui.browse_data.test_browse_data_view import opened
from workbench.data.preparation import prepare
from workbench.gui.experiment.document import Document

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_rows_are_shown_as_they_are_with_what_standardises_them(qtbot: QtBot, tmp_path: Path) -> None:
    experiment = experiment_on(write_set(tmp_path, "iris"))
    document = Document(experiment)
    look = opened(qtbot, document)
    qtbot.waitUntil(lambda: look.presenter.survey is not None)
    assert look._body.currentWidget() is look.rows and look.caption.text() == "150 rows"
    model, names = look.rows.rows, datasets.load_iris().feature_names
    assert (model.rowCount(), model.columnCount()) == (150, 6)
    headings = [model.headerData(place, Qt.Orientation.Horizontal) for place in range(6)]
    assert headings == ["split", "species", *names]
    row = next(row for row in range(150) if model.headerData(row, Qt.Orientation.Vertical) == "42")
    values = datasets.load_iris().data[41]
    shown = [model.index(row, place).data() for place in range(1, 6)]
    assert shown == ["setosa", *(f"{value:g}" for value in values)]
    data = prepare(experiment.data, input_shape=(4,), seed=experiment.seed)
    told = [label.text() for label in look.facts.features.findChildren(QLabel)]
    assert f"{data.mean[0]:.4g}" in told and f"{data.std[3]:.4g}" in told
    look.splits.setCurrentIndex(look.splits.findData("test"))
    assert model.rowCount() == 30 and {model.index(row, 0).data() for row in range(30)} == {"test"}
    look.splits.setCurrentIndex(0)
    (twins,) = look.presenter.facts.twins
    assert set(twins.names) == {"row 102", "row 143"}, "as is known of this data"
    look.facts.twins_chosen.emit(twins)
    assert model.rowCount() == 2
    look.close()

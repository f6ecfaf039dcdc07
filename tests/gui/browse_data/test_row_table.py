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
from workbench.spec.record import replace

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_excluded_rows_are_listed_restored_and_do_not_count_in_what_standardises(qtbot: QtBot, tmp_path: Path) -> None:
    experiment = experiment_on(write_set(tmp_path, "iris"))
    recipe = replace(experiment.data, leave_out=tuple(f"row {row}" for row in range(1, 61)))
    data = prepare(recipe, input_shape=(4,), seed=experiment.seed)
    document = Document(replace(experiment, data=recipe))
    look = opened(qtbot, document)
    qtbot.waitUntil(lambda: look.presenter.survey is not None)
    assert set(look.presenter.facts.left_out) == set(recipe.leave_out) and look.facts.left_out.text() == "60 rows"
    assert [(each.mean, each.std) for each in look.presenter.facts.features] == list(
        zip(data.mean, data.std, strict=True)
    )
    look.choices.setCurrentIndex(look.choices.findData("left_out"))
    model = look.rows.rows
    assert {model.headerData(row, Qt.Orientation.Vertical) for row in range(60)} == set(map(str, range(1, 61)))
    assert model.rowCount() == 60
    look.facts.take_back.click()
    assert document.experiment.data.leave_out == ()
    qtbot.waitUntil(lambda: look.presenter.facts.left_out == () and model.rowCount() == 150)
    look.close()


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

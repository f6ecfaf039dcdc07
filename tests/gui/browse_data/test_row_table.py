"""The data window on a table of numbers: its rows, what standardises them, and equal rows."""

from __future__ import annotations

import sys
from collections import Counter
from threading import current_thread
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QAbstractTableModel, QItemSelectionModel, QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from sklearn import datasets

from tests.data.sources.test_table_numbers import experiment_on, write_csv, write_set
from tests.gui.browse_data.test_browse_data_view import opened
from workbench.data.inventory import Inventory
from workbench.data.preparation import prepare
from workbench.gui.experiment.document import Document
from workbench.gui.widgets import theme
from workbench.gui.widgets.row_table import RowModel
from workbench.spec.files import read_experiment
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
    for widget in (look.card.leave_out, look.card.relabel, look.exclude_copies):
        assert "row" in widget.toolTip() and "picture" not in widget.toolTip()
    look.facts.take_back.click()
    assert document.undo_label == "restore all rows"
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


def test_rows_that_are_equal_by_chance_are_no_copies_and_few_are_named(qtbot: QtBot, tmp_path: Path) -> None:
    """Of 800 rows with three small numbers nearly all equal another one."""
    drawn = np.random.default_rng(1).integers(0, 3, (800, 3)).tolist()
    rows = [[*values, "yes" if number % 2 else "no"] for number, values in enumerate(drawn)]
    document = Document(experiment_on(write_csv(tmp_path / "few.csv", ["a", "b", "c", "kind"], rows)))
    look = opened(qtbot, document)
    qtbot.waitUntil(lambda: look.presenter.survey is not None and not look._pump.busy)
    inventory, facts = look.presenter.inventory, look.presenter.facts
    assert len(facts.twins) == 54 and not any(twins.conflict for twins in facts.twins)
    for twins in facts.twins:
        assert len({inventory.classes[number] for number in twins.numbers}) == 1, "equal in what is predicted, too"
    assert look.facts.twin_words.text().startswith(
        "54 exact (=). Most training rows equal another one: if their values are few,"
    )
    assert look.warning.isHidden() and look.exclude_copies.isHidden() and look.show_leaks.isHidden()
    item = look.facts.twins.item(0)
    assert item.text().startswith("row ") and item.text().endswith(" more"), "neither a leak nor endless"
    assert item.foreground().color() == theme.colour(theme.current().text)
    look.close()


def test_more_equal_rows_than_are_listed_are_told(qtbot: QtBot, tmp_path: Path) -> None:
    values = np.random.default_rng(1).random((400, 2)).round(6).tolist()
    rows = [[*each, "yes" if number % 2 else "no"] for number, each in enumerate(values)]
    document = Document(experiment_on(write_csv(tmp_path / "twice.csv", ["a", "b", "kind"], [*rows, *rows[:120]])))
    look = opened(qtbot, document)
    qtbot.waitUntil(lambda: look.presenter.survey is not None and not look._pump.busy)
    assert look.facts.twin_words.text() == "120 exact (=); the first 100 are listed" and look.facts.twins.count() == 100
    assert "so results there are too good" in look.warning.text() and look.exclude_copies.isVisibleTo(look)
    look.close()


def test_rows_of_arrays_are_numbered_in_the_split_beside_them(qtbot: QtBot, tmp_path: Path) -> None:
    inputs = np.random.default_rng(1).random((60, 2))
    answers = np.arange(60) % 2
    arrays = {"x_train": inputs[:40], "y_train": answers[:40], "x_test": inputs[40:], "y_test": answers[40:]}
    np.savez(tmp_path / "own.npz", **arrays)
    look = opened(qtbot, Document(experiment_on(tmp_path / "own.npz")))
    model = look.rows.rows
    for row, name in ((0, "0"), (59, "19")):
        assert model.headerData(row, Qt.Orientation.Vertical) == name
    split_of = {model.headerData(row, Qt.Orientation.Vertical): model.index(row, 0).data() for row in range(40)}
    drawn = {name for name, split in split_of.items() if split == "validation"}
    assert drawn and all(name.startswith("train/") for name in drawn), "where the file has them"
    look.close()


def test_selected_rows_are_excluded_and_restored_in_one_step(qtbot: QtBot, tmp_path: Path) -> None:
    document = Document(experiment_on(write_set(tmp_path, "iris")))
    look = opened(qtbot, document)
    qtbot.waitUntil(lambda: look.presenter.survey is not None and not look._pump.busy)
    model = look.rows.rows
    assert look.card.isVisibleTo(look) and look.card.words.text() == "Click a row to exclude it or correct its label."
    look.rows.selectRow(7)
    name = f"row {model.headerData(7, Qt.Orientation.Vertical)}"
    assert look.card.words.text().startswith(f"{name}\n{model.index(7, 1).data()} · {model.index(7, 0).data()}")
    look.card.leave_out.click()
    assert document.experiment.data.leave_out == (name,)
    qtbot.waitUntil(lambda: look.presenter.is_out(model.number(7)))
    assert model.index(7, 1).data(Qt.ItemDataRole.FontRole).strikeOut() and "excluded" in look.card.words.text()
    assert look.rows.selection == [model.number(7)] and look.card.leave_out.text() == "Restore"
    document.undo()
    qtbot.waitUntil(lambda: not look.presenter.is_out(model.number(7)))
    assert model.index(7, 1).data(Qt.ItemDataRole.FontRole) is None
    look.rows.clearSelection()
    mode = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in (3, 5, 11):
        look.rows.selectionModel().select(model.index(row, 0), mode)
    qtbot.keyClick(look, Qt.Key.Key_Delete)
    wanted = {f"row {model.headerData(row, Qt.Orientation.Vertical)}" for row in (3, 5, 11)}
    assert set(document.experiment.data.leave_out) == wanted and document.undo_label == "exclude 3 rows"
    look.splits.setCurrentIndex(look.splits.findData("test"))
    assert look.rows.selection == [] and look.card.words.text() == "Click a row to exclude it or correct its label."
    look.close()


def test_rows_selected_before_are_forgotten_with_their_data(qtbot: QtBot, tmp_path: Path) -> None:
    document = Document(experiment_on(write_set(tmp_path, "iris")))
    look = opened(qtbot, document)
    mode = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in (6, 7):
        look.rows.selectionModel().select(look.rows.rows.index(row, 0), mode)
    look.rows.grab()
    digits = read_experiment("lenet-digits")
    document.apply("other", digits)
    look.rows.grab()
    assert look.rows.rows.rowCount() == 0 and look.presenter.selected is None
    qtbot.waitUntil(lambda: not look._pump.busy and look._body.currentWidget() is look.gallery)
    qtbot.keyClick(look, Qt.Key.Key_Delete)
    assert document.experiment == digits, "no picture is selected"
    document.undo()
    qtbot.waitUntil(lambda: not look._pump.busy and look._body.currentWidget() is look.rows)
    assert list(look.rows.selection) == []
    look.close()


def test_the_keys_are_the_rows_again_once_the_labels_are_closed(qtbot: QtBot, tmp_path: Path) -> None:
    look = opened(qtbot, Document(experiment_on(write_set(tmp_path, "iris"))))
    look.rows.selectRow(7)
    qtbot.keyClick(look, Qt.Key.Key_F2)
    assert look.labels.isVisible()
    qtbot.keyClick(look.labels.field, Qt.Key.Key_Escape)
    assert look.focusWidget() is look.rows and not look.labels.isVisible()
    qtbot.keyClick(look, Qt.Key.Key_F2)
    look._document.apply("other", read_experiment("lenet-digits"))
    assert not look.labels.isVisible(), "the rows are gone"
    qtbot.waitUntil(lambda: not look._pump.busy and look._body.currentWidget() is look.gallery)
    look.close()


def test_of_a_hundred_thousand_rows_all_are_selected_at_once(qtbot: QtBot, tmp_path: Path) -> None:
    inputs = np.random.default_rng(1).random((100_000, 2))
    np.savez(tmp_path / "large.npz", x_train=inputs, y_train=np.arange(100_000) % 2)
    document = Document(experiment_on(tmp_path / "large.npz"))
    look = opened(qtbot, document)
    calls: list[None] = []
    sys.setprofile(lambda _frame, event, _of: calls.append(None) if event in ("call", "c_call") else None)
    try:
        look.rows.selectAll()
    finally:
        sys.setprofile(None)
    assert len(calls) < 1_000, "no row has a call of its own"
    qtbot.keyClick(look, Qt.Key.Key_F2)
    assert look.labels.field.placeholderText() == "Label 100,000 rows as"
    qtbot.keyClick(look.labels.field, Qt.Key.Key_Escape)
    qtbot.keyClick(look, Qt.Key.Key_Delete)
    assert document.undo_label == "exclude 100,000 rows"
    assert look.rows.selection == list(range(100_000))
    assert look.card.words.text().startswith("train/1\n")
    assert look.card.words.text().endswith("\nand 99,999 rows more")
    look.close()


def test_painting_selected_rows_asks_only_for_those_in_sight(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a hundred thousand rows selected, each repaint went through them all in 31 columns, for 0.8 seconds."""
    np.savez(tmp_path / "large.npz", x_train=np.zeros((2_000, 3)), y_train=np.arange(2_000) % 2)
    asked = list[None]()

    def flags(model: RowModel, index: QModelIndex) -> Qt.ItemFlag:
        asked.append(None)
        return QAbstractTableModel.flags(model, index)

    monkeypatch.setattr(RowModel, "flags", flags, raising=False)
    look = opened(qtbot, Document(experiment_on(tmp_path / "large.npz")))
    look.rows.selectAll()
    look.rows.grab()
    asked.clear()
    look.rows.grab()
    assert 0 < len(asked) < 1_000
    look.rows.horizontalHeader().sectionPressed.emit(1)
    assert len(look.rows.selection) == 2_000, "a heading still selects"
    look.close()


def test_many_rows_are_copied_in_the_background_each_read_once(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cell by cell in the window's thread, a hundred thousand rows with 30 columns stopped it for 23 seconds."""
    inputs = np.random.default_rng(1).random((20_000, 5))
    np.savez(tmp_path / "large.npz", x_train=inputs, y_train=np.arange(20_000) % 2)
    look = opened(qtbot, Document(experiment_on(tmp_path / "large.npz")))
    model = look.rows.rows
    look.rows.selectAll()
    read, before = Counter[str](), Inventory.picture

    def picture(self: Inventory, number: int) -> object:
        read[current_thread().name] += 1
        return before(self, number)

    monkeypatch.setattr(Inventory, "picture", picture)
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(look.rows, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert look.caption.text() == "20,000 rows · copying 20,000 rows…"
    qtbot.waitUntil(lambda: not look._pump.busy)
    assert read["copy rows"] == 20_000, "once each"
    assert look.caption.text() == "20,000 rows · 20,000 rows copied"
    headings, *lines, end = QGuiApplication.clipboard().text().split("\n")
    assert tuple(headings.split("\t")) == model.headings and len(lines) == 20_000 and not end
    for row in (0, 7, 19_999):
        assert lines[row].split("\t") == [model.index(row, place).data() for place in range(7)]
    look.close()


def test_what_is_copied_elsewhere_meanwhile_stays_in_the_clipboard(qtbot: QtBot, tmp_path: Path) -> None:
    np.savez(tmp_path / "large.npz", x_train=np.zeros((5_000, 3)), y_train=np.arange(5_000) % 2)
    look = opened(qtbot, Document(experiment_on(tmp_path / "large.npz")))
    look.rows.selectAll()
    qtbot.keyClick(look.rows, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    QGuiApplication.clipboard().setText("copied later")
    qtbot.waitUntil(lambda: not look._pump.busy)
    assert QGuiApplication.clipboard().text() == "copied later"
    assert look.caption.text() == "5,000 rows · 5,000 rows not copied: something else was copied meanwhile"
    qtbot.keyClick(look.rows, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not look._pump.busy)
    assert look.caption.text() == "5,000 rows · 5,000 rows copied"
    assert QGuiApplication.clipboard().text().startswith("split\t")
    QGuiApplication.clipboard().setText("still later")
    assert look.caption.text() == "5,000 rows · 5,000 rows copied"
    look.close()


def test_a_corrected_row_says_what_it_was(qtbot: QtBot, tmp_path: Path) -> None:
    document = Document(experiment_on(write_set(tmp_path, "iris")))
    look = opened(qtbot, document)
    model = look.rows.rows
    look.rows.selectRow(7)
    assert model.index(7, 1).data() == "setosa"
    qtbot.keyClick(look, Qt.Key.Key_F2)
    qtbot.keyClicks(look.labels.field, "virginica")
    qtbot.keyClick(look.labels.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: model.index(7, 1).data() == "virginica (was setosa)")
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(look.rows, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not look._pump.busy)
    assert look.caption.text() == "150 rows · 1 row copied"
    headings, row, end = QGuiApplication.clipboard().text().split("\n")
    assert headings.split("\t")[:2] == ["split", "species"] and not end
    assert row.split("\t") == [model.index(7, place).data() for place in range(model.columnCount())]
    look.choices.setCurrentIndex(look.choices.findData("corrected"))
    assert look.choices.currentText() == "Corrected (1)" and model.rowCount() == 1
    look.close()

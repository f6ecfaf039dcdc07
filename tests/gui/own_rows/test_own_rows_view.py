"""Rows of one's own in the real window, answered by a real run as the command answers them."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from tests.gui.hands import drop_file, press, state
from workbench.data.embedded import folder_of
from workbench.data.progress import silent
from workbench.gui.own_rows.presenter import INVITATION
from workbench.gui.own_rows.view import OwnRowsWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.runtime.run_states import State
from workbench.gui.why.view import WhyWindow
from workbench.session.views.network import network_of_run
from workbench.session.views.own_rows import OwnRows

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow

WINES = folder_of("wines") / "wines.csv"


def opened(window: MainWindow) -> OwnRowsWindow:
    window.commands["own_rows"].trigger()
    own = window.findChild(OwnRowsWindow)
    assert isinstance(own, OwnRowsWindow)
    return own


def test_rows_are_answered_while_the_network_learns_and_saved_as_the_command_saves_them(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = WINES.read_text("utf-8").splitlines()
    mine = tmp_path / "mine.csv"
    mine.write_text("\n".join([*lines[:12], lines[20].replace("Barolo", ",")]) + "\n", "utf-8")
    window.project.open_preset("mlp-wines")
    own = opened(window)
    wait(lambda: own.empty.said == INVITATION)
    assert not own.save.isEnabled() and not own.again.isEnabled() and own.looks.why.isHidden()
    drop_file(own, mine)
    wait(lambda: own.presenter.has_rows)
    assert own.words.text() == "mine.csv · 12 rows · initial weights (seed 0)"
    model = own.table.model()
    press(qtbot, window, Command.RUN)
    wait(lambda: state(window) is State.FINISHED)
    run = window.trainer.run
    assert run is not None
    expected = OwnRows(mine).answer(network_of_run(run.folder, silent), silent)
    wait(lambda: own.presenter.answer is not None and own.presenter.answer.step == expected.step > 0)
    answer = own.presenter.answer
    assert answer is not None and set(answer.problems) == set(expected.problems) == {11}
    np.testing.assert_allclose(answer.values[0], expected.values[0], atol=1e-5)
    headings = [model.headerData(place, Qt.Orientation.Horizontal) for place in range(4)]
    assert headings == ["predicted class", "confidence", "problem", "alcohol"]
    assert [model.index(row, 0).data() for row in range(11)] == ["Barolo"] * 11
    assert own.note.text().startswith("1 row cannot be used; the first is row 12: it has 15 cells for 14 columns")

    own.table.selectRow(2)
    QGuiApplication.clipboard().clear()
    qtbot.keyClick(own.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: own.note.text() == "1 row copied.")
    copied = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert copied[0][:3] == headings[:3] and copied[1][3:] == lines[3].split(",") and len(copied) == 2
    monkeypatch.setattr("workbench.gui.own_rows.view.ask_to_save", lambda *_, **__: tmp_path / "answers.csv")
    qtbot.keyClick(own, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    wait(lambda: (tmp_path / "answers.csv").exists() and not window.pump.busy)
    with (tmp_path / "answers.csv").open(newline="", encoding="utf-8") as file:
        saved = list(csv.DictReader(file))
    assert [row["predicted class"] for row in saved[:11]] == ["Barolo"] * 11 and saved[11]["problem"]
    assert [row["proline"] for row in saved[:11]] == [line.split(",")[-2] for line in lines[1:12]]


def test_a_row_is_explained_and_so_is_the_next_one_that_is_chosen(
    window: MainWindow, qtbot: QtBot, wait: Wait, tmp_path: Path
) -> None:
    window.project.open_preset("mlp-wines")
    own = opened(window)
    own.choose(WINES)
    wait(lambda: own.presenter.has_rows)
    assert not own.looks.why.isEnabled(), "no row is chosen"
    own.table.selectRow(4)
    qtbot.keyClick(own.table, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    why = window.windows.shown(WhyWindow)
    assert why is not None
    wait(lambda: why.presenter.bars)
    seen, answer = why.presenter.seen, own.presenter.answer
    assert seen is not None and answer is not None
    np.testing.assert_array_equal(seen.pixels, answer.inputs[4])
    qtbot.keyClick(own.table, Qt.Key.Key_Down)
    wait(lambda: np.array_equal(why.presenter.seen.pixels, answer.inputs[5]) and why.presenter.bars)

    lacking = tmp_path / "lacking.csv"
    lacking.write_text("ash,hue\n1,2\n", "utf-8")
    own.choose(lacking)
    wait(lambda: own.presenter.answer is not None)
    assert own.empty.heading == "No answers" and "it lacks what the network was trained on" in own.empty.said[1]
    lacking.write_text(WINES.read_text("utf-8"), "utf-8")
    own.again.click()
    wait(lambda: own.presenter.has_rows)
    window.project.open_preset("lenet")
    wait(lambda: "was trained on pictures" in own.empty.said[1])
    assert own.empty.isVisible() and own.empty.heading == "No answers from this network"

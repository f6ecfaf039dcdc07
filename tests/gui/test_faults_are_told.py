"""A fault of the program's own, in the background: whoever waited for it says so, and waits no longer."""

from __future__ import annotations

from typing import NoReturn

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from workbench.gui.compare.view import CompareWindow
from workbench.gui.layer_table import LayerTableWindow
from workbench.gui.main_window import MainWindow
from workbench.gui.panel import EmptyState
from workbench.gui.rates.view import RatesWindow
from workbench.gui.run_bar.presenter import Command

FAULT = "This is an internal error (ZeroDivisionError); see the log for details."


def broken(*_: object, **__: object) -> NoReturn:
    raise ZeroDivisionError("by nought")


def shown_in(empty: EmptyState) -> str:
    return empty.findChildren(QLabel)[-1].text()


def test_nobody_says_working_after_a_fault(
    window: MainWindow, qtbot: QtBot, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.incoming.names = ()
    for place in (
        "workbench.gui.importing.view.begin_import",
        "workbench.training.range_test.range_test",
        "workbench.gui.layer_table.experiment_table",
        "workbench.gui.compare.view.compare_with",
        "workbench.session.run.start",
    ):
        monkeypatch.setattr(place, broken)
    with qtbot.captureExceptions() as raised:
        dialog = window.incoming.import_network("torchvision:alexnet")
        dialog.begin()
        wait(lambda: dialog.presenter.phase == "failed")
        assert dialog.words.text() == FAULT and not dialog.progress.isVisible()
        window.windows.open_rates()
        rates = window.findChild(RatesWindow)
        assert rates is not None
        wait(lambda: rates.words.text() == FAULT)
        window.takeaways.open_table()
        table = window.findChild(LayerTableWindow)
        assert table is not None
        wait(lambda: shown_in(table.empty) == FAULT)
        window.windows.open_compare()
        compare = window.findChild(CompareWindow)
        assert compare is not None
        compare.compare("lenet")
        wait(lambda: shown_in(compare.empty) == FAULT)
        window.trainer.do(Command.RUN)
        wait(lambda: not window.trainer.live)
        wait(lambda: FAULT in window.run_bar.presenter.failure_words)
    assert [kind for kind, _, _ in raised] == 5 * [ZeroDivisionError], "and each is logged"
    for each in (dialog, rates, table, compare):
        each.close()
    wait(lambda: not window.pump.busy)

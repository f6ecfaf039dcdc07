"""Internal errors in the background: whatever waited for the result reports the error and stops waiting."""

from __future__ import annotations

from typing import NoReturn

import pytest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Wait
from workbench.gui.compare_networks.view import CompareNetworksWindow
from workbench.gui.dialogs.layer_table import LayerTableWindow
from workbench.gui.lr_finder.view import LrFinderWindow
from workbench.gui.run_bar.presenter import Command
from workbench.gui.widgets.panel import EmptyState
from workbench.gui.window.main_window import MainWindow

INTERNAL_ERROR = "This is an internal error (ZeroDivisionError); see the log for details."


def broken(*_: object, **__: object) -> NoReturn:
    raise ZeroDivisionError("by nought")


def shown_in(empty: EmptyState) -> str:
    return empty.findChildren(QLabel)[-1].text()


def test_nobody_says_working_after_an_internal_error(
    window: MainWindow, qtbot: QtBot, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.incoming.names = ()
    for place in (
        "workbench.gui.importing.view.Arriving",
        "workbench.training.lr_finder.range_test",
        "workbench.gui.dialogs.layer_table.experiment_table",
        "workbench.gui.compare_networks.view.compare_with",
        "workbench.session.running.in_thread.start",
    ):
        monkeypatch.setattr(place, broken)
    with qtbot.captureExceptions() as raised:
        dialog = window.incoming.import_network("torchvision:alexnet")
        dialog.begin()
        wait(lambda: dialog.presenter.phase == "failed")
        assert dialog.words.text() == INTERNAL_ERROR and not dialog.progress.isVisible()
        window.windows.open_lr_finder()
        rates = window.findChild(LrFinderWindow)
        assert rates is not None
        wait(lambda: rates.words.text() == INTERNAL_ERROR)
        window.windows.open_table()
        table = window.findChild(LayerTableWindow)
        assert table is not None
        wait(lambda: shown_in(table.empty) == INTERNAL_ERROR)
        window.windows.open_compare_networks()
        compare = window.findChild(CompareNetworksWindow)
        assert compare is not None
        compare.compare("lenet")
        wait(lambda: shown_in(compare.empty) == INTERNAL_ERROR)
        window.trainer.do(Command.RUN)
        wait(lambda: not window.trainer.live)
        wait(lambda: INTERNAL_ERROR in window.run_bar.presenter.failure_words)
    assert [kind for kind, _, _ in raised] == 5 * [ZeroDivisionError], "and each is logged"
    for each in (dialog, rates, table, compare):
        each.close()
    wait(lambda: not window.pump.busy)

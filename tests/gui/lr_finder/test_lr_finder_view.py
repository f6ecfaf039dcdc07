"""The range test in the real window: it draws its curve, and applying the rate is an ordinary edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def test_a_rate_is_found_and_taken(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.lr_finder.view import LrFinderWindow

    before = window.document.experiment
    window.training_page.find_rate.click()
    rates = window.findChild(LrFinderWindow)
    assert isinstance(rates, LrFinderWindow) and not rates.take.isEnabled()
    wait(lambda: rates.presenter.suggestions)
    assert len(rates.presenter.curve) > 20 and rates.take.isEnabled()
    room = rates.curve.room()
    middle = QPoint(round(room.center().x()), round(room.center().y()))
    qtbot.mouseClick(rates.curve, Qt.MouseButton.LeftButton, pos=middle)
    assert rates.presenter.chosen is not None and 0.0009 < rates.presenter.chosen < 0.0011
    clicked = rates.presenter.chosen
    qtbot.keyClick(rates.curve, Qt.Key.Key_Right)
    assert 1.15 < rates.presenter.chosen / clicked < 1.25
    for _ in range(2):
        qtbot.keyClick(rates.curve, Qt.Key.Key_Left)
    assert 0.8 < rates.presenter.chosen / clicked < 0.87
    chosen = rates.presenter.chosen
    assert rates.take.text() == f"Use {chosen:g}"
    rates.take.click()
    assert window.document.experiment.training.optimizer.parameters["lr"] == chosen
    assert window.document.undo_label == "change learning rate"
    window.document.undo()
    assert window.document.experiment == before
    wait(lambda: not window.pump.busy)
    assert rates.search.ended


def test_escape_ends_the_search(window: MainWindow, qtbot: QtBot, wait: Wait) -> None:
    from workbench.gui.lr_finder.view import LrFinderWindow

    window.training_page.find_rate.click()
    rates = window.findChild(LrFinderWindow)
    assert isinstance(rates, LrFinderWindow)
    search = rates.search
    qtbot.keyClick(rates, Qt.Key.Key_Escape)
    wait(lambda: search.ended)


def test_a_search_ends_with_the_window(window: MainWindow, wait: Wait) -> None:
    from workbench.gui.lr_finder.view import LrFinderWindow

    window.training_page.find_rate.click()
    rates = window.findChild(LrFinderWindow)
    assert isinstance(rates, LrFinderWindow)
    search = rates.search
    window.close()
    wait(lambda: window.closing.done)
    assert search.ended


def test_the_search_ends_with_the_document_that_it_is_for(window: MainWindow, wait: Wait) -> None:
    from workbench.gui.lr_finder.view import LrFinderWindow

    window.training_page.find_rate.click()
    search = window.findChild(LrFinderWindow).search
    window.project.new()
    wait(lambda: not window.findChildren(LrFinderWindow) and search.ended)

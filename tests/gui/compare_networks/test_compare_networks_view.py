"""The comparison of networks in a real window."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from tests.gui.conftest import Wait
from workbench.gui.compare_networks.view import CompareNetworksWindow
from workbench.gui.window.main_window import MainWindow
from workbench.spec.files import read_experiment


@pytest.fixture
def compared(window: MainWindow, wait: Wait) -> CompareNetworksWindow:
    wait(lambda: window.project.preset_titles)
    window.commands["compare"].trigger()
    return window.findChild(CompareNetworksWindow)


def column(compared: CompareNetworksWindow, number: int) -> list[str]:
    items = [compared.tree.topLevelItem(row) for row in range(compared.tree.topLevelItemCount())]
    return [item.text(number) for item in items]


def test_with_a_preset_then_with_a_file(window, compared, wait, tmp_path: Path, monkeypatch):
    window.document.replace(read_experiment("resnet34"), None)
    presets = {
        action.text(): action for menu in compared.choose.menu().actions()[2:] for action in menu.menu().actions()
    }
    presets[read_experiment("resnet18").name].trigger()
    wait(lambda: compared.difference)
    assert set(column(compared, 0)) == {"~"} and len(column(compared, 0)) == 8
    assert column(compared, 5)[1] == "repeat 2 → 3"
    assert compared.totals.cells[1][3].text() == "+10,108,160 (+86.5 %)"
    compared.all_nodes.setChecked(True)
    assert "" in column(compared, 0) and "conv1   Conv2d" in column(compared, 1)

    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(wrong), ""))
    compared.choose.menu().actions()[0].trigger()
    wait(lambda: not window.pump.busy)
    assert compared.empty.isVisible() and compared.empty.heading == "These two cannot be compared"


def test_a_row_leads_to_its_node_by_mouse_and_by_key(window, compared, wait, qtbot):
    window.document.replace(read_experiment("resnet34"), None)
    wait(lambda: window.checker.settled)
    compared.compare("resnet18")
    wait(lambda: compared.difference)
    tree, left = compared.tree, Qt.MouseButton.LeftButton
    row = tree.topLevelItem(1)
    assert all(row.toolTip(place) == row.text(place).strip() for place in (1, 2, 5)), "also where they are elided"
    place = tree.visualItemRect(row).center()
    qtbot.mouseClick(tree.viewport(), left, pos=place)
    qtbot.mouseDClick(tree.viewport(), left, pos=place)
    assert window.canvas.presenter.trail == ("layer1",)
    assert window.canvas.presenter.selected().names == {"0"}
    window.canvas.presenter.go_to(())
    qtbot.keyClick(tree, Qt.Key.Key_Return)
    assert window.canvas.presenter.trail == ("layer1",)


def test_a_problem_of_the_document_is_said(window, compared, wait):
    window.document.replace(read_experiment("lenet"), None)
    compared.compare("lenet")
    wait(lambda: compared.difference)
    assert compared.words.text() == "The two networks are identical." and not column(compared, 0)

"""A network built without a mouse: every event here is a key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import onnx
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QMenu, QWidget
from safetensors.torch import save_file

from workbench.compiler.module import build
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.importing.view import ImportDialog
from workbench.gui.weights.view import WeightsDialog
from workbench.spec.structure import check_structure

if TYPE_CHECKING:
    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"

ALT = Qt.KeyboardModifier.AltModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def press(key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key in the focused widget, as a keyboard does."""
    QTest.keyClick(focused(), key, held)


def type_in(words: str) -> None:
    QTest.keyClicks(focused(), words)


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def choose(menu: Qt.Key, words: str) -> None:
    """Choose an entry of a menu: open the menu by Alt and its letter, then move down to the entry."""
    press(menu, ALT)
    popup = QApplication.activePopupWidget()
    assert isinstance(popup, QMenu)
    while popup.activeAction() is None or popup.activeAction().text() != words:
        QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)


def add(kind: str, **values: str) -> None:
    """Add a layer after the selected one, and set its parameters: Tab leads to the field with that accessible name."""
    press(Qt.Key.Key_Tab)
    type_in(kind)
    press(Qt.Key.Key_Return)
    if values:
        press(Qt.Key.Key_Return)
        for name, value in values.items():
            heard: list[str] = []
            while (field := focused().accessibleName()) != name.replace("_", " "):
                assert len(heard) < 30, f"no field is called {name}: {heard}"
                heard.append(field)
                press(Qt.Key.Key_Tab)
            press(Qt.Key.Key_A, CONTROL)
            type_in(value)
            press(Qt.Key.Key_Return)
        press(Qt.Key.Key_Escape)


def test_lenet_is_built_with_the_keyboard_alone(window: MainWindow, wait: Wait) -> None:
    canvas = window.canvas
    window.activateWindow()
    wait(window.isActiveWindow)
    canvas.setFocus()
    press(Qt.Key.Key_A, CONTROL)
    press(Qt.Key.Key_Delete)
    assert not canvas.presenter.cards
    add("Input", shape="1, 28, 28")
    add("Conv2d", out_channels="6", kernel_size="5", padding="2")
    add("Tanh")
    add("AvgPool2d")
    add("Conv2d", out_channels="16", kernel_size="5")
    add("Tanh")
    add("AvgPool2d")
    add("Flatten")
    for units in ("120", "84", "10"):
        add("Linear", out_features=units)
        if units != "10":
            add("Tanh")
    add("Output")
    wait(lambda: window.checker.settled)
    analysis = canvas.presenter.analysis
    assert analysis is not None and analysis.sound
    assert not check_structure(window.document.experiment.architecture)
    assert analysis.parameters == 61_706, "LeNet-5 with every map connected to every map"
    heights = [y for _, y in (canvas.presenter.positions[node.name] for node in canvas.presenter.graph.nodes)]
    assert heights == sorted(heights)
    assert canvas.hasFocus()


def test_a_skip_is_built_and_taken_away_with_the_keyboard_alone(window: MainWindow, wait: Wait) -> None:
    canvas = window.canvas
    window.activateWindow()
    wait(window.isActiveWindow)
    canvas.setFocus()
    press(Qt.Key.Key_A, CONTROL)
    press(Qt.Key.Key_Delete)
    for kind in ("Input", "ReLU", "Add", "Output"):
        add(kind)
    for _ in range(3):
        press(Qt.Key.Key_Up, CONTROL)
    assert canvas.presenter.selection == {"input"}
    press(Qt.Key.Key_L)
    type_in("add1")
    press(Qt.Key.Key_Return)
    assert canvas.presenter.graph.by_name["add1"].inputs == ("relu1", "input")
    press(Qt.Key.Key_F2)
    type_in("picture")
    press(Qt.Key.Key_Return)
    assert canvas.presenter.graph.by_name["add1"].inputs == ("relu1", "picture")
    press(Qt.Key.Key_L, SHIFT)
    type_in("add1")
    press(Qt.Key.Key_Return)
    assert canvas.presenter.graph.by_name["add1"].inputs == ("relu1",)
    while window.document.can_undo:
        press(Qt.Key.Key_Z, CONTROL)
    assert not window.document.dirty


def nameless(window: QWidget) -> list[QWidget]:
    """The widgets of a window that Tab reaches and that have no name for a screen reader."""
    reached = [
        field
        for field in window.findChildren(QWidget)
        if field.window() is window and field.isVisible() and field.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    assert reached
    return [
        field
        for field in reached
        if not (field.focusProxy() or field.accessibleName() or getattr(field, "text", str)())
    ]


def test_whatever_tab_comes_to_has_a_name(window: MainWindow, wait: Wait) -> None:
    window.canvas.presenter.select({"output"})
    window.resize(1000, 700)  # the panels of a run become tabs
    wait(lambda: not window.watch.side_by_side)
    for panel in window.watch.panels.values():
        panel.show_content(True)
        panel.parent().setCurrentWidget(panel)
        for tool in panel.findChildren(QComboBox):
            tool.show()
        assert nameless(window) == []
    for number in range(window.sidebar.count()):
        window.sidebar.setCurrentIndex(number)
        assert nameless(window) == []
    for command in (
        "import",
        "weights",
        "table",
        "compare",
        "data",
        "queue_show",
        "batch",
        "mistakes",
        "own_pictures",
        "own_rows",
        "runs",
        "keys",
    ):
        window.commands[command].trigger()
    window.windows.open_lr_finder()
    wait(lambda: not window.pump.busy)
    beside = [each for each in window.findChildren(Dialog) if each.isVisible()]
    assert len(beside) == 13 and [field for each in beside for field in nameless(each)] == []
    window.incoming.close()


def test_weights_and_a_network_come_in_with_the_keyboard_alone(window: MainWindow, wait: Wait, tmp_path: Path) -> None:
    window.incoming.names = ("torchvision:resnet18", "timm:resnet18")
    window.activateWindow()
    wait(window.isActiveWindow)
    window.canvas.setFocus()
    network = build(window.document.experiment.architecture, classes=10, seed=77)
    save_file(network.state_dict(), tmp_path / "mine.safetensors")
    choose(Qt.Key.Key_F, "Load weights…")
    dialog = window.windows.shown(WeightsDialog)
    assert dialog is not None
    wait(dialog.isActiveWindow)
    type_in(str(tmp_path / "mine.safetensors"))
    press(Qt.Key.Key_Return)
    wait(lambda: dialog.presenter.phase == "done")
    press(Qt.Key.Key_Return)
    wait(lambda: window.document.experiment.training.weights is not None)
    window.activateWindow()  # a desktop does this by itself
    wait(window.canvas.hasFocus)
    press(Qt.Key.Key_Z, CONTROL)
    choose(Qt.Key.Key_F, "Import network…")
    importing = window.windows.shown(ImportDialog)
    assert importing is not None
    wait(importing.isActiveWindow)
    type_in(str(LIGHT / "light_squeezenet.onnx"))
    press(Qt.Key.Key_Return)
    wait(lambda: window.document.experiment.name == "light_squeezenet" and window.checker.settled)
    press(Qt.Key.Key_Escape)
    wait(lambda: window.windows.shown(ImportDialog) is None)
    window.activateWindow()
    wait(window.canvas.hasFocus)
    press(Qt.Key.Key_A, CONTROL)
    assert len(window.canvas.presenter.selection) == len(window.document.experiment.architecture.graph.nodes)

"""Tab leads through the whole window as one reads it, whatever was created last."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

if TYPE_CHECKING:
    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow


def tabbed(key: Qt.Key, end: QWidget) -> list[QWidget]:
    """What a key reaches from the focused widget on, until it comes to ``end``."""
    reached: list[QWidget] = []
    while (focused := QApplication.focusWidget()) is not end:
        assert focused is not None and focused not in reached, [type(each).__name__ for each in reached]
        reached.append(focused)
        QTest.keyClick(focused, key)
    return reached


@pytest.mark.parametrize("width", [1440, 1000])
def test_tab_leads_through_the_parts_as_one_reads(window: MainWindow, wait: Wait, width: int) -> None:
    window.resize(width, 900)
    window.activateWindow()
    wait(window.isActiveWindow)
    window.messages.say("warning", "Something to do.", ("Do it", print))
    conv = next(node.name for node in window.document.experiment.architecture.graph.nodes if node.type == "Conv2d")
    window.canvas.presenter.select({conv})
    wait(lambda: window.sidebar.currentWidget() is window.inspector)
    window.sidebar.tabBar().setFocus()
    parts = [window.messages, window.sidebar, window.watch, window.tools, window.palette_panel]
    order = [window.sidebar, window.watch, window.tools, window.palette_panel, window.messages]

    def part_of(widget: QWidget) -> QWidget:
        return next(part for part in parts if part.isAncestorOf(widget))

    reached = tabbed(Qt.Key.Key_Tab, window.canvas)
    assert [part for part, _ in groupby(reached, part_of)] == order
    assert "out channels" in [widget.accessibleName() for widget in reached]
    QTest.keyClick(window.canvas, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert tabbed(Qt.Key.Key_Backtab, reached[0]) == reached[:0:-1]
    QTest.keyClick(reached[0], Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert window.canvas.hasFocus()

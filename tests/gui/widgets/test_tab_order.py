"""The order of Tab, and what looking it up does to PySide's notion of who belongs to whom."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QScrollArea, QSpinBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from workbench.gui.widgets.tab_order import tab_stops


def test_a_widget_that_is_deleted_after_tab_takes_no_other_with_it(qtbot: QtBot) -> None:
    """Bars and line edits here are Qt's own, which Python only knows: what PySide takes for deleted raises."""
    window, areas, fields = QWidget(), [QScrollArea() for _ in range(4)], [QSpinBox() for _ in range(4)]
    column = QVBoxLayout(window)
    for widget in (*areas, *fields):
        column.addWidget(widget)
    kept = [[area.verticalScrollBar(), field.lineEdit()] for area, field in zip(areas, fields, strict=True)]
    qtbot.addWidget(window)
    window.show()
    assert tab_stops([window]) == [*areas, *fields]
    for gone in (areas[1], fields[1]):
        gone.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert [all(map(isValid, each)) for each in kept] == [True, False, True, True]
    assert tab_stops([window]) == [areas[0], *areas[2:], fields[0], *fields[2:]]

"""Windows at 400 logical pixels, as on a small screen at 200 %: nothing is cut, and parts stand above each other."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from workbench.gui.widgets.narrow import LEAST_PART, NARROW, Beside, Scrolled, Sides, Wrapped
from workbench.gui.widgets.tables import lay_out


def places(window: QWidget, widgets: list[QPushButton]) -> list[QRect]:
    return [QRect(widget.mapTo(window, QPoint()), widget.size()) for widget in widgets]


@pytest.mark.parametrize("width", [900, 400, 200])
def test_the_buttons_of_a_window_wrap_and_none_is_cut(qtbot: QtBot, width: int) -> None:
    window, body = QDialog(), QVBoxLayout()
    qtbot.addWidget(window)
    body.addWidget(QLabel("the table"))
    hidden = QPushButton("hidden")
    left = [QPushButton("Copy as CSV"), QPushButton("Copy as Markdown"), hidden]
    right = [QPushButton(words) for words in ("Open a folder…", "Close", "Use its weights…", "Compare", "Open")]
    lay_out(window, body, left, right)
    hidden.hide()
    window.resize(width, 500)
    window.show()
    qtbot.waitExposed(window)
    shown = [*left[:2], *right]
    found = places(window, shown)
    assert window.width() == width
    for number, (widget, place) in enumerate(zip(shown, found, strict=True)):
        assert window.rect().contains(place), widget.text()
        assert place.width() >= widget.sizeHint().width(), "its words are cut"
        assert not any(place.intersects(other) for other in found[:number])
    assert (len({place.top() for place in found}) == 1) == (width == 900)
    margin = window.width() - found[-1].right()
    assert margin == found[0].left() + 1, "the last one stands at the right edge"


def test_two_parts_stand_above_each_other_where_it_is_narrow_and_keep_their_widths(qtbot: QtBot) -> None:
    sides = Sides(QLabel("main"), QLabel("side"), side_width=250)
    beside = Beside([QLabel("loss"), QLabel("accuracy")])
    window = QWidget()
    column = QVBoxLayout(window)
    column.addWidget(sides)
    column.addWidget(beside)
    qtbot.addWidget(window)
    window.resize(1000, 600)
    window.show()
    qtbot.waitExposed(window)
    wide = sides.sizes()
    assert sides.orientation() is Qt.Orientation.Horizontal and abs(wide[1] - 250) < 20
    assert len({child.y() for child in beside.findChildren(QLabel)}) == 1
    window.resize(NARROW - 100, 600)
    qtbot.waitUntil(lambda: sides.orientation() is Qt.Orientation.Vertical)
    assert abs(sides.sizes()[0] - sides.sizes()[1]) < 20
    qtbot.waitUntil(lambda: len({child.x() for child in beside.findChildren(QLabel)}) == 1)
    window.resize(1000, 600)
    qtbot.waitUntil(lambda: sides.orientation() is Qt.Orientation.Horizontal)
    assert sides.sizes() == wide


def test_parts_that_do_not_fit_beside_each_other_stand_above_each_other_also_once_they_need_more(
    qtbot: QtBot,
) -> None:
    main, side, card = QLabel("main"), QWidget(), QLabel("bars")
    QVBoxLayout(side).addWidget(card)
    sides = Sides(main, side, side_width=250)
    window = Scrolled(sides)
    qtbot.addWidget(window)
    window.resize(NARROW + 100, 400)
    window.show()
    qtbot.waitExposed(window)
    assert sides.orientation() is Qt.Orientation.Horizontal
    main.setMinimumWidth(200)
    card.setMinimumWidth(NARROW - 100)
    qtbot.waitUntil(lambda: sides.orientation() is Qt.Orientation.Vertical, timeout=9000)
    window.resize(NARROW + 250, 400)
    qtbot.waitUntil(lambda: sides.orientation() is Qt.Orientation.Horizontal, timeout=9000)
    assert card.width() >= NARROW - 100 and main.width() >= 200


def test_what_is_too_low_for_two_parts_scrolls_and_cuts_neither(qtbot: QtBot) -> None:
    main, side = QLabel("main"), QWidget()
    main.setMinimumHeight(240)
    column, buttons = QVBoxLayout(side), [QPushButton(f"Ask something {number}") for number in range(6)]
    column.addWidget(QLabel("words " * 60, wordWrap=True))
    column.addLayout(Wrapped(buttons, []))
    sides = Sides(main, side, side_width=250)
    window = Scrolled(sides)
    qtbot.addWidget(window)
    window.resize(400, 200)
    window.show()
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: side.height() >= max(column.totalMinimumHeightForWidth(side.width()), LEAST_PART))
    assert window.height() == 200 and window.verticalScrollBar().maximum() > 0 and main.height() >= 240
    assert not window.horizontalScrollBar().maximum()
    assert all(side.rect().contains(place) for place in places(side, buttons))
    window.resize(1000, 600)
    qtbot.waitUntil(lambda: sides.orientation() is Qt.Orientation.Horizontal)
    assert sides.size() == window.size(), "nothing scrolls where there is room"

"""Messages: how many are kept, which disappear by themselves, and that they lie on the canvas and move nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.canvas.hands import middle
from workbench.gui.widgets import message_bar, theme
from workbench.gui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from tests.gui.conftest import Wait
    from workbench.gui.window.main_window import MainWindow

LONG = "The loss is no longer a number at step 1,204, first in the output of the layer conv2. " * 3
THREE = [("Show conv2_of_the_second_stage_of_the_network", print), ("Show the batch", print)]


def words(bar: MessageBar) -> list[str]:
    return [message.words.text() for message in bar.messages]


def test_good_news_is_one_at_a_time_and_goes_by_itself(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_bar, "GOOD_NEWS_MS", 1)
    bar = MessageBar()
    qtbot.addWidget(bar)
    bar.say("error", "It failed.")
    bar.say("ok", "Written: one")
    bar.say("ok", "Written: two")
    assert words(bar) == ["Written: two", "It failed."]
    qtbot.waitUntil(lambda: words(bar) == ["It failed."])


def test_one_sentence_is_said_once_and_three_are_enough(qtbot: QtBot) -> None:
    bar = MessageBar()
    qtbot.addWidget(bar)
    for sentence in ("a", "b", "a", "c", "d"):
        bar.say("warning", sentence)
    assert words(bar) == ["d.", "c.", "a."]


def test_what_only_shows_something_leaves_the_message_and_its_answer(qtbot: QtBot) -> None:
    bar, done = MessageBar(), []
    qtbot.addWidget(bar)
    again, show = ("Run again", lambda: done.append("again")), ("Show fc", lambda: done.append("show"))
    bar.say("error", "It failed.", again, shows=[show])
    buttons = {button.text(): button for button in bar.messages[0].findChildren(QPushButton)}
    qtbot.mouseClick(buttons["Show fc"], Qt.MouseButton.LeftButton)
    assert words(bar) == ["It failed."]
    qtbot.mouseClick(buttons["Run again"], Qt.MouseButton.LeftButton)
    assert done == ["show", "again"] and not bar.messages


def test_buttons_leave_the_sentence_room(qtbot: QtBot) -> None:
    """Buttons are beside the text if they are short, and below it if they are many or have long names."""
    canvas, bar = QWidget(), MessageBar()
    qtbot.addWidget(canvas)
    name = "a_very_long_name_that_somebody_gave_a_layer"
    shows = [(f"Show {name}", lambda: None), ("Show the batch", lambda: None)]
    bar.lie_over(canvas)
    bar.say("error", "It failed. " * 12, ("Run again at a tenth of the rate", lambda: None), shows=shows)
    bar.say("warning", "It is odd. " * 12, ("Show it", lambda: None))
    canvas.resize(900, 500)
    canvas.show()
    short, long = bar.messages
    qtbot.waitUntil(lambda: min(short.words.width(), long.words.width()) > 0.7 * bar.width())
    QApplication.processEvents()
    buttons = long.findChildren(QPushButton)
    assert all(
        button.mapTo(long, button.rect().topLeft()).y() > long.words.geometry().center().y() for button in buttons
    )
    (cut,) = [button for button in buttons if "…" in button.text()]
    assert cut.toolTip() == f"Show {name}" and cut.width() > cut.fontMetrics().horizontalAdvance(cut.text())


def test_what_stands_in_a_message_ends_with_one_full_stop(window: MainWindow) -> None:
    for words in ("The file is gone: choose another", "The file is gone: choose another."):
        window.messages.say("error", words)
        assert [message.words.text() for message in window.messages.messages] == ["The file is gone: choose another."]


def place(widget: QWidget) -> QRect:
    """The widget's rectangle in its window."""
    return QRect(widget.mapTo(widget.window(), QPoint()), widget.size())


def test_messages_move_nothing_and_lie_on_the_canvas_alone(window: MainWindow) -> None:
    """A click meant for one field must not land in another."""
    parts = (window.canvas, window.palette_panel, window.sidebar, window.watch)
    for size in ((1440, 900), (1000, 640)):
        window.messages.clear()
        window.resize(*size)
        before = [place(part) for part in parts]
        window.messages.say("info", "The first.", ("Resume", print))
        window.messages.say("error", LONG, ("Run again at a tenth of the rate", print), shows=THREE)
        QApplication.processEvents()
        assert [place(part) for part in parts] == before
        newest, first = window.messages.messages
        assert newest.isVisible() and first.isVisible() == (size[1] == 900), "on a small canvas it waits for its turn"
        assert before[0].contains(place(newest))
        assert not first.isVisible() or place(first).top() > place(newest).bottom()
        for button in newest.findChildren(QPushButton):
            assert place(newest).contains(place(button))
            assert button.width() >= button.sizeHint().width(), "its words are cut"


def test_what_was_fitted_is_seen_below_a_message_that_stays(window: MainWindow, wait: Wait) -> None:
    """A good message disappears by itself, so the view does not move for it."""
    canvas = window.canvas
    window.resize(1440, 900)
    canvas.sight.fit_all()

    def top() -> int:
        return canvas.mapFromScene(canvas.canvas_scene.drawn_rect().topLeft()).y()

    before = top()
    window.messages.say("ok", "Written.")
    assert top() == before
    window.messages.say("warning", "It is odd.", ("Show it", print))
    newest = window.messages.messages[0]
    assert top() > window.messages.mapTo(canvas, newest.geometry().bottomLeft()).y()
    window.messages.clear()
    assert top() == before
    QTest.mouseClick(canvas.viewport(), Qt.MouseButton.LeftButton, pos=middle(canvas, "conv1"))
    assert canvas.presenter.selection == {"conv1"}
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))  # the view does not move under the pointer
    window.messages.say("warning", "It is odd.")
    assert top() > before, "a click moves nothing"
    window.messages.clear()
    canvas.presenter.rename("conv1", "first")
    window.messages.say("warning", "It is odd.")
    assert top() > before, "nor does an edit in sight"
    window.messages.clear()
    place = QPointF(canvas.rect().center())
    QApplication.sendEvent(canvas, QEnterEvent(place, place, place))
    window.messages.say("warning", "It is odd.")
    assert top() == before, "nothing moves under the pointer"
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert top() > before, "but once it has left"
    window.messages.clear()
    canvas.pan(0, 5)
    moved = top()
    window.messages.say("warning", "It is odd.")
    assert top() == moved, "it stays where it was moved to"


def test_messages_appear_at_the_bottom_where_they_would_cover_the_selected_card(window: MainWindow) -> None:
    canvas, messages = window.canvas, window.messages
    window.resize(1000, 640)
    canvas.sight.fit_all()
    canvas.pan(0, 1)  # the view was moved, so it is not fitted again
    keys = list(canvas.presenter.cards)

    def shown(key: str) -> QRect:
        return canvas.mapFromScene(canvas.canvas_scene.drawn_rect({key})).boundingRect()

    first, last = min(keys, key=lambda key: shown(key).top()), max(keys, key=lambda key: shown(key).top())
    for kind in ("warning", "ok"):
        for key, is_high in ((first, False), (last, True)):
            messages.clear()
            canvas.presenter.select({key})
            messages.say(kind, LONG)
            assert messages.isVisible() and not messages.geometry().intersects(shown(key))
            assert (messages.geometry().center().y() < canvas.height() / 2) == is_high
    canvas.presenter.select({first})
    messages.clear()
    messages.say("warning", LONG)
    canvas.sight.fit_all()
    covered = {key for key in keys if messages.geometry().intersects(shown(key))}
    assert not covered, "what is fitted is fitted above the messages, too"
    window.resize(1100, 700)
    QApplication.processEvents()
    assert messages.geometry().center().y() > canvas.height() / 2, "they stay where they are"


def test_messages_at_the_bottom_hide_neither_what_the_canvas_says_nor_the_minimap(window: MainWindow) -> None:
    canvas, messages = window.canvas, window.messages
    window.resize(1440, 900)
    canvas.sight.fit_all()
    canvas.zoom_by(4.0)
    first = min(canvas.presenter.cards, key=lambda key: canvas.canvas_scene.drawn_rect({key}).top())
    canvas.presenter.select({first})
    canvas.centerOn(canvas.canvas_scene.drawn_rect({first}).center() + QPointF(0, canvas.seen().height() / 3))
    canvas.say("It cannot be connected")
    corner = canvas.minimap.geometry()
    messages.say("warning", LONG)
    assert messages.geometry().center().y() > canvas.height() / 2
    for part in (canvas.toast, canvas.minimap):
        assert part.isVisible() and canvas.rect().contains(part.geometry())
        assert not part.geometry().intersects(messages.geometry())
    messages.clear()
    assert canvas.minimap.geometry() == corner
    messages.say("ok", LONG)
    assert canvas.minimap.geometry() == corner, "nothing moves for what goes by itself"
    canvas.say("It cannot be connected")
    children = canvas.children()
    assert children.index(canvas.toast) > children.index(messages), "the newest is on top"


def test_a_message_can_be_read_on_the_narrowest_canvas(window: MainWindow) -> None:
    """With the code panel open, in a small window."""
    window.commands["code"].trigger()
    window.resize(1000, 640)
    window.messages.say("warning", "It is odd.", ("Run again at a tenth of the rate of before", print), shows=THREE)
    QApplication.processEvents()
    (message,) = window.messages.messages
    assert place(window.canvas).contains(place(message))
    for button in message.findChildren(QPushButton):
        assert place(message).contains(place(button))
        assert button.width() >= button.sizeHint().width(), "its words are cut"


def test_the_canvas_is_usable_beside_and_between_messages(window: MainWindow) -> None:
    window.messages.say("info", "The first.")
    window.messages.say("info", "The second.")
    QApplication.processEvents()
    second, first = (place(message) for message in window.messages.messages)
    viewport = window.canvas.viewport()
    between = QPoint(first.center().x(), (second.bottom() + first.top()) // 2)
    for free in (between, first.bottomLeft() + QPoint(5, 9)):
        assert window.childAt(free) is viewport
    assert window.childAt(first.center()) is not viewport


def test_messages_stand_below_the_canvas_s_own_bars(window: MainWindow) -> None:
    window.messages.say("info", "Something to know.")
    (message,) = window.messages.messages
    at_first = place(message).top()
    window.canvas.find_bar.open()
    assert place(message).top() > place(window.canvas.find_bar).bottom()
    window.canvas.find_bar.close_bar()
    assert place(message).top() == at_first


def test_what_there_is_no_room_for_waits_until_there_is(qtbot: QtBot) -> None:
    canvas, bar = QWidget(), MessageBar()
    qtbot.addWidget(canvas)
    canvas.resize(300, 120)
    bar.lie_over(canvas)
    canvas.show()
    bar.say("warning", "The first.")
    bar.say("error", LONG)
    newest, first = bar.messages
    assert newest.isVisible() and not first.isVisible()
    newest.closed.emit()
    assert first.isVisible() and canvas.rect().contains(bar.geometry())


def test_a_message_is_whole_over_the_window_where_the_canvas_is_small(window: MainWindow, wait: Wait) -> None:
    window.setMinimumSize(400, 300)  # as on a small screen
    window.resize(512, 384)
    wait(lambda: window.width() == 512)
    window.messages.say("error", LONG, ("Run again at a tenth of the rate", print), shows=THREE)
    (message,) = window.messages.messages
    QApplication.processEvents()
    buttons = message.findChildren(QPushButton)
    seen = place(window.messages).intersected(window.rect())
    assert len(buttons) == 3 and all(seen.contains(place(part)) for part in (message.words, *buttons))
    assert all(window.childAt(place(button).center()) is button for button in buttons)
    assert place(message).top() > place(window.tools).bottom()
    window.resize(1440, 900)
    wait(lambda: place(window.canvas).contains(place(message)))


def test_the_keys_reach_a_message_and_not_the_canvas_below(window: MainWindow, wait: Wait) -> None:
    """Shift+Tab on the canvas leads to the buttons; there Delete deletes no layer, and Escape closes the message."""
    window.activateWindow()
    canvas, presenter = window.canvas, window.canvas.presenter
    presenter.select({next(iter(presenter.cards))})
    num_cards = len(presenter.cards)
    window.messages.say("info", "Something to do.", ("Do it", print), shows=[("Show it", print)])
    canvas.setFocus()
    wait(canvas.hasFocus)
    reached = []
    for _ in range(3):
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClick(focused, Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
        focused = QApplication.focusWidget()
        assert focused is not None
        reached.append(focused.accessibleName())
    assert reached == ["Close this message", "Do it", "Show it"]
    QTest.keyClick(focused, Qt.Key.Key_Delete)
    assert len(presenter.cards) == num_cards
    QTest.keyClick(focused, Qt.Key.Key_Escape)
    assert not window.messages.messages
    wait(canvas.hasFocus)


def test_a_message_fits_its_words_after_the_letters_grow(qtbot: QtBot) -> None:
    canvas, bar = QWidget(), MessageBar()
    qtbot.addWidget(canvas)
    canvas.resize(600, 600)
    bar.lie_over(canvas)
    canvas.show()
    bar.say("error", LONG)
    (message,) = bar.messages
    before = message.height()
    message.words.setFont(theme.font(2 * theme.TEXT_BODY))
    qtbot.waitUntil(lambda: message.height() > before)
    assert message.words.height() >= message.words.heightForWidth(message.words.width())


def test_a_placed_message_is_at_rest(qtbot: QtBot) -> None:
    """Shortening a button's text requests another layout, which must not request the next."""
    canvas, bar = QWidget(), Placed()
    qtbot.addWidget(canvas)
    canvas.resize(300, 600)
    bar.lie_over(canvas)
    canvas.show()
    bar.say("error", LONG, ("Run again at a tenth of the rate of before, and clip gradients", print), shows=THREE)
    for _ in range(20):
        QApplication.processEvents()
    assert any("…" in button.text() for button in bar.findChildren(QPushButton))
    before = bar.num_requests
    for _ in range(20):
        QApplication.processEvents()
    assert 0 < before == bar.num_requests


class Placed(MessageBar):
    num_requests = 0

    def event(self, event: QEvent) -> bool:
        self.num_requests += event.type() == QEvent.Type.LayoutRequest
        return super().event(event)

"""Messages: how many there are, and which go by themselves."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from workbench.gui import message_bar
from workbench.gui.message_bar import MessageBar


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
    assert words(bar) == ["d", "c", "a"]


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
    """Beside it where they are short; below it where they are many, or long names stand on them."""
    bar = MessageBar()
    qtbot.addWidget(bar)
    name = "a_very_long_name_that_somebody_gave_a_layer"
    shows = [(f"Show {name}", lambda: None), ("Show the batch", lambda: None)]
    bar.say("error", "It failed. " * 12, ("Run again at a tenth of the rate", lambda: None), shows=shows)
    bar.say("warning", "It is odd. " * 12, ("Show it", lambda: None))
    bar.resize(900, 200)
    bar.show()
    short, long = bar.messages
    qtbot.waitUntil(lambda: min(short.words.width(), long.words.width()) > 0.7 * bar.width())
    buttons = long.findChildren(QPushButton)
    assert all(
        button.mapTo(long, button.rect().topLeft()).y() > long.words.geometry().center().y() for button in buttons
    )
    (cut,) = [button for button in buttons if "…" in button.text()]
    assert cut.toolTip() == f"Show {name}" and cut.width() > cut.fontMetrics().horizontalAdvance(cut.text())

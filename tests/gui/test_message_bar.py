"""Messages: how many there are, and which go by themselves."""

import pytest
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

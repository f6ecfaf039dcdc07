"""Answers for pictures of one's own as shown: stale ones dropped, labels and numbers in words. No Qt."""

from pathlib import Path

import numpy as np

from workbench.events import EpochFinished
from workbench.gui.own_pictures.presenter import Bar, Card, OwnPicturesPresenter
from workbench.gui.runtime.run_states import State
from workbench.session.views.predictions import Answer, Choice, Predicted, Prediction
from workbench.spec.record import replace

PIXELS = np.zeros((1, 2, 2), np.uint8)


def choices(**shares):
    return tuple(Choice(name=name, confidence=share) for name, share in shares.items())


def asked(presenter):
    """A presenter that has asked about a picture, by request number 1."""
    presenter.add([Path("boot.png")])
    assert presenter.take_question() is not None
    presenter.asked(1)
    return presenter


def test_the_same_pictures_are_asked_about_after_an_epoch_and_only_then():
    presenter = OwnPicturesPresenter()
    assert presenter.take_question() is None, "there are no pictures"
    presenter.add([Path("boot.png")])
    first = presenter.take_question()
    presenter.feed([], State.RUNNING)
    assert first is not None and presenter.take_question() is None
    epoch = EpochFinished(at=1.0, epoch=1, step=5, metrics={}, seconds=1.0)
    presenter.feed([epoch], State.RUNNING)
    assert presenter.take_question() is first
    presenter.add([Path("boot.png")])
    assert presenter.paths == (Path("boot.png"),)
    assert presenter.take_question() not in (None, first), "a file that is dropped again is read again"


def test_answers_about_earlier_pictures_are_dropped():
    presenter = asked(OwnPicturesPresenter())
    old, new = (Predicted(step=step, pictures=(Prediction(file="a", problem="it is empty"),)) for step in (1, 2))
    assert presenter.take_answer(1, old) and presenter.words == "0 of 1 file can be read · step 1"
    presenter.add([Path("other.png")])
    assert presenter.paths == (Path("other.png"), Path("boot.png")), "what is added last is never what does not fit"
    assert presenter.answer is None and not presenter.take_answer(1, old)
    presenter.asked(3)
    assert not presenter.take_answer(2, old) and presenter.take_answer(3, new) and presenter.answer is new


def test_each_head_is_shown_in_its_words_and_broken_files_come_last():
    answers = (
        Answer(output="a", target="class", choices=choices(boot=0.9, bag=0.1)),
        Answer(output="b", target="shapes", choices=choices(circle=0.8, square=0.6, line=0.2), are_labels=True),
        Answer(output="c", target="covered", numbers=(12.3456,), unit="%"),
    )
    presenter = asked(OwnPicturesPresenter())
    broken = Prediction(file="/x/broken.png", problem="it is empty")
    fine = Prediction(file="/x/boot.png", pixels=PIXELS, answers=answers)
    presenter.take_answer(1, Predicted(step=7, pictures=(broken, fine), are_all=False))
    assert presenter.head_titles == ("a → class", "b → shapes", "c → covered")
    assert presenter.words == "1 of the first 2 files can be read, more are not shown · step 7"
    card, last = presenter.cards
    assert (last.name, last.words, last.is_broken) == ("broken.png", "It is empty.", True)
    assert [(bar.name, bar.value, bar.is_given) for bar in card.bars] == [
        ("boot", "90.0 %", True),
        ("bag", "10.0 %", False),
    ]
    presenter.choose_head(1)
    assert [bar.is_given for bar in presenter.cards[0].bars] == [True, True, False]
    presenter.choose_head(2)
    assert presenter.cards[0].words == "12.35 %" and not presenter.cards[0].bars


def test_an_explanation_is_of_one_picture_and_one_head_and_hidden_by_asking_again():
    answers = tuple(Answer(output=output, target="class", choices=choices(boot=0.9, bag=0.1)) for output in ("a", "b"))
    fine = Prediction(file="/x/boot.png", pixels=PIXELS, answers=answers)
    presenter = asked(OwnPicturesPresenter())
    presenter.take_answer(1, Predicted(step=7, pictures=(fine,)))
    presenter.explain(0)
    pictures = presenter.take_question()
    assert pictures is not None and pictures.explained == ("/x/boot.png", 0)
    assert presenter.cards[0].heading == "boot.png · hiding parts…"
    falls = np.array([[0.25, 0], [0, -0.5]], np.float32)
    explained = replace(fine, falls=falls)
    presenter.take_answer(2, Predicted(step=7, pictures=(explained,), explained=pictures.explained))
    assert presenter.cards[0].falls is falls
    assert presenter.cards[0].heading == "boot.png · boot falls by up to 25.0 points without the red"
    for undefined, heading in (
        (np.array([[np.nan, 0]], np.float32), "boot.png · no explanation, the network answers NaN"),
        (np.array([[-0.5, -0.0001]], np.float32), "boot.png · no part matters by itself"),
        (np.array([[-0.5, -0.0]], np.float32), "boot.png · no part matters by itself"),
    ):
        card = replace(presenter.cards[0], falls=undefined)
        assert card.heading == heading and (card.red is None) == np.isnan(undefined).any()
    presenter.choose_head(1)
    assert presenter.cards[0].falls is None and presenter.cards[0].heading == "boot.png"
    presenter.choose_head(0)
    presenter.explain(0)
    presenter.explain(0)
    assert presenter.take_question().explained is None and presenter.cards[0].heading == "boot.png"


def test_a_removed_picture_stays_away_from_its_folder_until_it_is_added_again():
    presenter = OwnPicturesPresenter()
    presenter.add([Path("/x")])
    presenter.asked(1)
    both = Predicted(
        step=7, pictures=(Prediction(file="/x/a.png", problem="a"), Prediction(file="/x/b.png", problem="b"))
    )
    presenter.take_answer(1, both)
    presenter.remove(0)
    presenter.look_again()
    presenter.asked(2)
    presenter.take_answer(2, both)
    assert [card.name for card in presenter.cards] == [
        "b.png"
    ] and presenter.words == "0 of 1 file can be read · step 7"
    presenter.add([Path("/x/a.png")])
    presenter.asked(3)
    presenter.take_answer(3, both)
    assert [card.name for card in presenter.cards] == ["a.png", "b.png"]
    presenter.remove(1)
    presenter.remove(0)
    assert not presenter.paths and not presenter.words


def test_labels_that_do_not_fit_are_counted_in_the_last_row():
    bars = tuple(Bar(name=name, share=0.9, is_given=True) for name in "abcdefg")
    assert Card(file="x", pixels=PIXELS, bars=bars[:5]).drawn(5) == (bars[:5], "")
    assert Card(file="x", pixels=PIXELS, bars=bars).drawn(5) == (bars[:4], "+3 more")

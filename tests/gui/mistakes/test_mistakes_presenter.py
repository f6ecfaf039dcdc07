"""A network's mistakes in words, and when they are requested again."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.events import EpochFinished
from workbench.gui.mistakes.presenter import Chosen, MistakesPresenter
from workbench.session.mistakes import Asked, Mistakes

EPOCH = EpochFinished(at=1.0, epoch=1, step=10, metrics={}, seconds=1.0)


ANIMALS = Mistakes(
    split="test",
    step=1200,
    output="output",
    target="animal",
    class_names=("boat", "cat", "dog"),
    labels=np.array([0, 1, 1, 1, 1, 2]),
    predicted=np.array([0, 1, 2, 2, 0, 2]),
    confidence=np.array([0.9, 0.8, 0.6, 0.7, 0.5, 0.4], np.float32),
    losses=np.array([0.1, 0.2, 1.5, 2.0, 0.9, 0.9], np.float32),
)


@pytest.fixture
def presenter():
    presenter = MistakesPresenter()
    presenter.take_answer(Asked(step=1200, heads=(ANIMALS,)))
    return presenter


def test_the_answer_in_a_line(presenter):
    assert presenter.words == "Test · 3 of 6 correct (50.0 %) · step 1,200"


@pytest.mark.parametrize(
    ("chosen", "words", "pictures"),
    [
        (Chosen(), "All mistakes · 3, most confident first", [3, 2, 4]),
        (Chosen(label=1, predicted=2), "cat predicted as dog · 2, most confident first", [3, 2]),
        (Chosen(label=1, predicted=1), "cat, correct · 1, least confident first", [1]),
        (Chosen(label=1), "cat predicted as another class · 3, most confident first", [3, 2, 4]),
        (Chosen(predicted=0), "Wrongly predicted as boat · 1, most confident first", [4]),
        (Chosen(label=0, predicted=2), "boat predicted as dog · 0, most confident first", []),
    ],
)
def test_what_is_chosen_has_its_words_and_pictures(presenter, chosen, words, pictures):
    presenter.chosen = chosen
    assert presenter.chosen_words == words and presenter.pictures.tolist() == pictures


def test_tips_say_shares(presenter):
    assert presenter.cell_tip(1, 2) == "cat, predicted as dog\n2 of 4 (50.0 %)"
    assert presenter.class_tip(1) == ("cat\n25.0 % recall\n100.0 % precision")
    assert presenter.picture_tip(3) == "cat, predicted as dog\nconfidence 70.0 %, loss 2.00"


def test_it_asks_at_first_after_each_epoch_and_at_each_rest_once(presenter):
    presenter.begin()
    assert presenter.take_question() and not presenter.take_question()
    presenter.feed([], "running")
    assert not presenter.take_question()
    presenter.feed([EPOCH], "running")
    assert presenter.take_question()
    presenter.feed([], "paused")
    assert presenter.take_question()
    presenter.feed([], "paused")
    assert not presenter.take_question()


def test_an_answer_that_could_not_be_had_leaves_the_one_before(presenter):
    before = presenter.mistakes
    presenter.take_answer(Asked(step=1300, problem="The network could not be evaluated: no room."))
    assert presenter.mistakes is before and presenter.problem.startswith("The network could not be evaluated")


def test_each_head_has_mistakes_of_its_own(presenter):
    colours = replace(ANIMALS, output="output2", target="colour", class_names=("red", "green", "blue", "grey"))
    presenter.take_answer(Asked(step=1200, heads=(ANIMALS, colours)))
    assert presenter.head_titles == ("output → animal", "output2 → colour")
    presenter.chosen = Chosen(label=1, predicted=2)
    presenter.choose_head(1)
    assert presenter.mistakes is colours and presenter.chosen == Chosen()
    presenter.take_answer(Asked(step=1300, heads=(ANIMALS, colours)))
    assert presenter.mistakes is colours, "a newer answer leaves the head that is looked at"
    presenter.begin()
    presenter.take_answer(Asked(step=7, heads=(ANIMALS,)))
    assert presenter.mistakes is ANIMALS


def test_a_network_that_is_always_right_makes_not_a_single_mistake(presenter):
    presenter.take_answer(Asked(step=1200, heads=(replace(ANIMALS, predicted=ANIMALS.labels),)))
    assert presenter.chosen_words == "No mistakes"


def test_of_two_long_names_both_are_seen(presenter):
    long = replace(ANIMALS, class_names=("boat", "white-crowned sparrow, adult", "song sparrow, juvenile"))
    presenter.take_answer(Asked(step=1300, heads=(long,)))
    first = presenter.mistakes.confusions[0]
    assert presenter.confusion_words(first) == "white-crow…row, adult → song sparr…, juvenile"
    presenter.take_answer(Asked(step=1400, heads=(ANIMALS,)))
    assert presenter.confusion_words(first) == "cat → dog"

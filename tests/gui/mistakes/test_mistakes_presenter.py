"""A network's mistakes in words, and when they are requested again."""

from dataclasses import replace

import numpy as np
import pytest

from workbench.events import CheckpointSaved, EpochFinished
from workbench.gui.experiment.exclusion import leaving_out
from workbench.gui.mistakes.classes.presenter import Chosen, ClassesPresenter
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.session.views.mistakes.asked import Asked
from workbench.session.views.mistakes.classes import ClassMistakes
from workbench.session.views.neighbours import Gallery
from workbench.spec.column import Column
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import read_experiment
from workbench.spec.record import replace as replace_record

EPOCH = EpochFinished(at=1.0, epoch=1, step=10, metrics={}, seconds=1.0)


DATA = DataRecipe(source=Component(type="ImageFolder", parameters={"folder": "/animals"}))


def experiment_on(data):
    return replace_record(read_experiment("lenet-digits"), data=data)


def gallery(split, count):
    names = ("boat", "cat", "dog")
    return Gallery(split=split, count=count, shape=(1, 4, 4), picture=str, labels=None, class_names=names)


ANIMALS = ClassMistakes(
    split="test",
    step=1200,
    output="output",
    column=Column(name="animal", names=("boat", "cat", "dog")),
    labels=np.array([0, 1, 1, 1, 1, 2]),
    predicted=np.array([0, 1, 2, 2, 0, 2]),
    confidence=np.array([0.9, 0.8, 0.6, 0.7, 0.5, 0.4], np.float32),
    losses=np.array([0.1, 0.2, 1.5, 2.0, 0.9, 0.9], np.float32),
)


@pytest.fixture
def page(presenter):
    return ClassesPresenter(presenter)


@pytest.fixture
def presenter():
    presenter = MistakesPresenter()
    presenter.take_experiment(experiment_on(DATA))
    presenter.begin(DATA)
    presenter.galleries = {"test": gallery("test", 6), "train": gallery("train", 9)}
    presenter.take_question()
    presenter.asked(1)
    presenter.take_answer(1, Asked(step=1200, heads=(ANIMALS,)))
    return presenter


def test_the_answer_in_a_line(presenter, page):
    assert presenter.headed(page.words) == "Test · 3 of 6 correct (50.0 %) · step 1,200"
    saved = [
        CheckpointSaved(at=0, file=f"{step}", step=step, sha256="", best=step < 1300) for step in (1100, 1200, 1300)
    ]
    presenter.feed(saved, "finished")
    assert presenter.headed(page.words) == "Test · 3 of 6 correct (50.0 %) · step 1,200 (best weights)"


@pytest.mark.parametrize(
    ("chosen", "words", "pictures"),
    [
        (Chosen(), "All mistakes · 3", [3, 2, 4]),
        (Chosen(label=1, predicted=2), "cat predicted as dog · 2", [3, 2]),
        (Chosen(label=1, predicted=1), "cat, correct · 1", [1]),
        (Chosen(label=1), "cat predicted as another class · 3", [3, 2, 4]),
        (Chosen(predicted=0), "Wrongly predicted as boat · 1", [4]),
        (Chosen(label=0, predicted=2), "boat predicted as dog · 0", []),
    ],
)
def test_what_is_chosen_has_its_words_and_pictures(presenter, page, chosen, words, pictures):
    page.chosen = chosen
    assert page.chosen_words == words and page.pictures.tolist() == pictures


@pytest.mark.parametrize(
    ("chosen", "orders", "worst", "surest"),
    [
        (Chosen(), ("Worst first", "Most confident first"), [3, 2, 4], [2, 3, 4]),
        (Chosen(label=1, predicted=1), ("Least confident first", "Most confident first"), [5, 1], [1, 5]),
    ],
)
def test_the_most_confident_come_first_if_wanted(presenter, page, chosen, orders, worst, surest):
    found = replace(
        ANIMALS,
        labels=np.array([0, 1, 1, 1, 1, 1]),
        predicted=np.array([0, 1, 2, 2, 0, 1]),
        confidence=np.array([0.9, 0.8, 0.7, 0.6, 0.5, 0.4], np.float32),
    )
    presenter.take_answer(2, Asked(step=1200, heads=(found,)))
    page.chosen = chosen
    assert page.orders == orders and page.pictures.tolist() == worst
    page.order = 1
    assert page.pictures.tolist() == surest
    presenter.most = 1
    assert page.pictures.tolist() == surest[:1], "of all, not of the worst one"


def test_tips_say_shares(presenter, page):
    assert page.cell_tip(1, 2) == "cat, predicted as dog\n2 of 4 (50.0 %)"
    assert page.class_tip(1) == ("cat\n25.0 % recall\n100.0 % precision")
    assert page.picture_tip(3) == "cat, predicted as dog\nconfidence 70.0 %, loss 2.00"


def test_it_asks_at_first_after_each_epoch_and_at_each_rest_once(presenter):
    presenter.begin(DATA)
    assert presenter.take_question() and not presenter.take_question()
    presenter.feed([], "running")
    assert not presenter.take_question()
    presenter.feed([EPOCH], "running")
    assert presenter.take_question()
    presenter.feed([], "paused")
    assert presenter.take_question()
    presenter.feed([], "paused")
    assert not presenter.take_question()


def test_after_an_epoch_only_the_first_split_is_evaluated_again(presenter):
    presenter.choose_split("train")
    assert presenter.take_question()
    presenter.feed([EPOCH], "running")
    assert not presenter.take_question(), "the training pictures are many"
    presenter.feed([], "paused")
    assert presenter.take_question()


def test_until_another_split_is_evaluated_the_old_answer_stays_and_stale_ones_are_dropped(presenter, page):
    train = replace(ANIMALS, split="train", step=1300)
    presenter.choose_split("train")
    assert not presenter.take_answer(2, Asked(step=1250, heads=(ANIMALS,))), "not even asked yet"
    presenter.asked(3)
    assert presenter.is_waiting and presenter.progress(2, 5, 6) == (0, 1) and presenter.progress(3, 5, 9) == (5, 9)
    assert not presenter.take_answer(2, Asked(step=1250, heads=(ANIMALS,)))
    assert presenter.is_waiting and presenter.headed(page.words) == "Test · 3 of 6 correct (50.0 %) · step 1,200"
    presenter.asked(4)  # at an epoch's end, say
    assert presenter.take_answer(3, Asked(step=1300, heads=(train,))) and not presenter.is_waiting
    assert (
        presenter.headed(page.words) == "Training · 3 of 6 correct (50.0 %) · step 1,300"
        and not presenter.shows_first_split
    )
    assert presenter.take_answer(4, Asked(step=1400, heads=(replace(train, step=1400),)))


def test_cancelling_returns_to_what_is_shown(presenter):
    presenter.choose_split("train")
    presenter.asked(2)
    presenter.cancel()
    assert not presenter.is_waiting and presenter.split == "test" and not presenter.problem
    assert not presenter.take_answer(
        2, Asked(step=1200, problem="The network could not be evaluated: it was cancelled.")
    )
    assert presenter.note == ""
    presenter.asked(3)
    assert not presenter.is_waiting, "an answer for this split is shown, which a newer one replaces"
    presenter.choose_split("train")
    presenter.asked(4)
    assert presenter.is_waiting


def test_an_answer_that_could_not_be_had_leaves_the_one_before(presenter):
    before = presenter.mistakes
    presenter.choose_split("train")
    presenter.asked(2)
    presenter.take_answer(2, Asked(step=1300, problem="The network could not be evaluated: no room."))
    assert presenter.mistakes is before and presenter.split == "test"
    assert presenter.note == "The network could not be evaluated: no room."
    presenter.begin(DATA)
    presenter.asked(3)
    presenter.take_answer(3, Asked(step=1, problem="This network has no classification output"))
    assert not presenter.note, "it is told where the matrix would be"


def test_the_worst_are_the_first_of_the_choice(presenter, page):
    presenter.most = 2
    assert page.pictures.tolist() == [3, 2] and page.chosen_words == "All mistakes · 2 of 3"
    page.chosen = Chosen(label=1, predicted=2)
    assert page.chosen_words == "cat predicted as dog · 2"


def test_what_the_open_experiment_excludes_is_marked_and_told(presenter, page):
    named = replace(ANIMALS, names=np.array([f"test/{row}" for row in range(6)], object))
    presenter.asked(1)
    presenter.take_answer(1, Asked(step=1200, heads=(named,)))
    open_experiment = experiment_on(DATA)
    presenter.take_experiment(open_experiment)
    assert presenter.names([3, 2]) == ["test/3", "test/2"] and presenter.mark(3) == "" and not presenter.note
    presenter.take_experiment(leaving_out(open_experiment, ["test/3"]))
    assert [presenter.mark(row) for row in (3, 2)] == ["out", ""]
    assert page.picture_tip(3).endswith("loss 2.00\nexcluded from the data")
    told = "1 picture excluded from the data: the next run does without it"
    assert presenter.note == f"{told}, so its test results cannot be compared with earlier ones."
    presenter.take_experiment(leaving_out(open_experiment, ["train/3"]))
    assert presenter.note == f"{told}."
    presenter.take_experiment(leaving_out(open_experiment, ["train/3", "test/4"]))
    assert presenter.note.startswith("2 pictures excluded from the data: the next run does without them, so its test")
    presenter.begin(leaving_out(open_experiment, ["test/3", "test/4"]).data)
    presenter.galleries = {"test": gallery("test", 4)}
    assert not presenter.note, "the run did without them"


def test_pictures_of_other_data_cannot_be_excluded(presenter):
    other = DataRecipe(source=Component(type="Digits", parameters={}), leave_out=("test/3",))
    presenter.take_experiment(experiment_on(other))
    assert presenter.names([3]) == [] and presenter.mark(3) == ""
    assert presenter.note.startswith("The open experiment has other data")


def test_what_is_evaluated_is_called_what_it_is(presenter):
    presenter.choose_split("train")
    assert presenter.asked_words == "Evaluating the training pictures"
    presenter.heads = (replace(ANIMALS, thing="row"),)
    assert presenter.asked_words == "Evaluating the training rows"


def test_each_head_has_mistakes_of_its_own(presenter, page):
    colour = Column(name="colour", names=("red", "green", "blue", "grey"))
    colours = replace(ANIMALS, output="output2", column=colour)
    presenter.take_answer(2, Asked(step=1200, heads=(ANIMALS, colours)))
    assert presenter.head_titles == ("output → animal", "output2 → colour")
    presenter.head = 1
    assert presenter.mistakes is colours and page.found is colours
    presenter.take_answer(2, Asked(step=1300, heads=(ANIMALS, colours)))
    assert presenter.mistakes is colours, "a newer answer leaves the head that is looked at"
    presenter.begin(DATA)
    presenter.asked(5)
    presenter.take_answer(5, Asked(step=7, heads=(ANIMALS,)))
    assert presenter.mistakes is ANIMALS


def test_a_network_that_is_always_right_makes_not_a_single_mistake(presenter, page):
    presenter.take_answer(2, Asked(step=1200, heads=(replace(ANIMALS, predicted=ANIMALS.labels),)))
    assert page.chosen_words.startswith("No mistakes")


def test_of_two_long_names_both_are_seen(presenter, page):
    names = ("boat", "white-crowned sparrow, adult", "song sparrow, juvenile")
    long = replace(ANIMALS, column=Column(name="animal", names=names))
    presenter.take_answer(2, Asked(step=1300, heads=(long,)))
    first = page.found.confusions[0]
    assert page.confusion_words(first) == "white-crow…row, adult → song sparr…, juvenile"
    presenter.take_answer(2, Asked(step=1400, heads=(ANIMALS,)))
    assert page.confusion_words(first) == "cat → dog"

"""The query of a neighbour search, its results and their captions."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.events import EpochFinished, RunFinished
from workbench.gui.watch.neighbours.presenter import NeighboursPresenter, is_pictures
from workbench.session.views.neighbours import Gallery, Neighbours

EPOCH = EpochFinished(at=1.0, epoch=1, step=10, metrics={}, seconds=1.0)


@pytest.fixture
def presenter() -> NeighboursPresenter:
    presenter = NeighboursPresenter()
    presenter.show_gallery(gallery_of(np.zeros((5, 1, 4, 4), np.uint8), np.array([0, 0, 1, 1, 0]), "shoe", "bag"))
    return presenter


def gallery_of(inputs: NDArray[Any], labels: NDArray[Any] | None, *class_names: str) -> Gallery:
    return Gallery(
        split="test",
        count=len(inputs),
        shape=inputs.shape[1:],
        picture=inputs.__getitem__,
        labels=labels,
        class_names=class_names,
    )


def answer(query: int, indices: list[int]) -> Neighbours:
    return Neighbours(query=query, step=7, indices=np.array(indices), distances=np.arange(1.0, len(indices) + 1))


def test_a_click_asks_once(presenter: NeighboursPresenter) -> None:
    assert presenter.take_question() is None
    presenter.ask(3)
    assert presenter.take_question() == 3
    assert presenter.take_question() is None


def test_the_question_is_asked_again_after_each_epoch_and_at_the_end(presenter: NeighboursPresenter) -> None:
    presenter.ask(3)
    presenter.take_question()
    presenter.feed([EPOCH], "running")
    assert presenter.take_question() == 3
    presenter.feed([], "running")
    assert presenter.take_question() is None
    presenter.feed([RunFinished(at=2.0, epochs=1, metrics={})], "finished")
    assert presenter.take_question() == 3
    presenter.feed([], "finished")
    assert presenter.take_question() is None


def test_the_question_is_asked_again_at_a_pause_and_at_an_end_that_comes_without_events(
    presenter: NeighboursPresenter,
) -> None:
    presenter.ask(3)
    presenter.feed([], "running")
    presenter.take_question()
    for state in ("paused", "stopped"):
        presenter.feed([], state)
        assert presenter.take_question() == 3
        presenter.feed([], state)
        assert presenter.take_question() is None


def test_nothing_is_promised_after_a_failure(presenter: NeighboursPresenter) -> None:
    presenter.ask(3)
    presenter.feed([], "running")
    assert presenter.waiting_words.startswith("Finding")
    presenter.feed([], "failed")
    assert presenter.waiting_words.startswith("No result")


def test_why_nothing_was_found_stands_where_the_answer_would(presenter: NeighboursPresenter) -> None:
    presenter.ask(3)
    presenter.feed([], "running")
    assert presenter.take_answer(Neighbours(query=3, step=7, problem="No result: a reason."))
    assert presenter.neighbours == () and presenter.waiting_words == "No result: a reason."
    presenter.ask(2)
    assert presenter.waiting_words.startswith("Finding")


def test_the_answer_names_classes_and_counts_those_of_the_query(presenter: NeighboursPresenter) -> None:
    presenter.ask(0)
    assert presenter.take_answer(answer(0, [1, 2, 4]))
    assert [(n.index, n.distance, n.class_name, n.same_class) for n in presenter.neighbours] == [
        (1, 1.0, "shoe", True),
        (2, 2.0, "bag", False),
        (4, 3.0, "shoe", True),
    ]
    assert presenter.summary == "2 of 3 of the same class, after step 7"


def test_an_answer_to_an_earlier_click_is_dropped(presenter: NeighboursPresenter) -> None:
    presenter.ask(0)
    presenter.ask(2)
    assert not presenter.take_answer(answer(0, [1]))
    assert presenter.neighbours == ()
    presenter.take_answer(answer(2, [3]))
    presenter.ask(0)
    assert presenter.neighbours == () and presenter.summary == ""


def test_the_query_outlives_the_run_where_the_picture_is_there_again(presenter: NeighboursPresenter) -> None:
    presenter.ask(4)
    gallery = presenter.gallery
    presenter.begin()
    presenter.feed([EPOCH], "running")
    assert presenter.take_question() is None
    presenter.show_gallery(gallery)
    assert presenter.take_question() == 4
    presenter.begin()
    presenter.show_gallery(gallery_of(np.zeros((2, 1, 4, 4), np.uint8), np.zeros(2, int), "shoe"))
    assert presenter.query is None and presenter.take_question() is None


def test_points_are_no_pictures(presenter: NeighboursPresenter) -> None:
    assert is_pictures(presenter.gallery)
    assert not is_pictures(gallery_of(np.zeros((5, 2), np.float32), np.zeros(5, int), "in", "out"))


def test_without_classes_neighbours_have_no_names() -> None:
    presenter = NeighboursPresenter()
    presenter.show_gallery(gallery_of(np.zeros((5, 1, 4, 4), np.uint8), None))
    presenter.ask(1)
    answer = Neighbours(query=1, step=30, indices=np.array([2, 0]), distances=np.array([0.5, 1.0]))
    assert presenter.take_answer(answer)
    assert [(found.index, found.class_name) for found in presenter.neighbours] == [(2, ""), (0, "")]
    assert presenter.summary == "as of step 30" and presenter.of_class(None).tolist() == [0, 1, 2, 3, 4]

"""The query of a neighbour search, its results and their captions."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from workbench.events import EpochFinished, RunFinished
from workbench.gui.watch.neighbours.presenter import NeighboursPresenter, has_looks
from workbench.session.views.map import Map
from workbench.session.views.neighbours import Gallery, Neighbours, Precision, descriptors_of
from workbench.spec.record import replace

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
    assert not presenter.take_question()
    presenter.ask(3)
    assert presenter.take_question() and presenter.query == 3
    assert not presenter.take_question()


def test_the_question_is_asked_again_after_each_epoch_and_at_the_end(presenter: NeighboursPresenter) -> None:
    presenter.ask(3)
    presenter.take_question()
    presenter.feed([EPOCH], "running")
    assert presenter.take_question() and presenter.query == 3
    presenter.feed([], "running")
    assert not presenter.take_question()
    presenter.feed([RunFinished(at=2.0, epochs=1, metrics={})], "finished")
    assert presenter.take_question() and presenter.query == 3
    presenter.feed([], "finished")
    assert not presenter.take_question()


def test_the_question_is_asked_again_at_a_pause_and_at_an_end_that_comes_without_events(
    presenter: NeighboursPresenter,
) -> None:
    presenter.ask(3)
    presenter.feed([], "running")
    presenter.take_question()
    for state in ("paused", "stopped"):
        presenter.feed([], state)
        assert presenter.take_question() and presenter.query == 3
        presenter.feed([], state)
        assert not presenter.take_question()


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


def test_a_statistic_is_asked_for_once_since_it_does_not_change_with_the_network(
    presenter: NeighboursPresenter,
) -> None:
    presenter.ask(0)
    presenter.take_question()
    presenter.choose("pixels")
    assert presenter.take_question() and presenter.query == 0
    assert not presenter.take_answer(answer(0, [1, 2, 4])), "this was the network's"
    assert presenter.neighbours == () and presenter.waiting_words == "Finding nearest neighbours…"
    presenter.described = (1024, 60_000)
    assert presenter.waiting_words == "Describing the pictures, 1,024 of 60,000…"
    assert presenter.take_answer(replace(answer(0, [2, 3, 4]), descriptor="pixels", step=0))
    assert presenter.summary == "1 of 3 of the same class"
    presenter.feed([EPOCH], "running")
    presenter.feed([], "failed")
    assert not presenter.take_question() and len(presenter.neighbours) == 3
    presenter.choose("network")
    assert presenter.take_question() and presenter.query == 0 and presenter.neighbours == ()


def test_a_failed_run_s_pictures_can_still_be_compared_alone(presenter: NeighboursPresenter) -> None:
    presenter.ask(0)
    presenter.feed([], "failed")
    presenter.choose("colours")
    assert (
        presenter.waiting_words == "Finding nearest neighbours…" and presenter.take_question() and presenter.query == 0
    )


def test_averages_begin_with_the_chosen_descriptor(presenter: NeighboursPresenter) -> None:
    assert presenter.comparison == ""
    presenter.precisions = {"pixels": Precision(share=0.667, num_queries=300)}
    assert presenter.comparison == "", "that of the network is not known yet"
    presenter.measured = (32, 1_300)
    assert presenter.comparison == "Measuring the average, 32 of 1,300…"
    presenter.measured = (0, 1)
    presenter.precisions = {**presenter.precisions, "network": Precision(share=0.811, num_queries=300, step=1407)}
    assert presenter.comparison == "On average 81.1 % of the same class, step 1,407 · pixels 66.7 %"
    presenter.choose("pixels")
    assert presenter.comparison == "On average 66.7 % of the same class · last hidden layer 81.1 %"
    presenter.precisions = {"pixels": Precision(share=float("nan"), num_queries=0, problem="a reason")}
    assert presenter.comparison == "The average is missing: a reason."
    presenter.begin()
    assert presenter.comparison == ""


def test_the_descriptor_outlives_the_run_where_its_pictures_have_it(presenter: NeighboursPresenter) -> None:
    assert presenter.descriptors == ("network", "pixels", "colours", "gradients")
    presenter.choose("gradients")
    gallery = presenter.gallery
    presenter.begin()
    presenter.show_gallery(gallery)
    assert presenter.descriptor == "gradients"
    presenter.show_gallery(gallery_of(np.zeros((2, 1, 3, 3), np.uint8), None))
    assert presenter.descriptor == "network" and "gradients" not in presenter.descriptors


def test_the_query_outlives_the_run_where_the_picture_is_there_again(presenter: NeighboursPresenter) -> None:
    presenter.ask(4)
    gallery = presenter.gallery
    presenter.begin()
    presenter.feed([EPOCH], "running")
    assert not presenter.take_question()
    presenter.show_gallery(gallery)
    assert presenter.take_question() and presenter.query == 4
    presenter.begin()
    presenter.show_gallery(gallery_of(np.zeros((2, 1, 4, 4), np.uint8), np.zeros(2, int), "shoe"))
    assert presenter.query is None and not presenter.take_question()


def test_points_are_no_pictures(presenter: NeighboursPresenter) -> None:
    assert has_looks(presenter.gallery)
    series = gallery_of(np.zeros((5, 8, 2), np.float32), np.zeros(5, int), "in", "out")
    assert has_looks(series) and descriptors_of(series.shape) == ("network",)
    assert not has_looks(gallery_of(np.zeros((5, 2), np.float32), np.zeros(5, int), "in", "out"))


def test_without_classes_neighbours_have_no_names() -> None:
    presenter = NeighboursPresenter()
    presenter.show_gallery(gallery_of(np.zeros((5, 1, 4, 4), np.uint8), None))
    presenter.ask(1)
    answer = Neighbours(query=1, step=30, indices=np.array([2, 0]), distances=np.array([0.5, 1.0]))
    assert presenter.take_answer(answer)
    assert [(found.index, found.class_name) for found in presenter.neighbours] == [(2, ""), (0, "")]
    assert presenter.summary == "as of step 30" and presenter.show_class(None).tolist() == [0, 1, 2, 3, 4]


def test_the_map_is_asked_for_without_a_query_and_again_after_each_epoch(presenter: NeighboursPresenter) -> None:
    presenter.feed([EPOCH], "running")
    assert not presenter.take_question(), "nobody looks at it"
    presenter.show_map(True)
    assert presenter.take_question() and presenter.query is None and presenter.neighbours == ()
    presenter.feed([EPOCH], "running")
    assert presenter.take_question()
    presenter.show_map(False)
    presenter.feed([EPOCH], "running")
    assert not presenter.take_question()


def test_the_map_fills_a_square_and_says_what_it_shows(presenter: NeighboursPresenter) -> None:
    presenter.show_map(True)
    assert presenter.map_words == "Drawing the map…" and len(presenter.map_places) == 0
    places = np.array([[-2, 10], [2, 10], [0, 40]], np.float32)
    presenter.take_map(Map(descriptor="network", step=1_234, indices=np.array([0, 2, 3]), places=places))
    assert presenter.map_words == "3 of 5 pictures, after step 1,234"
    assert presenter.map_places.tolist() == [[0, 0], [1, 0], [0.5, 1]]
    presenter.ask(2)
    assert presenter.map_words == "3 of 5 pictures, after step 1,234"
    presenter.ask(4)
    assert presenter.map_words == "3 of 5 pictures, after step 1,234; the chosen one is not among them"
    presenter.query = None
    assert presenter.map_is_of_class.all()
    assert presenter.gallery is not None and presenter.gallery.labels is not None
    for index in set(presenter.gallery.labels.tolist()):
        shown = presenter.show_class(index)
        assert presenter.map_is_of_class.tolist() == [number in shown for number in (0, 2, 3)]
    presenter.show_class(None)
    presenter.choose("pixels")
    assert presenter.map_words == "Drawing the map…" and len(presenter.map_places) == 0, "that was the network's"
    presenter.take_map(Map(descriptor="network", step=1_300, problem="No map: it was cancelled."))
    presenter.choose("network")
    assert presenter.map_words == "3 of 5 pictures, after step 1,234"
    presenter.choose("pixels")
    presenter.described = (3, 5)
    assert presenter.map_words == "Describing the pictures, 3 of 5…"
    presenter.take_map(Map(descriptor="pixels", step=0, problem="No map: a reason."))
    assert presenter.map_words == "No map: a reason." and len(presenter.map_places) == 0
    presenter.begin()
    assert presenter.map is None and presenter.shows_map


def test_a_failed_run_has_no_map_by_its_network(presenter: NeighboursPresenter) -> None:
    presenter.show_map(True)
    presenter.feed([], "failed")
    assert presenter.map_words == "No result: the run failed, and its weights may no longer be finite."


def test_what_the_network_compares_by_is_called_what_it_is(presenter: NeighboursPresenter) -> None:
    assert presenter.titles["network"] == "Last hidden layer"
    assert presenter.gallery is not None
    presenter.show_gallery(replace(presenter.gallery, embeds=True))
    assert presenter.titles["network"] == "Embedding" and next(iter(presenter.titles)) == "network"

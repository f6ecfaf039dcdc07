"""What is asked of the latent space, and which answers are shown."""

import numpy as np

from workbench.compiler.bottleneck import AROUND, Bottleneck
from workbench.events import EpochFinished
from workbench.gui.latent.presenter import LatentPresenter
from workbench.session.views.latent import LatentSeen
from workbench.session.views.neighbours import Gallery
from workbench.spec.record import replace

PICTURES = np.arange(12 * 16, dtype=np.uint8).reshape(12, 1, 4, 4)
LAYERS = tuple(Bottleneck(path=path, type="Linear", shape=(size,)) for path, size in (("narrow", 2), ("wide", 9)))
SEEN = LatentSeen(step=5, layers=LAYERS, layer=LAYERS[0], pictures=PICTURES[:10], ends=PICTURES[10:], numbers=(2, 3))


def presenter(count=9):
    found = LatentPresenter()
    labels = np.arange(count) % 2
    gallery = Gallery(split="test", count=count, shape=(1, 4, 4), picture=PICTURES.__getitem__, labels=labels, class_names=("bag", "boot"))  # fmt: skip
    assert found.empty_words[0] == "No network to look into yet" and found.take_question() is None
    found.begin("")
    assert found.empty_words[0] == "Asking the network…", "its data is being prepared"
    found.problem = "the run has failed"
    assert found.empty_words == ("No latent space to show", "The run has failed.")
    found.show_gallery(gallery)
    return found


def test_two_pictures_stand_at_the_ends_of_the_steps_between_them():
    found = presenter()
    found.show_number(2)
    found.choose_last(3)
    question = found.take_question()
    assert (question.view, question.ends, question.num) == ("between", (2, 3), 10) and found.take_question() is None
    found.asked(4)
    assert found.take_answer(4, SEEN) and found.is_shown
    captions = [tile.caption for tile in found.tiles]
    assert captions == ["bag", "0 %", "11 %", "22 %", "33 %", "44 %", "56 %", "67 %", "78 %", "89 %", "100 %", "boot"]
    assert np.array_equal(found.tiles[0].pixels, PICTURES[10]) and np.array_equal(found.tiles[-1].pixels, PICTURES[11])
    assert found.words == "Step 5" and found.layers == LAYERS
    assert found.told == "10 steps between the codes of two pictures, the 2 numbers of narrow."
    found.choose_last(4)
    assert [tile.caption for tile in found.tiles] == captions, "they name what is shown until the answer has come"
    found.asked(5)
    found.choose_last(3)
    found.feed([EpochFinished(epoch=1, step=9, metrics={}, seconds=1.0, at=1.0)], "running")
    assert found.take_question() == question, "asked again after the epoch"


def test_answers_to_what_is_asked_no_more_are_dropped():
    found = presenter()
    found.take_question()
    found.asked(1)
    found.choose_view("sample")
    assert not found.take_answer(1, SEEN)
    first = found.take_question()
    found.asked(2)
    found.draw_again()
    found.choose_layer("wide")
    assert not found.take_answer(2, SEEN)
    second = found.take_question()
    assert (first.seed, second.seed, second.path, second.num) == (0, 1, "wide", 64)
    found.draw_again()
    assert found.take_question().seed == 2
    found.asked(3)
    assert found.take_answer(3, LatentSeen(step=5, problem=AROUND)) and not found.is_shown and not found.layers
    assert found.told == "" and found.tiles == ()
    assert found.empty_words == ("No latent space to show", AROUND[0].upper() + AROUND[1:] + ".")


def test_where_a_layer_cannot_be_shown_another_can_be_chosen():
    found = presenter()
    found.take_question()
    found.asked(1)
    found.take_answer(1, SEEN)
    assert found.path == "narrow"
    found.choose_layer("wide")
    found.choose_view("map")
    found.asked(2)
    assert found.take_answer(2, LatentSeen(step=5, view="map", problem="not enough memory")) and not found.is_shown
    assert found.layers == LAYERS and found.path == "wide"


def test_a_map_is_told_with_its_dots_and_shown_until_another_answer_has_come():
    found = presenter()
    found.choose_view("map")
    found.asked(1)
    seen = LatentSeen(step=5, view="map", layers=LAYERS, layer=LAYERS[0], pictures=PICTURES, num_codes=1000, labels=np.zeros(1000, int), class_names=("bag", "boot"))  # fmt: skip
    assert found.take_answer(1, seen) and found.class_names == ("bag", "boot")
    found.choose_view("between")
    assert [tile.caption for tile in found.tiles] == [""] * len(PICTURES)
    assert found.told.endswith("to each side. Dots: the codes of 1,000 test pictures, by class.")
    found.asked(2)
    assert found.take_answer(2, replace(seen, labels=None)) and found.class_names == ()
    assert found.told.endswith("Dots: the codes of 1,000 test pictures."), "no classes, no colours"


def test_a_run_with_fewer_pictures_has_ends_too():
    found = presenter(count=1)
    assert found.take_question().ends == (0, 0)


def test_the_weights_of_a_network_without_a_run_are_named():
    found = presenter()
    found.begin("initial weights (seed 3)")
    assert found.words == ""
    found.show_gallery(Gallery(split="test", count=2000, shape=(1, 4, 4), picture=PICTURES.__getitem__, labels=None, class_names=()))  # fmt: skip
    found.asked(1)
    assert found.take_answer(1, replace(SEEN, numbers=(0, 1999))) and found.words == "Initial weights (seed 3)"
    assert [found.tiles[0].caption, found.tiles[-1].caption] == ["0", "1,999"], "without classes, by their numbers"
    assert found.take_question()
    found.choose_last(1999)
    assert found.take_question().ends == (0, 1999)

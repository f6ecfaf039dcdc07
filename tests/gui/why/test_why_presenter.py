"""What is asked about a picture: answers to earlier questions are dropped, and asking again cancels nothing."""

import numpy as np

from workbench.gui.why.presenter import COMPUTED, WhyPresenter
from workbench.session.views.attention import OnePicture
from workbench.session.views.predictions import Head
from workbench.session.views.why import WhySeen
from workbench.spec.column import Column

CLASS = Head(output="out", column=Column(name="class", names=("bag", "boot", "hat")))
AGE = Head(output="age", column=Column(name="age", kind="number", unit="years"))


def seen(step, found=0.25, **changes):
    values = np.array([0.2, 0.5, 0.3], np.float32)
    about = {
        "heads": (CLASS, AGE),
        "values": values,
        "place": 1,
        "found": None if found is None else np.full((2, 4), found, np.float32),
        "layers": ("conv1", "conv2"),
        "layer": "conv2",
    }
    return WhySeen(step=step, pixels=np.zeros((1, 2, 4), np.uint8), **(about | changes))


def asking():
    presenter = WhyPresenter()
    assert presenter.take_question() is None and presenter.empty_words[0] == "No network to look into yet"
    presenter.show_picture(OnePicture(name="boot"))
    first = presenter.take_question()
    presenter.asked(1)
    return presenter, first


def test_answers_to_earlier_questions_are_dropped_and_those_to_this_one_renewed():
    presenter, first = asking()
    assert presenter.take_question() is None and presenter.told == COMPUTED
    presenter.choose_method("gradient")
    second = presenter.take_question()
    assert second is not first and second.method == "gradient" and not presenter.take_answer(1, seen(1))
    presenter.asked(2)
    assert not presenter.take_answer(1, seen(1)) and presenter.map is None
    assert presenter.take_answer(2, seen(2, method="gradient")) and presenter.map is not None
    presenter.feed([], "finished")
    assert presenter.take_question() is second, "the same object, so that nothing is cancelled"
    presenter.asked(3)
    assert presenter.map is not None, "the answer stays until the newer one"
    assert presenter.take_answer(3, seen(3)) and presenter.words == "boot · step 3"
    presenter.choose_method("occlusion")
    assert presenter.map is None and presenter.told == COMPUTED, "no other method's map, also while it is not asked yet"


def test_the_layers_of_grad_cam_are_offered_last_first():
    presenter, _ = asking()
    presenter.take_answer(1, seen(1))
    assert presenter.layers == (), "another method looks at none"
    presenter.choose_method("grad-cam")
    presenter.asked(2)
    presenter.take_answer(2, seen(1, method="grad-cam"))
    assert presenter.layers == ("conv2", "conv1") and presenter.shown_layer == "conv2"
    presenter.choose_layer("conv1")
    assert presenter.shown_layer == presenter.take_question().layer == "conv1"
    presenter.asked(3)
    presenter.take_answer(3, seen(1, method="grad-cam", layers=("conv2",)))
    assert presenter.shown_layer == "conv2", "where the answer does not depend on the chosen one"
    presenter.begin("")
    presenter.show_picture(OnePicture(name="boot"))
    assert presenter.take_question().layer == "", "another network has other layers"


def test_classes_are_offered_likeliest_first_and_numbers_by_name():
    presenter, _ = asking()
    presenter.take_answer(1, seen(1, truth=2))
    rows = ["Likeliest: boot 50.0 %", "boot 50.0 %", "hat 30.0 % · true class", "bag 20.0 %"]
    assert presenter.places == list(zip([None, 1, 2, 0], rows, strict=True))
    assert presenter.tip((0, 1)) == "row 1, column 4: +0.25" and presenter.told.startswith("boot 50.0 %. Red: ")
    presenter.choose_place(2)
    assert presenter.take_question().place == 2
    presenter.choose_head(1)
    assert presenter.take_question().place is None and presenter.places == [], "not those of the other head"
    presenter.asked(2)
    presenter.take_answer(2, seen(1, head=1, place=0, values=np.array([34.2], np.float32)))
    assert presenter.places == [(0, "age 34.2 years")]
    assert presenter.told == "age 34.2 years. Red: age falls, by up to 0.25, if this part is hidden."
    presenter.take_answer(2, seen(1, head=1, place=0, values=np.array([34.2], np.float32), found=39_200.0))
    assert "age falls, by up to 39,200, if" in presenter.told


def test_a_picture_of_another_head_is_asked_about_that_and_the_next_ones_too():
    presenter, first = asking()
    presenter.take_answer(1, seen(1))
    presenter.choose_place(2)
    presenter.show_picture(OnePicture(name="hat", head=AGE.title))
    about_age = presenter.take_question()
    assert (first.head, about_age.head, about_age.place) == ("", AGE.title, None)
    assert presenter.words == "boot · step 1" and presenter.map is None and presenter.told == COMPUTED, "not hat's yet"
    presenter.asked(2)
    presenter.take_answer(2, seen(1, head=1, place=0, values=np.array([34.2], np.float32)))
    assert presenter.head == 1 and presenter.places == [(0, "age 34.2 years")] and presenter.words == "hat · step 1"
    presenter.take_answer(2, seen(1, head=1, place=0, values=np.array([-34.2], np.float32)))
    assert presenter.places == [(0, "age −34.2 years")]
    presenter.show_picture(OnePicture(name="bag"))
    assert presenter.take_question().head == AGE.title


def test_why_there_is_no_map_is_said():
    presenter, _ = asking()
    presenter.take_answer(1, seen(1, found=None, problem="there is none"))
    assert presenter.is_shown and presenter.map is None and presenter.told == "There is none."
    presenter.take_answer(1, seen(1, found=-0.25))
    assert presenter.tip((0, 0.99)) == "row 1, column 4: −0.25"
    assert presenter.told.endswith("Blue: the probability of boot rises, by up to 25.0 points, if it is hidden.")
    presenter.take_answer(1, seen(1, found=-0.0004))
    assert presenter.told.endswith("Whichever part is hidden, the probability of boot changes by less than 0.1 points.")
    presenter.take_answer(1, seen(1, found=0.0))
    assert "Nothing in this picture matters for boot by itself" in presenter.told
    presenter.take_answer(1, WhySeen(step=1, problem="it was cancelled"))
    assert not presenter.is_shown and presenter.places == []
    assert presenter.empty_words == ("No reasons to show", "It was cancelled.")

"""Pictures of one's own as shown: in which order, with which words, and when they are asked about. No Qt."""

from pathlib import Path

import numpy as np
import pytest

from workbench.events import EpochFinished
from workbench.gui.own_pictures.cards import Bar, Card
from workbench.gui.own_pictures.presenter import ALL, SIMILAR, TRAINING, OwnPicturesPresenter, Wanted
from workbench.gui.runtime.run_states import State
from workbench.session.views.album import NEVER, Part, Predicted, Query, Similar
from workbench.session.views.neighbours import Gallery
from workbench.session.views.predictions import Head, likeliest
from workbench.spec.column import Column

CLASS = Head(output="a", column=Column(name="class", names=("bag", "boot", "hat")))
LABELS = Head(output="b", column=Column(name="shapes", kind="labels", names=("line", "circle", "square")))
NUMBER = Head(output="c", column=Column(name="covered", kind="number", unit="%"))
MASK = Head(output="e", column=Column(name="pixels", kind="mask", names=("sky", "tree", "road"), shape=(2, 2)))
PICTURE = Head(output="f", column=Column(name="picture", kind="picture", shape=(1, 2, 2)))
POINTS = Head(output="d", column=Column(name="eyes", kind="keypoints", shape=(4,)))


def part(*files, lot=0, problems=(), values=(), step=7):
    """A part whose files at the places of ``problems`` cannot be used; ``values`` of each head for each file."""
    rows = np.full(len(files), -1)
    readable = [place for place in range(len(files)) if place not in dict(problems)]
    rows[readable] = np.arange(len(readable))
    return Part(
        lot=lot,
        files=files,
        real_paths=files,
        pictures=np.zeros((len(readable), 1, 2, 2), np.uint8),
        rows=rows,
        problems=dict(problems),
        steps=np.where(rows >= 0, step, NEVER),
        values=tuple(np.array(each, np.float32) for each in values),
        likeliest=tuple(likeliest(np.array(each, np.float32)) for each in values),
    )


def predicted(*parts, heads=(), step=7, **others):
    return Predicted(step=step, heads=heads, parts=parts, **{"is_whole": True, "num_lots": 1, **others})


def shown(*parts, heads=(), **others):
    """A presenter that has answers about a folder."""
    presenter = OwnPicturesPresenter()
    presenter.add([Path("/x")])
    presenter.pictures.latest.put(predicted(*parts, heads=heads, **others))
    assert presenter.take_answer()
    return presenter


def test_the_network_is_asked_anew_after_an_epoch_and_only_then():
    presenter = OwnPicturesPresenter()
    assert presenter.take_question() is None, "there are no pictures"
    presenter.add([Path("boot.png")])
    assert presenter.take_question() is False
    presenter.feed([], State.RUNNING)
    assert presenter.take_question() is None
    epoch = EpochFinished(at=1.0, epoch=1, step=5, metrics={}, seconds=1.0)
    presenter.feed([epoch], State.RUNNING)
    assert presenter.take_question() is True and presenter.take_question() is None
    presenter.add([Path("boot.png")])
    assert presenter.paths == (Path("boot.png"),) and presenter.take_question() is False


def test_what_is_added_last_comes_first_and_what_cannot_be_read_at_the_end():
    presenter = shown(
        part("/x/broken.png", "/x/a.png", problems={0: "it is empty"}, values=[np.zeros((2, 3))]),
        part("/y/b.png", lot=1, values=[np.zeros((1, 3))]),
        heads=(CLASS,),
    )
    assert presenter.shown.tolist() == [2, 1, 0]
    assert presenter.words == "2 of 3 files can be read · step 7"
    broken = presenter.card(0)
    assert (broken.name, broken.words, broken.is_broken) == ("broken.png", "It is empty.", True)
    assert presenter.card(2).name == "y/b.png", "from another folder than the chosen one"
    presenter.remove(2)
    assert presenter.shown.tolist() == [1, 0] and presenter.words == "1 of 2 files can be read · step 7"
    presenter.remove(0)
    assert presenter.words == "1 picture · step 7"
    presenter.remove(1)
    assert not presenter.paths and not presenter.words


def test_a_folder_that_waits_stays_when_the_last_picture_is_removed():
    presenter = shown(part("/x/a.png", values=[np.zeros((1, 3))]), heads=(CLASS,))
    presenter.add([Path("/folder")])
    presenter.remove(0)
    assert not presenter.shown.size and presenter.paths[0] == Path("/folder")


def test_files_that_are_removed_stay_so_until_they_or_a_folder_above_are_added():
    presenter = OwnPicturesPresenter()
    for number, file in enumerate(("/x/a.png", "/x/y/b.png", "/z/c.png")):
        presenter.pictures.remove(number, file)
    presenter.add([Path("/z/c.png"), Path("/x/y"), *(Path(f"/mine/{number}.png") for number in range(1000))])
    assert presenter.pictures.removed == {"/x/a.png"}


def test_nothing_is_similar_to_a_file_that_cannot_be_read_which_is_said_until_another_is_chosen():
    broken = part("/x/broken.png", "a", problems={0: "it is empty"}, values=[np.zeros((2, 3))])
    presenter = shown(broken, heads=(CLASS,))
    assert not presenter.want(SIMILAR, 0) and presenter.wanted == ALL
    assert presenter.note == "this file is no picture that others could be similar to: choose another one"
    presenter.forget_refusal()
    assert not presenter.note
    assert not presenter.want(TRAINING, None) and presenter.want(SIMILAR, 1) and not presenter.note


def test_what_is_cancelled_before_there_is_a_picture_is_said():
    presenter = OwnPicturesPresenter()
    presenter.add([Path("/x")])
    said = {"has_network": True, "is_starting": False}
    presenter.pictures.latest.put(predicted(heads=(CLASS,), is_whole=False))
    presenter.take_answer()
    assert presenter.empty_words((CLASS,), "", **said)[0] == "Asking the network…"
    presenter.cancel()
    assert presenter.empty_words((CLASS,), "", **said) == ("Cancelled", "The files are not read. Read again continues.")
    presenter.pictures.latest.put(predicted(heads=(CLASS,), is_whole=False, num_cancelled=150))
    presenter.take_answer()
    assert presenter.empty_words((CLASS,), "", **said)[1] == "150 files are not read. Read again continues."
    presenter.pictures.latest.put(predicted(heads=(CLASS,), is_whole=False, problem="the disk is full"))
    presenter.take_answer()
    assert presenter.empty_words((CLASS,), "", **said) == ("No answer", "the disk is full")


def test_a_network_that_answers_nan_answers_with_no_class():
    presenter = shown(part("a", "b", values=[[[np.nan] * 3, [0.8, 0.1, 0.1]]]), heads=(CLASS,))
    presenter.want(Wanted(what="name", place=0), None)
    assert presenter.words == "bag: answered for 1 of 2 pictures · step 7"


def test_it_is_told_of_which_steps_the_answers_are_and_what_was_not_read():
    zeros = np.zeros((1, 3))
    old, new = part("a", values=[zeros], step=3), part("b", values=[zeros], step=7)
    presenter = shown(old, new, heads=(CLASS,), is_whole=False, num_cancelled=1200)
    assert presenter.words == "2 pictures · 1,200 not read · steps 3 to 7"


def test_each_head_is_shown_in_its_words():
    values = [[[0.1, 0.9, 0.0]], [[0.2, 0.8, 0.6]], [[-12.3456]], [[0.25, 0.5, 0.75, 0.5]]]
    presenter = shown(part("/x/boot.png", values=values), heads=(CLASS, LABELS, NUMBER, POINTS))
    assert presenter.head_titles == ("a → class", "b → shapes", "c → covered", "d → eyes")
    card = presenter.card(0)
    assert [(bar.name, bar.value, bar.is_given) for bar in card.bars] == [
        ("boot", "90.0 %", True),
        ("bag", "10.0 %", False),
        ("hat", "0.0 %", False),
    ]
    presenter.choose_head(1)
    assert presenter.head_title == "b → shapes"
    assert [bar.is_given for bar in presenter.card(0).bars] == [True, True, False]
    presenter.choose_head(2)
    assert presenter.card(0).words == "−12.35 %" and not presenter.card(0).bars
    assert [title for _, title in presenter.choices] == ["All pictures", "Similar pictures", "Similar in training"]
    presenter.choose_head(3)
    card = presenter.card(0)
    assert card.words == "2 key points" and card.points == ((0.25, 0.5), (0.75, 0.5))
    assert card.told.splitlines()[-1] == "x 0.750, y 0.500"


def test_the_classes_of_a_mask_are_bars_in_their_colours_and_the_pictures_with_the_most_of_one_come_first():
    values = [[[0.75, 0.0, 0.25], [0.5, 0.5, 0.0], [0.2, 0.7, 0.1]], [[], [], []]]
    presenter = shown(part("a", "b", "c", values=values), heads=(MASK, PICTURE))
    assert presenter.draws and not presenter.explains
    assert [(bar.name, bar.value, bar.place) for bar in presenter.card(0).bars] == [
        ("sky", "75.0 %", 0),
        ("road", "25.0 %", 2),
    ]
    presenter.want(Wanted(what="name", place=1), None)
    assert presenter.shown.tolist() == [2, 1, 0] and presenter.badge(2) == "70.0 %"
    assert presenter.words == "tree: found in 2 of 3 pictures · step 7"
    presenter.choose_head(1)
    assert presenter.wanted == ALL and presenter.draws and not presenter.names
    assert presenter.card(0).bars == () and presenter.card(0).words == ""


def test_the_pictures_of_a_class_come_by_confidence_and_keep_their_places_while_they_are_updated():
    confidences = [[[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.0, 0.9, 0.1]]]
    presenter = shown(part("a", "b", "c", values=confidences), heads=(CLASS,))
    presenter.want(Wanted(what="name", place=1), None)
    assert presenter.choices[4] == (Wanted(what="name", place=1), "boot")
    assert presenter.shown.tolist() == [2, 1, 0] and [presenter.badge(n) for n in (2, 0)] == ["90.0 %", "20.0 %"]
    assert presenter.words == "boot: answered for 2 of 3 pictures · step 7"
    later = part("a", "b", "c", values=[np.flip(confidences[0], axis=0)], step=9)
    presenter.pictures.latest.put(predicted(later, heads=(CLASS,), step=9, is_whole=False))
    assert presenter.take_answer() and presenter.shown.tolist() == [2, 1, 0]
    presenter.pictures.latest.put(predicted(later, heads=(CLASS,), step=9))
    assert presenter.take_answer() and presenter.shown.tolist() == [0, 1, 2]
    presenter.choose_head(0)
    assert presenter.wanted == ALL


def test_similar_pictures_follow_the_one_they_are_similar_to():
    presenter = shown(part("/x/a.png", "b", "c", values=[np.zeros((3, 3))]), heads=(CLASS,))
    presenter.take_question()
    presenter.want(SIMILAR, 0)
    assert presenter.pictures.query == Query(number=0) and presenter.take_question() is False
    assert presenter.shown.tolist() == [0] and presenter.words == "Nearest to a.png · searching…"
    similar = Similar(query=Query(number=0), step=7, numbers=np.array([2, 1]), distances=np.array([1.5, 200.0]))
    gallery = Gallery(
        split="train",
        count=3,
        shape=(1, 2, 2),
        picture=str,
        labels=np.array([0, 1, 2]),
        class_names=("bag", "boot", "hat"),
        names=np.array(["0", "1", "mine/2.png"], object),
    )
    answer = predicted(
        part("/x/a.png", "b", "c", values=[np.zeros((3, 3))]), heads=(CLASS,), similar=similar, training=gallery
    )
    presenter.pictures.latest.put(answer)
    presenter.take_answer()
    assert presenter.shown.tolist() == [0, 2, 1] and presenter.words == "Nearest to a.png · step 7"
    assert [presenter.badge(number) for number in (0, 2, 1)] == ["query", "1.50", "200"]
    presenter.want(TRAINING, 0)
    assert presenter.shown.tolist() == [], "these were found among other pictures"
    similar = Similar(
        query=Query(number=0, in_training=True), step=7, numbers=np.array([2]), distances=np.array([0.25])
    )
    presenter.pictures.latest.put(predicted(*answer.parts, heads=(CLASS,), similar=similar, training=gallery))
    presenter.take_answer()
    assert presenter.shown.tolist() == [2] and presenter.tip(2) == "mine/2.png\nhat\ndistance 0.25"
    presenter.remove(0)
    assert presenter.wanted == ALL and presenter.pictures.query is None


def test_pictures_of_an_embedding_are_shown_without_answers_and_can_be_compared():
    presenter = shown(part("boot.png", "bag.png", values=[]), heads=())
    assert presenter.card(0).words == "" and presenter.card(0).file == "boot.png"
    assert presenter.want(Wanted(what="similar"), 1) and presenter.pictures.query == Query(number=1)


@pytest.mark.parametrize(
    ("heads", "words"),
    [
        ((CLASS,), "with its five likeliest classes. A double click"),
        ((LABELS, NUMBER), "with its likeliest labels and the number that the network answers. A double click"),
        ((POINTS,), "with the key points that the network finds. A double click"),
        ((MASK, PICTURE), "with the class of each pixel in its colour and the picture that the network makes of it."),
        ((), "in its colours. Similar, or Ctrl+F, finds those that the network describes like the chosen one."),
    ],
)
def test_the_invitation_says_what_the_network_answers(heads, words):
    heading, sentence = OwnPicturesPresenter().empty_words(heads, "", has_network=True, is_starting=False)
    explains = any(not head.is_drawn for head in heads)
    assert heading == "Drop pictures here" and words in sentence and ("A double click" in sentence) is explains


def test_a_run_that_is_being_prepared_is_told_from_none():
    presenter = OwnPicturesPresenter()
    assert presenter.empty_words((), "", has_network=False, is_starting=False)[0] == "No network to ask yet"
    for has_network in (False, True):
        heading, _ = presenter.empty_words((), "", has_network=has_network, is_starting=True)
        assert heading == "The network is being prepared"
    assert presenter.empty_words((), "a reason", has_network=True, is_starting=True)[1] == "a reason"


def test_labels_that_do_not_fit_are_counted_in_the_last_row():
    bars = tuple(Bar(name=name, share=0.9, is_given=True) for name in "abcdefg")
    assert Card(file="x", name="x", bars=bars[:5]).drawn(5) == (bars[:5], "")
    assert Card(file="x", name="x", bars=bars).drawn(5) == (bars[:4], "+3 more")

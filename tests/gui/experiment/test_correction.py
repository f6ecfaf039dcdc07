"""What labels can be changed to, and the edit that does so."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.experiment.correction import (
    AS_IN_DATA,
    AS_PREDICTED,
    Labelled,
    LabelOffer,
    corrected,
    label_of,
    lines,
    restored,
)
from workbench.spec.experiment import Experiment
from workbench.spec.files import from_json, read_experiment, to_json

CLASSES = ("boat", "cat", "dog")
LENET = read_experiment("lenet")


def picture(number=0, *, own="cat", label="cat", predicted=""):
    return Labelled(name=f"train/{number}", own=own, label=label, predicted=predicted)


def offered(pictures, words=""):
    return [(line.title, line.note) for line in lines(pictures, CLASSES, words)]


def test_the_networks_answer_comes_first_and_the_label_itself_is_not_offered():
    assert offered([picture(predicted="dog")]) == [("dog", "predicted"), ("boat", "")]
    assert offered([picture(predicted="cat")]) == [("boat", ""), ("dog", "")]
    assert offered([picture()], "OA") == [("boat", "")]


def test_a_corrected_label_can_be_restored():
    found = lines([picture(label="dog")], CLASSES)
    assert [(line.title, line.note) for line in found] == [("cat", "restore the data's own label"), ("boat", "")]
    assert found[0].value == AS_IN_DATA


def test_a_class_that_is_predicted_and_the_datas_own_is_offered_once():
    now = picture(label="dog", predicted="cat")
    assert offered([now]) == [("cat", "predicted, restore the data's own label"), ("boat", "")]
    (first, *_) = lines([now], CLASSES)
    _, after = corrected(LENET, "class", [picture()], CLASSES, "2")
    assert corrected(after, "class", [now], CLASSES, first.value) == ("restore the label of train/0", LENET)
    several = [now, picture(1, own="boat", label="boat", predicted="cat")]
    assert offered(several)[:2] == [
        ("cat", "predicted for 2 of 2"),
        ("Each as in the data", "restore the data's own label"),
    ], "which is not the same: the second has been a boat all along"


def test_what_is_offered_names_one_and_counts_several():
    one, several = (
        LabelOffer(pictures=[picture(number) for number in range(count)], column="class", classes=CLASSES, thing="row")
        for count in (1, 2)
    )
    assert (one.prompt, several.prompt) == ("Label train/0 as", "Label 2 rows as")
    assert several.lines("dog") == lines(several.pictures, CLASSES, "dog")
    assert several.corrected(LENET, "2") == corrected(LENET, "class", several.pictures, CLASSES, "2", "row")


def test_rows_are_called_rows():
    several = [picture(0), picture(1)]
    said, after = corrected(LENET, "class", several, CLASSES, "2", "row")
    assert said == "label 2 rows as dog"
    assert restored(after, "class", ["train/0", "train/1"], "row") == ("restore the labels of 2 rows", LENET)


def test_of_several_pictures_each_can_become_what_is_predicted():
    several = [
        picture(0, predicted="dog"),
        picture(1, predicted="dog"),
        picture(2, own="dog", label="dog", predicted="boat"),
    ]
    assert offered(several) == [
        ("Each as predicted", "3 differ"),
        ("dog", "predicted for 2 of 3"),
        ("boat", "predicted for 1 of 3"),
        ("cat", ""),
    ]
    said, after = corrected(LENET, "class", several, CLASSES, AS_PREDICTED)
    assert said == "label 3 pictures as predicted"
    assert after.data.relabel == {"class": {"train/0": "dog", "train/1": "dog", "train/2": "boat"}}


def test_one_edit_corrects_all_and_what_the_data_has_is_no_correction():
    said, after = corrected(LENET, "class", [picture(1), picture(0, own="dog", label="dog")], CLASSES, "2")
    assert said == "label 2 pictures as dog" and after.data.relabel == {"class": {"train/1": "dog"}}
    now = picture(1, label="dog")
    said, back = corrected(after, "class", [now], CLASSES, "1")
    assert said == "label train/1 as cat" and back == LENET
    assert corrected(after, "class", [now], CLASSES, AS_IN_DATA) == ("restore the label of train/1", LENET)
    assert restored(after, "class", ["train/1", "train/7"]) == ("restore the labels of 2 pictures", LENET)


@given(st.lists(st.tuples(st.sets(st.integers(0, 4), min_size=1), st.integers(0, 4)), max_size=8))
def test_any_edits_leave_the_last_choice_of_each_picture(edits):
    """And nothing that the data says itself; the same labels, the same bytes, in whatever order they were corrected."""
    own = {f"train/{number}": CLASSES[number % 3] for number in range(5)}
    now, experiment = dict(own), LENET
    for numbers, choice in edits:
        pictures = [
            picture(
                number, own=own[f"train/{number}"], label=now[f"train/{number}"], predicted=CLASSES[(number + 1) % 3]
            )
            for number in numbers
        ]
        value = [*map(str, range(3)), AS_PREDICTED, AS_IN_DATA][choice]
        for each in pictures:
            now[each.name] = {AS_PREDICTED: each.predicted, AS_IN_DATA: each.own}.get(value) or CLASSES[int(value)]
        experiment = corrected(experiment, "class", pictures, CLASSES, value)[1]
    wrong = {name: label for name, label in sorted(now.items()) if label != own[name]}
    assert experiment.data.relabel == ({"class": wrong} if wrong else {})
    assert all(label_of(experiment.data, "class", name, own[name]) == label for name, label in now.items())
    assert list(experiment.data.relabel.get("class", {})) == sorted(wrong)
    assert from_json(to_json(experiment), Experiment) == experiment

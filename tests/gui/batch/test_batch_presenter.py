"""The batch's order, wording, and bars that stay comparable over four powers of ten."""

import numpy as np
import pytest

from workbench.gui.batch.presenter import BatchPresenter, say_loss
from workbench.insight.gradients import LayerGradient
from workbench.session.views.seen_batch import SeenBatch, SeenHead, SeenMap
from workbench.spec.record import replace


def batch(losses=(0.5, 3.0, 0.1), answers=(1, 0, 2), gradients=(1.0, 1e-2, 0.0), num_pictures=3):
    return SeenBatch(
        step=12,
        num_pictures=num_pictures,
        pictures=np.zeros((len(losses), 1, 4, 4), np.uint8),
        heads=(animals(losses, answers),),
        gradients=tuple(
            LayerGradient(layer=f"layer{index}", gradient=gradient, weights=2.0)
            for index, gradient in enumerate(gradients)
        ),
    )


def animals(losses=(0.5, 3.0, 0.1), answers=(1, 0, 2)):
    return SeenHead(
        output="output",
        target="class",
        weight=1.0,
        labels=np.array([1, 2, 2]),
        answers=np.array(answers),
        losses=np.array(losses, np.float32),
        class_names=("boat", "cat", "dog"),
    )


AGES = SeenHead(
    output="age",
    target="years",
    weight=0.1,
    labels=np.array([18.5, 6, 31]),
    answers=np.array([17.25, 6, 40]),
    losses=np.array([1.0, 0.0, 8.0], np.float32),
    class_names=(),
)


SHAPES = SeenHead(
    output="which",
    target="shapes",
    weight=1.0,
    labels=np.array([[True, True], [False, True], [False, False]]),
    answers=np.array([[True, False], [False, True], [False, True]]),
    losses=np.array([1.0, 0.1, 0.5], np.float32),
    class_names=(),
    label_names=("circle", "square"),
)


@pytest.fixture
def presenter():
    presenter = BatchPresenter()
    presenter.seen = batch()
    return presenter


def test_before_a_batch_there_is_nothing_to_say():
    presenter = BatchPresenter()
    assert presenter.words == "" and presenter.bars == () and not presenter.has_pictures


def test_the_pictures_stand_as_they_came_or_the_worst_first(presenter):
    assert presenter.order.tolist() == [0, 1, 2]
    presenter.worst_first = True
    assert presenter.order.tolist() == [1, 0, 2]


def test_the_batch_in_a_line(presenter):
    assert presenter.words == "Step 12 · 3 pictures · 2 correct · mean loss 1.20"
    presenter.seen = replace(presenter.seen, num_pictures=1024)
    assert presenter.words.startswith("Step 12 · first 3 of 1,024 pictures")
    presenter.seen = replace(presenter.seen, pictures=np.zeros((3, 2)))
    assert presenter.words.startswith("Step 12 · first 3 of 1,024 points")


def test_a_picture_is_told_with_answer_and_loss(presenter):
    assert presenter.tip(0) == "cat, predicted correctly\nloss 0.50"
    assert presenter.tip(1) == "dog, predicted boat\nloss 3.00" and presenter.is_wrong(1)
    assert presenter.is_right(0) and not presenter.is_right(1)


def test_a_mixed_picture_is_told_with_both_classes(presenter):
    mixed = replace(animals(), others=np.array([2, 0, 0]), shares=np.array([0.75, 0.5, 1.0], np.float32))
    presenter.seen = replace(batch(), heads=(mixed,))
    assert [presenter.label(index) for index in range(3)] == ["cat + dog", "dog + boat", "dog"]
    assert presenter.tip(0) == "cat + dog, predicted correctly\n75 % cat\nloss 0.50"
    assert presenter.tip(2) == "dog, predicted correctly\nloss 0.10"


def test_a_bar_loses_a_quarter_for_each_tenth(presenter):
    assert [bar.share for bar in presenter.bars] == pytest.approx([1, 0.5, 0])
    presenter.seen = batch(gradients=(float("inf"), 1.0, 1e-9))
    assert [bar.share for bar in presenter.bars] == [1, 0, 0]
    presenter.seen = batch(gradients=(1.0, 1e-9, 1.0))
    assert [bar.share for bar in presenter.bars] == [1, 0, 1]


def test_numbers_and_pictures_are_told_in_their_own_way(presenter):
    presenter.seen = replace(batch(), heads=(AGES,))
    assert presenter.words == "Step 12 · 3 pictures · mean loss 3.00, weighted sum 0.30"
    assert (presenter.label(0), presenter.aside(0), presenter.is_wrong(0)) == ("18.5", "→ 17.25", False)
    assert not presenter.is_right(0), "a number is not right or wrong"
    assert presenter.tip(0) == "18.5, output 17.25\nloss 1.00"
    silent = replace(AGES, labels=None, answers=None)
    presenter.seen = replace(batch(), heads=(silent,))
    assert (presenter.label(0), presenter.aside(0), presenter.tip(0)) == ("", "", "loss 1.00")


def test_of_several_heads_one_is_spoken_of(presenter):
    presenter.seen = replace(batch(), heads=(animals(), AGES))
    assert presenter.head_titles == ("output → class", "age → years")
    assert presenter.words == "Step 12 · 3 pictures · 2 correct · mean loss 1.20, weighted sum 1.50"
    presenter.worst_first = True
    assert presenter.order.tolist() == [1, 0, 2]
    presenter.choose_head(1)
    assert presenter.order.tolist() == [2, 0, 1] and presenter.label(2) == "31" and not presenter.is_wrong(1)
    assert presenter.words == "Step 12 · 3 pictures · mean loss 3.00, weighted sum 1.50"
    presenter.begin()
    assert presenter.chosen == 0


def test_of_a_batch_that_ended_a_run_the_head_that_did_so_is_spoken_of(presenter):
    broken = replace(AGES, losses=np.array([1.0, np.nan, 8.0], np.float32))
    presenter.seen = replace(batch(), heads=(animals(), broken))
    presenter.choose_unsound_head()
    assert presenter.chosen == 1 and not presenter.is_sound(1)


def test_of_predicted_pictures_input_output_and_target_are_shown_side_by_side(presenter):
    assert presenter.captions == ("input",)
    assert presenter.pictures(()) == (presenter.seen.pictures,)
    given, wanted = np.full((3, 1, 8, 8), 9, np.uint8), np.full((3, 1, 8, 8), 7, np.uint8)
    presenter.seen = replace(presenter.seen, heads=(replace(AGES, given=given, wanted=wanted),))
    assert presenter.captions == ("input", "output", "target")
    assert [each.max() for each in presenter.pictures(())] == [0, 9, 7]


def test_maps_are_shown_beside_each_heads_pictures(presenter):
    answer = SeenMap(output="where", given=np.array([[[0, 1], [2, 3]]] * 3, np.uint8), names=("boat", "cat", "dog"))
    presenter.seen = replace(presenter.seen, maps=(answer,))
    assert presenter.captions == ("input", "where") and presenter.pixel_classes == (
        (0, "boat"),
        (1, "cat"),
        (2, "dog"),
    )
    few = np.array([[[0, 1], [3, 3]]] * 3, np.uint8)
    presenter.seen = replace(presenter.seen, maps=(replace(answer, given=few),))
    assert presenter.pixel_classes == ((0, "boat"), (2, "dog")), "only those that occur, each in its colour"
    presenter.seen = replace(presenter.seen, maps=(answer,))
    _, shown = presenter.pictures(((10, 20, 30), (40, 50, 60)))
    assert shown[0, :, 0, 1].tolist() == [10, 20, 30] and shown[0, :, 1, 0].tolist() == [40, 50, 60]
    mask = np.full((3, 8, 8), 2, np.uint8)
    masked = replace(AGES, given=mask, wanted=mask, pixel_names=("sea", "land"))
    presenter.seen = replace(presenter.seen, heads=(masked,))
    assert presenter.captions == ("input", "output", "target", "where")
    assert presenter.pixel_classes == ((1, "land"),), "what other classes the map shows has other names"


def test_the_title_says_how_key_points_are_drawn(presenter):
    assert presenter.points is None
    true, predicted = np.full((3, 2, 2), 0.25, np.float32), np.full((3, 2, 2), 0.75, np.float32)
    face = replace(AGES, weight=1.0, labels=None, answers=None, wanted_points=true, given_points=predicted)
    presenter.seen = replace(presenter.seen, heads=(face,))
    assert presenter.points == (true, predicted) and not presenter.has_words
    assert presenter.words == "Step 12 · 3 pictures · mean loss 3.00 · ○ true, ● predicted"


def test_each_class_of_a_mask_has_a_colour_and_pixels_without_one_are_black(presenter):
    wanted = np.array([[[0, 1], [2, 3]]] * 3, np.uint8)
    presenter.seen = replace(presenter.seen, heads=(replace(AGES, given=wanted[:, ::-1], wanted=wanted),))
    _, given, shown = presenter.pictures(((10, 20, 30), (40, 50, 60)))
    assert shown.dtype == np.uint8 and shown[0].transpose(1, 2, 0).tolist() == [
        [[0, 0, 0], [10, 20, 30]],
        [[40, 50, 60], [10, 20, 30]],
    ]
    assert (given == shown[:, :, ::-1]).all()


def test_a_small_loss_keeps_two_digits():
    assert [say_loss(loss) for loss in (0.00314, 0.034, 0.0, 2.312, 1234.0)] == [
        "0.0031",
        "0.034",
        "0",
        "2.31",
        "1,200",
    ]


def test_labels_are_told_by_name_beside_those_that_are_predicted(presenter):
    presenter.seen = replace(batch(), heads=(SHAPES,))
    assert [presenter.label(index) for index in range(3)] == ["circle, square", "square", "none"]
    assert [presenter.aside(index) for index in range(3)] == ["→ circle", "→ square", "→ square"]
    assert presenter.tip(0) == "circle, square, output circle\nloss 1.00" and not presenter.is_wrong(0)
    assert presenter.words == "Step 12 · 3 pictures · mean loss 0.53"


def test_pictures_of_an_embedding_have_a_class_and_none_is_predicted(presenter):
    presenter.seen = replace(presenter.seen, heads=(replace(animals(), answers=None),))
    assert presenter.words == "Step 12 · 3 pictures · mean loss 1.20"
    assert [presenter.label(index) for index in range(3)] == ["cat", "dog", "dog"]
    assert not any(
        presenter.is_right(index) or presenter.is_wrong(index) or presenter.aside(index) for index in range(3)
    )
    assert presenter.tip(0) == "cat\nloss 0.50"

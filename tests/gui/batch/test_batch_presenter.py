"""What is said of a batch: order, words, and bars that can be compared over four powers of ten."""

import msgspec
import numpy as np
import pytest

from workbench.gui.batch.presenter import BatchPresenter
from workbench.insight.gradients import LayerGradient
from workbench.session.insight import SeenBatch


def batch(losses=(0.5, 3.0, 0.1), answers=(1, 0, 2), gradients=(1.0, 1e-2, 0.0), num_pictures=3):
    return SeenBatch(
        step=12,
        num_pictures=num_pictures,
        pictures=np.zeros((len(losses), 1, 4, 4), np.uint8),
        labels=np.array([1, 2, 2]),
        answers=np.array(answers),
        losses=np.array(losses, np.float32),
        gradients=tuple(
            LayerGradient(layer=f"layer{index}", gradient=gradient, weights=2.0)
            for index, gradient in enumerate(gradients)
        ),
        class_names=("boat", "cat", "dog"),
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
    assert presenter.words == "Step 12 · 3 pictures · 2 right · mean loss 1.20"
    presenter.seen = msgspec.structs.replace(presenter.seen, num_pictures=1024)
    assert presenter.words.startswith("Step 12 · the first 3 of 1,024 pictures")


def test_a_picture_is_told_with_answer_and_loss(presenter):
    assert presenter.tip(0) == "cat, rightly taken for it\nloss 0.50"
    assert presenter.tip(1) == "dog, taken for boat\nloss 3.00" and presenter.is_wrong(1)


def test_a_bar_loses_a_quarter_for_each_tenth(presenter):
    assert [bar.share for bar in presenter.bars] == pytest.approx([1, 0.5, 0])
    presenter.seen = batch(gradients=(float("inf"), 1.0, 1e-9))
    assert [bar.share for bar in presenter.bars] == [1, 0, 0]
    presenter.seen = batch(gradients=(1.0, 1e-9, 1.0))
    assert [bar.share for bar in presenter.bars] == [1, 0, 1]


def test_numbers_and_pictures_are_told_in_their_own_way(presenter):
    numbers = msgspec.structs.replace(
        batch(), labels=np.array([18.5, 6, 31]), answers=np.array([17.25, 6, 40]), class_names=()
    )
    presenter.seen = numbers
    assert presenter.words == "Step 12 · 3 pictures · mean loss 1.20"
    assert (presenter.label(0), presenter.aside(0), presenter.is_wrong(0)) == ("18.5", "→ 17.25", False)
    assert presenter.tip(0) == "18.5, answered 17.25\nloss 0.50"
    presenter.seen = msgspec.structs.replace(numbers, labels=None, answers=None)
    assert (presenter.label(0), presenter.aside(0), presenter.tip(0)) == ("", "", "loss 0.50")

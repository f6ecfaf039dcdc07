"""A network's mistakes against its outputs computed by hand, and the matrix against scikit-learn's."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    precision_score,
    recall_score,
    roc_auc_score,
)
from torch.nn import functional as F
from torchmetrics.functional.classification import multiclass_calibration_error

from workbench.compiler.module import build
from workbench.insight.mistakes import MOST_CLASSES, evaluated, of_classes
from workbench.session.views.mistakes.calibration import calibration_of
from workbench.session.views.mistakes.classes import ClassMistakes
from workbench.spec.column import Column
from workbench.spec.files import read_experiment


def test_answers_are_the_networks_own():
    module = build(read_experiment("lenet").architecture, classes=10, seed=0).eval()
    inputs, labels = torch.randn(30, 1, 28, 28), torch.arange(30) % 10
    batches = [(inputs[begin : begin + 8], {"class": labels[begin : begin + 8]}) for begin in range(0, 30, 8)]
    (found,) = evaluated(module, batches, [("output", "class", of_classes)])
    with torch.no_grad():
        logits = module(inputs)["output"]
    assert (found["labels"] == labels.numpy()).all() and (found["predicted"] == logits.argmax(dim=1).numpy()).all()
    np.testing.assert_allclose(found["confidence"], logits.softmax(dim=1).amax(dim=1), rtol=1e-5)
    np.testing.assert_allclose(found["losses"].mean(), F.cross_entropy(logits, labels), rtol=1e-5)


def test_no_picture_is_an_error():
    with pytest.raises(ValueError, match="no pictures"):
        evaluated(torch.nn.Identity(), [], [("output", "class", of_classes)])


@st.composite
def answered(draw):
    num_classes = draw(st.integers(2, 6))
    cells = st.tuples(*[st.integers(0, num_classes - 1)] * 2, st.floats(0, 1, width=32), st.floats(0, 99, width=32))
    columns = zip(*draw(st.lists(cells, min_size=1)), strict=True)
    labels, predicted, confidence, losses = (np.array(column) for column in columns)
    names = tuple(f"class {label}" for label in range(num_classes))
    return ClassMistakes(
        split="test", step=7, output="output", column=Column(name="class", names=names), labels=labels, predicted=predicted, confidence=confidence,
        losses=losses,
    )  # fmt: skip


@given(answered())
def test_matrix_recall_and_precision_are_scikit_learns(found):
    classes = list(range(len(found.class_names)))
    np.testing.assert_array_equal(found.matrix, confusion_matrix(found.labels, found.predicted, labels=classes))
    settings = {"labels": classes, "average": None, "zero_division": np.nan}
    np.testing.assert_allclose(found.recall, recall_score(found.labels, found.predicted, **settings))
    np.testing.assert_allclose(found.precision, precision_score(found.labels, found.predicted, **settings))


@given(answered())
def test_every_mistake_stands_in_one_cell_and_each_cell_is_told(found):
    wrong = set(np.flatnonzero(found.labels != found.predicted))
    assert set(found.pictures()) == wrong
    in_cells = [found.pictures(each.label, each.predicted) for each in found.confusions]
    assert [len(cell) for cell in in_cells] == [each.count for each in found.confusions]
    counts = [each.count for each in found.confusions]
    assert counts == sorted(counts, reverse=True)
    assert sorted(index for cell in in_cells for index in cell) == sorted(wrong)
    assert sum(len(found.pictures(label, label)) for label in range(len(found.class_names))) == found.num_correct
    for label in range(len(found.class_names)):
        assert set(found.pictures(label=label)) == {index for index in wrong if found.labels[index] == label}
        assert set(found.pictures(predicted=label)) == {index for index in wrong if found.predicted[index] == label}


@given(answered())
def test_the_pictures_of_each_cell_stand_in_the_order_of_their_loss(found):
    assert (np.diff(found.losses[found.pictures()]) <= 0).all()
    for label in range(len(found.class_names)):
        for predicted in range(len(found.class_names)):
            assert (np.diff(found.losses[found.pictures(label, predicted)]) <= 0).all()


def predicted_by(probabilities, labels):
    confidence, predicted = probabilities.max(dim=1)
    column = Column(name="class", names=tuple(map(str, range(probabilities.shape[1]))))
    return ClassMistakes(
        split="test", step=7, output="output", column=column, labels=labels.numpy(), predicted=predicted.numpy(),
        confidence=confidence.numpy(), losses=confidence.numpy(), probabilities=probabilities.numpy(),
    )  # fmt: skip


@pytest.mark.parametrize("scale", [0.3, 4.0])
def test_the_calibration_error_is_torchmetrics_and_that_of_the_bins(scale):
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(5, (500,), generator=generator)
    logits = torch.randn(500, 5, generator=generator) + 1.5 * F.one_hot(labels, 5)
    probabilities = (scale * logits).softmax(dim=1)
    found = predicted_by(probabilities, labels).calibration
    expected = multiclass_calibration_error(probabilities, labels, num_classes=5, n_bins=15, norm="l1")
    assert found.error == pytest.approx(expected.item(), abs=1e-6)
    is_there = found.counts > 0
    gaps = np.abs(found.accuracy - found.confidence)[is_there] * found.counts[is_there]
    assert found.counts.sum() == 500 and gaps.sum() / 500 == pytest.approx(expected.item(), abs=1e-6)


def test_those_of_full_confidence_are_in_the_last_bin_with_the_nearly_sure():
    """As Guo et al. have it; torchmetrics has them in a bin of their own, and the errors of both add up to 0.28."""
    confidence, is_correct = np.repeat(np.float32([1, 0.94]), 50), np.arange(100) >= 25
    found = calibration_of(confidence, is_correct)
    assert found.counts.tolist() == [0] * 14 + [100]
    assert found.error == pytest.approx(0.97 - 0.75, abs=1e-6)


def test_the_areas_of_a_class_against_all_others_are_scikit_learns():
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(4, (200,), generator=generator)
    probabilities = (torch.randn(200, 4, generator=generator) + F.one_hot(labels, 4)).softmax(dim=1)
    found = predicted_by(probabilities, labels)
    for label in range(4):
        curves, is_it = found.curves(label), labels.numpy() == label
        assert curves.auc == pytest.approx(roc_auc_score(is_it, probabilities[:, label]), abs=1e-6)
        ap = average_precision_score(is_it, probabilities[:, label])
        assert curves.average_precision == pytest.approx(ap, abs=1e-6)


@pytest.mark.parametrize(("num_classes", "is_kept"), [(MOST_CLASSES, True), (MOST_CLASSES + 1, False)])
def test_all_probabilities_are_kept_unless_there_are_too_many_classes(num_classes, is_kept):
    found = of_classes(torch.zeros(2, num_classes), torch.tensor([0, 1]))
    assert ("probabilities" in found) == is_kept

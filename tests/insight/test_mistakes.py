"""A network's mistakes against its outputs computed by hand, and the matrix against scikit-learn's."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_score, recall_score
from torch.nn import functional as F

from workbench.compiler.module import build
from workbench.insight.mistakes import evaluated, of_classes
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

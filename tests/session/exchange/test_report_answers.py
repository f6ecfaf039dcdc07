"""What a report says of a head's answers: shares that scikit-learn gives, the worst examples, and their pictures."""

import io
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from workbench.data.dataset import Split
from workbench.session.exchange.report.answers import MOST_CLASSES, MOST_PAIRS, NUM_WORST, SIDE, _classes, _numbers
from workbench.session.views.mistakes.classes import ClassMistakes
from workbench.session.views.mistakes.numbers import NumberMistakes
from workbench.spec.column import Column


def answered(num_classes, count=400):
    """Answers that are mostly wrong, and the split that they are about: colour pictures larger than a report's."""
    draw = np.random.default_rng(0)
    labels, predicted = draw.integers(0, num_classes, (2, count))
    found = ClassMistakes(
        split="val",
        step=1234,
        output="output",
        column=Column(name="kind", names=tuple(f"c{label}" for label in range(num_classes))),
        labels=labels,
        predicted=predicted,
        confidence=draw.random(count, np.float32),
        losses=draw.random(count, np.float32),
    )
    pictures = draw.integers(0, 256, (count, 3, 2 * SIDE, SIDE), np.uint8)
    return found, Split(inputs=torch.from_numpy(pictures), targets={})


def cells(share):
    return f"{100 * share:.1f} %"


def test_classes_have_scikit_learns_shares_and_the_worst_mistakes_come_first():
    found, split = answered(4)
    said, pair = _classes(found, split), (found.labels, found.predicted)
    right = found.labels == found.predicted
    assert said.words == (
        f"{right.sum()} of 400 validation pictures are correct ({cells(right.mean())}), with the weights kept after step "
        "1,234."
    )
    matrix = confusion_matrix(*pair)
    assert [[cell.count for cell in row] for row in said.matrix] == matrix.tolist()
    shares = confusion_matrix(*pair, normalize="true")
    np.testing.assert_allclose([[cell.share for cell in row] for row in said.matrix], shares)
    scores = zip(
        matrix.sum(axis=1), recall_score(*pair, average=None), precision_score(*pair, average=None), strict=True
    )
    assert said.by_class.heading == ("class", "pictures", "recall", "precision")
    assert said.by_class.rows == tuple(
        (f"c{label}", f"{count}", cells(recall), cells(precision))
        for label, (count, recall, precision) in enumerate(scores)
    )
    worst = [index for index in np.argsort(-found.losses) if not right[index]][:NUM_WORST]
    assert [example.name for example in said.examples] == [f"picture {index}" for index in worst]
    first = worst[0]
    assert said.examples[0].words == (
        f"c{found.labels[first]}, predicted as c{found.predicted[first]} with confidence {cells(found.confidence[first])}"
    )
    picture = Image.open(io.BytesIO(b64decode(said.examples[0].picture.partition(",")[2])))
    assert picture.size == (SIDE // 2, SIDE) and picture.mode == "RGB"


def test_of_many_classes_the_most_confused_pairs_stand_for_the_matrix():
    found, split = answered(MOST_CLASSES + 1)
    said = _classes(found, split)
    counts = [int(count) for *_, count in said.pairs.rows]
    matrix = confusion_matrix(found.labels, found.predicted)
    np.fill_diagonal(matrix, 0)
    assert said.matrix == () and counts == sorted(matrix.ravel().tolist(), reverse=True)[:MOST_PAIRS]
    label, predicted, count = said.pairs.rows[0]
    assert matrix[int(label[1:]), int(predicted[1:])] == int(count)
    perfect = _classes(replace(found, predicted=found.labels), split)
    assert perfect.pairs is None and perfect.examples == ()


@pytest.mark.parametrize("unit", ["", "years"])
def test_numbers_have_their_unit_and_several_their_mean_error(unit):
    actual = np.array([[1, 2], [3, 4], [5, 6]], np.float32)
    column = Column(name="ages", kind="number", unit=unit)
    found = NumberMistakes(split="test", step=5, output="output", column=column, thing="row", actual=actual, predicted=actual + np.array([[1], [-4], [0]], np.float32))  # fmt: skip
    said, after = _numbers(found, Split(inputs=torch.zeros(3, 2), targets={})), f" {unit}".rstrip()
    assert said.words == (
        f"The mean absolute error is 1.667{after} over 3 test rows, the largest 4{after}, with the weights kept after step 5."
    )
    assert [(each.name, each.picture, each.words) for each in said.examples[:2]] == [
        ("row 1", "", f"3, 4{after}, predicted −1, 0{after}"),
        ("row 0", "", f"1, 2{after}, predicted 2, 3{after}"),
    ]

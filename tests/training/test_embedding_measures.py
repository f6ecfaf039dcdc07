"""Measures of embeddings against scikit-learn's neighbours and areas."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors

from workbench.spec.column import Column
from workbench.training import MEASURES
from workbench.training.distributed.ranks import ALONE
from workbench.training.measures.embeddings import drawn_pairs

DIGITS = load_digits()
EMBEDDINGS = torch.from_numpy(DIGITS.data).float()
CLASSES = torch.from_numpy(DIGITS.target)


def measured(name, embeddings, classes, size=500):
    meter = MEASURES.make(name, {}).meter(Column(name="class", names=tuple("0123456789")), torch.device("cpu"))
    for some, its in zip(embeddings.split(size), classes.split(size), strict=True):
        meter.add(some, its)
    return meter.result(ALONE)


def test_recall_at_1_is_scikit_learns():
    nearest = NearestNeighbors(n_neighbors=1).fit(DIGITS.data).kneighbors(return_distance=False)[:, 0]
    expected = np.mean(DIGITS.target[nearest] == DIGITS.target)
    assert measured("RecallAt1", EMBEDDINGS, CLASSES) == {"recall1": expected}
    assert len(CLASSES) > 1024  # more than are searched together
    far = EMBEDDINGS + 1000  # where squares of distances would be rounded away
    assert measured("RecallAt1", far, CLASSES) == {"recall1": expected}


def test_a_single_example_has_no_recall():
    assert np.isnan(measured("RecallAt1", EMBEDDINGS[:1], CLASSES[:1])["recall1"])


@pytest.mark.parametrize("scale", [2**-27, 1, 2**13])
def test_pairs_are_told_apart_as_scikit_learn_does_at_any_scale(scale):
    same, different = drawn_pairs(CLASSES)
    pairs = torch.cat([same, different]).numpy()
    distances = np.linalg.norm(DIGITS.data[pairs[:, 0]] - DIGITS.data[pairs[:, 1]], axis=1)
    are_same = np.arange(len(pairs)) < len(same)
    found = measured("Verification", scale * EMBEDDINGS, CLASSES)
    assert found["pair_auc"] == pytest.approx(roc_auc_score(are_same, -distances), abs=1e-6)
    missed, caught, _ = roc_curve(are_same, -distances)
    assert found["verification"] == pytest.approx(((1 - missed + caught) / 2).max())
    assert 0.8 < found["verification"] < found["pair_auc"] < 1


def test_each_example_has_a_pair_of_either_kind():
    same, different = drawn_pairs(CLASSES)
    for pairs, is_same in ((same, True), (different, False)):
        assert sorted(pairs[:, 0].tolist()) == list(range(len(CLASSES)))
        assert ((CLASSES[pairs[:, 0]] == CLASSES[pairs[:, 1]]) == is_same).all()
        assert (pairs[:, 0] != pairs[:, 1]).all()
    assert len(set(different[:, 1].tolist())) > 1000  # not always the same ones
    again = drawn_pairs(CLASSES)
    assert torch.equal(again[0], same) and torch.equal(again[1], different)


def test_who_has_no_other_of_its_class_is_in_no_pair():
    same, different = drawn_pairs(torch.tensor([0, 1, 1, 2, 1]))
    assert sorted(same[:, 0].tolist()) == sorted(different[:, 0].tolist()) == [1, 2, 4]
    found = measured("Verification", EMBEDDINGS[:3], torch.tensor([5, 5, 5]))
    assert all(np.isnan(value) for value in found.values())


def test_two_of_a_class_and_one_other_are_enough():
    same, different = (set(map(tuple, pairs.tolist())) for pairs in drawn_pairs(torch.tensor([0, 0, 1])))
    assert same == {(0, 1), (1, 0)} and different == {(0, 2), (1, 2)}


def test_equal_distances_are_on_one_side_of_every_threshold():
    found = measured("Verification", torch.zeros(10, 2), torch.arange(10) % 2)
    assert found == {"verification": 0.5, "pair_auc": 0.5}

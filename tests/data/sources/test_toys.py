import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from workbench.data import SOURCES
from workbench.data.progress import silent

TOYS = ["XOR", "TwoMoons", "Spirals", "Circles"]


def load(name, seed=0, **parameters):
    return SOURCES.make(name, parameters).load((2,), seed, silent)


@pytest.mark.parametrize("name", TOYS)
def test_a_line_cannot_tell_the_classes_apart_and_a_curve_can(name):
    toy = load(name, num_points=1000)
    line = LogisticRegression().fit(toy.train.inputs, toy.train.targets["class"])
    curve = SVC(gamma=20, C=100).fit(toy.train.inputs, toy.train.targets["class"])
    assert line.score(toy.test.inputs, toy.test.targets["class"]) < 0.93
    assert curve.score(toy.test.inputs, toy.test.targets["class"]) > 0.94


@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize("num_points", [10, 101, 1000])
def test_counts_are_as_announced_and_classes_even(name, num_points):
    facts, toy = SOURCES.make(name, {"num_points": num_points}).facts(), load(name, num_points=num_points)
    assert (len(toy.train), len(toy.test)) == (facts.num_train, facts.num_test)
    assert facts.num_train + facts.num_test == num_points
    assert np.ptp(np.bincount(np.concatenate([toy.train.targets["class"], toy.test.targets["class"]]))) <= 1
    assert toy.train.inputs.dtype == np.float32 and toy.train.inputs.shape[1:] == (2,) == (facts.num_features,)


@pytest.mark.parametrize("name", TOYS)
def test_the_seed_draws_the_points(name):
    assert np.array_equal(load(name, seed=5).train.inputs, load(name, seed=5).train.inputs)
    assert not np.array_equal(load(name, seed=5).train.inputs, load(name, seed=6).train.inputs)


def test_the_noise_is_what_was_asked_for():
    quiet, noisy = (load("Circles", num_points=20_000, noise=noise).train for noise in (0.0, 0.1))
    radii = np.linalg.norm(quiet.inputs, axis=1)
    assert np.allclose(radii, np.where(quiet.targets["class"] == 0, 1.0, 0.4))
    spread = np.std((noisy.inputs - quiet.inputs).astype(np.float64))
    assert abs(spread - 0.1) < 0.003

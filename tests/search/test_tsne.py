"""t-SNE, compared with scikit-learn's."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform
from sklearn.datasets import load_digits
from sklearn.manifold import TSNE
from sklearn.manifold._t_sne import _joint_probabilities
from sklearn.neighbors import KNeighborsClassifier

from workbench.data.progress import Cancelled
from workbench.search.tsne import affinities, layout, principal

NUM = 200
PERPLEXITY = 20.0


@pytest.fixture(scope="module")
def digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    pictures, classes = load_digits(return_X_y=True)
    return pictures[:NUM].astype(np.float32), classes[:NUM]


@pytest.fixture(scope="module")
def joint(digits: tuple[NDArray[np.float32], NDArray[np.int64]]) -> NDArray[np.float32]:
    return affinities(digits[0], PERPLEXITY)


@pytest.fixture(scope="module")
def places(digits: tuple[NDArray[np.float32], NDArray[np.int64]], joint: NDArray[np.float32]) -> NDArray[np.float32]:
    return layout(joint, principal(digits[0]), lambda: None, continues=False)


def divergence(joint: NDArray[np.float32], places: NDArray[np.float32]) -> float:
    """The Kullback-Leibler divergence that t-SNE minimises."""
    near = 1 / (1 + pdist(places, "sqeuclidean"))
    shares = near / (2 * near.sum())
    of_pairs = squareform(joint, checks=False)
    return float(2 * (of_pairs * np.log(np.maximum(of_pairs, 1e-12) / shares)).sum())


def test_affinities_are_scikit_learns(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]], joint: NDArray[np.float32]
) -> None:
    distances = squareform(pdist(digits[0].astype(np.float64), "sqeuclidean")).astype(np.float32)
    np.testing.assert_allclose(joint, squareform(_joint_probabilities(distances, PERPLEXITY, 0)), atol=1e-7)
    assert joint.max() > 1e-4


def test_equal_descriptors_have_affinities_too() -> None:
    joint = affinities(np.array([[0.0], [0.0], [0.0], [1.0], [1.0], [1.0]], np.float32), 2.0)
    assert np.isfinite(joint).all() and joint[0, 1] > joint[0, 3] > 0
    assert np.allclose(affinities(np.zeros((6, 3), np.float32), 2.0)[0, 1:], 1 / 30)


def test_principal_components_are_those_of_the_singular_values(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]],
) -> None:
    left, values, _ = np.linalg.svd(digits[0] - digits[0].mean(axis=0), full_matrices=False)
    found = principal(digits[0])[:, ::-1]
    np.testing.assert_allclose(np.abs(found), np.abs(left[:, :2] * values[:2]), rtol=1e-3, atol=1e-3)


def test_a_layout_is_about_as_good_as_scikit_learns(
    digits: tuple[NDArray[np.float32], NDArray[np.int64]], joint: NDArray[np.float32], places: NDArray[np.float32]
) -> None:
    pictures, classes = digits
    theirs = TSNE(perplexity=PERPLEXITY, method="exact", init="pca", random_state=0).fit_transform(pictures)
    assert divergence(joint, places) < 1.1 * divergence(joint, theirs)
    by_place = KNeighborsClassifier(6).fit(places, classes).score(places, classes)
    by_plane = KNeighborsClassifier(6).fit(principal(pictures), classes).score(principal(pictures), classes)
    assert by_place > 0.9 > by_plane


def test_a_layout_that_continues_moves_little_and_is_no_worse(
    joint: NDArray[np.float32], places: NDArray[np.float32]
) -> None:
    again = layout(joint, places, lambda: None, continues=True)
    moved = np.linalg.norm(again / again.std() - places / places.std(), axis=1)
    assert np.median(moved) < 0.3
    assert divergence(joint, again) < 1.1 * divergence(joint, places)


def test_a_layout_can_be_cancelled(joint: NDArray[np.float32], places: NDArray[np.float32]) -> None:
    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        layout(joint, places, cancel, continues=True)

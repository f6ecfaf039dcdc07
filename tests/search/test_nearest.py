"""Neighbours against scikit-learn's brute force, and against float64 where float32 is not precise enough."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors

from workbench.search.nearest import NeighbourIndex


def reference(descriptors: np.ndarray, query: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest by distances in float64, ties by index."""
    distances = np.sqrt(np.square(descriptors.astype(np.float64) - query.astype(np.float64)).sum(axis=1))
    order = np.argsort(distances, kind="stable")[:k]
    return order, distances[order]


def test_equals_brute_force_of_scikit_learn_on_digits() -> None:
    digits = load_digits().data.astype(np.float32)
    digits += np.random.default_rng(0).normal(scale=0.1, size=digits.shape).astype(np.float32)
    brute = NearestNeighbors(n_neighbors=20, algorithm="brute").fit(digits.astype(np.float64))
    distances, indices = brute.kneighbors(digits[::97].astype(np.float64))
    index = NeighbourIndex(torch.from_numpy(digits))
    for row, query in enumerate(digits[::97]):
        found, found_distances = index.nearest(torch.from_numpy(query))
        np.testing.assert_array_equal(found, indices[row])
        np.testing.assert_allclose(found_distances, distances[row], rtol=1e-6, atol=1e-5)


def test_the_picture_itself_is_at_exactly_zero() -> None:
    descriptors = torch.randn(1000, 84, generator=torch.Generator().manual_seed(0)) + 100
    for query in (0, 500, 999):
        indices, distances = NeighbourIndex(descriptors).nearest(descriptors[query])
        assert indices[0] == query and distances[0] == 0.0


def test_near_duplicates_far_from_the_origin_are_told_apart() -> None:
    """In float32 their squared distances drown in rounding: 1e-6 next to squared lengths of 64,000,000."""
    generator = torch.Generator().manual_seed(1)
    descriptors = 1000 + torch.rand(500, 64, generator=generator) * 1e-2
    for query in (3, 77):
        indices, distances = NeighbourIndex(descriptors).nearest(descriptors[query], k=20)
        expected, expected_distances = reference(descriptors.numpy(), descriptors[query].numpy(), 20)
        np.testing.assert_array_equal(indices, expected)
        np.testing.assert_allclose(distances, expected_distances, rtol=1e-12)


def test_duplicates_come_in_the_order_of_their_indices() -> None:
    descriptors = torch.ones(300, 8)
    descriptors[::2] += 1
    indices, distances = NeighbourIndex(descriptors).nearest(torch.ones(8), k=20)
    assert indices.tolist() == list(range(1, 41, 2)) and distances.eq(0).all()


def test_fewer_pictures_than_asked_for() -> None:
    indices, _ = NeighbourIndex(torch.tensor([[3.0], [1.0]])).nearest(torch.tensor([0.0]), k=20)
    assert indices.tolist() == [1, 0]


def test_a_diverged_network_is_said_to_be_one() -> None:
    with pytest.raises(ValueError, match="diverged"):
        NeighbourIndex(torch.tensor([[1.0], [float("nan")]]))


values = st.one_of(st.sampled_from([0.0, 1.0, 1 + 2**-23, -1.0, 1e-20, 3e4]), st.floats(-1e6, 1e6, width=32))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_descriptors_give_the_same_neighbours_as_float64(data: st.DataObject) -> None:
    num, dimensions = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 6))
    descriptors = data.draw(hnp.arrays(np.float32, (num, dimensions), elements=values))
    twins = data.draw(st.lists(st.integers(0, num - 1), max_size=10))
    descriptors = np.concatenate([descriptors, descriptors[twins]])
    query = descriptors[data.draw(st.integers(0, len(descriptors) - 1))]
    k = data.draw(st.integers(1, len(descriptors)))
    indices, distances = NeighbourIndex(torch.from_numpy(descriptors)).nearest(torch.from_numpy(query), k)
    expected, expected_distances = reference(descriptors, query, k)
    np.testing.assert_allclose(distances, expected_distances, rtol=1e-12)
    # Neighbours whose distances differ only in the last bit may swap, depending on the order of sums; no others may.
    order, whole = reference(descriptors, query, len(descriptors))
    of = dict(zip(order.tolist(), whole.tolist(), strict=True))
    np.testing.assert_allclose([of[index] for index in indices.tolist()], expected_distances, rtol=1e-12)
    rows = list(zip(distances.tolist(), indices.tolist(), strict=True))
    assert rows == sorted(rows)
    assert len(set(indices.tolist())) == len(expected)

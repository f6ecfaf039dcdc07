"""Mean precision against scikit-learn's neighbours."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from sklearn.neighbors import NearestNeighbors

from workbench.data.progress import silent
from workbench.search.nearest import NeighbourIndex
from workbench.search.precision import mean_precision


def test_precision_on_digits_is_that_of_scikit_learn_s_neighbours() -> None:
    digits = load_digits()
    noise = np.random.default_rng(0).normal(scale=0.1, size=digits.data.shape)  # so that no distances are equal
    descriptors, queries = (digits.data + noise).astype(np.float32), np.arange(0, 1797, 13)
    nearest = NearestNeighbors(n_neighbors=21, algorithm="brute").fit(descriptors.astype(np.float64))
    others = nearest.kneighbors(descriptors[queries].astype(np.float64), return_distance=False)[:, 1:]
    expected = (digits.target[others] == digits.target[queries][:, None]).mean()
    index = NeighbourIndex(torch.from_numpy(descriptors))
    found = mean_precision(index, digits.target, queries, 20, silent)
    assert 0.9 < found < 1 and abs(found - expected) < 1e-9


def test_a_query_is_not_its_own_neighbour_even_among_copies() -> None:
    index = NeighbourIndex(torch.zeros(4, 3))
    assert [found.tolist() for found, _ in index.others(torch.tensor([2, 0]))] == [[0, 1, 3], [1, 2, 3]]
    assert mean_precision(index, np.array([0, 1, 2, 2]), np.array([2]), 3, silent) == 1 / 3

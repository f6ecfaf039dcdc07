"""Pairs of near points, against SciPy's k-d tree."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from workbench.data.progress import Cancelled, silent
from workbench.search.close_pairs import close_pairs


def clouds(seed, num, dims):
    """Points in clusters of different densities, some of them equal."""
    random = np.random.RandomState(seed)
    centres = random.randn(max(num // 20, 1), dims)
    points = centres[random.randint(len(centres), size=num)] + random.exponential(0.1) * random.randn(num, dims)
    points[: num // 10] = points[num // 2 : num // 2 + num // 10]
    return torch.from_numpy(points / np.linalg.norm(points, axis=1, keepdims=True)).float()


def numbers_of(chunks):
    return [tuple(pair) for chunk in chunks for pair in chunk.tolist()]


@given(st.integers(0, 2**20), st.integers(2, 1500), st.sampled_from([2, 8, 64]), st.floats(0.05, 0.8))
@settings(max_examples=25, deadline=None)
def test_every_pair_is_given_once(seed, num, dims, reach):
    points = clouds(seed, num, dims)
    tree = cKDTree(points.double().numpy())
    split = num // 3
    parts = [torch.arange(split), torch.arange(split, num)]
    found = numbers_of(close_pairs(points, parts, reach, silent))
    assert len(found) == len(set(found))
    assert tree.query_pairs(reach - 1e-5) <= set(found) <= tree.query_pairs(reach + 2e-3)
    across = [(one < split) != (other < split) for one, other in found]
    assert across == sorted(across, reverse=True)


def test_what_is_in_no_part_is_in_no_pair():
    points = torch.zeros(700, 3)
    found = numbers_of(close_pairs(points, [torch.arange(0, 600, 300), torch.arange(0)], 0.1, silent))
    assert found == [(0, 300)]


def test_it_can_be_called_off():
    def cancel(what, done, total):
        assert 0 <= done < total
        if done > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(close_pairs(clouds(0, 2000, 8), [torch.arange(2000)], 0.1, cancel))

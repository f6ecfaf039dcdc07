"""Drawn shapes: each picture contains what its targets say."""

import numpy as np
import pytest
from skimage.measure import label, regionprops

from workbench.data import SOURCES
from workbench.data.progress import silent


@pytest.fixture(scope="module")
def loaded():
    return SOURCES.make("Shapes", {"num_pictures": 300, "noise": 0.0}).load((1, 32, 32), 0, silent)


def test_masks_labels_and_numbers_say_the_same(loaded):
    train, test = loaded.train, loaded.test
    assert (len(train), len(test)) == (240, 60)
    pixels = train.targets["pixels"]
    covered = 100 * (pixels > 1).mean(axis=(1, 2))
    assert np.allclose(train.targets["covered"][:, 0], covered, atol=1e-4)
    for kind in range(3):
        assert ((pixels == 2 + kind).sum(axis=(1, 2)) >= 12).tolist() == train.targets["shapes"][:, kind].tolist()
    dark, bright = train.inputs[:, 0][pixels == 1], train.inputs[:, 0][pixels > 1]
    assert dark.max() <= 51 < 89 <= bright.min()


def test_shapes_are_as_round_and_as_cornered_as_they_are_called(loaded):
    """4π area / perimeter² of shapes that stand alone: 1 for a circle, less for a square, least for a triangle."""
    roundness = {kind: [] for kind in range(3)}
    for mask in loaded.train.targets["pixels"]:
        regions = regionprops(label(mask > 1))
        kinds = np.unique(mask[mask > 1])
        if len(regions) == 1 and len(kinds) == 1 and regions[0].solidity > 0.85 and regions[0].area > 30:
            region = regions[0]
            roundness[kinds[0] - 2].append(4 * np.pi * region.area / region.perimeter**2)
    circle, square, triangle = (np.median(roundness[kind]) for kind in range(3))
    assert circle > square > triangle


def test_the_seed_decides():
    source = SOURCES.make("Shapes", {"num_pictures": 10})
    first, again, other = (source.load((1, 32, 32), seed, silent).train.inputs for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)

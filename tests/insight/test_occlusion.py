"""A patch that hides what an answer depends on makes its probability fall there, and nowhere else."""

import numpy as np
import pytest
import torch

from workbench.insight.occlusion import falls


def lower_right(batch):
    """The mean of the lower right quarter, on which alone the answer depends."""
    return batch[:, :, 6:, 8:].mean(dim=(1, 2, 3))


def test_an_answer_that_depends_on_one_corner_falls_there_alone():
    found = falls(lower_right, torch.ones(3, 12, 16), patch=3, step=1)
    assert found.shape == (12, 16) and found.dtype == np.float32
    assert (found[8:, 10:] > 0).all()
    assert (found[:4] == 0).all() and (found[:, :6] == 0).all()
    # A patch inside the corner hides 9 of its 48 pixels; one at its edge less.
    assert found.max() == pytest.approx(9 / 48)


def test_every_pixel_is_covered_whatever_the_step_and_a_rise_is_negative():
    found = falls(lambda batch: 1 - lower_right(batch), torch.ones(1, 12, 16), patch=5, step=4)
    assert np.isfinite(found).all() and found[-1, -1] < 0 and found[0, 0] == 0
    whole = falls(lower_right, torch.ones(1, 12, 16), patch=20, step=4)
    assert (whole == 1).all(), "a patch larger than the picture hides all of it"

"""Numbers of the distribution Beta(α, α), which torch draws only from its own generators."""

from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

NUM_KNOTS = 2049


def beta_quantile(chance: Tensor, alpha: float) -> Tensor:
    """Return below which number Beta(alpha, alpha) has ``chance`` of its mass, to some 1e-4: float32 [B].

    ``chance`` is float32 [B] on the CPU, 0 <= x < 1.
    """
    mass, places = _half(alpha)
    numbers = chance.numpy()
    below = np.interp(np.minimum(numbers, 1 - numbers), mass, places) ** (1 / min(alpha, 1))
    return torch.from_numpy(np.where(numbers < 0.5, below, 1 - below).astype(np.float32))


@cache
def _half(alpha: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mass below x for x up to 1/2, tabulated over x to a power that removes the density's pole at 0."""
    power = min(alpha, 1)
    places = np.linspace(0, 0.5**power, NUM_KNOTS)
    x = places ** (1 / power)
    density = x ** (alpha - power) * (1 - x) ** (alpha - 1)
    mass = np.concatenate(([0.0], np.cumsum((density[1:] + density[:-1]) / 2)))
    return mass * (0.5 / mass[-1]), places

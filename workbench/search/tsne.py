"""t-SNE: places in the plane for descriptors, so that pictures which are near each other stay near.

L. van der Maaten, G. Hinton: Visualizing Data using t-SNE. JMLR 9, 2008. Exact, for some hundreds of pictures: a layout
that starts from the one before takes a fraction of a second, so it can follow a network while it learns.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float32]

FIRST_STEPS, LATER_STEPS = 400, 150
EXAGGERATED_STEPS = 100
EXAGGERATION = 12.0
"""How much stronger pictures attract each other at first, so that groups find together."""

MOMENTA = 0.5, 0.8
LEAST_GAIN = 0.01
TINY = 1e-12


def affinities(descriptors: NDArray[np.float32], perplexity: float) -> NDArray[np.float32]:
    """Return how much each two of the descriptors, [N, D], belong together: [N, N], symmetric, of sum 1.

    ``perplexity``, below N, is the effective number of neighbours that each has.
    """
    centred = descriptors.astype(np.float64)
    centred -= centred.mean(axis=0)
    squares = np.square(centred).sum(axis=1)
    distances = np.maximum(squares[:, None] + squares - 2 * centred @ centred.T, 0)
    np.fill_diagonal(distances, 0)
    distances /= max(distances.mean(), TINY)
    shares = _of_entropy(distances, np.log(perplexity))
    joint = shares + shares.T
    summed_to_1: NDArray[np.float32] = (joint / joint.sum()).astype(np.float32)
    return summed_to_1


def _of_entropy(distances: NDArray[np.float64], entropy: float) -> NDArray[np.float64]:
    """Return each row's Gaussian shares of the others, [N, N], of sum 1 and this entropy each."""
    low, high = np.full((2, len(distances)), [[-30.0], [30.0]])
    for _ in range(50):
        middle = (low + high) / 2
        logits = -distances * np.exp(middle)[:, None]
        np.fill_diagonal(logits, -np.inf)
        logits -= logits.max(axis=1, keepdims=True)
        shares: NDArray[np.float64] = np.exp(logits)
        sums = shares.sum(axis=1)
        shares /= sums[:, None]
        np.fill_diagonal(logits, 0)
        found = np.log(sums) - (shares * logits).sum(axis=1)
        low, high = np.where(found > entropy, middle, low), np.where(found > entropy, high, middle)
    return shares


def principal(descriptors: NDArray[np.float32]) -> Places:
    """Return the first two principal components of descriptors [N, D]: [N, 2]."""
    centred = descriptors.astype(np.float64)
    centred -= centred.mean(axis=0)
    variances, vectors = np.linalg.eigh(centred @ centred.T)
    places: Places = (vectors[:, -2:] * np.sqrt(np.maximum(variances[-2:], 0))).astype(np.float32)
    return places


def layout(joint: NDArray[np.float32], start: Places, check: Callable[[], None], *, continues: bool) -> Places:
    """Return places [N, 2] for pictures with these affinities [N, N], beginning from ``start`` [N, 2].

    With ``continues``, that is the layout of similar affinities, and little moves; it is drawn together, so that groups
    do not drift apart from layout to layout. ``check`` is called now and then, and may raise to cancel.
    """
    num = len(joint)
    places = (start - start.mean(axis=0)) / max(float(start.std()), TINY) * np.float32(1 if continues else 1e-4)
    moved, gains = np.zeros_like(places), np.ones_like(places)
    rate = max(num / 12, 10.0)
    for step in range(LATER_STEPS if continues else FIRST_STEPS):
        if step % 10 == 0:
            check()
        early = step < EXAGGERATED_STEPS and not continues
        slope = _slope(joint * np.float32(EXAGGERATION) if early else joint, places)
        gains = np.where(moved * slope < 0, gains + 0.2, gains * 0.8).clip(LEAST_GAIN).astype(np.float32)
        moved = (MOMENTA[not early] * moved - rate * gains * slope).astype(np.float32)
        places = places + moved
    centred: Places = places - places.mean(axis=0)
    return centred


def _slope(joint: NDArray[np.float32], places: Places) -> Places:
    """Return the gradient of the Kullback-Leibler divergence: [N, 2].

    Without matrix products: for two columns they gain nothing, and NumPy's would wake a thread on every core, on which
    the network trains.
    """
    near = np.ones_like(joint)
    for axis in places.T:
        near += np.square(axis[:, None] - axis)
    np.reciprocal(near, out=near)
    np.fill_diagonal(near, 0)
    forces = joint - near / near.sum()
    forces *= near
    slope: Places = 4 * (forces.sum(axis=1)[:, None] * places - np.einsum("ij,jk->ik", forces, places))
    return slope

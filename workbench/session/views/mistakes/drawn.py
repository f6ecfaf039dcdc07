"""A prediction for each pixel as pictures to look at: what the network sees, what is wanted, what it answers, and where
that is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.session.views.feature_sheet import as_rgb

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.session.views.mistakes.dense import DensePrediction

CAPTIONS = ("input", "target", "output", "errors")
ANSWERED = ("input", "output")

COVER = 0.6
"""The opacity of a class's colour over the picture."""

PALE = 0.35
"""The strength of the picture below wrong pixels."""

WRONG = (220, 30, 40)


def drawn(prediction: DensePrediction, colours: Sequence[Sequence[int]]) -> tuple[NDArray[np.uint8], ...]:
    """Return a picture for each of the ``CAPTIONS``, uint8 [H, W, 3], all as large as the output.

    Classes of pixels have these ``colours`` (RGB) over the input, and those that are wrong are red over a pale one. Of
    pictures, errors go from black through red and yellow to white, by their square root: small ones are visible too.
    """
    wanted = prediction.wanted
    seen, given = drawn_answer(prediction.seen, prediction.given, colours)
    if wanted.ndim == 3:
        return seen, as_rgb(wanted), given, _hot(np.sqrt(prediction.errors))
    pale = (255 - PALE * (255 - seen.mean(axis=2, keepdims=True))).astype(np.uint8)
    wrong = prediction.errors[..., None] > 0
    errors = np.where(wrong, np.array(WRONG, np.uint8), np.broadcast_to(pale, seen.shape))
    return seen, _covered(seen, wanted, colours), given, errors


def drawn_answer(
    seen: NDArray[np.uint8], given: NDArray[np.uint8], colours: Sequence[Sequence[int]]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return what the network sees and the picture or mask that is ``given``, as ``DensePrediction`` has them: uint8
    [H, W, 3] both, as large as the output. Classes of pixels have these ``colours`` (RGB) over the input.
    """
    shown = _as_large(as_rgb(seen), *given.shape[-2:])
    return shown, as_rgb(given) if given.ndim == 3 else _covered(shown, given, colours)


def strip(prediction: DensePrediction, colours: Sequence[Sequence[int]]) -> NDArray[np.uint8]:
    """Return these pictures beside each other: uint8 [H, 4 W, 3]."""
    return np.concatenate(drawn(prediction, colours), axis=1)


def _as_large(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Return a picture [h, w, 3] in another size, by its nearest pixels: [height, width, 3]."""
    rows = np.arange(height) * len(picture) // height
    columns = np.arange(width) * picture.shape[1] // width
    return np.asarray(picture[rows[:, None], columns])


def _covered(seen: NDArray[np.uint8], mask: NDArray[np.uint8], colours: Sequence[Sequence[int]]) -> NDArray[np.uint8]:
    mixed = (1 - COVER) * seen + COVER * np.array(colours, np.float32)[mask.astype(int) - 1]
    return np.asarray(np.where(mask[..., None] > 0, mixed, seen), np.uint8)


def _hot(shares: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return shares [H, W] from 0 to 1 as colours from black through red and yellow to white."""
    return np.asarray(255 * np.clip(3 * shares[..., None] - np.arange(3), 0, 1), np.uint8)

"""The numbers and colours in masks, which are their classes. A mask that has not changed is decoded for this once."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.data.contents import Encoded, Stamp, file_stamp
from workbench.data.pictures import colour_codes, decode_mask, grey_plane
from workbench.spec.record import Record

MOST_REMEMBERED = 2**16
"""Masks; then all are forgotten."""


class InMask(Record):
    """What occurs in a mask: ``numbers`` if all its colours are grey, else ``codes``, its colours as 0xRRGGBB."""

    is_coloured: bool
    numbers: frozenset[int] = frozenset()
    codes: frozenset[int] = frozenset()


_remembered: dict[tuple[Path, str, Stamp | None], InMask] = {}


def in_mask(file: Encoded) -> InMask:
    """Return what occurs in a mask. Raises BrokenPicture if it cannot be read."""
    key = file.path, file.place, file_stamp(file.path)
    found = _remembered.get(key)
    if found is None:
        found = _occurring(decode_mask(file.data()))
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = found
    return found


def _occurring(mask: NDArray[np.uint8]) -> InMask:
    plane = grey_plane(mask)
    values = frozenset(_different(colour_codes(mask) if plane is None else plane))
    is_coloured = mask.ndim == 3
    return (
        InMask(is_coloured=is_coloured, codes=values)
        if plane is None
        else InMask(is_coloured=is_coloured, numbers=values)
    )


def _different(values: NDArray[np.integer]) -> list[int]:
    """Return the different values: of long runs of the same, as masks have, the first of each suffices."""
    flat = values.ravel()
    found: list[int] = np.unique(np.append(flat[1:][flat[1:] != flat[:-1]], flat[0])).tolist()
    return found

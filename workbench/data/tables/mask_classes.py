"""The numbers and colours in masks, which are their classes. A file that has not changed is decoded for this once, even
if it is no mask.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from workbench.data.decoding.contents import Encoded, Stamp, file_stamp
from workbench.data.decoding.pictures import BrokenPicture, colour_codes, decode_mask, grey_plane
from workbench.spec.record import Record

MOST_REMEMBERED = 2**16
"""Masks; then all are forgotten."""


class InMask(Record):
    """What occurs in a mask: ``numbers`` if all its colours are grey, else ``codes``, its colours as 0xRRGGBB."""

    is_coloured: bool
    numbers: frozenset[int] = frozenset()
    codes: frozenset[int] = frozenset()


_remembered: dict[tuple[Path, str, Stamp | None], InMask | str] = {}
"""What occurs in masks, or why they are none."""


def in_mask(file: Encoded) -> InMask:
    """Return what occurs in a mask. Raises BrokenPicture if it cannot be read."""
    key = file.path, file.place, file_stamp(file.path)
    found = _remembered.get(key)
    if found is None:
        found = _decoded(file.data())
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = found
    if isinstance(found, str):
        raise BrokenPicture(found)
    return found


def _decoded(data: bytes) -> InMask | str:
    try:
        return _occurring(decode_mask(data))
    except BrokenPicture as error:
        return str(error)


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

"""Decodes many picture files in parallel, in order.

Threads rather than processes: Pillow releases the interpreter's lock while decoding and resizing, and pixels need not
be copied between processes. The threads end with the generator.
"""

import math
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np

from workbench.data.decoding.pictures import (
    BrokenPicture,
    Picture,
    Tone,
    colour_codes,
    fit_masks,
    grey_plane,
    quietly,
    read,
    read_mask,
    tone_of,
)

MOST_THREADS = 8
"""The maximum number of threads: more would wait for the disk, and each may hold a picture of 80 megapixels."""

LOOKED_AT = 32
"""The number of pictures examined to tell which of their grey values is white."""

AHEAD = 4
"""The number of pictures per thread that are decoded in advance."""


Item = TypeVar("Item")
Answer = TypeVar("Answer")


class Decoding(NamedTuple):
    """How a file's bytes become pixels of shape (C, H, W). ``key`` distinguishes decodings in the cache; ``note`` is a
    sentence on what happens to the values, empty if nothing does that is worth telling; ``tone`` is the one of all
    pictures, if they have one.
    """

    key: str
    read: Callable[[bytes, tuple[int, int, int]], Picture]
    is_mask: bool = False
    note: str = ""
    tone: Tone | None = None


PICTURES = Decoding("", read)


def pictures_like(few: Iterable[bytes]) -> Decoding:
    """Return the decoding of pictures of which these are some: one tone for all that are grey of more than 8 bits.

    If none of these is, any other has its own.
    """
    return pictures_of(tone_of(few))


def pictures_of(tone: Tone | None) -> Decoding:
    """Return the decoding of pictures with this tone; of None, each has its own."""
    if tone is None:
        return PICTURES
    return Decoding(
        key=f"tone {tone.black} {tone.white}",
        read=partial(read, tone=tone),
        tone=tone,
        note=f"Grey values of more than 8 bits become 0 to 255: {tone.black:,g} is black, and {tone.white:,g} white, the "
        "smallest usual range that contains those of some of the pictures.",
    )


def spread(items: Sequence[Item], in_order: bool) -> Sequence[Item]:
    """Return a few that stand for all: from everywhere, or the first if each is reached only through those before."""
    return items[:LOOKED_AT] if in_order else items[:: math.ceil(len(items) / LOOKED_AT) or 1]


def are_colours(names: Sequence[str]) -> bool:
    """Return whether these classes of masks are named by their colours, not by their numbers."""
    return any(name.startswith("#") for name in names)


def masks(names: Sequence[str]) -> Decoding:
    """Return the decoding of masks whose classes are named by their numbers, or as ``#ff0000`` by their colours: k + 1
    for class k, 0 for anything else.
    """
    have_colours = are_colours(names)
    values = [int(name.removeprefix("#"), 16 if have_colours else 10) for name in names]

    def numbered(data: bytes, shape: tuple[int, int, int]) -> Picture:
        mask = read_mask(data)
        height, width = mask.shape[:2]
        plane = mask if have_colours else grey_plane(mask)
        if plane is None:
            raise BrokenPicture("it has colours, but most masks have numbers: save all in the same way")
        (fitted,) = fit_masks(plane[None], shape[1:])
        found = colour_codes(fitted) if have_colours else fitted
        numbers = np.zeros(found.shape, np.uint8)
        for number, value in enumerate(values, 1):
            numbers[found == value] = number
        return Picture(numbers[None], (width, height))

    return Decoding(key=f"mask {' '.join(names)}", read=numbered, is_mask=True)


def decode_all(
    readers: Iterable[Callable[[], bytes]], shape: tuple[int, int, int], how: Decoding = PICTURES
) -> Generator[Picture | BrokenPicture, None, None]:
    """Yield what the bytes of each file give at ``shape`` (C, H, W), in order; one that is closed early decodes no
    further.
    """

    def outcome(reader: Callable[[], bytes]) -> Picture | BrokenPicture:
        try:
            return how.read(reader(), shape)
        except BrokenPicture as broken:
            return broken

    with quietly():
        yield from side_by_side(outcome, readers)


def side_by_side(work: Callable[[Item], Answer], items: Iterable[Item]) -> Generator[Answer, None, None]:
    """Yield the result of ``work`` for each item, in order, some computed in advance by threads;
    ends early if closed.
    """
    num_threads = min(max(2, (os.cpu_count() or 1) - 1), MOST_THREADS)
    waiting: deque[Future[Answer]] = deque()
    pool = ThreadPoolExecutor(num_threads, thread_name_prefix="pictures")
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > AHEAD * num_threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)

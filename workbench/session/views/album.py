"""Pictures of the user's own as far as they have been read, and what a network answers, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from workbench.session.views.neighbours import NUM_NEIGHBOURS
from workbench.session.views.predictions import likeliest
from workbench.spec.column import MOST_NAMES
from workbench.spec.problems import SpecError
from workbench.spec.record import Record
from workbench.spec.words import first_few

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.data.rows import Values
    from workbench.session.views.neighbours import Gallery
    from workbench.session.views.predictions import Answer, Head

NEVER = -1
"""The step of a picture that has not been answered yet."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Some files that were read together, of those that were added as number ``lot``.

    ``real_paths`` are the same for the same file by different paths. ``pictures``: uint8 [K, C, H, W], decoded.
    ``rows``: int64 [N], where each file is among them; -1 if ``problems`` says why it cannot be used. ``steps``: int64
    [N] of the network that answered, or ``NEVER``; ``values``: float32 [N, width] for each head; ``likeliest``: int64
    [N] for each head, where the largest of them is, or ``NOTHING``.
    """

    lot: int
    files: tuple[str, ...]
    real_paths: tuple[str, ...]
    pictures: Values
    rows: NDArray[np.int64]
    problems: Mapping[int, str]
    steps: NDArray[np.int64]
    values: tuple[NDArray[np.float32], ...]
    likeliest: tuple[NDArray[np.int64], ...]

    def with_answers(self, places: NDArray[np.int64], step: int, values: Sequence[NDArray[np.float32]]) -> Part:
        """Return it with the answers of the network after ``step`` for some of the files: float32 [n, width] each."""
        steps, kept = self.steps.copy(), tuple(each.copy() for each in self.values)
        best = tuple(each.copy() for each in self.likeliest)
        steps[places] = step
        for own, own_best, new in zip(kept, best, values, strict=True):
            own[places], own_best[places] = new, likeliest(new)
        return replace(self, steps=steps, values=kept, likeliest=best)


class Query(Record):
    """Which pictures, at most ``count``, are similar to one of the user's own: of these, or of those that the network
    learnt from.
    """

    number: int
    in_training: bool = False
    count: int = NUM_NEIGHBOURS


@dataclass(frozen=True, kw_only=True, eq=False)
class Similar:
    """The nearest of a picture by the last hidden layer after ``step``: ``numbers`` int64 [k] and ``distances`` float64
    [k], Euclidean, the nearest first, without itself. If the search failed, ``problem`` says why.
    """

    query: Query
    step: int
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    distances: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    problem: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class Predicted:
    """The pictures, numbered in the order in which they were read, and the answers of the network after ``step``; those
    that were given earlier are being replaced unless it ``is_whole``.

    ``gone`` are those that are not wanted, or were read again later. ``num_files`` is how many were found, those that
    are not read yet included, ``num_cancelled`` how many of them are not read because that was cancelled, and
    ``num_lots`` how many times files were added before all was read or cancelled.
    ``problem`` says why there is no answer, or not more.
    """

    step: int
    heads: tuple[Head, ...] = ()
    parts: tuple[Part, ...] = ()
    gone: frozenset[int] = frozenset()
    num_files: int = 0
    num_cancelled: int = 0
    num_lots: int = 0
    is_whole: bool = False
    see: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] = lambda pictures: pictures
    """Returns what the network sees of decoded pictures, uint8 [B, C, H, W]."""
    draw: Callable[[Head, NDArray[np.uint8]], NDArray[np.uint8]] | None = None
    """Runs the network on what it sees of pictures, for a head that is drawn (``drawn_by``)."""
    similar: Similar | None = None
    training: Gallery | None = None
    """The pictures that the network learns from."""
    problem: str = ""

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """The number of the first picture of each part, and of one more: int64 [parts + 1]."""
        return np.cumsum([0, *(len(part.files) for part in self.parts)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def place(self, number: int) -> tuple[Part, int]:
        """Return the part that a picture is in, and its place there."""
        part = int(np.searchsorted(self.starts, number, side="right")) - 1
        return self.parts[part], number - int(self.starts[part])

    def file(self, number: int) -> str:
        """Return the file of a picture, as it is shown."""
        part, place = self.place(number)
        return part.files[place]

    def problem_of(self, number: int) -> str:
        """Return why a file cannot be used; empty if it can."""
        part, place = self.place(number)
        return part.problems.get(place, "")

    def picture(self, number: int) -> NDArray[np.uint8]:
        """Return what the network sees, uint8 [C, H, W]; it may wait for the disk."""
        part, place = self.place(number)
        row = int(part.rows[place])
        seen: NDArray[np.uint8] = self.see(part.pictures[row : row + 1])[0]
        return seen

    def drawn(self, number: int, head: Head) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Return what the network sees of a picture, uint8 [C, H, W], and what a head answers, a picture, uint8 [C, H,
        W], or a mask, uint8 [H, W], computed now: of tens of thousands none is kept.
        """
        assert self.draw is not None
        seen = self.picture(number)
        return seen, self.draw(head, seen[None])[0]

    def answers(self, number: int) -> tuple[Answer, ...]:
        """Return the answers of the heads for a picture; none before it has been answered."""
        part, place = self.place(number)
        if part.steps[place] == NEVER:
            return ()
        return tuple(head.answer(values[place]) for head, values in zip(self.heads, part.values, strict=True))

    @cached_property
    def steps(self) -> NDArray[np.int64]:
        """The step of the network that answered each picture, or ``NEVER``: int64 [N]."""
        return np.concatenate([np.empty(0, np.int64), *(part.steps for part in self.parts)])

    @cached_property
    def is_readable(self) -> NDArray[np.bool_]:
        """Whether each file can be used: bool [N]."""
        return np.concatenate([np.empty(0, bool), *(part.rows >= 0 for part in self.parts)])

    @cached_property
    def is_shown(self) -> NDArray[np.bool_]:
        """Whether each is not ``gone``: bool [N]."""
        shown = np.ones(len(self), bool)
        shown[list(self.gone)] = False
        return shown

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """The numbers as they are shown: those added last first, and files that cannot be used at the end."""
        lots = np.repeat([part.lot for part in self.parts], np.diff(self.starts)).astype(np.int64)
        order = np.lexsort((-lots, ~self.is_readable))
        shown: NDArray[np.int64] = order[self.is_shown[order]]
        return shown

    def values(self, head: int, place: int) -> NDArray[np.float32]:
        """Return the value at ``place`` of a head for each picture, float32 [N]; NaN where there is none."""
        return np.concatenate([np.empty(0, np.float32), *(part.values[head][:, place] for part in self.parts)])

    def most_confident(self, head: int, place: int) -> NDArray[np.int64]:
        """Return the pictures that have an answer by the decreasing value at ``place`` of a head: int64 [n]."""
        values = self.values(head, place)
        order = np.argsort(-values, kind="stable")
        answered: NDArray[np.int64] = order[((self.steps != NEVER) & self.is_shown)[order]]
        return answered

    def find_name(self, name: str) -> tuple[int, int]:
        """Return the head that has a class or label, and its place there. Raises SpecError if none has."""
        names = [each for head in self.heads for each in head.column.names]
        for number, head in enumerate(self.heads):
            if name in head.column.names:
                return number, head.column.names.index(name)
        there = f"there are {', '.join(first_few(names, MOST_NAMES))}" if names else "it answers with none"
        raise SpecError(f"the network has no class or label {name}: {there}")

    def num_given(self, head: int, place: int) -> int:
        """Return of how many pictures the name at ``place`` is the answer of a head, or part of it."""
        kind = self.heads[head].column.kind
        if kind == "labels":
            is_given = self.values(head, place) >= 0.5
        elif kind == "mask":
            is_given = self.values(head, place) > 0
        else:
            is_given = np.concatenate([np.empty(0, np.int64), *(part.likeliest[head] for part in self.parts)]) == place
        return int((is_given & self.is_shown).sum())

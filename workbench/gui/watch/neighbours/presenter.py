"""The query picture and its nearest neighbours. No Qt."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.events import AnyEvent
from workbench.gui.runtime.refresh import Refresh
from workbench.session.views.map import Map
from workbench.session.views.neighbours import (
    DESCRIPTORS,
    EMBEDDING,
    NETWORK,
    Gallery,
    Neighbours,
    Precision,
    descriptors_of,
)
from workbench.spec.quantities import percent
from workbench.spec.record import Record
from workbench.spec.words import thing


class Neighbour(Record):
    """One of the nearest: the picture, its distance, its class, and whether that is the query's class."""

    index: int
    distance: float
    class_name: str
    same_class: bool


class NeighboursPresenter:
    """Keeps the query during a run, and decides when to ask again."""

    def __init__(self) -> None:
        self.query: int | None = None
        """The query picture; None before the first click."""
        self.descriptor = NETWORK
        """What the pictures are compared by."""
        self.shows_map = False
        """Whether all pictures are shown in the plane, rather than those nearest to the query."""
        self.class_index: int | None = None
        """The class that is shown; None for all."""
        self.begin()

    def begin(self) -> None:
        """Start on another run. The query and the descriptor stay, since the data is probably the same."""
        self.gallery: Gallery | None = None
        self._map: Map | None = None
        self.answer: Neighbours | None = None
        self.described = (0, 1)
        """How many pictures have been described for the query, and of how many."""
        self.measured = (0, 1)
        """How many queries have been answered for the mean share, and of how many."""
        self.precisions: Mapping[str, Precision] = {}
        self._asked_again = False
        self._refresh = Refresh()
        self._state = ""

    def show_gallery(self, gallery: Gallery) -> None:
        """Take the gallery's pictures."""
        self.gallery = gallery
        if self.query is not None and self.query >= gallery.count:
            self.query = None
        if self.descriptor not in self.descriptors:
            self.descriptor = NETWORK
        self._asked_again = self._is_wanted

    @property
    def descriptors(self) -> tuple[str, ...]:
        """What the gallery's pictures can be compared by."""
        assert self.gallery is not None
        return descriptors_of(self.gallery.shape)

    @property
    def invitation(self) -> str:
        """What to do while no example is chosen."""
        one = "picture" if self.gallery is None else thing(self.gallery.shape)
        return f"Click a {one} to see which others the network finds similar."

    @property
    def titles(self) -> dict[str, str]:
        """The title of each descriptor."""
        embeds = self.gallery is not None and self.gallery.embeds
        return DESCRIPTORS | {NETWORK: EMBEDDING} if embeds else DESCRIPTORS

    def choose(self, descriptor: str) -> None:
        """Compare by another descriptor."""
        self.descriptor = descriptor
        self.described = (0, 1)
        self._asked_again = self._is_wanted

    def show_map(self, shows_map: bool) -> None:
        """Show the map, or the nearest pictures."""
        self.shows_map = shows_map
        self._asked_again |= shows_map

    def ask(self, index: int) -> None:
        """Query another picture."""
        self.query = index
        self._asked_again = True

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Ask again when the network has changed, if it matters: after each epoch, at a pause and at the end."""
        self._state = state
        is_due = self._refresh.is_due(events, state)
        self._asked_again |= is_due and self._is_wanted and self.descriptor == NETWORK

    @property
    def _is_wanted(self) -> bool:
        return self.query is not None or self.shows_map

    def take_question(self) -> bool:
        """Return whether to ask now about the query and the map; once for each change."""
        asks = self._asked_again and self.gallery is not None
        self._asked_again &= not asks
        return asks

    def take_answer(self, answer: Neighbours) -> bool:
        """Take the newest answer. Return False if it is to an earlier question."""
        is_current = (answer.query, answer.descriptor) == (self.query, self.descriptor)
        if is_current:
            self.answer = answer
        return is_current

    def take_map(self, newest: Map) -> None:
        """Take the newest map, unless it is by another descriptor: one that was cancelled says so."""
        if newest.descriptor == self.descriptor:
            self._map = newest

    @property
    def map(self) -> Map | None:
        """The newest map by the descriptor; None until it has come."""
        return self._map if self._map is not None and self._map.descriptor == self.descriptor else None

    @property
    def map_places(self) -> NDArray[np.float32]:
        """Where the map's pictures are in a square of side 1, which the map fills: [n, 2]. The axes mean nothing, so
        each is stretched by itself.
        """
        if self.map is None or not len(self.map.indices):
            return np.zeros((0, 2), np.float32)
        low, high = self.map.places.min(axis=0), self.map.places.max(axis=0)
        places: NDArray[np.float32] = (self.map.places - (low + high) / 2) / np.maximum(high - low, 1e-6) + 0.5
        return places

    @property
    def map_words(self) -> str:
        """What the map shows, or what is shown instead of it."""
        if self.map is None:
            return self._failed_words or self._describing_words or "Drawing the map…"
        if self.map.problem:
            return self.map.problem
        assert self.gallery is not None
        after = f", after step {self.map.step:,}" if self.descriptor == NETWORK else ""
        is_missing = self.query is not None and self.query not in self.map.indices
        without = "; the chosen one is not among them" if is_missing else ""
        return f"{len(self.map.indices):,} of {self.gallery.count:,} pictures{after}{without}"

    @property
    def map_is_of_class(self) -> NDArray[np.bool_]:
        """Which of the map's pictures have the class that is shown, bool [n]; all, if all classes are."""
        assert self.map is not None and self.gallery is not None
        if self.class_index is None or self.gallery.labels is None:
            return np.ones(len(self.map.indices), np.bool_)
        return np.asarray(self.gallery.labels[self.map.indices] == self.class_index)

    @property
    def _is_answered(self) -> bool:
        answer = self.answer
        return answer is not None and (answer.query, answer.descriptor) == (self.query, self.descriptor)

    @property
    def neighbours(self) -> tuple[Neighbour, ...]:
        """The neighbours, nearest first; empty until there is an answer."""
        answer, gallery = self.answer, self.gallery
        if answer is None or answer.query is None or gallery is None or not self._is_answered:
            return ()
        return tuple(
            Neighbour(
                index=int(index),
                distance=float(distance),
                class_name=self.class_name(int(index)),
                same_class=gallery.labels is not None and bool(gallery.labels[index] == gallery.labels[answer.query]),
            )
            for index, distance in zip(answer.indices, answer.distances, strict=True)
        )

    @property
    def waiting_words(self) -> str:
        """The text shown instead of a missing answer."""
        if self._failed_words:
            return self._failed_words
        if self.answer is not None and self._is_answered and self.answer.problem:
            return self.answer.problem
        return self._describing_words or "Finding nearest neighbours…"

    @property
    def _failed_words(self) -> str:
        has_failed = self._state == "failed" and self.descriptor == NETWORK
        return "No result: the run failed, and its weights may no longer be finite." if has_failed else ""

    @property
    def _describing_words(self) -> str:
        done, total = self.described
        return f"Describing the pictures, {done:,} of {total:,}…" if total > 1 else ""

    def show_class(self, class_index: int | None) -> NDArray[np.int64]:
        """Show one class, or all; return the gallery's pictures of it: indices [n]."""
        assert self.gallery is not None
        self.class_index = class_index
        if class_index is None:
            return np.arange(self.gallery.count)
        return np.flatnonzero(self.gallery.labels == class_index)

    def class_of(self, index: int) -> int:
        """Return the class of a picture; 0 if the data has no classes."""
        assert self.gallery is not None
        return 0 if self.gallery.labels is None else int(self.gallery.labels[index])

    def class_name(self, index: int) -> str:
        """Return the class of a picture; empty if the data has no classes."""
        assert self.gallery is not None
        if self.gallery.labels is None:
            return ""
        return self.gallery.class_names[int(self.gallery.labels[index])]

    @property
    def summary(self) -> str:
        """The share of the query's class among the nearest, as text."""
        found = self.neighbours
        if not found or self.answer is None or self.gallery is None:
            return ""
        is_network = self.descriptor == NETWORK
        if self.gallery.labels is None:
            return f"as of step {self.answer.step:,}" if is_network else ""
        same = sum(neighbour.same_class for neighbour in found)
        after = f", after step {self.answer.step:,}" if is_network else ""
        return f"{same} of {len(found)} of the same class{after}"

    @property
    def comparison(self) -> str:
        """The mean share of the query's class among the nearest, by the descriptor, then by those chosen before; empty
        if it is neither known nor being measured.
        """
        own = self.precisions.get(self.descriptor)
        if own is None:
            done, total = self.measured
            return f"Measuring the average, {done:,} of {total:,}…" if total > 1 else ""
        if own.problem:
            return f"The average is missing: {own.problem}."
        others = [
            f"{title.lower()} {percent(each.share)}"
            for descriptor, title in self.titles.items()
            if descriptor != self.descriptor and (each := self.precisions.get(descriptor)) and not each.problem
        ]
        after = f", step {own.step:,}" if self.descriptor == NETWORK else ""
        return " · ".join([f"On average {percent(own.share)} of the same class{after}", *others])


def has_looks(gallery: Gallery) -> bool:
    """Whether the gallery's examples can be shown, as pictures or curves, rather than points."""
    return len(gallery.shape) > 1


def say_distance(distance: float) -> str:
    """Return a distance in a few characters, even for a diverged network: ``2.5e12``."""
    if distance >= 10_000:
        return re.sub(r"e\+0*", "e", f"{distance:.1e}")
    return f"{distance:.2f}" if distance < 10 else f"{distance:.1f}" if distance < 100 else f"{distance:.0f}"

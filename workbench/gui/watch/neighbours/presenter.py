"""The query picture and its nearest neighbours. No Qt."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.events import AnyEvent
from workbench.gui.runtime.refresh import Refresh
from workbench.session.views.neighbours import (
    DESCRIPTORS,
    NETWORK,
    Gallery,
    Neighbours,
    Precision,
    descriptors_of,
)
from workbench.spec.record import Record


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
        self.begin()

    def begin(self) -> None:
        """Start on another run. The query and the descriptor stay, since the data is probably the same."""
        self.gallery: Gallery | None = None
        self.answer: Neighbours | None = None
        self.described = (0, 1)
        """How many pictures have been described for the query, and of how many."""
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
        self._asked_again = self.query is not None

    @property
    def descriptors(self) -> tuple[str, ...]:
        """What the gallery's pictures can be compared by."""
        assert self.gallery is not None
        return descriptors_of(self.gallery.shape)

    def choose(self, descriptor: str) -> None:
        """Compare by another descriptor."""
        self.descriptor = descriptor
        self.described = (0, 1)
        self._asked_again = self.query is not None

    def ask(self, index: int) -> None:
        """Query another picture."""
        self.query = index
        self._asked_again = True

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Ask again when the network has changed, if it matters: after each epoch, at a pause and at the end."""
        self._state = state
        is_due = self._refresh.is_due(events, state)
        self._asked_again |= is_due and self.query is not None and self.descriptor == NETWORK

    def take_question(self) -> int | None:
        """Return the picture to query now, or None; each question is returned once."""
        if not self._asked_again or self.gallery is None:
            return None
        self._asked_again = False
        return self.query

    def take_answer(self, answer: Neighbours) -> bool:
        """Take the newest answer. Return False if it is to an earlier question."""
        is_current = (answer.query, answer.descriptor) == (self.query, self.descriptor)
        if is_current:
            self.answer = answer
        return is_current

    @property
    def _is_answered(self) -> bool:
        answer = self.answer
        return answer is not None and (answer.query, answer.descriptor) == (self.query, self.descriptor)

    @property
    def neighbours(self) -> tuple[Neighbour, ...]:
        """The neighbours, nearest first; empty until there is an answer."""
        answer, gallery = self.answer, self.gallery
        if answer is None or gallery is None or not self._is_answered:
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
        if self._state == "failed" and self.descriptor == NETWORK:
            return "No result: the run failed, and its weights may no longer be finite."
        if self.answer is not None and self._is_answered and self.answer.problem:
            return self.answer.problem
        done, total = self.described
        return f"Describing the pictures, {done:,} of {total:,}…" if done else "Finding nearest neighbours…"

    def of_class(self, class_index: int | None) -> NDArray[np.int64]:
        """Return the gallery's pictures of one class, or all: indices [n]."""
        assert self.gallery is not None
        if class_index is None:
            return np.arange(self.gallery.count)
        return np.flatnonzero(self.gallery.labels == class_index)

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
        until it is known.
        """
        own = self.precisions.get(self.descriptor)
        if own is None:
            return ""
        if own.problem:
            return f"The average is missing: {own.problem}."
        others = [
            f"{title.lower()} {say_share(each.share)}"
            for descriptor, title in DESCRIPTORS.items()
            if descriptor != self.descriptor and (each := self.precisions.get(descriptor)) and not each.problem
        ]
        after = f", step {own.step:,}" if self.descriptor == NETWORK else ""
        return " · ".join([f"On average {say_share(own.share)} of the same class{after}", *others])


def is_pictures(gallery: Gallery) -> bool:
    """Whether the gallery holds pictures rather than points."""
    return len(gallery.shape) == 3


def say_share(share: float) -> str:
    """Return ``93.1 %``."""
    return f"{100 * share:.1f} %"


def say_distance(distance: float) -> str:
    """Return a distance in a few characters, even for a diverged network: ``2.5e12``."""
    if distance >= 10_000:
        return re.sub(r"e\+0*", "e", f"{distance:.1e}")
    return f"{distance:.2f}" if distance < 10 else f"{distance:.1f}" if distance < 100 else f"{distance:.0f}"

"""Where pictures lie in the plane, so that those with similar descriptors are close."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.data.progress import Cancelled
from workbench.session.worker import LatestWorker
from workbench.spec.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.search.nearest import NeighbourIndex

MOST_PICTURES = 600
LEAST_PICTURES = 10
PERPLEXITY = 30.0


class Map(Record):
    """Pictures ``indices`` int64 [n] of the gallery, ascending, and their ``places`` float32 [n, 2], by a descriptor,
    the last hidden layer being that after ``step``. If they are empty, ``problem`` says why.
    """

    descriptor: str
    step: int
    indices: Any = ()
    places: Any = ()
    problem: str = ""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Asked:
    descriptor: str
    step: int
    index: NeighbourIndex


class Maps:
    """Draws maps in a thread of its own. Each begins from the one before by the same descriptor, so that groups stay
    where they were. One by a descriptor that is not wanted any more is cancelled; one of an earlier step is not, since
    a network may learn faster than its maps are drawn.
    """

    def __init__(self) -> None:
        self._worker: LatestWorker[_Asked, Map] = LatestWorker("map", self._draw, _not_drawn)
        self.latest = self._worker.answers
        self._closing = threading.Event()
        self._asked: NeighbourIndex | None = None
        self._descriptor = ""
        """The one that is wanted."""
        self._places: dict[str, NDArray[np.float32]] = {}
        """The newest places of each descriptor, from which the next map begins."""

    def ask(self, descriptor: str, step: int, index: NeighbourIndex) -> None:
        """Request a map of the pictures in an index, unless it is the one asked about last."""
        if index is not self._asked:
            self._asked, self._descriptor = index, descriptor
            self._worker.ask(_Asked(descriptor=descriptor, step=step, index=index))

    def close(self, timeout_s: float) -> bool:
        """End the thread; return whether it ended within ``timeout_s``."""
        self._closing.set()
        return self._worker.close(timeout_s)

    def _draw(self, asked: _Asked) -> Map:
        import torch

        from workbench.search.tsne import affinities, layout, principal

        num_pictures = len(asked.index)
        if num_pictures < LEAST_PICTURES:
            return _not_drawn(asked, f"it takes at least {LEAST_PICTURES} pictures")
        drawn = np.random.default_rng(0).choice(num_pictures, min(num_pictures, MOST_PICTURES), replace=False)
        drawn.sort()
        descriptors = asked.index[torch.from_numpy(drawn)].cpu().numpy()
        joint = affinities(descriptors, min(PERPLEXITY, (len(drawn) - 1) / 3))
        start = self._places.get(asked.descriptor)
        continues = start is not None and bool(start.any())  # pictures in one place, alike to a network, would stay
        if start is None or not continues:
            start = principal(descriptors)
        try:
            places = layout(joint, start, partial(self._check, asked), continues=continues)
        except Cancelled:
            return _not_drawn(asked, "it was cancelled")
        self._places[asked.descriptor] = places
        return Map(descriptor=asked.descriptor, step=asked.step, indices=drawn, places=places)

    def _check(self, asked: _Asked) -> None:
        if self._closing.is_set() or asked.descriptor != self._descriptor:
            raise Cancelled


def _not_drawn(asked: _Asked, sentence: str) -> Map:
    return Map(descriptor=asked.descriptor, step=asked.step, problem=f"No map: {sentence}.")

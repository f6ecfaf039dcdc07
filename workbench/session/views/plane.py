"""What a network of points in the plane predicts everywhere, with the points that it is evaluated on."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.session.slot import LatestSlot
from workbench.session.worker import LatestWorker
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import fx

    from workbench.data.dataset import Dataset
    from workbench.session.views.answering import Answering, Copies
    from workbench.session.views.neighbours import Gallery
    from workbench.training.heads import ResolvedHead
    from workbench.training.plan import Plan

IN_PLANE = (2,)
"""The shape of points in the plane."""

MOST_POINTS = 400
AROUND = 1.15
"""The square's size relative to that of the points."""

MOST_SHARE = 0.1
"""The largest share of the time spent predicting, where the network is large."""


class Plane(Record):
    """A square of the plane after ``step``: it extends ``reach`` from its ``middle`` to each side.

    Its coordinates are those that the network gets: standardised, unless the data is not. ``probabilities``: float32
    [K, S, S], its upper row first; ``points``: float32 [N, 2], ``labels``: int64 [N], of points drawn from all,
    by the column that is predicted.
    """

    step: int
    middle: tuple[float, float]
    reach: float
    probabilities: Any
    points: Any
    labels: Any
    class_names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A network after ``step``, and what it is to be shown with; ``at_s`` is when that was asked."""

    step: int
    module: fx.GraphModule
    head: ResolvedHead
    gallery: Gallery
    dataset: Dataset
    at_s: float


class Planes:
    """Predicts the plane in a thread of its own, in at most ``MOST_SHARE`` of the time."""

    def __init__(self, failed: Callable[[str], None]) -> None:
        """``failed`` is called with a sentence, from that thread."""
        self.latest: LatestSlot[Plane] = LatestSlot()
        self._failed = failed
        self._next_s = 0.0
        self._newest: Answering | None = None
        """The network that was asked last."""
        self._worker: LatestWorker[_Asked, None] = LatestWorker("regions", self._predict, self._give_up)

    def ask(self, plan: Plan, dataset: Dataset, gallery: Gallery, copies: Copies, *, at_once: bool) -> None:
        """Request what the network predicts now around the gallery's points, if they lie in the plane and have classes;
        unless ``at_once``, only if it is due. A network that was asked already is not asked again. Only copies the
        network.
        """
        at_s = time.monotonic()
        head = next((head for head in plan.heads if head.classifies), None)
        if gallery.shape != IN_PLANE or head is None or (at_s < self._next_s and not at_once):
            return
        network = copies.take(at_rest=True)
        if network.module is not None and network is not self._newest:
            self._next_s, self._newest = math.inf, network
            asked = _Asked(
                step=network.step, module=network.module, head=head, gallery=gallery, dataset=dataset, at_s=at_s
            )
            self._worker.ask(asked)

    def close(self, timeout_s: float) -> bool:
        """End the thread; return whether it ended within ``timeout_s``."""
        return self._worker.close(timeout_s)

    def _predict(self, asked: _Asked) -> None:
        self.latest.put(plane_of(asked.step, asked.module, asked.head, asked.gallery, asked.dataset))
        ended_s = time.monotonic()
        self._next_s = ended_s + (ended_s - asked.at_s) / MOST_SHARE

    def _give_up(self, _: _Asked, sentence: str) -> None:
        self._next_s, self._newest = 0.0, None
        self._failed(sentence)


def plane_of(step: int, module: fx.GraphModule, head: ResolvedHead, gallery: Gallery, dataset: Dataset) -> Plane:
    """Return what ``module`` predicts around the gallery's points in the plane."""
    import numpy as np

    from workbench.insight.regions import regions

    drawn = np.random.default_rng(0).choice(gallery.count, min(gallery.count, MOST_POINTS), replace=False)
    points = np.stack([gallery.picture(number) for number in drawn.tolist()])
    if dataset.mean:
        points = ((points - np.array(dataset.mean)) / np.array(dataset.std)).astype(np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = ((low + high) / 2).tolist()
    reach = float(max((high - low).max() / 2, 1e-6)) * AROUND
    return Plane(
        step=step,
        middle=(x, y),
        reach=reach,
        probabilities=regions(module, head.output, (x, y), reach),
        points=points,
        labels=np.asarray(dataset.splits[gallery.split].targets[head.target])[drawn],
        class_names=head.column.names,
    )

"""Live views into a run: filters, pictures, nearest neighbours, mistakes.

Panels ask and read slots; the training thread serves them between two steps, and does no more there than
copy a few weights. Descriptors are computed in a thread of their own from a copy of the network.
"""

from __future__ import annotations

import copy
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from workbench.data.progress import Cancelled, until
from workbench.data.rows import Rows
from workbench.session.failure import told
from workbench.session.mistakes import Asked, find_mistakes
from workbench.session.seen_batch import MOST_OF_BATCH, SeenBatch, seen_heads
from workbench.session.slot import LatestSlot
from workbench.session.worker import PATIENCE_S, LatestWorker
from workbench.spec.column import first_class
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from torch import fx

    from workbench.data.batches import Batches
    from workbench.data.dataset import Dataset
    from workbench.search.nearest import NeighbourIndex
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

FILTER_INTERVAL_S = 0.1
COPY_AGE_S = 2.0
"""A click while the network learns is answered by a copy up to this old, so that clicks in a row are instant."""

NUM_NEIGHBOURS = 20
BATCH_INTERVAL_S = 0.3


class Gallery(Record):
    """The pictures that neighbours are sought among: the test split, or else validation, or else training.

    ``count`` of ``shape``: (C, H, W) of pictures, (D,) of points. ``picture`` gives one by its number, uint8 [C, H, W]: it
    may wait for the disk, so nobody calls it who must not. ``labels``: int64 [N] of the first column of classes, None
    where the data has none.
    """

    split: str
    count: int
    shape: tuple[int, ...]
    picture: Callable[[int], Any]
    labels: Any
    class_names: tuple[str, ...]


class Neighbours(Record):
    """The nearest to one picture of the gallery, by the last hidden layer as it was after ``step``.

    ``indices`` int64 [k] and ``distances`` float64 [k], Euclidean, the nearest first, the query left out. Where they could
    not be found, there are none, and ``problem`` says why.
    """

    query: int
    step: int
    indices: Any = ()
    distances: Any = ()
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """The network as it was after ``step``, in eval mode; None where ``problem`` says why there is none."""

    step: int
    module: fx.GraphModule | None
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class _Question:
    """A query, and what is to answer it."""

    query: int
    seen: _Seen


@dataclass(frozen=True, kw_only=True)
class _Source:
    """What a run has to show, from the moment its network is built."""

    plan: Plan
    state: TrainingState
    batches: Batches
    input_shape: tuple[int, ...]


class Insight:
    """The slots of one run. ``watch_filters`` and ``ask_neighbours`` may be called from any thread at any time.

    What goes wrong while somebody looks does not end what is looked at: it is handed to ``say`` in a sentence, from the
    training thread, and nobody looks on until somebody asks again.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.filters: LatestSlot[np.ndarray] = LatestSlot()
        self.gallery: LatestSlot[Gallery] = LatestSlot()
        self.batch: LatestSlot[SeenBatch] = LatestSlot()
        self._neighbours: LatestWorker[_Question, Neighbours] = LatestWorker("neighbours", self._find, _not_found)
        self._mistakes: LatestWorker[_Seen, Asked] = LatestWorker("mistakes", self._ask_all, _not_asked)
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._source: _Source | None = None
        self._learning = True
        self._watching_filters = False
        self._filters_at_s = 0.0
        self._watching_batch = False
        self._batch_at_s = 0.0
        self._batch_step = 0
        self._query: int | None = None
        self._wants_mistakes = False
        self._copy: tuple[int, float, fx.GraphModule] | None = None
        self._index: tuple[int, NeighbourIndex, Any] | None = None

    @property
    def neighbours(self) -> LatestSlot[Neighbours]:
        """The newest answer to ``ask_neighbours``."""
        return self._neighbours.answers

    @property
    def mistakes(self) -> LatestSlot[Asked]:
        """The newest answer to ``ask_mistakes``."""
        return self._mistakes.answers

    @property
    def is_asked(self) -> bool:
        """Whether somebody wants what the network shows."""
        return self._watching_filters or self._query is not None or self._wants_mistakes

    @property
    def watches_batch(self) -> bool:
        """Whether a viewer wants the latest batch."""
        return self._watching_batch

    def watch_filters(self, watching: bool) -> None:
        """Whether ``filters`` is to be kept fresh, ten times a second."""
        self._watching_filters = watching

    def watch_batch(self, watching: bool) -> None:
        """Whether ``batch`` is to be kept fresh, three times a second at most."""
        self._watching_batch = watching

    def ask_neighbours(self, query: int) -> None:
        """Find the nearest to picture ``query`` of the gallery, by the network as it is now."""
        with self._lock:
            self._query = query
            learning = self._learning
        if not learning:
            self._hand_over(at_rest=True)

    def ask_mistakes(self) -> None:
        """Find what the network, as it is now, takes each picture of the gallery for."""
        with self._lock:
            self._wants_mistakes = True
            learning = self._learning
        if not learning:
            self._hand_over(at_rest=True)

    def attach(self, plan: Plan, state: TrainingState, dataset: Dataset) -> None:
        """From the training thread: the network and its data are there."""
        import numpy as np

        name, batches = plan.shown
        split = {"train": dataset.train, "val": dataset.val, "test": dataset.test}[name]
        assert split is not None
        classes = first_class(dataset.columns)
        labels = np.asarray(split.targets[classes.name]) if classes is not None else None
        inputs = split.inputs if isinstance(split.inputs, Rows) else split.inputs.numpy()
        shape = tuple(inputs.shape[1:])
        self.gallery.put(
            Gallery(
                split=name,
                count=len(inputs),
                shape=shape,
                picture=inputs.__getitem__,
                labels=labels,
                class_names=dataset.class_names,
            )
        )
        with self._lock:
            self._source = _Source(plan=plan, state=state, batches=batches, input_shape=shape)
        with self._harmless("filters"):
            self._put_filters()

    def serve(self, *, at_rest: bool = False) -> None:
        """From the training thread, between two steps: copy what was asked for; ``at_rest`` while it is paused."""
        if self._watching_filters and time.monotonic() - self._filters_at_s >= FILTER_INTERVAL_S:
            with self._harmless("filters"):
                self._put_filters()
        if self._watching_batch and time.monotonic() - self._batch_at_s >= (0 if at_rest else BATCH_INTERVAL_S):
            with self._harmless("batch"):
                self._put_batch()
        if self._query is not None or self._wants_mistakes:
            self._hand_over(at_rest)

    def keep_batch(self) -> None:
        """From the training thread, after the last step: whoever asks later finds the last batch."""
        with self._harmless("batch"):
            self._put_batch()

    def release(self) -> None:
        """From the training thread, at its end: nobody trains any more, so nothing need be copied."""
        with self._harmless("filters"):
            self._put_filters()
        with self._lock:
            if self._source is not None:
                self._source.state.learnt.eval()  # both workers ask it from now on, each in its own thread
            self._learning = False
        self._hand_over(at_rest=True)

    def close(self, timeout_s: float = PATIENCE_S) -> bool:
        """End the threads; whether they have ended in this time."""
        self._closing.set()
        until_s = time.monotonic() + timeout_s
        ended = self._mistakes.close(timeout_s)
        return self._neighbours.close(max(until_s - time.monotonic(), 0.0)) and ended

    @contextmanager
    def _harmless(self, what: Literal["filters", "batch"]) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  # whatever it is, it is told and logged
            self._watching_filters &= what != "filters"
            self._watching_batch &= what != "batch"
            self._say(f"The run continues, but its {what} cannot be shown: {told(error)}.")

    def _put_filters(self) -> None:
        from workbench.insight.filters import first_filters

        self._filters_at_s = time.monotonic()
        if self._source is None:
            return
        filters = first_filters(self._source.state.module, self._source.input_shape)
        if filters is not None:
            self.filters.put(filters)

    def _put_batch(self) -> None:
        """Look at the latest batch; nothing is computed that the run goes on with."""
        from workbench.insight.gradients import layer_gradients

        source = self._source
        if source is None or source.state.seen is None or source.state.step == self._batch_step:
            return
        plan, state = source.plan, source.state
        self._batch_at_s, self._batch_step = time.monotonic(), state.step
        batch, given = source.state.seen
        self.batch.put(
            SeenBatch(
                step=state.step,
                num_pictures=len(batch.inputs),
                pictures=plan.train.pictures(batch.inputs[:MOST_OF_BATCH]).cpu().numpy(),
                heads=seen_heads(plan.heads, given, batch.targets),
                gradients=layer_gradients(state.module),
                title="" if plan.ranks.size == 1 else _part_of(state.step, plan.ranks.size),
            )
        )

    def _hand_over(self, at_rest: bool) -> None:
        """Give what is asked to the workers. The network is copied outside of the lock: nobody who asks waits for it."""
        with self._lock:
            if self._source is None or (self._query is None and not self._wants_mistakes):
                return
            query, self._query = self._query, None
            wants_mistakes, self._wants_mistakes = self._wants_mistakes, False
        try:
            seen = self._network(at_rest)
        except Exception as error:  # noqa: BLE001  # there may be no room for a copy, which must not end the training
            seen = _Seen(step=self._source.state.step, module=None, problem=told(error))
        if query is not None:
            self._neighbours.ask(_Question(query=query, seen=seen))
        if wants_mistakes:
            self._mistakes.ask(seen)

    def _network(self, at_rest: bool) -> _Seen:
        """The network that answers: a copy while it learns, some seconds old at most, of now where it is at rest; in the
        end the network itself.
        """
        assert self._source is not None
        state, now_s = self._source.state, time.monotonic()
        if not self._learning:
            return _Seen(step=state.step, module=state.learnt)
        most_s = 0.0 if at_rest else COPY_AGE_S
        if self._copy is None or (self._copy[0] != state.step and now_s - self._copy[1] > most_s):
            self._copy = (state.step, now_s, copy.deepcopy(state.learnt).eval())
        return _Seen(step=self._copy[0], module=self._copy[2])

    def _find(self, question: _Question) -> Neighbours:
        """In the worker: describe the gallery where the network is another than last time, then look up."""
        from workbench.search.descriptors import describe, descriptor_node
        from workbench.search.nearest import NeighbourIndex

        assert self._source is not None
        seen = question.seen
        if seen.module is None:
            return _not_found(question, seen.problem)
        if self._index is None or self._index[0] != seen.step:
            inputs = (batch.inputs for batch in self._source.batches.in_order())
            descriptors = describe(seen.module, inputs, descriptor_node(seen.module))
            self._index = (seen.step, NeighbourIndex(descriptors), descriptors)
        _, index, descriptors = self._index
        indices, distances = index.nearest(descriptors[question.query], NUM_NEIGHBOURS + 1)
        others = indices != question.query
        return Neighbours(
            query=question.query,
            step=seen.step,
            indices=indices[others][:NUM_NEIGHBOURS].numpy(),
            distances=distances[others][:NUM_NEIGHBOURS].numpy(),
        )

    def _ask_all(self, seen: _Seen) -> Asked:
        """In the worker: what the network takes each picture for."""
        assert self._source is not None
        if seen.module is None:
            return _not_asked(seen, seen.problem)
        try:
            return find_mistakes(seen.module, self._source.plan, seen.step, until(self._closing))
        except Cancelled:
            return _not_asked(seen, "its run is closed")


def _not_found(question: _Question, sentence: str) -> Neighbours:
    return Neighbours(query=question.query, step=question.seen.step, problem=f"No result: {sentence}.")


def _not_asked(seen: _Seen, sentence: str) -> Asked:
    return Asked(step=seen.step, problem=f"The network could not be evaluated: {sentence}.")


def _part_of(step: int, num_ranks: int) -> str:
    return f"Step {step:,}, the part of the first of {num_ranks} processes"

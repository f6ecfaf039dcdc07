"""Live views into a network: what is asked of it (``asking``), its filters, pictures, batches and neighbours.

Panels make requests and read slots; the training thread serves them between two steps, and only copies some weights
there. Descriptors, and predictions in the plane, are computed in separate threads from a copy of the network.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from workbench.session.failure import told
from workbench.session.slot import LatestSlot
from workbench.session.views.answering import Answering, Copies
from workbench.session.views.asking import Asking
from workbench.session.views.neighbours import NETWORK, Gallery, NeighbourSearch, gallery_of
from workbench.session.views.network import Network
from workbench.session.views.plane import Planes
from workbench.session.views.seen_batch import SeenBatch, latest_batch
from workbench.session.worker import PATIENCE_S, close_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from workbench.data.dataset import Dataset
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

FILTER_INTERVAL_S = 0.1
BATCH_INTERVAL_S = 0.3

NO_NETWORK = "this run has ended without a network to show; if it has a checkpoint, open it from the table of runs"


@dataclass(frozen=True, kw_only=True)
class _Source:
    """What a run can show, from the moment its network is built."""

    plan: Plan
    state: TrainingState
    dataset: Dataset
    copies: Copies
    input_shape: tuple[int, ...]


class Insight(Asking):
    """The slots of one run, or of a network without one. Any thread may set what is watched, and ask, at any time.

    An error in a view does not end the run: it is passed to ``say`` in a sentence, from any thread, and the view pauses
    until it is requested again.
    """

    def __init__(self, say: Callable[[str], None], weights: str = "") -> None:
        super().__init__(weights)
        self._say = say
        self.filters: LatestSlot[np.ndarray] = LatestSlot()
        self.gallery: LatestSlot[Gallery] = LatestSlot()
        self.galleries: LatestSlot[dict[str, Gallery]] = LatestSlot()
        self.batch: LatestSlot[SeenBatch] = LatestSlot()
        self._search = NeighbourSearch()
        self.neighbours = self._search.answers
        """The newest answer to ``ask_neighbours``."""
        self.precisions = self._search.precisions
        """The precision of each descriptor that was asked for; it comes after the answer, if the data has classes."""
        self.maps = self._search.maps
        """The newest map that was asked for."""
        self._planes = Planes(lambda sentence: self._pause("regions", sentence))
        self.plane = self._planes.latest
        """What is predicted in the plane if the data is points in it; kept up to date with ``filters``."""
        self._lock = threading.Lock()
        self._source: _Source | None = None
        self._learning = True
        self.watches_filters = False
        """Whether ``filters`` is to be kept up to date, at most ten times a second."""
        self._filters_at_s = 0.0
        self._filters_step: int | None = None
        self.watches_batch = False
        """Whether ``batch`` is to be kept up to date, at most three times a second."""
        self._batch_at_s = 0.0
        self._batch_step = 0
        self._wanted_neighbours: tuple[int | None, bool] | None = None
        """The query, and whether a map is wanted too, of a request that waits for the network."""
        self._descriptor = NETWORK
        """What was asked for last."""

    @property
    def described(self) -> tuple[int, int]:
        """How many pictures have been described for the question of neighbours, and of how many."""
        return self._search.described

    @property
    def measured(self) -> tuple[int, int]:
        """How many queries have been answered for the precision that is being measured, and of how many."""
        return self._search.measured

    @property
    def is_asked(self) -> bool:
        """Whether a view of the network is requested."""
        return self.watches_filters or self._awaits_network

    @property
    def _awaits_network(self) -> bool:
        return self._wanted_neighbours is not None or self._is_waiting

    def _wake(self) -> None:
        """Serve a question; once the training has ended, the network is there at once."""
        with self._lock:
            learning = self._learning
        if not learning:
            self._hand_over(at_rest=True)

    def ask_neighbours(self, query: int | None, descriptor: str = NETWORK, *, draws_map: bool = False) -> None:
        """Request the nearest neighbours of picture ``query`` of the gallery, if it is one, and with ``draws_map`` a
        map, by the network as it is now, or by another of ``DESCRIPTORS``, which needs no network.

        Until the step is made, which may take long, they are those by its last copy, if there is one.
        """
        with self._lock:
            self._descriptor = descriptor
            self._wanted_neighbours = (query, draws_map) if descriptor == NETWORK else None
            learning, source = self._learning, self._source
        if descriptor != NETWORK:
            self._search.ask(query, descriptor, draws_map=draws_map)
        elif not learning:
            self._hand_over(at_rest=True)
        elif source is not None and source.copies.newest is not None:
            self._search.ask(query, NETWORK, source.copies.newest, draws_map=draws_map)

    def attach(self, plan: Plan, state: TrainingState, dataset: Dataset) -> None:
        """Provide the network and its data; called from the training thread."""
        galleries = {split: gallery_of(dataset, split, embeds=bool(plan.embedding)) for split in plan.splits}
        gallery = galleries[plan.shown[0]]
        self._search.attach(plan, dataset)
        self._know(Network(module=state.learnt, plan=plan, dataset=dataset, step=state.step, weights=self.weights))
        self.galleries.put(galleries)
        self.gallery.put(gallery)
        with self._lock:
            self._source = _Source(
                plan=plan, state=state, dataset=dataset, copies=Copies(state), input_shape=gallery.shape
            )
        with self._harmless("filters"):
            self._put_filters(at_once=True)

    def serve(self, *, at_rest: bool = False) -> None:
        """Copy what was requested; called from the training thread between two steps, ``at_rest`` while paused."""
        if self.watches_filters and time.monotonic() - self._filters_at_s >= FILTER_INTERVAL_S:
            with self._harmless("filters"):
                self._put_filters(at_once=at_rest)
        if self.watches_batch and time.monotonic() - self._batch_at_s >= (0 if at_rest else BATCH_INTERVAL_S):
            with self._harmless("batch"):
                self._put_batch()
        if self._awaits_network:
            self._hand_over(at_rest)

    def keep_batch(self) -> None:
        """Keep the last batch for later requests; called from the training thread after the last step."""
        with self._harmless("batch"):
            self._put_batch()

    def release(self, problem: str = NO_NETWORK) -> None:
        """End the training's part; called from the training thread at its end. From now on nothing needs to be copied,
        and ``problem`` is the answer if there is no network.
        """
        self.problem = "" if self._source is not None else problem
        with self._harmless("filters"):
            self._put_filters(at_once=True)
        with self._lock:
            if self._source is not None:
                self._source.state.learnt.eval()  # the workers use it from now on, each in its own thread
            self._learning = False
        self._hand_over(at_rest=True)

    def close(self, timeout_s: float = PATIENCE_S) -> bool:
        """End the threads; return whether they ended within ``timeout_s``."""
        return close_all((self._close_questions, self._planes.close, self._search.close), timeout_s)

    @contextmanager
    def _harmless(self, what: Literal["filters", "batch"]) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  # whatever it is, it is reported and logged
            self._pause(what, told(error))

    def _pause(self, what: Literal["filters", "regions", "batch"], sentence: str) -> None:
        self.watches_filters &= what == "batch"
        self.watches_batch &= what != "batch"
        if self.weights:
            self._say(f"The {what} of this network cannot be shown: {sentence}.")
            return
        state = "continues" if self._learning else "has ended"
        self._say(f"The run {state}, but its {what} cannot be shown: {sentence}.")

    def _put_filters(self, *, at_once: bool) -> None:
        from workbench.insight.filters import first_filters

        self._filters_at_s = time.monotonic()
        if self._source is None:
            return
        source, shown = self._source, self.gallery.newest()
        if source.state.step != self._filters_step:
            filters = first_filters(source.state.module, source.input_shape)
            if filters is not None:
                self.filters.put(filters)
            self._filters_step = source.state.step
        assert shown is not None
        self._planes.ask(source.plan, source.dataset, shown[1], source.copies, at_once=at_once)

    def _put_batch(self) -> None:
        """Put the latest batch into its slot, without affecting the training."""
        source = self._source
        if source is None or source.state.seen is None or source.state.step == self._batch_step:
            return
        self._batch_at_s, self._batch_step = time.monotonic(), source.state.step
        self.batch.put(latest_batch(source.plan, source.state))

    def _hand_over(self, at_rest: bool) -> None:
        """Pass requests to the workers. The network is copied outside the lock, so that no request waits for it."""
        with self._lock:
            source, is_learning = self._source, self._learning
            if (source is None and is_learning) or not self._awaits_network:
                return
            neighbours, self._wanted_neighbours = self._wanted_neighbours, None
        if source is None:
            network = Answering(step=0, module=None, problem=self.problem)
        elif is_learning:
            network = source.copies.take(at_rest=at_rest)
        else:
            network = Answering(step=source.state.step, module=source.state.learnt)
        if neighbours is not None:
            query, draws_map = neighbours
            with self._lock:
                if self._descriptor == NETWORK:  # another may have been asked for while the network was copied
                    self._search.ask(query, NETWORK, network, draws_map=draws_map)
        self._give(network)

"""Live views into a run: filters, pictures, neighbours, mistakes, attention, answers for the user's own pictures.

Panels make requests and read slots; the training thread serves them between two steps, and only copies some weights
there. Descriptors, and predictions in the plane, are computed in separate threads from a copy of the network.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from workbench.data.progress import Cancelled
from workbench.session.failure import told
from workbench.session.slot import LatestSlot
from workbench.session.views.answering import Answering, Copies
from workbench.session.views.attention import AttentionQuestion, AttentionSeen, attention_seen
from workbench.session.views.features import (
    FeatureNetwork,
    FeaturesQuestion,
    FeaturesSeen,
    Rankings,
    StrongestSeen,
    features_seen,
    resolution_of,
)
from workbench.session.views.map import Map
from workbench.session.views.mistakes.asked import Asked, find_mistakes
from workbench.session.views.neighbours import NETWORK, Gallery, Neighbours, NeighbourSearch, Precision, gallery_of
from workbench.session.views.own_pictures import Network, OwnPictures
from workbench.session.views.plane import Plane, Planes
from workbench.session.views.predictions import Head, heads_asked, why_not
from workbench.session.views.questions import Questions
from workbench.session.views.seen_batch import SeenBatch, latest_batch
from workbench.session.worker import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np

    from workbench.compiler.analysis import Resolution
    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.training.plan import Plan
    from workbench.training.state import TrainingState

Q = TypeVar("Q")

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

    @cached_property
    def resolution(self) -> Resolution:
        """The network with all shapes."""
        return resolution_of(self.plan)


class Insight:
    """The slots of one run. Any thread may set what is watched, and ask, at any time.

    An error in a view does not end the run: it is passed to ``say`` in a sentence, from any thread, and the view pauses
    until it is requested again.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.filters: LatestSlot[np.ndarray] = LatestSlot()
        self.gallery: LatestSlot[Gallery] = LatestSlot()
        self.galleries: LatestSlot[dict[str, Gallery]] = LatestSlot()
        self.batch: LatestSlot[SeenBatch] = LatestSlot()
        self._search = NeighbourSearch()
        self._closing = threading.Event()
        self._mistakes = Questions("mistakes", self._evaluate, _not_evaluated, self._closing)
        self._pictures = Questions("pictures", self._predict, _not_predicted, self._closing)
        self.heads: tuple[Head, ...] = ()
        """What the network answers for pictures of the user's own; none until it is built, or if it cannot be asked."""
        self.why_not = ""
        """Why it cannot be asked about them."""
        self._attended = Questions("attention", self._attend, _not_attended, self._closing)
        self._features = Questions("features", self._see_features, _no_features, self._closing)
        self._rankings = Rankings()
        self._strongest = Questions("strongest", self._rank, _not_ranked, self._closing)
        self._planes = Planes(lambda sentence: self._pause("regions", sentence))
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
    def plane(self) -> LatestSlot[Plane]:
        """What is predicted in the plane if the data is points in it; kept up to date with ``filters``."""
        return self._planes.latest

    @property
    def neighbours(self) -> LatestSlot[Neighbours]:
        """The newest answer to ``ask_neighbours``."""
        return self._search.answers

    @property
    def precisions(self) -> LatestSlot[dict[str, Precision]]:
        """The precision of each descriptor that was asked for; it comes after the answer, if the data has classes."""
        return self._search.precisions

    @property
    def maps(self) -> LatestSlot[Map]:
        """The newest map that was asked for."""
        return self._search.maps

    @property
    def described(self) -> tuple[int, int]:
        """How many pictures have been described for the question of neighbours, and of how many."""
        return self._search.described

    @property
    def mistakes(self) -> LatestSlot[Asked]:
        """The newest answer to ``ask_mistakes``, under the number of the request."""
        return self._mistakes.answers

    @property
    def evaluated(self) -> tuple[int, int, int]:
        """The number of the request that is being answered, how many pictures are evaluated, and of how many."""
        return self._mistakes.progress

    @property
    def attended(self) -> LatestSlot[AttentionSeen]:
        """The newest answer to ``ask_attention``, under the number of the request."""
        return self._attended.answers

    @property
    def features(self) -> LatestSlot[FeaturesSeen]:
        """The newest answer to ``ask_features``, under the number of the request."""
        return self._features.answers

    @property
    def strongest(self) -> LatestSlot[StrongestSeen]:
        """The newest answer to ``ask_strongest``, under the number of the request."""
        return self._strongest.answers

    @property
    def ranked(self) -> tuple[int, int, int]:
        """The number of the request of ``ask_strongest`` that is being answered, how many pictures are compared, and of
        how many.
        """
        return self._strongest.progress

    @property
    def is_asked(self) -> bool:
        """Whether a view of the network is requested."""
        return self.watches_filters or self._awaits_network

    @property
    def _awaits_network(self) -> bool:
        return self._wanted_neighbours is not None or any(each.awaits_network for each in self._questions)

    @property
    def _questions(self) -> tuple[Questions[Any, Any], ...]:
        return self._mistakes, self._pictures, self._attended, self._features, self._strongest

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

    def ask_mistakes(self, split: str = "") -> int:
        """Request the predictions of the network, as it is now, for each picture of a split, by default the gallery's.
        Returns the number that the answer will carry.

        Requests for another split are cancelled.
        """
        return self._ask(self._mistakes, split)

    def cancel_mistakes(self) -> None:
        """Cancel all requests of ``ask_mistakes`` so far."""
        self._mistakes.cancel()

    def ask_pictures(self, pictures: OwnPictures, *, anew: bool = True) -> None:
        """Request what the network, as it is now, answers for pictures of the user's own, and what else is wanted of
        them; the answers are their ``latest``. Unless ``anew``, the network is the one that was asked before, if any.

        Requests for other pictures are cancelled.
        """
        if anew or not self._pictures.ask_again(pictures):
            self._ask(self._pictures, pictures)

    def cancel_pictures(self) -> None:
        """Cancel all requests of ``ask_pictures`` so far."""
        self._pictures.cancel()

    def ask_attention(self, question: AttentionQuestion) -> int:
        """Request what the network, as it is now, attends to in a picture. Returns the number that the answer will
        carry.
        """
        return self._ask(self._attended, question)

    def ask_features(self, question: FeaturesQuestion) -> int:
        """Request what a layer of the network, as it is now, makes of a picture. Returns the number that the answer
        will carry.
        """
        return self._ask(self._features, question)

    def ask_strongest(self, path: str) -> int:
        """Request the pictures that excite each channel of a layer of the network, as it is now, the most. Returns the
        number that the answer will carry.

        Requests for another layer are cancelled.
        """
        return self._ask(self._strongest, path)

    def cancel_strongest(self) -> None:
        """Cancel all requests of ``ask_strongest`` so far."""
        self._strongest.cancel()

    def _ask(self, questions: Questions[Q, Any], question: Q) -> int:
        """Ask; once the training has ended, the network is there at once."""
        number = questions.ask(question)
        with self._lock:
            learning = self._learning
        if not learning:
            self._hand_over(at_rest=True)
        return number

    def attach(self, plan: Plan, state: TrainingState, dataset: Dataset) -> None:
        """Provide the network and its data; called from the training thread."""
        galleries = {split: gallery_of(dataset, split, embeds=bool(plan.embedding)) for split in plan.splits}
        gallery = galleries[plan.shown[0]]
        self._search.attach(plan, dataset)
        self.why_not = why_not(plan, dataset)
        self.heads = () if self.why_not else heads_asked(plan)
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

    def release(self) -> None:
        """End the training's part; called from the training thread at its end. From now on nothing
        needs to be copied.
        """
        with self._harmless("filters"):
            self._put_filters(at_once=True)
        with self._lock:
            if self._source is not None:
                self._source.state.learnt.eval()  # the workers use it from now on, each in its own thread
            self._learning = False
        self._hand_over(at_rest=True)

    def close(self, timeout_s: float = PATIENCE_S) -> bool:
        """End the threads; return whether they ended within ``timeout_s``."""
        self._closing.set()
        until_s = time.monotonic() + timeout_s
        closings = (*[each.close for each in self._questions], self._planes.close, self._search.close)
        ends = [close(max(until_s - time.monotonic(), 0.0)) for close in closings]
        return all(ends)

    @contextmanager
    def _harmless(self, what: Literal["filters", "batch"]) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001  # whatever it is, it is reported and logged
            self._pause(what, told(error))

    def _pause(self, what: Literal["filters", "regions", "batch"], sentence: str) -> None:
        self.watches_filters &= what == "batch"
        self.watches_batch &= what != "batch"
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
            network = Answering(step=0, module=None, problem=NO_NETWORK)
        elif is_learning:
            network = source.copies.take(at_rest=at_rest)
        else:
            network = Answering(step=source.state.step, module=source.state.learnt)
        if neighbours is not None:
            query, draws_map = neighbours
            with self._lock:
                if self._descriptor == NETWORK:  # another may have been asked for while the network was copied
                    self._search.ask(query, NETWORK, network, draws_map=draws_map)
        for questions in self._questions:
            questions.hand_over(network)

    def _evaluate(self, split: str, network: Answering, progress: Progress) -> Asked:
        """In the worker: predict the class of each picture."""
        source, module = self._source, network.module
        assert source is not None and module is not None
        return find_mistakes(module, source.plan, source.dataset, network.step, progress, split)

    def _predict(self, pictures: OwnPictures, network: Answering, progress: Progress) -> None:
        """In the worker: predict what is in the user's pictures, until there is a newer question."""
        source, module = self._source, network.module
        assert source is not None and module is not None

        def tell(what: str, done: int, total: int) -> None:
            progress(what, done, total)
            if self._pictures.has_newer:
                raise Cancelled

        asked = Network(module=module, plan=source.plan, dataset=source.dataset, step=network.step)
        pictures.answer(asked, tell)

    def _attend(self, question: AttentionQuestion, network: Answering, _: Progress) -> AttentionSeen:
        """In the worker: look at the attention over a picture."""
        source, module = self._source, network.module
        assert source is not None and module is not None
        return attention_seen(module, source.plan, source.dataset, network.step, question)

    def _see_features(self, question: FeaturesQuestion, network: Answering, _: Progress) -> FeaturesSeen:
        """In the worker: look at a layer's maps of a picture."""
        return features_seen(self._looked_into(network), question)

    def _rank(self, path: str, network: Answering, progress: Progress) -> StrongestSeen:
        """In the worker: find the pictures that excite a layer's channels the most."""
        return self._rankings.strongest_seen(self._looked_into(network), path, progress)

    def _looked_into(self, network: Answering) -> FeatureNetwork:
        source, module = self._source, network.module
        assert source is not None and module is not None
        return FeatureNetwork(
            module=module,
            plan=source.plan,
            dataset=source.dataset,
            resolution=source.resolution,
            step=network.step,
        )


def _not_evaluated(_: str, step: int, reason: str) -> Asked:
    return Asked(step=step, problem=f"The network could not be evaluated: {reason}.")


def _not_predicted(pictures: OwnPictures, _: int, reason: str) -> None:
    pictures.fail(f"The network could not be asked: {reason}.")


def _no_features(_: FeaturesQuestion, step: int, reason: str) -> FeaturesSeen:
    return FeaturesSeen(step=step, problem=reason)


def _not_ranked(path: str, step: int, reason: str) -> StrongestSeen:
    return StrongestSeen(step=step, path=path, problem=reason)


def _not_attended(_: AttentionQuestion, step: int, reason: str) -> AttentionSeen:
    return AttentionSeen(step=step, problem=reason)

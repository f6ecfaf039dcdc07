"""The pictures most similar to another, by a network's last hidden layer or by a statistic of the pictures alone."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.data.progress import Cancelled
from workbench.data.rows import Rows
from workbench.session.views.map import Maps
from workbench.session.views.network import NONE_HERE
from workbench.session.worker import LatestWorker, close_all
from workbench.spec.column import first_class
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from workbench.data.batches import Batches
    from workbench.data.dataset import Dataset
    from workbench.data.rows import Values
    from workbench.search.nearest import NeighbourIndex
    from workbench.session.views.answering import Answering
    from workbench.training.plan import Plan

NUM_NEIGHBOURS = 20
NUM_QUERIES = 300
"""The number of pictures whose neighbours are counted for a descriptor's precision."""

NETWORK = "network"
DESCRIPTORS = {
    NETWORK: "Last hidden layer",
    "pixels": "Pixels",
    "colours": "Colour histogram",
    "gradients": "Gradient histogram",
}
"""What pictures can be compared by; all but ``NETWORK`` are ``search.statistics``."""

EMBEDDING = "Embedding"
"""The title of ``NETWORK`` where an output of it is an embedding."""

LEAST_SIDE = 4
"""The smallest side in pixels that gradients have a histogram of."""


class Gallery(Record):
    """The pictures of a split.

    ``count`` of ``shape``: (C, H, W) for pictures, (D,) for points, (T, D) for series. ``picture`` returns one by its
    number, uint8 [C, H, W], or float32 of the others, series standardised by channel; it may wait for the disk, so it
    is not for the window's thread. ``labels``: int64 [N] of the first column of classes, None if the data has none, or
    they are not known; ``names``: str [N] as in ``leave_out``, None for points.
    """

    split: str
    count: int
    shape: tuple[int, ...]
    picture: Callable[[int], Any]
    labels: Any
    class_names: tuple[str, ...]
    names: Any = None
    embeds: bool = False
    """Whether the network describes its pictures by an embedding rather than by its last hidden layer."""


class Neighbours(Record):
    """The nearest neighbours of one picture of the gallery, by the last hidden layer or the embedding after ``step``,
    or by another ``descriptor``.

    ``indices`` int64 [k] and ``distances`` float64 [k], Euclidean, the nearest first, without the query. They are
    empty without a query, or if the search failed, and then ``problem`` says why.
    """

    query: int | None
    step: int
    descriptor: str = NETWORK
    indices: Any = ()
    distances: Any = ()
    problem: str = ""


class Precision(Record):
    """The mean share of the query's class among its nearest, over ``num_queries`` pictures that are the same for every
    descriptor, by the network after ``step``; NaN if ``problem`` says why there is none.
    """

    share: float
    num_queries: int
    step: int = 0
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class _Pictures:
    """All that can be asked about; ``batches`` are what a network gets, ``embedding`` is its output that describes
    them, if one does.
    """

    inputs: Values
    labels: Any
    batches: Batches
    embedding: str


@dataclass(frozen=True, kw_only=True)
class _Question:
    """A query picture, if there is one, and the network to answer it; None if it is answered without one."""

    query: int | None
    descriptor: str
    network: Answering | None
    draws_map: bool

    @property
    def step(self) -> int:
        return 0 if self.network is None else self.network.step


@dataclass(frozen=True, kw_only=True, eq=False)
class _Measurement:
    """An index whose precision is to be measured, and the classes of its pictures."""

    descriptor: str
    step: int
    index: NeighbourIndex
    labels: Any


def descriptors_of(shape: tuple[int, ...]) -> tuple[str, ...]:
    """Return the ``DESCRIPTORS`` that pictures [C, H, W], or series [T, D], have."""
    if len(shape) != 3:
        return (NETWORK,)
    return tuple(each for each in DESCRIPTORS if each != "gradients" or min(shape[1:]) >= LEAST_SIDE)


def gallery_of(dataset: Dataset, name: str, *, embeds: bool = False) -> Gallery:
    """Return the pictures of the split with this name, which the data has; ``embeds`` as in ``Gallery``."""
    split = dataset.splits[name]
    classes = first_class(dataset.columns)
    inputs = _inputs(dataset, name)
    return Gallery(
        split=name,
        count=len(inputs),
        shape=tuple(inputs.shape[1:]),
        picture=partial(_standardised_one, dataset, inputs) if inputs.ndim == 3 else inputs.__getitem__,
        labels=np.asarray(split.targets[classes.name]) if classes is not None and split.targets else None,
        class_names=dataset.class_names,
        names=split.names,
        embeds=embeds,
    )


def _standardised_one(dataset: Dataset, inputs: Values, number: int) -> NDArray[np.float32]:
    """Return one of the series, standardised by channel."""
    from workbench.data.dataset import standardised

    return standardised(inputs[number], dataset.mean, dataset.std)


def _inputs(dataset: Dataset, split: str) -> Values:
    inputs = dataset.splits[split].inputs
    return inputs if isinstance(inputs, Rows) else inputs.numpy()


class NeighbourSearch:
    """Describes the pictures shown for a run and searches them, in a thread; a second one measures each descriptor.

    A statistic is computed once, the last hidden layer again if the network has changed since the last question.
    """

    def __init__(self) -> None:
        self._worker: LatestWorker[_Question, Neighbours] = LatestWorker("neighbours", self._find, _not_found)
        self._measurer: LatestWorker[_Measurement, dict[str, Precision]] = LatestWorker(
            "precision", self._measure, self._not_measured
        )
        self._maps = Maps()
        self.answers = self._worker.answers
        self.precisions = self._measurer.answers
        """Each has the precision of every descriptor that was asked for."""
        self.maps = self._maps.latest
        self.described = (0, 1)
        """How many pictures have been described for the question that is being answered, and of how many."""
        self.measured = (0, 1)
        """How many queries have been answered for the precision that is being measured, and of how many."""
        self._closing = threading.Event()
        self._pictures: _Pictures | None = None
        self._indices: dict[str, tuple[int, NeighbourIndex]] = {}
        """The newest index of each descriptor, and the step of its network."""
        self._asked = ""
        """The descriptor asked for last."""
        self._to_measure: NeighbourIndex | None = None
        self._measured: dict[str, NeighbourIndex] = {}
        self._precisions: dict[str, Precision] = {}

    def attach(self, plan: Plan, dataset: Dataset) -> None:
        """Provide the pictures, before any question."""
        split, batches = plan.shown
        labels = gallery_of(dataset, split).labels
        self._pictures = _Pictures(
            inputs=_inputs(dataset, split), labels=labels, batches=batches, embedding=plan.embedding
        )

    def ask(
        self, query: int | None, descriptor: str, network: Answering | None = None, *, draws_map: bool = False
    ) -> None:
        """Request the nearest neighbours of picture ``query``, if it is one, and with ``draws_map`` a map of all; the
        last hidden layer is that of ``network``.

        A description that nobody waits for any more is cancelled.
        """
        self._asked = descriptor
        self._worker.ask(_Question(query=query, descriptor=descriptor, network=network, draws_map=draws_map))

    def close(self, timeout_s: float) -> bool:
        """End the threads; return whether they ended within ``timeout_s``."""
        self._closing.set()
        return close_all((self._worker.close, self._measurer.close, self._maps.close), timeout_s)

    def _find(self, question: _Question) -> Neighbours:
        import torch

        network, pictures = question.network, self._pictures
        if network is not None and network.module is None:
            return _not_found(question, network.problem)
        assert pictures is not None
        if not len(pictures.inputs):
            return _not_found(question, NONE_HERE)
        step, index = self._indices.get(question.descriptor, (-1, None))
        if index is None or step != question.step:
            try:
                index = self._described(question, pictures)
            except Cancelled:
                return _not_found(question, "it was cancelled")
            finally:
                self.described = (0, 1)
            self._indices[question.descriptor] = question.step, index
        if pictures.labels is not None and index not in (self._to_measure, self._measured.get(question.descriptor)):
            self._to_measure = index
            measured = _Measurement(
                descriptor=question.descriptor, step=question.step, index=index, labels=pictures.labels
            )
            self._measurer.ask(measured)
        if question.draws_map:
            self._maps.ask(question.descriptor, question.step, index)
        if question.query is None:
            return Neighbours(query=None, step=question.step, descriptor=question.descriptor)
        ((indices, distances),) = index.others(torch.tensor([question.query]), NUM_NEIGHBOURS)
        return Neighbours(
            query=question.query,
            step=question.step,
            descriptor=question.descriptor,
            indices=indices.numpy(),
            distances=distances.numpy(),
        )

    def _described(self, question: _Question, pictures: _Pictures) -> NeighbourIndex:
        import torch

        from workbench.search.descriptors import describe, descriptor_node
        from workbench.search.nearest import NeighbourIndex
        from workbench.search.statistics import statistics_of

        def tell(_: str, done: int, total: int) -> None:
            if self._closing.is_set() or question.descriptor != self._asked:
                raise Cancelled
            self.described = done, total

        def inputs() -> Iterator[Tensor]:
            for batch in pictures.batches.in_order():
                tell("", int(batch.indices[0]), len(pictures.inputs))
                yield batch.inputs

        if question.network is None:
            return NeighbourIndex(torch.from_numpy(statistics_of(pictures.inputs, question.descriptor, tell)))
        module = question.network.module
        assert module is not None
        return NeighbourIndex(describe(module, inputs(), descriptor_node(module, pictures.embedding)))

    def _measure(self, asked: _Measurement) -> dict[str, Precision]:
        """Return all precisions, with one more."""
        from workbench.search.precision import mean_precision

        def tell(_: str, done: int, total: int) -> None:
            if self._closing.is_set():
                raise Cancelled
            self.measured = done, total

        num_pictures = len(asked.labels)
        queries = np.random.default_rng(0).choice(num_pictures, min(num_pictures, NUM_QUERIES), replace=False)
        try:
            share = mean_precision(asked.index, asked.labels, queries, NUM_NEIGHBOURS, tell)
        except Cancelled:
            return self._precisions
        finally:
            self.measured = (0, 1)
        self._measured[asked.descriptor] = asked.index
        return self._with(asked, Precision(share=share, num_queries=len(queries), step=asked.step))

    def _not_measured(self, asked: _Measurement, sentence: str) -> dict[str, Precision]:
        return self._with(asked, Precision(share=math.nan, num_queries=0, problem=sentence))

    def _with(self, asked: _Measurement, precision: Precision) -> dict[str, Precision]:
        self._precisions = self._precisions | {asked.descriptor: precision}
        return self._precisions


def _not_found(question: _Question, sentence: str) -> Neighbours:
    return Neighbours(
        query=question.query, step=question.step, descriptor=question.descriptor, problem=f"No result: {sentence}."
    )

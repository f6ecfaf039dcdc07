"""The pictures most similar to one of the user's own by the last hidden layer, of these or of the training pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.data.progress import Cancelled
from workbench.session.views.album import Part, Query, Similar
from workbench.session.views.network import NONE_HERE
from workbench.session.views.predictions import as_seen, inputs_of
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray
    from torch import Tensor, fx

    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.data.rows import Values
    from workbench.search.nearest import NeighbourIndex
    from workbench.training.plan import Plan

DESCRIBED_AT_ONCE = 64
"""The number of pictures that the network describes before it can be cancelled."""

BLOCK = 4096
"""The number of training pictures that are searched together."""

DESCRIBING = "Describing pictures"


class OwnSearch:
    """Descriptors of one network at a time. Pictures that are added are described, and no others again.

    Each part is searched for itself and the nearest of all are the nearest of these, so that no descriptor is copied.
    """

    def __init__(self, plan: Plan, dataset: Dataset) -> None:
        self._plan, self._dataset = plan, dataset
        self._module: fx.GraphModule | None = None
        self.step = -1
        """The step of the network."""
        self._own: dict[int, tuple[NeighbourIndex, NDArray[np.int64]] | None] = {}
        """For each part by its place its descriptors, and the numbers of its pictures; None if it has none."""
        self._training: dict[int, NeighbourIndex] = {}
        """The descriptors of the training pictures by the first one's number."""
        self._begun: dict[tuple[bool, int], list[Tensor]] = {}
        """The descriptors of the first pictures of a part or block, if it is training, that is not complete."""

    def use(self, module: fx.GraphModule, step: int) -> None:
        """Describe by this network from now on; one that has not changed since keeps its descriptors."""
        if step != self.step:
            self._module, self.step = module, step
            self._own, self._training, self._begun = {}, {}, {}

    def similar(
        self, query: Query, parts: Sequence[Part], starts: NDArray[np.int64], gone: Collection[int], progress: Progress
    ) -> Similar:
        """Return the nearest pictures but those that are ``gone``. ``starts`` are the numbers of the parts' first
        pictures. What was described before ``progress`` cancels is kept.
        """
        if query.in_training and not len(self._dataset.train):
            return Similar(query=query, step=self.step, problem=NONE_HERE)
        own = [place for place in range(len(parts)) if place not in self._own]
        blocks = range(0, len(self._dataset.train), BLOCK) if query.in_training else range(0)
        training = [first for first in blocks if first not in self._training]
        total = sum(len(parts[place].pictures) for place in own) + sum(map(self._size, training))
        done = 0
        try:
            for place in own:
                numbers = starts[place] + np.flatnonzero(parts[place].rows >= 0)
                pictures, key = parts[place].pictures, (False, place)
                index = self._described(key, pictures, done, total, progress) if len(numbers) else None
                self._own[place] = None if index is None else (index, numbers)
                done += len(numbers)
            for first in training:
                pictures = np.asarray(self._dataset.train.inputs[first : first + BLOCK])
                self._training[first] = self._described((True, first), pictures, done, total, progress)
                done += self._size(first)
        except SpecError as error:
            return Similar(query=query, step=self.step, problem=str(error))
        return self._nearest(query, gone)

    def _size(self, first: int) -> int:
        """Return how many training pictures a block has."""
        return min(BLOCK, len(self._dataset.train) - first)

    def _described(
        self, key: tuple[bool, int], pictures: Values, done: int, total: int, progress: Progress
    ) -> NeighbourIndex:
        """Describe the pictures of a part or block; what was begun before ``progress`` cancelled is gone on with."""
        import torch

        from workbench.search.descriptors import describe, descriptor_node
        from workbench.search.nearest import NeighbourIndex

        assert self._module is not None
        begun = self._begun.setdefault(key, [])
        num_begun, cancelled = sum(map(len, begun)), []

        def inputs() -> Iterator[Tensor]:
            for first in range(num_begun, len(pictures), DESCRIBED_AT_ONCE):
                seen = as_seen(self._plan, self._dataset, pictures[first : first + DESCRIBED_AT_ONCE])
                yield inputs_of(self._plan, self._dataset, seen)
                try:
                    progress(DESCRIBING, done + first, total)
                except Cancelled as error:
                    cancelled.append(error)
                    return

        progress(DESCRIBING, done + num_begun, total)
        if num_begun < len(pictures):
            begun.append(describe(self._module, inputs(), descriptor_node(self._module, self._plan.embedding)))
        if cancelled:
            raise cancelled[0]
        return NeighbourIndex(torch.cat(self._begun.pop(key)))

    def _nearest(self, query: Query, gone: Collection[int]) -> Similar:
        own = [each for each in self._own.values() if each is not None]
        descriptor = next(
            index[int(np.searchsorted(numbers, query.number))] for index, numbers in own if query.number in numbers
        )
        searched, left_out = own, [query.number, *gone]
        if query.in_training:
            searched, left_out = [(index, first + np.arange(len(index))) for first, index in self._training.items()], []
        nearest = []
        for index, numbers in searched:
            indices, found = index.nearest(descriptor, query.count + int(np.isin(numbers, left_out).sum()))
            nearest.append((numbers[indices.numpy()], found.numpy()))
        numbers, distances = (np.concatenate(each) for each in zip(*nearest, strict=True))
        kept = ~np.isin(numbers, left_out)
        numbers, distances = numbers[kept], distances[kept]
        order = np.lexsort((numbers, distances))[: query.count]
        return Similar(query=query, step=self.step, numbers=numbers[order], distances=distances[order])

"""The pictures most similar to another by a network's last hidden layer: the gallery, and the search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.data.rows import Rows
from workbench.spec.column import first_class
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor, fx

    from workbench.data.batches import Batches
    from workbench.data.dataset import Dataset
    from workbench.search.nearest import NeighbourIndex

NUM_NEIGHBOURS = 20


class Gallery(Record):
    """The pictures of a split.

    ``count`` of ``shape``: (C, H, W) for pictures, (D,) for points. ``picture`` returns one by its number, uint8 [C, H,
    W]; it may wait for the disk, so it is not for the window's thread. ``labels``: int64 [N] of the first column of
    classes, None if the data has none.
    """

    split: str
    count: int
    shape: tuple[int, ...]
    picture: Callable[[int], Any]
    labels: Any
    class_names: tuple[str, ...]


class Neighbours(Record):
    """The nearest neighbours of one picture of the gallery, by the last hidden layer after ``step``.

    ``indices`` int64 [k] and ``distances`` float64 [k], Euclidean, the nearest first, without the query. If the search
    failed, they are empty, and ``problem`` says why.
    """

    query: int
    step: int
    indices: Any = ()
    distances: Any = ()
    problem: str = ""


def gallery_of(dataset: Dataset, name: str) -> Gallery:
    """Return the pictures of the split with this name, which the data has."""
    import numpy as np

    split = dataset.splits[name]
    classes = first_class(dataset.columns)
    inputs = split.inputs if isinstance(split.inputs, Rows) else split.inputs.numpy()
    return Gallery(
        split=name,
        count=len(inputs),
        shape=tuple(inputs.shape[1:]),
        picture=inputs.__getitem__,
        labels=np.asarray(split.targets[classes.name]) if classes is not None else None,
        class_names=dataset.class_names,
    )


class NeighbourSearch:
    """Describes a gallery if the network has changed since the last query, then searches."""

    def __init__(self) -> None:
        self._described: tuple[int, NeighbourIndex, Tensor] | None = None

    def nearest(self, query: int, gallery: Batches, module: fx.GraphModule, step: int) -> Neighbours:
        """Return the nearest neighbours of picture ``query`` by the network after ``step``."""
        from workbench.search.descriptors import describe, descriptor_node
        from workbench.search.nearest import NeighbourIndex

        if self._described is None or self._described[0] != step:
            inputs = (batch.inputs for batch in gallery.in_order())
            descriptors = describe(module, inputs, descriptor_node(module))
            self._described = (step, NeighbourIndex(descriptors), descriptors)
        _, index, descriptors = self._described
        indices, distances = index.nearest(descriptors[query], NUM_NEIGHBOURS + 1)
        others = indices != query
        return Neighbours(
            query=query,
            step=step,
            indices=indices[others][:NUM_NEIGHBOURS].numpy(),
            distances=distances[others][:NUM_NEIGHBOURS].numpy(),
        )

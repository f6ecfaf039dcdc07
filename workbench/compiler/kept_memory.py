"""The memory that training keeps of the forward pass for the backward pass."""

import math
from collections.abc import Iterable, Sequence

from workbench.compiler.facts import FLOAT_BYTES
from workbench.compiler.inference import LayerFacts
from workbench.layers.base import Layer

Memory = tuple[str, str, int]
"""A tensor's memory: the path and port that allocated it, and its bytes per picture in float32."""

OWN = "*"
"""Stands for the port of memory that a layer keeps without outputting it."""


def memory_given(path: str, ports: Sequence[str], found: LayerFacts, arrived: Sequence[Memory]) -> tuple[Memory, ...]:
    """Return the memory of a layer's outputs: a view shares that of an input, which has ``arrived``."""
    sizes = [FLOAT_BYTES * math.prod(shape) for shape in found.output_shapes]
    return tuple(
        (path, port, size) if view is None else arrived[view]
        for port, size, view in zip(ports or ("",), sizes, found.kept.views, strict=True)
    )


def memory_kept(path: str, found: LayerFacts, arrived: Sequence[Memory], given: Sequence[Memory]) -> tuple[Memory, ...]:
    """Return what one layer keeps for its backward pass, if it has one."""
    kept = [*(arrived[index] for index in found.kept.inputs), *(given[index] for index in found.kept.outputs)]
    return (*kept, (path, OWN, found.kept.own_bytes))


def passing_bytes(layer: Layer, found: LayerFacts) -> int:
    """Return the bytes per picture that a CPU needs in passing beyond as much as the layer keeps.

    A recurrent layer's backward pass makes the gradients of all steps' gates, and an LSTM's, which is one call of
    oneDNN's, has all steps' gates and states once more.
    """
    return round((layer.in_passing - 1) * found.kept.own_bytes)


def kept_bytes(kept: Iterable[Iterable[Memory]]) -> int:
    """Return the bytes per picture of everything that the layers keep; shared memory counts once.

    Not included are what does not grow with the batch (the statistics of a batch normalisation), the loss, and what
    exists only while one layer is computed.
    """
    return sum(num_bytes for _, _, num_bytes in set().union(*kept))

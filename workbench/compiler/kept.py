"""What training keeps of the forward pass until the backward pass has used it."""

import math
from collections.abc import Iterable, Sequence

from workbench.compiler.facts import FLOAT_BYTES
from workbench.compiler.inference import LayerFacts

Memory = tuple[str, str, int]
"""A tensor's memory: the path and the port that it was first taken for, and its bytes for one picture in float32."""

OWN = "*"
"""Stands for the port where a layer keeps what it gives to nobody."""


def memory_given(path: str, ports: Sequence[str], found: LayerFacts, arrived: Sequence[Memory]) -> tuple[Memory, ...]:
    """The memory of a layer's outputs: a view shares that of an input, whose memory has ``arrived``."""
    sizes = [FLOAT_BYTES * math.prod(shape) for shape in found.output_shapes]
    return tuple(
        (path, port, size) if view is None else arrived[view]
        for port, size, view in zip(ports or ("",), sizes, found.kept.views, strict=True)
    )


def memory_kept(path: str, found: LayerFacts, arrived: Sequence[Memory], given: Sequence[Memory]) -> tuple[Memory, ...]:
    """What one layer keeps for its backward pass, if it has one."""
    kept = [*(arrived[index] for index in found.kept.inputs), *(given[index] for index in found.kept.outputs)]
    return (*kept, (path, OWN, found.kept.own_bytes))


def kept_bytes(kept: Iterable[Iterable[Memory]]) -> int:
    """Bytes for one picture of all that the layers keep; what several keep counts once.

    Left out are what does not grow with the batch (the statistics of a batch normalisation), the loss, and what is
    there only while one layer is computed.
    """
    return sum(num_bytes for _, _, num_bytes in set().union(*kept))

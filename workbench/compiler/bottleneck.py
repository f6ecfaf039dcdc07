"""The layers that all paths from the Input to an Output pass through: what follows one depends on its code alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.layers.base import Shape
from workbench.spec.graph import INPUT, OUTPUT
from workbench.spec.record import Record

if TYPE_CHECKING:
    from workbench.compiler.analysis import Resolution

NO_LAYER = "no layer on the way to {output} is smaller than the picture: draw an encoder that narrows, and a decoder"
AROUND = "skip connections lead around every layer that is smaller than the picture, as in a U-Net: remove them"


class Bottleneck(Record):
    """A layer whose output, of this ``shape`` without the batch, is a code of the picture."""

    path: str
    type: str
    shape: Shape

    @property
    def num_numbers(self) -> int:
        """How many numbers the code has."""
        return math.prod(self.shape)


def bottlenecks(resolution: Resolution, output: str) -> tuple[Bottleneck, ...]:
    """Return the layers smaller than the picture, in numbers or in height and width, that all paths from the Input to
    ``output`` pass through, in the network's order.
    """
    small, on_the_way = _smaller(resolution), _on_the_way(resolution, output)
    place = {path: number for number, path in enumerate(on_the_way)}
    furthest, found = 0, []
    for path, readers in on_the_way.items():
        if furthest <= place[path] and path in small:
            found.append(small[path])
        furthest = max(furthest, *(place[reader] for reader in readers), 0)
    return tuple(found)


def narrowest(found: tuple[Bottleneck, ...]) -> Bottleneck:
    """Return the one with the fewest numbers; of several, the first."""
    return min(found, key=lambda each: each.num_numbers)


def why_none(resolution: Resolution, output: str) -> str:
    """Return why no layer is a bottleneck on the way to ``output``."""
    small = _smaller(resolution).keys() & _on_the_way(resolution, output).keys()
    return AROUND if small else NO_LAYER.format(output=output)


def _smaller(resolution: Resolution) -> dict[str, Bottleneck]:
    """Return the layers that give one tensor that is smaller than the picture."""
    shapes = {each.node.path: resolution.analysis.nodes[each.node.path].output_shapes for each in resolution.nodes}
    picture = next(shapes[each.node.path][0] for each in resolution.nodes if each.node.type == INPUT)
    return {
        each.node.path: Bottleneck(path=each.node.path, type=each.node.type, shape=given[0])
        for each in resolution.nodes
        if each.node.type not in (INPUT, OUTPUT)
        and len(given := shapes[each.node.path]) == 1
        and _is_smaller(given[0], picture)
    }


def _is_smaller(shape: Shape, picture: Shape) -> bool:
    are_maps = len(shape) == len(picture) == 3
    return math.prod(shape) < math.prod(picture) or (are_maps and math.prod(shape[1:]) < math.prod(picture[1:]))


def _on_the_way(resolution: Resolution, output: str) -> dict[str, list[str]]:
    """Return the nodes on a path from an Input to ``output``, all Inputs first, in order, and who reads each."""
    nodes = sorted(resolution.nodes, key=lambda each: each.node.type != INPUT)
    sources = {each.node.path: [source[0] for source in each.node.inputs if source] for each in nodes}
    after: set[str] = {each.node.path for each in resolution.nodes if each.node.type == INPUT}
    for path, read in sources.items():
        if after.intersection(read):
            after.add(path)
    before = {output}
    for path, read in reversed(sources.items()):
        if path in before:
            before.update(read)
    return {
        path: [reader for reader in sources if path in sources[reader] and reader in before & after]
        for path in sources
        if path in before & after
    }

"""Where a layer's numbers lie in the picture: which layers have maps, and the pixels that each place of a map sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.layers.base import Family, Shape, Window
from workbench.layers.shape import Permute
from workbench.layers.swin import CyclicShift, WindowPartition
from workbench.spec.graph import INPUT, OUTPUT
from workbench.spec.record import Record

if TYPE_CHECKING:
    from workbench.compiler.analysis import Resolution
    from workbench.compiler.visit import Resolved

MOST_BEFORE = 16
"""The number of tokens before those of the picture: a class token, one for distillation, a few registers."""

TO_LAST, TO_FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
"""How Permute moves the channels of a picture to the end, and back."""

Layout = Literal["maps", "maps_last", "tokens", "series", "vector"]
"""[C, H, W]; [H, W, C]; [N, D]; [C, L]; [D]."""

Sides = tuple[int, int]


class FeatureLayer(Record):
    """A layer whose output can be shown: one tensor of this ``shape``, without the batch, in a known ``layout``.

    ``sides`` are the height and width of its maps; of tokens those of the grid of patches, None if that is unknown.
    """

    path: str
    type: str
    shape: Shape
    layout: Layout
    sides: Sides | None = None

    @property
    def num_channels(self) -> int:
        """The number of maps; a series, and tokens without a grid, are shown as one matrix."""
        if self.layout == "maps" or self.layout == "vector":
            return self.shape[0]
        return self.shape[-1] if self.sides is not None else 1


class Patches(Record):
    """The pixels that the places of a map see: the first and the last of each of its rows, int64 [H] each, and of each
    of its columns, int64 [W] each; ``shape`` is the picture's height and width.
    """

    rows: tuple[Any, Any]
    columns: tuple[Any, Any]
    shape: Sides

    def pixels(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Return the first row and column and the last row and column that a place sees."""
        (top, bottom), (left, right) = self.rows, self.columns
        return int(top[row]), int(left[column]), int(bottom[row]), int(right[column])

    def of(self, row: int, column: int) -> tuple[float, float, float, float]:
        """Return top, left, bottom and right of what a place sees, as fractions of the picture."""
        top, left, bottom, right = self.pixels(row, column)
        height, width = self.shape
        return top / height, left / width, (bottom + 1) / height, (right + 1) / width


def feature_layers(resolution: Resolution) -> tuple[FeatureLayer, ...]:
    """Return all layers that can be shown, in the network's order, inside blocks too."""
    lasts = _channels_last(resolution)
    series = _series(resolution)
    found: list[FeatureLayer] = []
    maps: list[Sides] = []
    for resolved in resolution.nodes:
        path = resolved.node.path
        shapes = resolution.analysis.nodes[path].output_shapes
        if resolved.node.type == OUTPUT or len(shapes) != 1 or not 1 <= len(shapes[0]) <= 3:
            continue
        (shape,) = shapes
        sides = _sides(shape, is_last=path in lasts)
        if sides is not None:
            maps.append(sides)
        layout: Layout = ("vector", "tokens", "maps_last" if path in lasts else "maps")[len(shape) - 1]
        if layout == "tokens" and path in series:
            layout = "series"
        elif layout == "tokens":
            sides = sides_of_tokens(shape[0], maps)
        found.append(FeatureLayer(path=path, type=resolved.node.type, shape=shape, layout=layout, sides=sides))
    return tuple(found)


def layers_with_maps(resolution: Resolution) -> tuple[FeatureLayer, ...]:
    """Return the layers whose output lies over the picture, with more than one place, in the network's order: those
    with a way from the Input through such alone, and not through what Swin Transformers cut into windows or shift.
    """
    over: set[str] = set()
    for resolved in resolution.nodes:
        node, shapes = resolved.node, resolution.analysis.nodes[resolved.node.path].output_shapes
        is_moved = isinstance(resolved.layer, CyclicShift | WindowPartition)
        comes_from_maps = node.type == INPUT or any(source[0] in over for source in node.inputs if source is not None)
        if comes_from_maps and not is_moved and all(len(shape) == 3 for shape in shapes):
            over.add(node.path)
    layers = (each for each in feature_layers(resolution) if each.path in over and each.type != INPUT)
    return tuple(each for each in layers if each.sides is not None and max(each.sides) > 1)


def sides_of_tokens(num_tokens: int, maps: Iterable[Sides]) -> Sides | None:
    """Return the height and width of the grid that tokens form: they are the pixels of the largest of the ``maps``
    before, row by row, and a few others before them; None if they are none of a map's.
    """
    fitting = [sides for sides in maps if 0 <= num_tokens - sides[0] * sides[1] <= MOST_BEFORE]
    return max(fitting, key=lambda sides: sides[0] * sides[1]) if fitting else None


def patches(resolution: Resolution, path: str) -> Patches | None:
    """Return what the places of a layer's maps see of the picture; None if it has none, or if they may see all of it.

    As is customary, the statistics of normalisation layers do not count. Computed from the layer backward to the
    Input, with the picture's border, so that no pixel outside a patch can have an effect.
    """
    lasts = _channels_last(resolution)
    all_sides = {
        facts.path: _sides(facts.output_shapes[0], is_last=facts.path in lasts)
        for facts in resolution.analysis.nodes.values()
        if facts.output_shapes
    }
    sides = all_sides[path]
    if sides is None:
        return None
    needed: dict[str, tuple[_Span, _Span]] = {path: (_Span.of(sides[0]), _Span.of(sides[1]))}
    for resolved in reversed(resolution.nodes):
        spans = needed.get(resolved.node.path)
        if spans is None:
            continue
        if resolved.node.type == INPUT:
            here = all_sides[resolved.node.path]
            assert here is not None
            (rows, columns) = (span.within(side) for span, side in zip(spans, here, strict=True))
            return Patches(rows=(rows.first, rows.last), columns=(columns.first, columns.last), shape=here)
        for source, _ in filter(None, resolved.node.inputs):
            before = _before(resolved, spans, all_sides[source], all_sides[resolved.node.path])
            if before is None:
                return None
            known = needed.get(source, before)
            needed[source] = (known[0].joined(before[0]), known[1].joined(before[1]))
    return None


class _Span(Record):
    """The first and the last pixel that each place sees along one side, int64 [n]."""

    first: Any
    last: Any

    @staticmethod
    def of(side: int) -> _Span:
        return _Span(first=np.arange(side), last=np.arange(side))

    def joined(self, other: _Span) -> _Span:
        return _Span(first=np.minimum(self.first, other.first), last=np.maximum(self.last, other.last))

    def within(self, side: int) -> _Span:
        """Return the span without the border around the picture."""
        return _Span(first=self.first.clip(0, side - 1), last=self.last.clip(0, side - 1))


def _before(
    resolved: Resolved, spans: tuple[_Span, _Span], before: Sides | None, after: Sides | None
) -> tuple[_Span, _Span] | None:
    """Return what a layer's output sees of one of its inputs; None for all of it."""
    layer, window = resolved.layer, resolved.layer.window()
    if before is None or after is None or layer.family is Family.ATTENTION or isinstance(window, str):
        return None
    if window is None:
        is_moved = isinstance(layer, Permute) and layer.dims not in (TO_LAST, TO_FIRST)
        return None if is_moved or before != after else spans
    if window.padding is None:
        return None
    rows, columns = (_through(window, axis, spans[axis]).within(before[axis]) for axis in (0, 1))
    return rows, columns


def _through(window: Window, axis: int, span: _Span) -> _Span:
    assert window.padding is not None
    stride, padding = window.stride[axis], window.padding[axis]
    reach = window.dilation[axis] * (window.kernel[axis] - 1)
    first = np.floor(span.first * stride - padding).astype(np.int64)
    return _Span(first=first, last=np.ceil(span.last * stride - padding + reach).astype(np.int64))


def _series(resolution: Resolution) -> set[str]:
    """Return the layers that give a series (C, L), whose channels are no tokens until a layer reads them as such."""
    found: set[str] = set()
    for resolved in resolution.nodes:
        node, layer = resolved.node, resolved.layer
        keeps = not (isinstance(layer, Permute) or layer.one_by_one) and any(
            source[0] in found for source in node.inputs if source is not None
        )
        if layer.of_series or keeps:
            found.add(node.path)
    return found


def _channels_last(resolution: Resolution) -> set[str]:
    """Return the layers whose channels come last."""
    found: set[str] = set()
    for resolved in resolution.nodes:
        node = resolved.node
        dims = resolved.layer.dims if isinstance(resolved.layer, Permute) else None
        is_last = any(source[0] in found for source in node.inputs if source is not None)
        if dims == TO_LAST or (is_last and dims is None):
            found.add(node.path)
    return found


def _sides(shape: Sequence[int], *, is_last: bool) -> Sides | None:
    """Return height and width of maps; None for other shapes."""
    if len(shape) != 3:
        return None
    return (shape[0], shape[1]) if is_last else (shape[1], shape[2])

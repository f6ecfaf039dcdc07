"""Layers that move elements without computing."""

from __future__ import annotations

import math
from typing import Annotated

from msgspec import Meta

from workbench.layers.arithmetic import product
from workbench.layers.base import Family, Layer, Refusal, Shape, Sum, describe
from workbench.layers.checks import position, said, want_division, want_picture
from workbench.layers.remedies import setting


class Identity(Layer):
    """Passes its input on unchanged: a named point in the network."""

    family = Family.SHAPE

    def code(self, *inputs: str) -> str:
        return inputs[0]


class Flatten(Layer):
    """Turns a picture into one long vector.

    With start_dim 2, only height and width are merged: channels×pixels, a step towards tokens.
    """

    family = Family.SHAPE

    start_dim: Annotated[int, Meta(description="first dimension to flatten; 1 is the channels")] = 1
    end_dim: Annotated[int, Meta(description="last dimension to flatten; -1 is the last one")] = -1

    def check(self, x: Shape) -> None:
        if position(self, self.start_dim, x) > position(self, self.end_dim, x):
            raise Refusal(
                f"Flatten ends at dimension {self.end_dim}, before its start {self.start_dim}",
                "set end_dim to -1",
                setting({"end_dim": -1}),
            )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        start, end = position(self, self.start_dim, x), position(self, self.end_dim, x)
        return (Sum(side=start, name="numbers", words=product(x[start : end + 1])),)

    def code(self, *inputs: str) -> str:
        end = "" if self.end_dim == -1 else f", end_dim={self.end_dim}"
        return f"torch.flatten({inputs[0]}, start_dim={self.start_dim}{end})"


class Reshape(Layer):
    """Arranges the same numbers in another shape."""

    family = Family.SHAPE

    shape: Annotated[
        Annotated[tuple[Annotated[int, Meta(ge=-1)], ...], Meta(min_length=1, max_length=6)],
        Meta(description="the new shape, without the batch; one side may be -1 and is inferred", extra={"start": [-1]}),
    ]

    def check(self, x: Shape) -> None:
        if self.shape.count(-1) > 1 or 0 in self.shape:
            raise Refusal(
                f"{describe(self.shape)} is not a valid shape for Reshape",
                "give each side at least 1; one of them may be -1",
                setting({"shape": [-1]}),
            )
        known = math.prod(side for side in self.shape if side != -1)
        fits = math.prod(x) % known == 0 if -1 in self.shape else math.prod(x) == known
        if not fits:
            raise Refusal(
                f"{said(x)} holds {math.prod(x)} numbers, which do not fit {describe(self.shape)}",
                "choose sides whose product is the same",
                setting({"shape": [-1]}),
            )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        if -1 not in self.shape:
            return ()
        known = [side for side in self.shape if side != -1]
        words = product(x) if not known else f"{product(x)} / ({product(tuple(known))})"
        return (Sum(side=self.shape.index(-1), name="the side -1", words=words),)

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]}.reshape({inputs[0]}.shape[0], {', '.join(map(str, self.shape))})"

    def window(self) -> str:
        """Pixels lose their positions."""
        return "all"


class Permute(Layer):
    """Reorders the dimensions: 0, 2, 3, 1 moves the channels to the end."""

    family = Family.SHAPE

    dims: Annotated[
        tuple[Annotated[int, Meta(ge=0, le=6)], ...],
        Meta(description="the new order of dimensions; 0, the batch, stays first", extra={"start": [0, 2, 1]}),
    ]

    def check(self, x: Shape) -> None:
        order = tuple(range(len(x) + 1))
        if self.dims[:1] != (0,) or tuple(sorted(self.dims)) != order:
            now = ", ".join(map(str, order))
            raise Refusal(
                f"Permute to {', '.join(map(str, self.dims)) or 'nothing'} is not an order of the dimensions {now} of "
                f"{said(x)}",
                f"name each of {now} once, 0 first",
                setting({"dims": [0, *range(2, len(x) + 1), 1]}),
            )

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]}.permute({', '.join(map(str, self.dims))})"


class Slice(Layer):
    """Keeps a range of the channels, or of another dimension."""

    family = Family.SHAPE

    start: Annotated[int, Meta(ge=0, description="first index to keep, counted from 0")] = 0
    stop: Annotated[
        Annotated[int, Meta(ge=1)] | None, Meta(description="first index to drop again; empty: keep all to the end")
    ] = None
    dim: Annotated[int, Meta(description="dimension to slice; 1 is the channels, 0 the batch")] = 1

    def check(self, x: Shape) -> None:
        size = x[position(self, self.dim, x)]
        stop = size if self.stop is None else self.stop
        if not self.start < stop <= size:
            raise Refusal(
                f"Slice takes {self.start} to {stop}, but dimension {self.dim} of {said(x)} has {size}",
                f"choose start below stop, and stop at most {size}",
                setting({"start": 0, "stop": None}),
            )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        index = position(self, self.dim, x)
        stop = x[index] if self.stop is None else self.stop
        return (Sum(side=index, name="entries", words=f"{stop} − {self.start}"),)


class Halve(Layer):
    """Splits the channels into two halves, one per output, as in ShuffleNet v2 (Ma et al. 2018)."""

    family = Family.SHAPE
    output_ports = ("first", "second")

    def check(self, x: Shape) -> None:
        if x[0] % 2:
            raise Refusal(f"{x[0]} channels cannot be halved", "make the layer before it output an even number")

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        return (Sum(side=0, name="channels", words=f"{x[0]} / 2"),)

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]}.chunk(2, dim=1)"


class ChannelShuffle(Layer):
    """Distributes the channels of each group across all groups, as in ShuffleNet (Zhang et al. 2018)."""

    family = Family.SHAPE

    groups: Annotated[
        int, Meta(ge=1, description="number of groups of the surrounding convolutions", extra={"start": 4})
    ]

    def check(self, x: Shape) -> None:
        want_picture(self, x)
        want_division(x[0], self.groups, "channels", "groups")

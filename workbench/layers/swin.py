"""Layers of Swin: attention within windows of the picture, which shift from block to block (Liu et al. 2021).

Pictures are height×width×channels here, and the windows of a picture (rows, columns, T, D): a grid of windows, each
with its T pixels as tokens of width D.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.base import Family, Layer, Pair, PairOrZero, Refusal, Shape, Sum, Window, describe, pair
from workbench.layers.checks import PICTURE, WINDOWS, said

if TYPE_CHECKING:
    from torch import nn

WindowSize = Annotated[
    Pair, Meta(description="side of a window: one number, or height and width", extra={"unit": "px", "start": 4})
]
Shift = Annotated[
    PairOrZero, Meta(description="shift in pixels; half a window in Swin", extra={"unit": "px", "start": 2})
]


def _want_channels_last(layer: Layer, x: Shape) -> None:
    if len(x) != PICTURE:
        raise Refusal(
            f"{layer.title()} expects a picture (height×width×channels), but gets {said(x)}",
            "add Permute to 0, 2, 3, 1 after the last layer whose channels come first",
        )


def _want_scores(layer: Layer, x: Shape, window_size: tuple[int, int], least_dims: int) -> None:
    """Reject anything but the scores of windows of this size: (rows, columns, heads, T, T), or the last of these."""
    num_tokens = window_size[0] * window_size[1]
    if len(x) < least_dims or x[-2:] != (num_tokens, num_tokens):
        raise Refusal(
            f"{layer.title()} expects the scores of {describe(window_size)} windows, but gets {said(x)}",
            "put it between ScaledDotProduct and Softmax, with the window_size of WindowPartition",
        )


class CyclicShift(Layer):
    """Shifts the picture up and to the left; pixels leaving on one side re-enter on the other."""

    family = Family.ATTENTION

    shift: Shift
    back: Annotated[bool, Meta(description="shift back: down and to the right")] = False

    def check(self, x: Shape) -> None:
        _want_channels_last(self, x)

    def build(self, x: Shape) -> nn.Module:
        """(H, W, C), kept."""
        from workbench.layers.modules.swin import CyclicShift

        return CyclicShift(pair(self.shift), self.back)


class WindowPartition(Layer):
    """Splits the picture into windows; the pixels of each become its tokens."""

    family = Family.ATTENTION

    window_size: WindowSize

    def check(self, x: Shape) -> None:
        _want_channels_last(self, x)
        size = pair(self.window_size)
        if x[0] % size[0] or x[1] % size[1]:
            raise Refusal(
                f"a {describe(x[:2])} picture cannot be cut into {describe(size)} windows",
                "choose a window_size that divides both sides, or an Input of another size",
            )

    def build(self, x: Shape) -> nn.Module:
        """(rows·h, columns·w, C) -> (rows, columns, h·w, C)."""
        from workbench.layers.modules.swin import WindowPartition

        return WindowPartition(pair(self.window_size))

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        height, width = pair(self.window_size)
        return (
            Sum(side=0, name="rows of windows", words=f"{x[0]} / {height}"),
            Sum(side=1, name="columns of windows", words=f"{x[1]} / {width}"),
            Sum(side=2, name="tokens in a window", words=f"{height}·{width}"),
        )

    def window(self) -> Window:
        """The pixels of a window are seen together."""
        return Window(kernel=pair(self.window_size))


class WindowReverse(Layer):
    """Reassembles the windows: the inverse of WindowPartition."""

    family = Family.ATTENTION

    window_size: WindowSize

    def check(self, x: Shape) -> None:
        size = pair(self.window_size)
        if len(x) != WINDOWS or x[2] != size[0] * size[1]:
            raise Refusal(
                f"WindowReverse expects {describe(size)} windows, but gets {said(x)}",
                "give it the window_size of WindowPartition",
            )

    def build(self, x: Shape) -> nn.Module:
        """(rows, columns, h·w, C) -> (rows·h, columns·w, C)."""
        from workbench.layers.modules.swin import WindowReverse

        return WindowReverse(pair(self.window_size))

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        height, width = pair(self.window_size)
        return (
            Sum(side=0, name="height", words=f"{x[0]}·{height}"),
            Sum(side=1, name="width", words=f"{x[1]}·{width}"),
        )


class RelativePositionBias(Layer):
    """Adds to each score a learned number for the position of the key relative to the query.

    One number for each head and each relative position of two pixels. For a node called ``relative_position`` the
    weights are ``relative_position_bias_table`` and ``relative_position_index``, as in torchvision.
    """

    family = Family.ATTENTION

    window_size: WindowSize

    def check(self, x: Shape) -> None:
        _want_scores(self, x, pair(self.window_size), least_dims=3)

    def build(self, x: Shape) -> nn.Module:
        """(rows, columns, heads, T, T), kept."""
        from workbench.layers.modules.swin import RelativePositionBias

        return RelativePositionBias(x[-3], pair(self.window_size))

    def weights_beside(self) -> dict[str, str]:
        """As in torchvision."""
        return {"bias_table": "_bias_table", "index": "_index"}


class ShiftMask(Layer):
    """Subtracts 100 from scores between pixels that only the shift made neighbours; Softmax then ignores them."""

    family = Family.ATTENTION

    window_size: WindowSize
    shift: Shift

    def check(self, x: Shape) -> None:
        size, shift = pair(self.window_size), pair(self.shift)
        _want_scores(self, x, size, least_dims=5)  # only in their grid is it known which windows are at the edge
        if shift[0] > size[0] or shift[1] > size[1]:
            raise Refusal(
                f"a shift of {describe(shift)} exceeds the {describe(size)} window", "set shift to half of it"
            )

    def build(self, x: Shape) -> nn.Module:
        """(rows, columns, heads, T, T), kept."""
        from workbench.layers.modules.swin import ShiftMask

        return ShiftMask(pair(self.window_size), pair(self.shift))


class MergePatches(Layer):
    """Concatenates the channels of each 2×2 pixels: half the height and width, four times the channels.

    Followed by LayerNorm and Linear in Swin's patch merging.
    """

    family = Family.ATTENTION

    def check(self, x: Shape) -> None:
        _want_channels_last(self, x)
        if x[0] % 2 or x[1] % 2:
            raise Refusal(f"a {describe(x[:2])} picture cannot be halved", "choose an Input with even sides")

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        return (
            Sum(side=0, name="height", words=f"{x[0]} / 2"),
            Sum(side=1, name="width", words=f"{x[1]} / 2"),
            Sum(side=2, name="channels", words=f"4·{x[2]}"),
        )

    def window(self) -> Window:
        return Window(kernel=(2, 2), stride=(2, 2))

"""Convolution and pooling along one dimension: of series (C, L), channels first, as torch has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from workbench.layers.arithmetic import slid
from workbench.layers.base import AtLeast0, AtLeast1, Family, Layer, Refusal, Shape, Sum
from workbench.layers.checks import want_division, want_series, want_window_within
from workbench.layers.convolution import Bias, Filters, Groups
from workbench.layers.pooling import CeilMode
from workbench.layers.remedies import setting

if TYPE_CHECKING:
    from torch import nn


class _OfSeries(Layer):
    """Base of what slides along a series.

    Its receptive field in pixels counts as all of a picture, whose rows may be the channels.
    """

    of_series = True

    def window(self) -> str:
        """Not of a picture."""
        return "all"


class Conv1d(_OfSeries):
    """Slides a bank of learned filters along a series (channels×length).

    Each filter is K×channels and gives one channel. Waibel et al. 1989 called it a time-delay network.
    """

    family = Family.CONVOLUTION

    out_channels: Filters
    kernel_size: Annotated[int, Meta(ge=1, description="length of each filter", extra={"start": 3})]
    stride: Annotated[int, Meta(ge=1, description="step between filter positions")] = 1
    padding: Annotated[
        AtLeast0 | Literal["same"], Meta(description="border added at each end; 'same' keeps the length at stride 1")
    ] = 0
    dilation: Annotated[int, Meta(ge=1, description="spacing between filter taps; 1 is an ordinary convolution")] = 1
    groups: Groups = 1
    bias: Bias = True

    def check(self, x: Shape) -> None:
        """Reject other inputs than series, groups that do not divide, and filters that do not fit."""
        want_series(self, x)
        want_division(x[0], self.groups, "input channels", "groups", also=self.out_channels)
        want_division(self.out_channels, self.groups, "filters", "groups", also=x[0])
        if self.padding == "same" and self.stride != 1:
            raise Refusal(
                f"padding 'same' keeps the length, but stride {self.stride} shortens it",
                "set padding to half of kernel_size, or stride to 1",
                setting({"padding": self._border()[0]}),
            )
        want_window_within(x[1], self.kernel_size, self.dilation, sum(self._border()))

    def _border(self) -> tuple[int, int]:
        """Return the numbers added before and after."""
        if self.padding != "same":
            return self.padding, self.padding
        total = self.dilation * (self.kernel_size - 1)
        return total // 2, total - total // 2

    def build(self, x: Shape) -> nn.Module:
        """(C, L) -> (out_channels, L')."""
        from torch import nn

        return nn.Conv1d(x[0], **msgspec.structs.asdict(self))

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        """The number of filter positions."""
        words = slid(x[1], self.kernel_size, self.stride, self._border(), self.dilation)
        return (Sum(side=1, name="length", words=words),)


class _Pool1d(_OfSeries):
    """Base of the sliding pools."""

    family = Family.POOLING

    kernel_size: Annotated[int, Meta(ge=1, description="length of the window", extra={"start": 2})]
    stride: Annotated[AtLeast1 | None, Meta(description="step between windows; empty: the window's length")] = None
    padding: Annotated[int, Meta(ge=0, description="border added at each end, at most half the window")] = 0
    ceil_mode: CeilMode = False

    def _spacing(self) -> int:
        return 1

    def check(self, x: Shape) -> None:
        """Reject other inputs than series, and windows or borders that do not fit."""
        want_series(self, x)
        if 2 * self.padding > self.kernel_size:
            raise Refusal(
                f"padding {self.padding} is more than half of the window of {self.kernel_size}",
                "make the padding smaller or the kernel larger",
                setting({"padding": self.kernel_size // 2}),
            )
        want_window_within(x[1], self.kernel_size, self._spacing(), 2 * self.padding)

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        """The number of window positions."""
        stride, border = self.stride or self.kernel_size, (self.padding, self.padding)
        words = slid(x[1], self.kernel_size, stride, border, self._spacing(), ceil=self.ceil_mode)
        return (Sum(side=1, name="length", words=words),)


class MaxPool1d(_Pool1d):
    """Keeps the largest number in each window along a series."""

    dilation: Annotated[int, Meta(ge=1, description="spacing in the window; 1 is an ordinary window")] = 1

    def _spacing(self) -> int:
        return self.dilation


class AvgPool1d(_Pool1d):
    """Averages each window along a series."""

    count_include_pad: Annotated[bool, Meta(description="include the padding zeros in the average")] = True


class AdaptiveAvgPool1d(_OfSeries):
    """Averages a series down to a fixed length; 1 is global average pooling: one number per channel."""

    family = Family.POOLING

    output_size: Annotated[int, Meta(ge=1, description="output length", extra={"start": 1})]

    def check(self, x: Shape) -> None:
        """Reject other inputs than series."""
        want_series(self, x)

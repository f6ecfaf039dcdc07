"""Layers that change the size of a picture without learned weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from workbench.layers.arithmetic import of_picture
from workbench.layers.base import AtLeast0, Family, Layer, Pair, Refusal, Shape, Sum, Window, describe, pair
from workbench.layers.checks import want_picture
from workbench.layers.remedies import setting

if TYPE_CHECKING:
    from torch import nn


class _Pad2d(Layer):
    """Base of the borders around a picture."""

    family = Family.SHAPE

    padding: Annotated[
        tuple[AtLeast0, ...],
        Meta(
            min_length=4,
            max_length=4,
            description="pixels added on the left, right, top and bottom",
            extra={"unit": "px", "start": [0, 1, 0, 1]},
        ),
    ]

    def check(self, x: Shape) -> None:
        want_picture(self, x)

    def _border(self) -> tuple[int, int, int, int]:
        left, right, top, bottom = self.padding
        return left, right, top, bottom

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        left, right, top, bottom = self.padding
        return of_picture(f"{x[1]} + {top} + {bottom}", f"{x[2]} + {left} + {right}")


class ConstantPad2d(_Pad2d):
    """Adds a border of a constant value around the picture.

    For borders that differ between sides, or are not zero; otherwise the padding of Conv2d is enough.
    """

    value: Annotated[float, Meta(description="value of the border", extra={"start": 0})]

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) -> (C, H + top + bottom, W + left + right)."""
        from torch import nn

        return nn.ConstantPad2d(self._border(), self.value)


class ReflectionPad2d(_Pad2d):
    """Adds a border that mirrors the picture, without edges that a constant would make.

    Used in style transfer and CycleGAN.
    """

    def check(self, x: Shape) -> None:
        super().check(x)
        left, right, top, bottom = self._border()
        if max(left, right) >= x[2] or max(top, bottom) >= x[1]:
            raise Refusal(
                f"a border as wide as the picture ({describe(x[1:])}) cannot be its mirror image",
                "make the padding smaller",
            )

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) -> (C, H + top + bottom, W + left + right)."""
        from torch import nn

        return nn.ReflectionPad2d(self._border())


class ReplicationPad2d(_Pad2d):
    """Adds a border that repeats the picture's outermost pixels."""

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) -> (C, H + top + bottom, W + left + right)."""
        from torch import nn

        return nn.ReplicationPad2d(self._border())


class CenterCrop(Layer):
    """Crops the centre of a picture to the size of another: "copy and crop" in U-Net.

    Ronneberger et al. 2015, whose convolutions are unpadded, so that the copy is larger than what it is concatenated
    with.
    """

    family = Family.SHAPE
    input_ports = ("x", "like")

    def check(self, x: Shape, like: Shape) -> None:
        want_picture(self, x)
        want_picture(self, like)
        if like[1] > x[1] or like[2] > x[2]:
            raise Refusal(
                f"{describe(like[1:])} cannot be cropped from {describe(x[1:])}", "connect the larger picture first"
            )

    def build(self, x: Shape, like: Shape) -> nn.Module:
        """(C, H, W) and (D, h, w) -> (C, h, w)."""
        from workbench.layers.modules.shape import CenterCrop

        return CenterCrop()


class Upsample(Layer):
    """Enlarges the picture by interpolation, without learned weights."""

    family = Family.SHAPE

    scale_factor: Annotated[Pair, Meta(description="upscaling factor for height and width", extra={"start": 2})]
    mode: Annotated[Literal["nearest", "bilinear", "bicubic"], Meta(description="interpolation method")] = "nearest"
    align_corners: Annotated[bool, Meta(description="keep the corner pixels in place; not for nearest")] = False

    def check(self, x: Shape) -> None:
        want_picture(self, x)
        if self.align_corners and self.mode == "nearest":
            raise Refusal(
                "the mode nearest copies pixels, so that it cannot align corners",
                "choose another mode, or set align_corners to no",
                setting({"align_corners": False}),
            )

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) -> (C, H·scale, W·scale)."""
        from torch import nn

        scale = tuple(map(float, pair(self.scale_factor)))
        return nn.Upsample(scale_factor=scale, mode=self.mode, align_corners=self.align_corners or None)

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        height, width = pair(self.scale_factor)
        return of_picture(f"{x[1]}·{height}", f"{x[2]}·{width}")

    def window(self) -> Window | str:
        """The input pixels that an output pixel is interpolated from."""
        if self.align_corners:
            return "all"
        mixed = {"nearest": 1, "bilinear": 2, "bicubic": 4}[self.mode]
        scale = pair(self.scale_factor)
        high, wide = ((mixed - 1 - 1 / each) / 2 for each in scale)
        return Window(kernel=(mixed, mixed), stride=(1 / scale[0], 1 / scale[1]), padding=(high, wide))


class PixelShuffle(Layer):
    """Rearranges channels into pixels: each ``upscale_factor``² channels become one larger channel.

    Sub-pixel convolution, as in ESPCN (Shi et al. 2016, https://arxiv.org/abs/1609.05158).
    """

    family = Family.SHAPE

    upscale_factor: Annotated[
        int, Meta(ge=2, le=64, description="upscaling factor for height and width", extra={"start": 2})
    ]

    def check(self, x: Shape) -> None:
        want_picture(self, x)
        if x[0] % self.upscale_factor**2:
            raise Refusal(
                f"{x[0]} channels cannot be divided into squares of {self.upscale_factor}×{self.upscale_factor} pixels",
                f"make the layer before it output a multiple of {self.upscale_factor**2} channels",
            )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        factor = self.upscale_factor
        sides = of_picture(f"{x[1]}·{factor}", f"{x[2]}·{factor}")
        return (Sum(side=0, name="channels", words=f"{x[0]} / ({factor}·{factor})"), *sides)

    def window(self) -> Window:
        """An output pixel depends on one input pixel."""
        return Window(kernel=(1, 1), stride=(1 / self.upscale_factor, 1 / self.upscale_factor))


class PixelUnshuffle(Layer):
    """Rearranges pixels into channels: each square of pixels becomes one with more channels.

    The inverse of PixelShuffle, also called space to depth: it halves a picture without losing any of it.
    """

    family = Family.SHAPE

    downscale_factor: Annotated[
        int, Meta(ge=2, le=64, description="factor by which height and width shrink", extra={"start": 2})
    ]

    def check(self, x: Shape) -> None:
        want_picture(self, x)
        if x[1] % self.downscale_factor or x[2] % self.downscale_factor:
            raise Refusal(
                f"a {describe(x[1:])} picture cannot be divided into squares of "
                f"{self.downscale_factor}×{self.downscale_factor} pixels",
                f"choose an Input whose sides are multiples of {self.downscale_factor}",
            )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        factor = self.downscale_factor
        sides = of_picture(f"{x[1]} / {factor}", f"{x[2]} / {factor}")
        return (Sum(side=0, name="channels", words=f"{x[0]}·({factor}·{factor})"), *sides)

    def window(self) -> Window:
        """The pixels of a square are seen together."""
        size = (self.downscale_factor, self.downscale_factor)
        return Window(kernel=size, stride=size)

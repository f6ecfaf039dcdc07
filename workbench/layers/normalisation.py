"""Normalisation: keeps the activations of a deep network near zero mean and unit variance.

The receptive field ignores statistics, as is customary: GroupNorm and BatchNorm do compute the mean and variance of the
whole picture, but no single pixel matters much in them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.base import Family, Layer, Refusal, Shape, describe
from workbench.layers.checks import PICTURE, TOKENS, VECTOR, said, want_division, want_picture
from workbench.layers.remedies import setting

if TYPE_CHECKING:
    from torch import nn

Epsilon = Annotated[float, Meta(gt=0, description="added to the variance to avoid division by zero")]
ChannelsLast = Annotated[bool, Meta(description="apply to each pixel of a height×width×channels picture")]


class BatchNorm(Layer):
    """Zero mean and unit variance of each channel over the batch, then a learned scale and shift.

    torch's BatchNorm2d for pictures, BatchNorm1d for vectors and series (Ioffe and Szegedy 2015). In training it uses
    the batch's mean and variance; in evaluation their running averages.
    """

    family = Family.NORMALISATION

    eps: Epsilon = 1e-5
    momentum: Annotated[float, Meta(ge=0, le=1, description="weight of each batch in the running statistics")] = 0.1
    affine: Annotated[bool, Meta(description="learn a scale and a shift per channel")] = True
    series: Annotated[bool, Meta(description="apply to each channel of a channels×length series, as after Conv1d")] = (
        False
    )

    def check(self, x: Shape) -> None:
        """Reject tokens, whose first dimension is not the channels, or with ``series`` all but a series."""
        if len(x) not in ((TOKENS,) if self.series else (VECTOR, PICTURE)):
            wanted = "a series" if self.series else "a picture or a vector"
            what = f"BatchNorm expects {wanted}, but gets {'tokens ' * (len(x) == TOKENS)}{said(x)}"
            if len(x) in (VECTOR, PICTURE):
                raise Refusal(what, "unset series", setting({"series": False}))
            or_series = ", or set series if its first dimension is the channels" if len(x) == TOKENS else ""
            raise Refusal(what, f"use LayerNorm{or_series}")

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W), (C, L) or (D,), kept."""
        from torch import nn

        norm = nn.BatchNorm2d if len(x) == PICTURE else nn.BatchNorm1d
        return norm(x[0], eps=self.eps, momentum=self.momentum, affine=self.affine)


class LayerNorm(Layer):
    """Zero mean and unit variance of each token or pixel over its channels, then a learned scale and shift.

    Each picture is normalised separately, in training as in evaluation (Ba et al. 2016); for pictures as in ConvNeXt.
    """

    family = Family.NORMALISATION

    eps: Epsilon = 1e-5
    elementwise_affine: Annotated[bool, Meta(description="learn a scale and a shift per channel")] = True
    bias: Annotated[bool, Meta(description="also learn the shift")] = True
    channels_last: ChannelsLast = False

    def build(self, x: Shape) -> nn.Module:
        """(D,), (T, D), (C, H, W), or (H, W, C) if ``channels_last``; kept."""
        from torch import nn

        from workbench.layers.modules.normalisation import LayerNorm2d

        first = len(x) == PICTURE and not self.channels_last
        norm = LayerNorm2d if first else nn.LayerNorm
        return norm(x[0] if first else x[-1], eps=self.eps, elementwise_affine=self.elementwise_affine, bias=self.bias)


class GroupNorm(Layer):
    """Zero mean and unit variance over groups of channels of one picture (Wu and He 2018).

    Independent of the batch, so it works with small ones.
    """

    family = Family.NORMALISATION

    num_groups: Annotated[int, Meta(ge=1, description="number of groups of channels", extra={"start": 8})]
    eps: Epsilon = 1e-5
    affine: Annotated[bool, Meta(description="learn a scale and a shift per channel")] = True

    def check(self, x: Shape) -> None:
        if len(x) == TOKENS:
            raise Refusal(f"GroupNorm expects a picture or a vector, but gets tokens {describe(x)}", "use LayerNorm")
        want_division(x[0], self.num_groups, "channels", "num_groups")
        if math.prod(x) == self.num_groups:
            raise Refusal(
                "each group holds a single value, which becomes 0 when its mean is subtracted", "use fewer groups"
            )

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W) or (D,), kept."""
        from torch import nn

        return nn.GroupNorm(self.num_groups, x[0], eps=self.eps, affine=self.affine)


class InstanceNorm(Layer):
    """Zero mean and unit variance of each channel of each picture, which removes contrast and style.

    torch's InstanceNorm2d, used in style transfer and CycleGAN (Ulyanov et al. 2016, arXiv:1607.08022).
    """

    family = Family.NORMALISATION

    eps: Epsilon = 1e-5
    affine: Annotated[bool, Meta(description="learn a scale and a shift per channel")] = False

    def check(self, x: Shape) -> None:
        want_picture(self, x, instead="LayerNorm")
        if x[1:] == (1, 1):
            raise Refusal(
                "each channel holds a single pixel, which becomes 0 when its mean is subtracted",
                "use LayerNorm, or move it to where the picture is larger",
            )

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W), kept."""
        from torch import nn

        return nn.InstanceNorm2d(x[0], eps=self.eps, affine=self.affine)


class RMSNorm(Layer):
    """Divides each token, or each pixel's channels, by the root of its mean square, then a learned scale.

    LayerNorm without subtracting the mean (Zhang and Sennrich 2019, arXiv:1910.07467), used in recent Transformers.
    """

    family = Family.NORMALISATION

    eps: Epsilon = 1e-6
    elementwise_affine: Annotated[bool, Meta(description="learn a scale per channel")] = True
    channels_last: ChannelsLast = False

    def build(self, x: Shape) -> nn.Module:
        """(D,), (T, D), (C, H, W), or (H, W, C) if ``channels_last``; kept."""
        from torch import nn

        from workbench.layers.modules.normalisation import RMSNorm2d

        first = len(x) == PICTURE and not self.channels_last
        norm = RMSNorm2d if first else nn.RMSNorm
        return norm(x[0] if first else x[-1], eps=self.eps, elementwise_affine=self.elementwise_affine)


class L2Norm(Layer):
    """Scales each vector to length 1: only its direction counts. Ends a network that learns an embedding.

    Of a picture the channels of each pixel are such a vector, of tokens each token. So distances are between 0 and 2,
    and the squared distance is 2 minus twice the cosine of the angle (Schroff et al. 2015, FaceNet).
    """

    family = Family.NORMALISATION

    channels_last: ChannelsLast = False

    def check(self, x: Shape) -> None:
        """Reject single numbers, all of which would become 1 or -1."""
        if x[0 if self._first(x) else -1] == 1:
            raise Refusal("each vector has a single number, which becomes 1 or -1 at length 1", "give it more units")

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W), (T, D) or (D,), kept."""
        from workbench.layers.modules.normalisation import L2Norm

        return L2Norm(dim=1 if self._first(x) else -1)

    def _first(self, x: Shape) -> bool:
        """Return whether channels come first: not of tokens, nor of those of a picture's windows or heads."""
        return len(x) == VECTOR or (len(x) == PICTURE and not self.channels_last)

    def code(self, *inputs: str) -> str:
        return f"F.normalize({inputs[0]}, dim={{dim}})"


class LayerScale(Layer):
    """Multiplies each channel by a learned number that starts near zero (Touvron et al. 2021, ConvNeXt).

    Used at the end of a residual branch: a deep network starts as if the branch were absent. The weight has the node's
    name, ``layer_scale`` in torchvision's ConvNeXt.
    """

    family = Family.NORMALISATION

    initial: Annotated[float, Meta(description="initial scale of every channel")] = 1e-6

    def build(self, x: Shape) -> nn.Module:
        """(C, H, W), (T, D) or (D,), kept; for tokens, the width is scaled."""
        from workbench.layers.modules.normalisation import LayerScale

        return LayerScale((x[0], 1, 1) if len(x) == PICTURE else x[-1:], self.initial)

    def weights_beside(self) -> dict[str, str]:
        """As in torchvision."""
        return {"weight": ""}

    def code(self, *inputs: str) -> str:
        return " * ".join(inputs)

    def weights_code(self) -> dict[str, str]:
        return {"weight": "nn.Parameter(torch.full({shape}, {initial}))"}


class LocalResponseNorm(Layer):
    """Divides each number by the energy of its neighbouring channels, as in AlexNet (Krizhevsky et al. 2012)."""

    family = Family.NORMALISATION

    size: Annotated[int, Meta(ge=1, description="number of neighbouring channels", extra={"start": 5})]
    alpha: Annotated[float, Meta(ge=0, description="weight of their sum of squares")] = 1e-4
    beta: Annotated[float, Meta(ge=0, description="exponent of the divisor")] = 0.75
    k: Annotated[float, Meta(gt=0, description="constant part of the divisor; AlexNet uses 2")] = 1.0

    def check(self, x: Shape) -> None:
        """Reject a vector, which has no neighbouring channels."""
        if len(x) != PICTURE:
            raise Refusal(
                f"LocalResponseNorm expects a picture, but gets {said(x)}", "use LayerNorm, or move it before Flatten"
            )

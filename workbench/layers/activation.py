"""Activations: the non-linearity between two layers, without which any depth would be one linear map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from msgspec import Meta

from workbench.layers.base import Family, Layer, Refusal, Shape, Sum, describe
from workbench.layers.checks import PICTURE, TOKENS, VECTOR, position, want_division
from workbench.layers.remedies import setting

if TYPE_CHECKING:
    from torch import nn


class _Elementwise(Layer):
    """Base of functions of one number, applied to each of any shape."""

    family = Family.ACTIVATION
    elementwise = True
    written: ClassVar[str] = ""
    """The function in exported code; empty if it is written as a module."""

    def code(self, *inputs: str) -> str | None:
        return f"{self.written}({inputs[0]})" if self.written else None


class ReLU(_Elementwise):
    """max(0, x): simple, does not saturate; the default choice."""

    written = "torch.relu"


class ReLU6(_Elementwise):
    """min(max(0, x), 6): a capped ReLU, suited to low-precision arithmetic (Krizhevsky 2010; MobileNet)."""

    written = "F.relu6"


class LeakyReLU(_Elementwise):
    """max(slope·x, x): a ReLU with a small slope for negative inputs."""

    negative_slope: Annotated[float, Meta(ge=0, description="slope for negative inputs")] = 0.01


class PReLU(_Elementwise):
    """max(0, x) + a·min(0, x): a LeakyReLU that learns its slope (He et al. 2015, arXiv:1502.01852)."""

    per_channel: Annotated[bool, Meta(description="learn a slope per channel, not one for all")] = False
    init: Annotated[float, Meta(description="initial slope for negative inputs")] = 0.25

    def check(self, x: Shape) -> None:
        """Reject a slope per channel for tokens, whose first dimension is not the channels."""
        if self.per_channel and len(x) not in (VECTOR, PICTURE):
            raise Refusal(
                f"PReLU has a slope per channel of a picture or vector, but gets tokens {describe(x)}",
                "set per_channel to no",
                setting({"per_channel": False}),
            )

    def build(self, x: Shape) -> nn.Module:
        """Any shape, kept."""
        from torch import nn

        return nn.PReLU(x[0] if self.per_channel else 1, self.init)


class ELU(_Elementwise):
    """x, and α(eˣ - 1) below zero: smooth, with outputs near zero mean (Clevert et al. 2016)."""

    alpha: Annotated[float, Meta(gt=0, description="magnitude of the limit for negative inputs")] = 1.0


class SELU(_Elementwise):
    """λx, and λα(eˣ - 1) below zero, with λ and α that keep mean 0 and variance 1 (Klambauer et al. 2017).

    Self-normalising: with LeCun's initialisation and AlphaDropout a deep network needs no normalisation layers.
    arXiv:1706.02515.
    """

    written = "F.selu"


class GELU(_Elementwise):
    """x·Φ(x): a smooth ReLU, used in Transformers and ConvNeXt (Hendrycks and Gimpel 2016)."""

    approximate: Annotated[Literal["none", "tanh"], Meta(description="exact, or the faster tanh approximation")] = (
        "none"
    )

    def code(self, *inputs: str) -> str:
        how = "" if self.approximate == "none" else f', approximate="{self.approximate}"'
        return f"F.gelu({inputs[0]}{how})"


class SiLU(_Elementwise):
    """x·σ(x), also called Swish: smooth, used in EfficientNet."""

    written = "F.silu"


class Mish(_Elementwise):
    """x·tanh(ln(1 + eˣ)): smooth like SiLU, used in YOLOv4 (Misra 2019, arXiv:1908.08681)."""

    written = "F.mish"


class Softplus(_Elementwise):
    """ln(1 + eᵝˣ) / β: a smooth ReLU that is always positive, as a variance has to be."""

    beta: Annotated[float, Meta(gt=0, description="how closely it follows ReLU")] = 1.0
    threshold: Annotated[float, Meta(gt=0, description="beta·x from which on it is x itself, for stability")] = 20.0

    def code(self, *inputs: str) -> str:
        how = f", beta={self.beta}, threshold={self.threshold}"
        return f"F.softplus({inputs[0]}{how})"


class Hardswish(_Elementwise):
    """x·ReLU6(x + 3) / 6: piecewise approximation of SiLU, cheap to compute (Howard et al. 2019, MobileNet v3)."""

    written = "F.hardswish"


class Hardsigmoid(_Elementwise):
    """ReLU6(x + 3) / 6: piecewise-linear approximation of Sigmoid (Howard et al. 2019, MobileNet v3)."""

    written = "F.hardsigmoid"


class Sigmoid(_Elementwise):
    """1 / (1 + e⁻ˣ): squashes any number into 0 to 1; gradients vanish where it saturates."""

    written = "torch.sigmoid"


class Tanh(_Elementwise):
    """Squashes any number into -1 to 1; gradients vanish where it saturates."""

    written = "torch.tanh"


class Maxout(Layer):
    """The maximum of each ``num_pieces`` neighbouring channels (Goodfellow et al. 2013).

    After a Linear or a Conv2d with ``num_pieces`` times the outputs it is max(w₁ᵀx + b₁, w₂ᵀx + b₂, ...): an activation
    whose shape is learnt.
    """

    family = Family.ACTIVATION

    num_pieces: Annotated[
        int, Meta(ge=2, description="channels per group; the number of channels is divided by this")
    ] = 2

    def check(self, x: Shape) -> None:
        want_division(self._channels(x), self.num_pieces, "channels", "num_pieces", least=2)

    @staticmethod
    def _channels(x: Shape) -> int:
        return x[-1] if len(x) == TOKENS else x[0]

    def build(self, x: Shape) -> nn.Module:
        """(C, ...) -> (C / num_pieces, ...); for tokens, their width."""
        from workbench.layers.modules.activation import Maxout

        return Maxout(self.num_pieces, dim=-1 if len(x) == TOKENS else 1)

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        side = len(x) - 1 if len(x) == TOKENS else 0
        return (Sum(side=side, name="channels", words=f"{x[side]} / {self.num_pieces}"),)


class Softmax(Layer):
    """Turns scores into probabilities that sum to one: eˣⁱ / Σ eˣʲ.

    The cross-entropy loss includes a softmax: a network trained with it ends without this layer.
    """

    family = Family.ACTIVATION

    dim: Annotated[int, Meta(description="dimension that sums to 1; 1 is the channels, 0 the batch")] = 1

    def check(self, x: Shape) -> None:
        position(self, self.dim, x)

    def code(self, *inputs: str) -> str:
        return f"torch.softmax({inputs[0]}, dim={self.dim})"

    def window(self) -> str | None:
        """Along the channels, each pixel is separate."""
        return None if self.dim == 1 else "all"


class LogSoftmax(Softmax):
    """The logarithm of Softmax, computed stably: log-probabilities, as the likelihood of a class expects them."""

    def code(self, *inputs: str) -> str:
        return f"torch.log_softmax({inputs[0]}, dim={self.dim})"

"""Random weights scaled to preserve the variance of activations or gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from workbench.training.initialiser import Initialiser

if TYPE_CHECKING:
    from torch import Tensor

Distribution = Annotated[
    Literal["normal", "uniform"],
    Meta(description="distribution that the weights are drawn from; both have the same variance"),
]
Gain = Annotated[float, Meta(gt=0, le=100, description="factor on all weights; usually 1, or 1.4 before ReLUs")]


class Xavier(Initialiser):
    """Preserves the variance forward and backward, on average, for linear layers (Glorot and Bengio, AISTATS 2010)."""

    distribution: Distribution = "uniform"
    gain: Gain = 1.0

    def draw(self, weight: Tensor) -> None:
        """``torch.nn.init.xavier_uniform_`` or ``xavier_normal_``."""
        from torch.nn import init

        (init.xavier_uniform_ if self.distribution == "uniform" else init.xavier_normal_)(weight, gain=self.gain)


class Kaiming(Initialiser):
    """Preserves the variance through ReLUs, which halve it (He et al., ICCV 2015)."""

    distribution: Distribution = "normal"
    mode: Annotated[
        Literal["fan_in", "fan_out"],
        Meta(description="what keeps its variance: activations (fan_in, usual) or gradients (fan_out)"),
    ] = "fan_in"

    def draw(self, weight: Tensor) -> None:
        """``torch.nn.init.kaiming_normal_`` or ``kaiming_uniform_``."""
        from torch.nn import init

        draw = init.kaiming_normal_ if self.distribution == "normal" else init.kaiming_uniform_
        draw(weight, mode=self.mode, nonlinearity="relu")


class Orthogonal(Initialiser):
    """Orthogonal rows or columns: a chain of such layers preserves norms exactly (Saxe et al., ICLR 2014)."""

    gain: Gain = 1.0

    def draw(self, weight: Tensor) -> None:
        """``torch.nn.init.orthogonal_``."""
        from torch.nn import init

        init.orthogonal_(weight, gain=self.gain)

"""Random weights of a size that keeps the signal's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta

from workbench.training.initialiser import Initialiser

if TYPE_CHECKING:
    from torch import Tensor

Distribution = Annotated[Literal["normal", "uniform"], Meta(description="how the weights are spread")]
Gain = Annotated[float, Meta(gt=0, le=100, description="all weights are multiplied with this")]


class Xavier(Initialiser):
    """Keeps the variance forward and backward, on average, where layers are linear (Glorot and Bengio, AISTATS 2010)."""

    distribution: Distribution = "uniform"
    gain: Gain = 1.0

    def draw(self, weight: Tensor) -> None:
        """``torch.nn.init.xavier_uniform_`` or ``xavier_normal_``."""
        from torch.nn import init

        (init.xavier_uniform_ if self.distribution == "uniform" else init.xavier_normal_)(weight, gain=self.gain)


class Kaiming(Initialiser):
    """Keeps the variance through ReLUs, which lose half of it (He et al., ICCV 2015)."""

    distribution: Distribution = "normal"
    mode: Annotated[
        Literal["fan_in", "fan_out"], Meta(description="keep the signal's variance forward, or the gradient's backward")
    ] = "fan_in"

    def draw(self, weight: Tensor) -> None:
        """``torch.nn.init.kaiming_normal_`` or ``kaiming_uniform_``."""
        from torch.nn import init

        draw = init.kaiming_normal_ if self.distribution == "normal" else init.kaiming_uniform_
        draw(weight, mode=self.mode, nonlinearity="relu")


class Orthogonal(Initialiser):
    """Rows or columns at right angles: a chain of such layers keeps lengths exactly (Saxe et al., ICLR 2014)."""

    gain: Gain = 1.0

    def draw(self, weight: Tensor) -> None:
        """``torch.nn.init.orthogonal_``."""
        from torch.nn import init

        init.orthogonal_(weight, gain=self.gain)

"""Optimizers with a learning rate per weight: RMSprop, Adam and its variants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from workbench.training.optimizer import Decay, Fraction, LearningRate, Momentum, Optimizer, Parameters

if TYPE_CHECKING:
    from torch import optim

Epsilon = Annotated[
    float,
    Meta(
        gt=0,
        le=1,
        title="epsilon",
        description="added to the denominator, so that nothing is divided by zero; hardly ever changed",
    ),
]


class Moments(Optimizer):
    """The settings of Adam's variants, which keep a running mean and magnitude of each weight's gradient."""

    abstract: ClassVar[bool] = True

    beta1: Annotated[
        Fraction, Meta(description="decay of the gradient's running mean, which acts as momentum; usually 0.9")
    ] = 0.9
    beta2: Annotated[
        Fraction,
        Meta(description="decay of the running mean of squared gradients; usually 0.999, or 0.95 for Transformers"),
    ] = 0.999
    eps: Epsilon = 1e-8
    weight_decay: Decay = 0.0

    @property
    def betas(self) -> tuple[float, float]:
        """Both decay rates as torch's ``betas``."""
        return self.beta1, self.beta2

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """Two per weight: the running mean and mean square of its gradient."""
        return 2 * math.prod(shape)


class Adam(Moments):
    """Adaptive moment estimation: not very sensitive to the learning rate (Kingma and Ba, ICLR 2015)."""

    lr: LearningRate = 0.001

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.Adam``, fused."""
        from torch import optim

        return optim.Adam(
            parameters, lr=self.lr, betas=self.betas, eps=self.eps, weight_decay=self.weight_decay, fused=True
        )


class AdamW(Moments):
    """Adam with decoupled weight decay (Loshchilov and Hutter, ICLR 2019)."""

    lr: LearningRate = 0.001
    weight_decay: Decay = 0.01

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.AdamW``, fused."""
        from torch import optim

        return optim.AdamW(
            parameters, lr=self.lr, betas=self.betas, eps=self.eps, weight_decay=self.weight_decay, fused=True
        )


class RMSprop(Optimizer):
    """Divides the gradient by its running root mean square (Hinton, lecture 6e of Neural Networks, 2012)."""

    lr: LearningRate = 0.001
    alpha: Annotated[
        Fraction, Meta(description="decay of the running mean of squared gradients; usually 0.9 or 0.99")
    ] = 0.99
    momentum: Momentum = 0.0
    eps: Epsilon = 1e-8
    weight_decay: Decay = 0.0

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.RMSprop``, which has no fused kernel."""
        from torch import optim

        return optim.RMSprop(
            parameters,
            lr=self.lr,
            alpha=self.alpha,
            momentum=self.momentum,
            eps=self.eps,
            weight_decay=self.weight_decay,
        )

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """One per weight, the mean square; with momentum also the last step."""
        return (2 if self.momentum else 1) * math.prod(shape)


class Adamax(Moments):
    """Adam with a running maximum in place of the mean square (Kingma and Ba, ICLR 2015)."""

    lr: LearningRate = 0.002
    beta2: Annotated[Fraction, Meta(description="decay of the running maximum of the gradient; usually 0.999")] = 0.999

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.Adamax``."""
        from torch import optim

        return optim.Adamax(parameters, lr=self.lr, betas=self.betas, eps=self.eps, weight_decay=self.weight_decay)


class NAdam(Moments):
    """Adam with Nesterov momentum (Dozat, ICLR workshop 2016)."""

    lr: LearningRate = 0.002

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.NAdam``."""
        from torch import optim

        return optim.NAdam(parameters, lr=self.lr, betas=self.betas, eps=self.eps, weight_decay=self.weight_decay)


class RAdam(Moments):
    """Adam with a built-in warm-up: early steps, whose variance estimate is poor, are smaller (Liu et al., ICLR
    2020).
    """

    lr: LearningRate = 0.003

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.RAdam`` with decoupled weight decay, as in AdamW."""
        from torch import optim

        return optim.RAdam(
            parameters,
            lr=self.lr,
            betas=self.betas,
            eps=self.eps,
            weight_decay=self.weight_decay,
            decoupled_weight_decay=True,
        )

"""Optimizers that give each weight a rate of its own: Adam, its forms, and RMSprop before it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.training.optimizer import Decay, Fraction, Optimizer, Parameters, Rate

if TYPE_CHECKING:
    from torch import optim

Epsilon = Annotated[float, Meta(gt=0, le=1, description="added to a divisor so that it is never 0")]


class Adam(Optimizer):
    """Adaptive moments: little sensitivity to the learning rate (Kingma and Ba, ICLR 2015)."""

    lr: Annotated[Rate, Meta(description="learning rate: how far a step goes")] = 0.001
    beta1: Annotated[Fraction, Meta(description="memory of the gradient's mean")] = 0.9
    beta2: Annotated[Fraction, Meta(description="memory of the gradient's square")] = 0.999
    eps: Epsilon = 1e-8
    weight_decay: Decay = 0.0

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.Adam``, fused."""
        from torch import optim

        betas = (self.beta1, self.beta2)
        return optim.Adam(parameters, lr=self.lr, betas=betas, eps=self.eps, weight_decay=self.weight_decay, fused=True)

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """A mean and a mean of squares."""
        return 2 * math.prod(shape)


class AdamW(Optimizer):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter, ICLR 2019)."""

    lr: Annotated[Rate, Meta(description="learning rate: how far a step goes")] = 0.001
    beta1: Annotated[Fraction, Meta(description="memory of the gradient's mean")] = 0.9
    beta2: Annotated[Fraction, Meta(description="memory of the gradient's square")] = 0.999
    eps: Epsilon = 1e-8
    weight_decay: Decay = 0.01

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.AdamW``, fused."""
        from torch import optim

        betas = (self.beta1, self.beta2)
        return optim.AdamW(
            parameters, lr=self.lr, betas=betas, eps=self.eps, weight_decay=self.weight_decay, fused=True
        )

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """A mean and a mean of squares."""
        return 2 * math.prod(shape)


class RMSprop(Optimizer):
    """Divides the gradient by its running size (Hinton, lecture 6e of Neural Networks, 2012)."""

    lr: Annotated[Rate, Meta(description="learning rate: how far a step goes")] = 0.001
    alpha: Annotated[Fraction, Meta(description="memory of the gradient's square")] = 0.99
    momentum: Annotated[Fraction, Meta(description="how much of the last step goes on")] = 0.0
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
        """A mean of squares, and the last step where it goes on."""
        return (2 if self.momentum else 1) * math.prod(shape)


class Adamax(Optimizer):
    """Adam with the largest gradient of late in place of the mean square (Kingma and Ba, ICLR 2015)."""

    lr: Annotated[Rate, Meta(description="learning rate: how far a step goes")] = 0.002
    beta1: Annotated[Fraction, Meta(description="memory of the gradient's mean")] = 0.9
    beta2: Annotated[Fraction, Meta(description="memory of the gradient's largest size")] = 0.999
    eps: Epsilon = 1e-8
    weight_decay: Decay = 0.0

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.Adamax``."""
        from torch import optim

        betas = (self.beta1, self.beta2)
        return optim.Adamax(parameters, lr=self.lr, betas=betas, eps=self.eps, weight_decay=self.weight_decay)

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """A mean and a largest size."""
        return 2 * math.prod(shape)


class NAdam(Optimizer):
    """Adam that looks ahead along its momentum, as Nesterov's descent does (Dozat, ICLR workshop 2016)."""

    lr: Annotated[Rate, Meta(description="learning rate: how far a step goes")] = 0.002
    beta1: Annotated[Fraction, Meta(description="memory of the gradient's mean")] = 0.9
    beta2: Annotated[Fraction, Meta(description="memory of the gradient's square")] = 0.999
    eps: Epsilon = 1e-8
    weight_decay: Decay = 0.0

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.NAdam``."""
        from torch import optim

        betas = (self.beta1, self.beta2)
        return optim.NAdam(parameters, lr=self.lr, betas=betas, eps=self.eps, weight_decay=self.weight_decay)

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """A mean and a mean of squares."""
        return 2 * math.prod(shape)


class RAdam(Optimizer):
    """Adam that warms up by itself: early steps, whose squares are guesses, are smaller (Liu et al., ICLR 2020)."""

    lr: Annotated[Rate, Meta(description="learning rate: how far a step goes")] = 0.003
    beta1: Annotated[Fraction, Meta(description="memory of the gradient's mean")] = 0.9
    beta2: Annotated[Fraction, Meta(description="memory of the gradient's square")] = 0.999
    eps: Epsilon = 1e-8
    weight_decay: Decay = 0.0

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.RAdam``, its weight decay apart from the gradient as AdamW's is."""
        from torch import optim

        return optim.RAdam(
            parameters,
            lr=self.lr,
            betas=(self.beta1, self.beta2),
            eps=self.eps,
            weight_decay=self.weight_decay,
            decoupled_weight_decay=True,
        )

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """A mean and a mean of squares."""
        return 2 * math.prod(shape)

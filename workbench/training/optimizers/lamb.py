"""LAMB, for batches of thousands."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.training.optimizer import Decay, Fraction, Optimizer, Parameters, Rate

if TYPE_CHECKING:
    from torch import optim


class LAMB(Optimizer):
    """Adam's step, made as long in each layer as its weights are: for very large batches (You et al., ICLR 2020)."""

    lr: Annotated[Rate, Meta(description="learning rate: how far a step goes, relative to the weights' length")] = 0.01
    beta1: Annotated[Fraction, Meta(description="memory of the gradient's mean")] = 0.9
    beta2: Annotated[Fraction, Meta(description="memory of the gradient's square")] = 0.999
    eps: Annotated[float, Meta(gt=0, le=1, description="added to a divisor so that it is never 0")] = 1e-6
    weight_decay: Decay = 0.01

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """The paper's second algorithm, which torch lacks."""
        from workbench.training.steps.lamb import LambSteps

        betas = (self.beta1, self.beta2)
        return LambSteps(parameters, lr=self.lr, betas=betas, eps=self.eps, weight_decay=self.weight_decay)

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """A mean and a mean of squares."""
        return 2 * math.prod(shape)

"""LAMB, for batches of thousands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.training.optimizer import Decay, Parameters, Rate
from workbench.training.optimizers.adaptive import Epsilon, Moments

if TYPE_CHECKING:
    from torch import optim


class LAMB(Moments):
    """Adam's step, scaled in each layer to the norm of its weights: for very large batches (You et al., ICLR 2020)."""

    lr: Annotated[
        Rate,
        Meta(
            title="learning rate",
            description="length of a step, relative to the norm of each layer's weights; usually 0.001 to 0.01",
        ),
    ] = 0.01
    eps: Epsilon = 1e-6
    weight_decay: Decay = 0.01

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """Algorithm 2 of the paper, which torch lacks."""
        from workbench.training.steps.lamb import LambSteps

        return LambSteps(parameters, lr=self.lr, betas=self.betas, eps=self.eps, weight_decay=self.weight_decay)

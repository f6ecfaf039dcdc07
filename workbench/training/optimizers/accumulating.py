"""Optimizers that accumulate squared gradients: Adagrad and its successors."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.training.optimizer import Decay, Fraction, LearningRate, Optimizer, Parameters, Rate

if TYPE_CHECKING:
    from torch import optim


class Adagrad(Optimizer):
    """Divides by the root of the sum of squared gradients: rare features learn faster (Duchi et al., JMLR 2011)."""

    lr: LearningRate = 0.01
    lr_decay: Annotated[
        float,
        Meta(
            ge=0,
            le=1,
            title="rate decay",
            description="the learning rate is divided by 1 + steps × this; usually 0, since the schedule lowers it",
        ),
    ] = 0.0
    weight_decay: Decay = 0.0

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.Adagrad``."""
        from torch import optim

        return optim.Adagrad(parameters, lr=self.lr, lr_decay=self.lr_decay, weight_decay=self.weight_decay)

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """One per weight: the sum of squared gradients."""
        return math.prod(shape)


class Adadelta(Optimizer):
    """Adapts its rate to the size of its past steps (Zeiler, 2012)."""

    lr: Annotated[Rate, Meta(title="learning rate", description="factor applied to each step; usually 1")] = 1.0
    rho: Annotated[
        Fraction, Meta(description="decay of the running means of squared gradients and steps; usually 0.9")
    ] = 0.9
    weight_decay: Decay = 0.0

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.Adadelta``."""
        from torch import optim

        return optim.Adadelta(parameters, lr=self.lr, rho=self.rho, weight_decay=self.weight_decay)

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """Two per weight: the running mean squares of gradients and of steps."""
        return 2 * math.prod(shape)


class Adafactor(Optimizer):
    """Stores the second moments of a matrix as one row and one column, saving memory (Shazeer and Stern, ICML 2018)."""

    takes_shards = False

    lr: Annotated[
        Rate,
        Meta(title="learning rate", description="length of a step, relative to the size of the weights; usually 0.01"),
    ] = 0.01
    clip: Annotated[
        float,
        Meta(
            ge=1,
            le=100,
            title="step clipping",
            description="a step whose root mean square is larger is scaled down to this; usually 1",
        ),
    ] = 1.0
    weight_decay: Decay = 0.0

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.Adafactor``."""
        from torch import optim

        return optim.Adafactor(parameters, lr=self.lr, d=self.clip, weight_decay=self.weight_decay)

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """One mean square per row and per column; for a vector, one per number."""
        return math.prod(shape[:-1]) + math.prod((*shape[:-2], shape[-1])) if len(shape) > 1 else math.prod(shape)

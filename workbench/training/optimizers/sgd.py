"""Stochastic gradient descent."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.spec.problems import SpecError
from workbench.training.optimizer import Decay, LearningRate, Momentum, Nesterov, Optimizer, Parameters

if TYPE_CHECKING:
    from torch import optim


class SGD(Optimizer):
    """Stochastic gradient descent, optionally with momentum (Sutskever et al., 2013)."""

    follows_length = True
    lr: LearningRate = 0.05
    momentum: Momentum = 0.9
    nesterov: Nesterov = False
    weight_decay: Decay = 0.0

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.SGD``, fused. Raises SpecError for Nesterov without momentum."""
        from torch import optim

        if self.nesterov and not self.momentum:
            raise SpecError("SGD: Nesterov needs a momentum above 0: set one, or turn Nesterov off")
        return optim.SGD(
            parameters,
            lr=self.lr,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            fused=True,
        )

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """One per weight with momentum, else none."""
        return math.prod(shape) if self.momentum else 0

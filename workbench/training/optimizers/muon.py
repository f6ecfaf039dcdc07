"""Muon, for the weights that are matrices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.training.optimizer import Decay, LearningRate, Momentum, Nesterov, Optimizer, Parameters

if TYPE_CHECKING:
    from torch import optim


class Muon(Optimizer):
    """Orthogonalises the momentum of each weight matrix (Jordan et al., 2024); all other parameters use AdamW.

    https://kellerjordan.github.io/posts/muon/; the size of its steps is matched to AdamW's, so that one learning rate
    suits both (Liu et al., Muon is Scalable for LLM Training, 2025, https://arxiv.org/abs/2502.16982).
    """

    takes_shards = False

    lr: LearningRate = 0.002
    momentum: Momentum = 0.95
    nesterov: Nesterov = True
    weight_decay: Decay = 0.01

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """``torch.optim.Muon`` for the matrices and ``torch.optim.AdamW`` for the rest."""
        from torch import optim

        from workbench.training.steps.together import Together, parted

        matrices, others = parted(parameters, lambda weight: weight.dim() == 2)
        made: list[optim.Optimizer] = []
        if matrices:
            muon = optim.Muon(
                matrices,
                lr=self.lr,
                weight_decay=self.weight_decay,
                momentum=self.momentum,
                nesterov=self.nesterov,
                adjust_lr_fn="match_rms_adamw",
            )
            made.append(muon)
        if others:
            made.append(optim.AdamW(others, lr=self.lr, weight_decay=self.weight_decay, fused=True))
        return Together(made)

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """One per weight of a matrix, the momentum; two for all others, AdamW's mean and mean square."""
        return (1 if len(shape) == 2 else 2) * math.prod(shape)

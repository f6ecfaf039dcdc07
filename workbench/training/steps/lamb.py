"""The step of LAMB: Adam's, rescaled for each weight to the weight's norm times the learning rate."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import optim


class LambSteps(optim.Optimizer):
    """LAMB: You et al., Large Batch Optimization for Deep Learning, ICLR 2020, algorithm 2
    (https://arxiv.org/abs/1904.00962).
    """

    def __init__(
        self, parameters: Iterable[Any], lr: float, betas: tuple[float, float], eps: float, weight_decay: float
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # no closure is ever passed
        """Update the weights."""
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                kept = self.state[weight]
                if not kept:
                    kept["step"] = torch.zeros(())
                    kept["exp_avg"], kept["exp_avg_sq"] = torch.zeros_like(weight), torch.zeros_like(weight)
                kept["step"] += 1
                number = kept["step"].item()
                kept["exp_avg"].lerp_(weight.grad, 1 - beta1)
                kept["exp_avg_sq"].mul_(beta2).addcmul_(weight.grad, weight.grad, value=1 - beta2)
                size = (kept["exp_avg_sq"] / (1 - beta2**number)).sqrt_().add_(group["eps"])
                step = (kept["exp_avg"] / (1 - beta1**number)).div_(size)
                step.add_(weight, alpha=group["weight_decay"])
                lengths = torch.linalg.vector_norm(weight), torch.linalg.vector_norm(step)
                trust = torch.where((lengths[0] > 0) & (lengths[1] > 0), lengths[0] / lengths[1], 1.0)
                weight.sub_(step.mul_(trust), alpha=group["lr"])

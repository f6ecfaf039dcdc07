"""Probes the layers during training: gradient norms, and units that never activate.

Seldom, and beside the training: neither a weight, nor a statistic, nor a generator is changed by it.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from workbench.data.batches import Batch
from workbench.events import LayerProbe
from workbench.training.heads import ResolvedHead, total_loss

STEPS_APART = 50
"""At least so many steps lie between two looks, so that they cost less than the steps' rounding."""

MOST_PICTURES = 128

RECTIFIERS = (nn.ReLU, nn.ReLU6)
"""Their gradient is exactly 0 where they answer 0: a unit that always does can never learn again."""


def is_due(step: int, steps_per_epoch: int) -> bool:
    """Whether to look at the end of the epoch that ends with ``step``: a function of the place, as a resume needs."""
    return step // STEPS_APART > (step - steps_per_epoch) // STEPS_APART


def probe(
    module: nn.Module, heads: Sequence[ResolvedHead], batch: Batch, *, with_gradients: bool = True
) -> tuple[LayerProbe, ...]:
    """Layers that learn and rectifiers of ``module``, in its order, as the pictures of ``batch`` find them in eval mode.

    A sharded network's gradients cannot be had beside its training: of that there are the rectifiers alone.
    """
    inputs = batch.inputs[:MOST_PICTURES]
    targets = {column: values[:MOST_PICTURES] for column, values in batch.targets.items()}
    learning = {name: weight for name, weight in module.named_parameters() if weight.requires_grad and weight.dim() > 1}
    dead: dict[str, float] = {}
    was_training = module.training
    with ExitStack() as stack:
        stack.callback(module.train, was_training)
        module.eval()
        for name, layer in module.named_modules():
            if isinstance(layer, RECTIFIERS):
                hook: Callable[..., None] = partial(_hear, dead, name)
                stack.callback(layer.register_forward_hook(hook).remove)
        with torch.set_grad_enabled(with_gradients):
            loss = total_loss(heads, module(inputs), targets)
        gradients: Sequence[Tensor | None] = [None] * len(learning)
        if with_gradients and learning:
            gradients = torch.autograd.grad(loss, list(learning.values()), allow_unused=True)
    found = {
        name: LayerProbe(layer=name.rpartition(".")[0] or name, gradient=_rms(gradient), weight=_rms(weight))
        for (name, weight), gradient in zip(learning.items(), gradients, strict=True)
        if gradient is not None
    }
    return (*found.values(), *(LayerProbe(layer=name, dead=share) for name, share in dead.items()))


def _hear(dead: dict[str, float], name: str, layer: nn.Module, inputs: Any, answers: Tensor) -> None:  # noqa: ARG001  # torch passes them
    """Units are channels of pictures [B, C, H, W], else the last dimension."""
    with torch.no_grad():
        units = answers.movedim(1, -1) if answers.dim() == 4 else answers
        is_dead = (units <= 0).flatten(0, -2).all(dim=0)
        dead[name] = is_dead.float().mean().item()


def _rms(values: Tensor) -> float:
    return values.detach().float().square().mean().sqrt().item()

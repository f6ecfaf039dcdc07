"""Probes the layers during training: gradient norms, and units that never activate.

Rarely, and without influence on the training: it changes no weight, statistic or generator.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any

import torch
from torch import Tensor, fx, nn

from workbench.data.batches import Batch
from workbench.events import LayerProbe
from workbench.layers.modules.shape import Permute
from workbench.training.heads import ResolvedHead, total_loss

STEPS_APART = 50
"""The minimum number of steps between two probes, which makes their cost negligible."""

MOST_PICTURES = 128

FEWEST_PICTURES = 16
"""With fewer pictures, a unit that answers to only some of them cannot be told from a dead one."""

RECTIFIERS = (nn.ReLU, nn.ReLU6)
"""Layers whose gradient is exactly 0 where their output is 0: a unit that always outputs 0 can never learn again."""


OF_SERIES = (nn.Conv1d, nn.MaxPool1d, nn.AvgPool1d, nn.AdaptiveAvgPool1d)
TO_TOKENS = (Permute, nn.Linear, nn.RNNBase)
"""Layers after which the first dimension of a series is no longer its channels."""


def is_due(step: int, steps_per_epoch: int) -> bool:
    """Return whether to probe after the epoch that ends with ``step``; depends on the position alone, as a resume
    needs.
    """
    return step // STEPS_APART > (step - steps_per_epoch) // STEPS_APART


def probe(
    module: nn.Module, heads: Sequence[ResolvedHead], batch: Batch, *, with_gradients: bool = True
) -> tuple[LayerProbe, ...]:
    """Return the learning layers and rectifiers of ``module``, in its order, probed in eval mode with the pictures of
    ``batch``; of rectifiers only if these are enough to tell.

    The gradients of a sharded network cannot be computed beside its training, so there it returns the rectifiers only.
    """
    inputs = batch.inputs[:MOST_PICTURES]
    targets = {column: values[:MOST_PICTURES] for column, values in batch.targets.items()}
    learning = {name: weight for name, weight in module.named_parameters() if weight.requires_grad and weight.dim() > 1}
    dead: dict[str, float] = {}
    was_training = module.training
    with ExitStack() as stack:
        stack.callback(module.train, was_training)
        module.eval()
        series = _after_series(module)
        for name, layer in module.named_modules():
            if isinstance(layer, RECTIFIERS) and len(inputs) >= FEWEST_PICTURES:
                hook: Callable[..., None] = partial(_hear, dead, name, name in series)
                stack.callback(layer.register_forward_hook(hook).remove)
        with torch.set_grad_enabled(with_gradients):
            loss = total_loss(heads, module(inputs), targets)
        gradients: Sequence[Tensor | None] = [None] * len(learning)
        if with_gradients and learning:
            gradients = torch.autograd.grad(loss, list(learning.values()), allow_unused=True)
    found: dict[str, list[tuple[Tensor, Tensor]]] = {}
    for (name, weight), gradient in zip(learning.items(), gradients, strict=True):
        if gradient is not None:
            found.setdefault(name.rpartition(".")[0] or name, []).append((gradient, weight))
    learned = (
        LayerProbe(layer=layer, gradient=_rms([one for one, _ in pairs]), weight=_rms([one for _, one in pairs]))
        for layer, pairs in found.items()
    )
    return (*learned, *(LayerProbe(layer=name, dead=share) for name, share in dead.items()))


def _after_series(module: nn.Module) -> set[str]:
    """Return the layers that get a series [B, C, L], from a one-dimensional layer and what keeps its channels first."""
    found: set[str] = set()
    nodes: set[fx.Node] = set()
    for node in module.graph.nodes if isinstance(module, fx.GraphModule) else ():
        gets_series = any(source in nodes for source in node.all_input_nodes)
        layer = module.get_submodule(node.target) if node.op == "call_module" else None
        if isinstance(layer, OF_SERIES) or (gets_series and not isinstance(layer, TO_TOKENS)):
            nodes.add(node)
        if gets_series and layer is not None:
            found.add(node.target)
    return found


def _hear(  # torch passes the layer and its inputs
    dead: dict[str, float],
    name: str,
    of_series: bool,
    layer: nn.Module,  # noqa: ARG001
    inputs: Any,  # noqa: ARG001
    answers: Tensor,
) -> None:
    """Record the share of dead units: the channels of pictures [B, C, H, W] and series [B, C, L], else the last
    dimension.
    """
    with torch.no_grad():
        units = answers.movedim(1, -1) if answers.dim() == 4 or of_series else answers
        is_dead = (units <= 0).flatten(0, -2).all(dim=0)
        dead[name] = is_dead.float().mean().item()


def _rms(tensors: Sequence[Tensor]) -> float:
    values = torch.cat([each.detach().float().flatten() for each in tensors])
    return values.square().mean().sqrt().item()

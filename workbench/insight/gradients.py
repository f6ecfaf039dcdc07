"""Gradient norm of each layer."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, fx, nn

from workbench.spec.record import Record


class LayerGradient(Record):
    """The length of a layer's gradient, all its weights taken together, and that of the weights."""

    layer: str
    gradient: float
    weights: float


def layer_gradients(module: fx.GraphModule) -> tuple[LayerGradient, ...]:
    """Of each layer with weights that learn, in the network's order, as the last backward pass left them."""
    layers = [
        (path, learning)
        for path, weights in _layers(module)
        if (learning := [weight for weight in weights if weight.grad is not None])
    ]
    if not layers:
        return ()
    with torch.no_grad():
        rows = [torch.stack([_length([w.grad for w in weights]), _length(weights)]) for _, weights in layers]
        lengths = torch.stack(rows).tolist()  # all in one transfer
    return tuple(
        LayerGradient(layer=path, gradient=gradient, weights=weights)
        for (path, _), (gradient, weights) in zip(layers, lengths, strict=True)
    )


def _layers(module: fx.GraphModule) -> Iterator[tuple[str, list[nn.Parameter]]]:
    """The network's layers with their weights; those that lie beside a layer are one by themselves."""
    for node in module.graph.nodes:
        if node.op == "call_module":
            yield node.target, list(module.get_submodule(node.target).parameters())
        elif node.op == "get_attr":
            yield node.target, [module.get_parameter(node.target)]


def _length(tensors: Sequence[Tensor | None]) -> Tensor:
    """As ``clip_grad_norm_`` measures them: the length of all tensors laid end to end."""
    return nn.utils.get_total_norm([tensor.float() for tensor in tensors if tensor is not None])

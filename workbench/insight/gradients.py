"""The gradient norm of each layer."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, fx, nn

from workbench.spec.record import Record


class LayerGradient(Record):
    """The norm of a layer's gradient, over all its weights, and that of the weights."""

    layer: str
    gradient: float
    weights: float


def layer_gradients(module: fx.GraphModule) -> tuple[LayerGradient, ...]:
    """Return the norms for each layer with trainable weights, in the network's order, after the last backward pass."""
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
    """Yield the network's layers with their weights; a weight stored beside a layer counts as its own."""
    beside = dict(module.named_parameters())  # what else is stored there, such as Swin's index, does not learn
    for node in module.graph.nodes:
        if node.op == "call_module":
            yield node.target, list(module.get_submodule(node.target).parameters())
        elif node.op == "get_attr" and node.target in beside:
            yield node.target, [beside[node.target]]


def _length(tensors: Sequence[Tensor | None]) -> Tensor:
    """Return the norm of all tensors together, as ``clip_grad_norm_`` computes it."""
    return nn.utils.get_total_norm([tensor.float() for tensor in tensors if tensor is not None])

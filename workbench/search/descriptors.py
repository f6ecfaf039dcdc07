"""Descriptors: the last hidden layer's output for a picture.

A. Babenko, A. Slesarev, A. Chigorin, V. Lempitsky: Neural Codes for Image Retrieval. ECCV 2014.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, fx, nn

from workbench.compiler.truncation import ancestors, truncate


def descriptor_node(module: fx.GraphModule, embedding: str = "") -> str:
    """Return the name, in ``module.graph``, of the node with the last hidden layer's responses.

    That is the tensor that feeds the last layer with weights on the way to the first Output: the classifier's input. If
    no layer has weights, it is the tensor that feeds the Output. It also is for the Output that learns an
    ``embedding``, if one does: that is a descriptor itself.
    """
    output = next(node for node in module.graph.nodes if node.op == "output")
    if embedding:
        return str(output.args[0][embedding].name)
    first = next(iter(output.args[0].values()))
    way = ancestors(first)
    for node in reversed(module.graph.nodes):
        if node in way and node.op == "call_module" and _has_weights(module.get_submodule(node.target)):
            return str(node.all_input_nodes[0].name)
    return str(first.name)


def describe(module: fx.GraphModule, batches: Iterable[Tensor], node: str) -> Tensor:
    """Return the responses of ``node`` for every picture: float32 [N, D], on the module's device.

    batches: float32 [B, C, H, W] or [B, D], normalised as in training. A network with several Inputs gets the same
    pictures at each. Responses with positions ([B, D, H, W] or tokens [B, T, D]) are averaged over them, as global
    average pooling would do. Computes in eval mode and only what ``node`` depends on, and restores every layer's mode,
    even if the iterable raises to cancel. Raises ValueError if there are no pictures.
    """
    truncated = truncate(module, node)
    num_inputs = sum(node.op == "placeholder" for node in truncated.graph.nodes)
    with _evaluating(truncated):
        parts = [_respond(truncated, batch, num_inputs) for batch in batches]
    if not parts:
        raise ValueError("there are no pictures to describe")
    return torch.cat(parts)


def _respond(truncated: fx.GraphModule, batch: Tensor, num_inputs: int) -> Tensor:
    """Return one batch's descriptors, [B, D]."""
    with torch.no_grad():
        responses: Tensor = truncated(*[batch] * num_inputs).float()
    if responses.dim() == 3:
        return responses.mean(dim=1)
    return responses.flatten(start_dim=2).mean(dim=2) if responses.dim() > 2 else responses


def _has_weights(layer: nn.Module) -> bool:
    """Return whether it mixes its inputs by learnt weights; a scale or a slope per channel does not count."""
    return any(parameter.dim() >= 2 for parameter in layer.parameters())


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    modes = {layer: layer.training for layer in module.modules()}
    module.eval()
    try:
        yield
    finally:
        for layer, training in modes.items():
            layer.training = training

"""One layer's output shapes and costs, found by running the real module on torch's meta device.

There is no second, hand-written set of shape rules that could drift. Answers are kept by layer, parameters
and input shapes, so an edit computes again only what it changed.
"""

from functools import lru_cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from workbench.layers.base import Layer, Refusal, Shape
from workbench.spec.record import Record


class LayerFacts(Record):
    """What one layer makes of inputs of given shapes; ``macs`` are multiply-accumulates for one picture."""

    output_shapes: tuple[Shape, ...]
    parameters: int
    macs: int


@lru_cache(maxsize=50_000)
def infer(layer: Layer, shapes: tuple[Shape, ...]) -> LayerFacts | Refusal:
    """Shapes and costs, or why the layer cannot take these shapes (returned, so that it is kept too)."""
    try:
        layer.check(*shapes)
    except Refusal as refusal:
        return refusal
    try:
        return _measure(layer, shapes)
    except Exception as error:  # noqa: BLE001  # torch raises nine kinds; what the layer's own check let through ends here
        reason = str(error).strip().split("\n")[0]
        return Refusal(f"{type(layer).__name__} cannot take this input: {reason}", "change its parameters or its input")


def _measure(layer: Layer, shapes: tuple[Shape, ...]) -> LayerFacts:
    counter = FlopCounterMode(display=False)
    with torch.device("meta"), torch.no_grad():
        module = layer.build(*shapes).eval()
        inputs = [torch.empty((1, *shape)) for shape in shapes]
        with counter:
            outputs = module(*inputs)
    tensors = outputs if isinstance(outputs, tuple) else (outputs,)
    return LayerFacts(
        output_shapes=tuple(tuple(tensor.shape[1:]) for tensor in tensors),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        macs=counter.get_total_flops() // 2,  # the counter counts a multiply and an add as two
    )

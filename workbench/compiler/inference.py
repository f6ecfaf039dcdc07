"""One layer's output shapes and costs, found by running the real module on torch's meta device.

There is no second, hand-written set of shape rules that could drift. Answers are kept by layer, parameters
and input shapes, so an edit computes again only what it changed.
"""

from functools import cache, lru_cache
from typing import Any

import torch
from torch import fx, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

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


@cache
def reserved_names() -> frozenset[str]:
    """Names that a submodule cannot bear, since the module that is built has something of that name already."""
    return frozenset({"self", *dir(fx.GraphModule(nn.Module(), fx.Graph()))})


class _Counter(TorchDispatchMode):
    """Adds up the operations that torch's own formulas give for what this thread runs.

    torch's ``FlopCounterMode`` does the same, but hooks every module of the process while it counts, also
    those that another thread is training.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run ``func`` and count it, or what it is made of where it has no formula of its own."""
        kwargs = kwargs or {}
        formula = flop_registry.get(func.overloadpacket)
        if formula is None:
            with self:
                result = func.decompose(*args, **kwargs)
            return func(*args, **kwargs) if result is NotImplemented else result
        result = func(*args, **kwargs)
        self.flops += formula(*args, **kwargs, out_val=result)
        return result


def _measure(layer: Layer, shapes: tuple[Shape, ...]) -> LayerFacts:
    counter = _Counter()
    with torch.device("meta"), torch.no_grad():
        module = layer.build(*shapes).eval()
        inputs = [torch.empty((1, *shape)) for shape in shapes]
        with counter:
            outputs = module(*inputs)
    tensors = outputs if isinstance(outputs, tuple) else (outputs,)
    return LayerFacts(
        output_shapes=tuple(tuple(tensor.shape[1:]) for tensor in tensors),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        macs=counter.flops // 2,  # the formulas count a multiply and an add as two
    )

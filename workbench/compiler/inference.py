"""A layer's output shapes and costs, found by running the real module on torch's meta device.

There is no second, hand-written set of shape rules that could drift. Results are cached by layer, parameters and input
shapes, so an edit recomputes only what it affects.
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from workbench.layers.base import Layer, Refusal, Shape
from workbench.layers.mixing import mixing_weights
from workbench.spec.problems import first_line
from workbench.spec.record import Record, replace

BATCH = 1009
"""The number of pictures that a layer is tried with, which is free on the meta device.

A prime that divides no layer's sizes, so that a size divisible by it depends on the batch.
"""


FEW_TOKENS = 3
"""The number of tokens that a layer is tried with which computes them one after the other."""


class Kept(Record):
    """What a layer keeps of its forward pass in training for its backward pass.

    ``inputs`` and ``outputs`` are the indices of those kept. ``own_bytes`` are other tensors' bytes per picture (a
    pool's indices, a dropout's mask), without what does not grow with the batch. ``views`` has for each output the
    index of the input whose memory it shares, None if it has its own.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    own_bytes: int
    views: tuple[int | None, ...]


class LayerFacts(Record):
    """A layer's results for inputs of given shapes; ``macs`` are multiply-accumulates per picture.

    ``mixes`` says whether it mixes its inputs by a weight that initialisers draw.
    """

    output_shapes: tuple[Shape, ...]
    weight_shapes: tuple[Shape, ...]
    mixes: bool
    macs: int
    kept: Kept


@lru_cache(maxsize=50_000)
def infer(layer: Layer, shapes: tuple[Shape, ...]) -> LayerFacts | Refusal:
    """Return shapes and costs, or why the layer cannot take these shapes (returned rather than raised, to be cached
    too).
    """
    try:
        layer.check(*shapes)
    except Refusal as refusal:
        return refusal
    try:
        if layer.one_by_one and shapes[0][0] > FEW_TOKENS:
            return _extrapolated(layer, shapes[0])
        return _measure(layer, shapes)
    except Exception as error:  # noqa: BLE001  # torch raises nine classes; whatever the layer's check missed ends here
        what = f"{type(layer).__name__} does not accept this input: {first_line(error)}"
        return Refusal(what, "change its parameters or its input")


@cache
def reserved_names() -> frozenset[str]:
    """Return the names that a submodule cannot have, since the built module has attributes of these names."""
    return frozenset({"self", *dir(fx.GraphModule(nn.Module(), fx.Graph()))})


class _Counter(TorchDispatchMode):
    """Counts the operations that this thread runs, by torch's own formulas.

    torch's ``FlopCounterMode`` does the same, but hooks every module of the process while it counts, including those
    that another thread is training.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run ``func`` and count it, or its decomposition if it has no formula of its own."""
        kwargs = kwargs or {}
        formula = flop_registry.get(func.overloadpacket)
        if formula is None:
            with self:
                result = func.decompose(*args, **kwargs)
            return func(*args, **kwargs) if result is NotImplemented else result
        result = func(*args, **kwargs)
        self.flops += formula(*args, **kwargs, out_val=result)
        return result


def _extrapolated(layer: Layer, shape: Shape) -> LayerFacts:
    """Return what so many tokens cost, from what two and three cost: each takes torch several operations."""
    fewer, few = (_measure(layer, ((num, *shape[1:]),)) for num in (FEW_TOKENS - 1, FEW_TOKENS))
    more = shape[0] - FEW_TOKENS

    def grown(before: int, after: int) -> int:
        return after + more * (after - before)

    sides = (zip(*each, strict=True) for each in zip(fewer.output_shapes, few.output_shapes, strict=True))
    return replace(
        few,
        output_shapes=tuple(tuple(grown(*pair) for pair in each) for each in sides),
        macs=grown(fewer.macs, few.macs),
        kept=replace(few.kept, own_bytes=grown(fewer.kept.own_bytes, few.kept.own_bytes)),
    )


def _measure(layer: Layer, shapes: tuple[Shape, ...]) -> LayerFacts:
    counter = _Counter()
    saved: list[Tensor] = []

    def keep(tensor: Tensor) -> Any:
        saved.append(tensor)  # returns nothing, since no backward pass follows

    with torch.device("meta"), torch.enable_grad():
        module = layer.build(*shapes)
        inputs = [torch.empty((BATCH, *shape), requires_grad=True) for shape in shapes]
        with counter, saved_tensors_hooks(keep, lambda nothing: nothing):
            result = module(*inputs)
    outputs = result if isinstance(result, tuple) else (result,)
    weights = [*module.parameters(), *module.buffers()]
    return LayerFacts(
        output_shapes=tuple(tuple(tensor.shape[1:]) for tensor in outputs),
        weight_shapes=tuple(tuple(parameter.shape) for parameter in module.parameters()),
        # For weights stored beside the layer, the network contains no module.
        mixes=bool(mixing_weights(module)) and not layer.weights_beside(),
        macs=counter.flops // 2 // BATCH,  # the formulas count a multiply-accumulate as two
        kept=_kept(saved, weights, inputs, outputs),
    )


def _kept(
    saved: Sequence[Tensor], weights: Sequence[Tensor], inputs: Sequence[Tensor], outputs: Sequence[Tensor]
) -> Kept:
    """Return what ``saved`` keeps in memory, counting each storage once; weights are in memory anyway."""
    storages = {_storage(tensor): tensor.untyped_storage().nbytes() for tensor in saved}
    arrived = [_storage(tensor) for tensor in inputs]
    given = [_storage(tensor) for tensor in outputs]
    own = storages.keys() - {*map(_storage, weights), *arrived, *given}
    return Kept(
        inputs=tuple(index for index, storage in enumerate(arrived) if storage in storages),
        outputs=tuple(i for i, storage in enumerate(given) if storage in storages and storage not in arrived),
        own_bytes=sum(storages[storage] // BATCH for storage in own if storages[storage] % BATCH == 0),
        views=tuple(arrived.index(storage) if storage in arrived else None for storage in given),
    )


def _storage(tensor: Tensor) -> int:
    """Identify a storage, also on the meta device, where it has no address."""
    number: int = tensor.untyped_storage()._cdata
    return number

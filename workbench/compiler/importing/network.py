"""Imports a module as an architecture with its weights, and verifies that it computes the same."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from onnx import ModelProto
from torch import Tensor, fx, nn

from workbench.compiler.importing import heads, patterns, rewriting  # noqa: F401  # they declare the rewriting rules
from workbench.compiler.importing.attention import recognise_attention
from workbench.compiler.importing.classes import bind_classes
from workbench.compiler.importing.folding import fold
from workbench.compiler.importing.layering import FORMULA, Layered, layer
from workbench.compiler.importing.mining import find_blocks
from workbench.compiler.importing.onnx_file import read
from workbench.compiler.importing.onnx_network import USUAL_SIDES, OnnxNetwork
from workbench.compiler.importing.onnx_original import Original
from workbench.compiler.importing.operations import Constant, Traced, Unfit, Unreadable, Weight, leaves
from workbench.compiler.importing.parametrised import with_plain_weights
from workbench.compiler.importing.picks import pick_first
from workbench.compiler.importing.rewriter import Rewriter
from workbench.compiler.importing.tracing import trace
from workbench.compiler.importing.windows import with_grids
from workbench.compiler.module import build
from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.layers import LAYERS
from workbench.layers.base import Shape
from workbench.spec.experiment import Architecture
from workbench.spec.files import from_json, to_json
from workbench.spec.problems import first_line

TOLERANCE = 1e-4
"""The largest difference due to rounding, relative to the largest output if that is above one."""

NOISE = 0.1
"""The standard deviation of what is added to constant weights: far from making a variance, which starts at 1,
negative.
"""

SIZES = (1, 5)
"""The batch sizes for verification: different from those of the tracing."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """An imported network.

    ``weights`` have the names of the compiled module's state, ``sources`` maps these to the original names, and
    ``unused`` are weights that do not affect the outputs, such as those of heads used only in training. ``opaque`` are
    the paths of the layers that are formulas. ``plain`` are weights that the original computes from others. Both were
    compared ``in_float64`` where float32 rounds them far apart.
    """

    architecture: Architecture
    weights: dict[str, Tensor]
    sources: dict[str, str]
    opaque: tuple[str, ...]
    unused: tuple[str, ...]
    num_parameters: int
    max_abs_difference: float
    in_float64: bool = False
    plain: tuple[str, ...] = ()


def import_module(model: nn.Module, shapes: tuple[Shape, ...], name: str) -> Imported:
    """Import a module in eval mode on inputs of these shapes. Raises Unreadable, in a sentence, if that is impossible.

    It is compared twice: as it is, and with nothing multiplied away by a weight that starts at 0. A weight that the
    model computes from others becomes a plain one, also in the model.
    """
    plain = with_plain_weights(model)
    with varied(model):
        other = _proven(model, shapes, name)
    imported = _proven(model, shapes, name)
    return replace(
        imported,
        max_abs_difference=max(other.max_abs_difference, imported.max_abs_difference),
        in_float64=other.in_float64 or imported.in_float64,
        plain=plain,
    )


def _proven(model: nn.Module, shapes: tuple[Shape, ...], name: str) -> Imported:
    """Import the module and compare it; in float64 if float32 leaves a doubt, whose rounding some networks amplify a
    thousandfold, and which it says if the module cannot be computed so.
    """

    def comparison(module: nn.Module, dtype: torch.dtype) -> Imported:
        return prove(imported, lambda inputs: _answers(module(*inputs)), shapes, dtype)

    imported = assemble(trace(model, shapes), name)
    refusal: Unreadable | None = None
    found = imported
    try:
        found = comparison(model, torch.float32)
    except Unreadable as error:
        refusal = error
    if refusal is not None or found.max_abs_difference > TOLERANCE:
        with suppress(Exception):  # such as RuntimeError; untrusted code can raise anything
            return comparison(copy.deepcopy(model).double(), torch.float64)
    if refusal is not None:
        raise refusal
    return found


@contextmanager
def varied(model: nn.Module) -> Iterator[None]:
    """Add noise to weights and running statistics that are constant, as many are at first; they are restored at the
    end.

    The head of torchvision's Vision Transformer starts at 0, as does the last normalisation layer of timm's residual
    blocks, and ConvNeXt scales its blocks by 1e-6: whatever comes before them would hardly change the outputs.
    """
    statistics = (value for name, value in model.named_buffers() if name.endswith(("running_mean", "running_var")))
    constant = [
        tensor.detach()
        for tensor in (*model.parameters(), *statistics)
        if tensor.is_floating_point() and tensor.numel() and bool((tensor == tensor.flatten()[0]).all())
    ]
    before = [tensor.clone() for tensor in constant]
    generator = torch.Generator().manual_seed(2)
    for tensor in constant:
        tensor.add_(torch.randn(tensor.shape, generator=generator), alpha=NOISE)
    try:
        yield
    finally:
        for tensor, values in zip(constant, before, strict=True):
            tensor.copy_(values)


def import_onnx(path: Path, shape: Shape | None, name: str) -> Imported:
    """Import an ONNX file; ``shape`` is that of its input if the file leaves it open. Raises Unreadable as above."""
    model = read(path)
    network, traced = _traced(model, shape)
    return prove(assemble(traced, name), Original(model, network), tuple(given.shape for given in network.given))


def _traced(model: ModelProto, shape: Shape | None) -> tuple[OnnxNetwork, Traced]:
    """Trace the network on an input of this shape, or of the first usual one for which it can be computed."""
    tried: set[tuple[Shape, ...]] = set()
    refusal: Unfit | None = None
    for sides in USUAL_SIDES:
        network = OnnxNetwork(model, shape, sides)
        shapes = tuple(given.shape for given in network.given)
        if shapes not in tried:
            tried.add(shapes)
            try:
                return network, trace(network, shapes, network.weights, network.kinds)
            except Unfit as error:
                refusal = refusal or error
    assert refusal is not None
    choose = ": set the dimensions that the file leaves open with --input" if len(tried) > 1 else ""
    raise Unfit(f"{refusal}{choose}")


def assemble(traced: Traced, name: str) -> Imported:
    """Convert operations to an architecture and weights, not verified yet."""
    layered = find_blocks(recognise_attention(layer(Rewriter(with_grids(pick_first(traced))).run())))
    architecture = bind_classes(fold(layered, name))
    weights, sources = _weights(layered, traced)
    opaque = tuple(".".join(leaf.path) for leaf in layered.leaves if leaf.type == FORMULA)
    return Imported(
        architecture=architecture,
        weights=weights,
        sources=sources,
        opaque=opaque,
        unused=tuple(sorted(traced.weights.keys() - _used(traced))),
        num_parameters=0,
        max_abs_difference=0.0,
    )


def _used(traced: Traced) -> set[str]:
    """Return the weights that are used, and the counters beside them."""
    found = {
        leaf.name
        for operation in traced.operations
        for leaf in leaves((operation.args, operation.kwargs))
        if isinstance(leaf, Weight)
    }
    return found | {name.replace("running_mean", "num_batches_tracked") for name in found}


def _weights(layered: Layered, traced: Traced) -> tuple[dict[str, Tensor], dict[str, str]]:
    weights: dict[str, Tensor] = {}
    sources: dict[str, str] = {}
    taken: set[int] = set()
    for leaf in layered.leaves:
        beside = LAYERS.of(leaf).weights_beside()
        for key, weight in leaf.weights.items():
            path = ".".join(leaf.path)
            name = f"{path}{beside[key]}" if key in beside else f"{path}.{key}"
            tensor = (weight.tensor if isinstance(weight, Weight | Constant) else weight).detach().contiguous()
            memory = tensor.untyped_storage().data_ptr()
            weights[name] = tensor.clone() if memory in taken else tensor  # a file stores each weight separately
            taken.add(memory)
            if isinstance(weight, Weight):
                sources[name] = weight.name
        counted = leaf.weights.get("running_mean") if leaf.type != FORMULA else None
        if isinstance(counted, Weight) and counted.name.endswith("running_mean"):
            count = counted.name.replace("running_mean", "num_batches_tracked")
            if count in traced.weights:
                name = ".".join((*leaf.path, "num_batches_tracked"))
                weights[name], sources[name] = traced.weights[count].tensor.clone(), count
    return weights, sources


def prove(imported: Imported, original: Any, shapes: tuple[Shape, ...], dtype: torch.dtype = torch.float32) -> Imported:
    """Compare with ``original(inputs)``, a tuple of tensors, computed in ``dtype``. Raises Unreadable if the difference
    is not due to rounding.
    """
    module = build(from_json(to_json(imported.architecture), Architecture), seed=0).eval()  # as it will be saved
    weights = {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor for name, tensor in imported.weights.items()
    }
    put_weights(module.to(dtype), weights)
    generator = torch.Generator().manual_seed(1)
    difference, largest = 0.0, 1.0
    for size in SIZES:
        inputs = tuple(torch.randn(size, *shape, generator=generator).to(dtype) for shape in shapes)
        with torch.no_grad():
            expected, found = _computed(original, inputs), tuple(module(*inputs).values())
        for wanted, given in zip(expected, found, strict=True):
            if wanted.shape != given.shape:
                raise Unreadable("the imported network's outputs have a different shape")
            if not (wanted.isfinite().all() and given.isfinite().all()):
                raise Unreadable("its outputs are not finite, so they cannot be compared")
            difference = max(difference, float((wanted - given).abs().max()))
            largest = max(largest, float(wanted.abs().max()))
    if not difference <= TOLERANCE * largest:
        raise Unreadable(f"the imported network's outputs differ by up to {difference:.2g}")
    num_parameters = sum(parameter.numel() for parameter in module.parameters())
    in_float64 = dtype == torch.float64
    return replace(imported, num_parameters=num_parameters, max_abs_difference=difference, in_float64=in_float64)


def _computed(original: Any, inputs: tuple[Tensor, ...]) -> Any:
    """Return the original's outputs. Raises Unreadable if it has none for a batch of this size."""
    try:
        return original(inputs)
    except Exception as error:  # untrusted code can raise anything
        if isinstance(error, Unreadable) or is_out_of_memory(error):
            raise
        raise Unreadable(
            f"it cannot be computed for a batch of {len(inputs[0])}: {first_line(error)}; let it take a batch of any size"
        ) from error


def put_weights(module: fx.GraphModule, weights: dict[str, Tensor]) -> None:
    """Load the imported weights into the module; only counters of batches may be missing."""
    missing, unknown = module.load_state_dict(weights, strict=False, assign=True)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unknown:
        raise Unreadable(f"its weights do not fit the imported network: {', '.join([*missing, *unknown][:3])}")


def _answers(answer: Any) -> tuple[Tensor, ...]:
    if isinstance(answer, Tensor):
        return (answer,)
    parts = list(answer.values()) if isinstance(answer, dict) else answer
    return tuple(tensor for part in parts if part is not None for tensor in _answers(part))

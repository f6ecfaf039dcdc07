"""Recognises layers in arithmetic: exporters decompose GELU, LayerNorm, a Linear's bias and others."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import torch

from workbench.compiler.importing.operations import Constant, Operation, Value, Weight, made_by
from workbench.compiler.importing.rewriter import Rewriter, rewriting

CLOSE = 1e-4
"""The relative tolerance, since numbers in files are rounded: 0.7071 for the root of one half."""


MOST_FACTORS = 12
"""A product that is repeatedly multiplied by itself has exponentially many factors."""


def number(thing: Any) -> float | None:
    """Return a plain number, or a constant with one element, as a float; None for anything else."""
    if isinstance(thing, bool):
        return None
    if isinstance(thing, int | float):
        return float(thing)
    if isinstance(thing, Constant | Weight) and thing.tensor.numel() == 1:
        return float(thing.tensor.reshape(()))
    return None


def _is(thing: Any, wanted: float) -> bool:
    found = number(thing)
    return found is not None and math.isclose(found, wanted, rel_tol=CLOSE)


def _sides(operation: Operation | None) -> tuple[Any, Any] | None:
    return None if operation is None or len(operation.args) != 2 else (operation.args[0], operation.args[1])


def _with(operation: Operation | None, wanted: float) -> Any:
    """Return the other operand of a sum or product with this number; None if there is none."""
    sides = _sides(operation)
    if sides is None:
        return None
    return sides[0] if _is(sides[1], wanted) else sides[1] if _is(sides[0], wanted) else None


# Products


@rewriting("mul")
def product(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Rewrite a product as an activation, or as the scale of the preceding norm."""
    shape = operation.shapes[0]
    found = _activation(_factors(operation))
    if found is not None:
        function, x = found
        return [rewriter.new(function, (x,), shape)] if x.shape == shape else None
    scaled = _scaled_by_number(rewriter, operation)
    if scaled is not None:
        return scaled
    x, weight = _value_and_weight(operation)
    if weight is None:
        return _scaled_by_view(rewriter, operation)
    norm = rewriter.before(x, "batch_norm", "layer_norm")
    if norm is None:
        return None
    if norm.function == "layer_norm":
        _, sides, own, bias, eps = norm.args
        fits = own is None and bias is None and weight.shape == tuple(sides)
        return [rewriter.new("layer_norm", (norm.args[0], sides, weight, None, eps), shape)] if fits else None
    return _with_norm(rewriter, norm, weight, is_scale=True)


def _scaled_by_view(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Replace a reshaped weight that is used once by a weight of that shape."""
    for side, x in (operation.args, operation.args[::-1]):
        view = rewriter.before(side, "reshape", "unsqueeze")
        weight = view.args[0] if view is not None else None
        if view is not None and isinstance(weight, Weight) and isinstance(x, Value):
            sides = [side for side in view.shapes[0] if isinstance(side, int)]
            shaped = replace(weight, tensor=weight.tensor.reshape(sides))
            return [rewriter.new("mul", (x, shaped), operation.shapes[0])]
    return None


def _scaled_by_number(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Fold a factor after a convolution or norm into its weights."""
    first, second = operation.args
    x, factor = (second, number(first)) if number(first) is not None else (first, number(second))
    if factor == 1 and isinstance(x, Value) and x.shape == operation.shapes[0]:
        return [x]
    made = rewriter.before(x, "conv2d", "batch_norm")
    if factor is None or made is None:
        return None
    if made.function == "batch_norm":
        mean, var, weight, bias, *rest = _norm_parts(made)
        if not isinstance(weight, Weight) or not isinstance(bias, Weight):
            return None
        scaled = (replace(each, tensor=each.tensor * factor) for each in (weight, bias))
        return [rewriter.new("batch_norm", (made.args[0], mean, var, *scaled, *rest), operation.shapes[0])]
    weight, bias = made.args[1], made.args[2] if len(made.args) > 2 else None
    if not isinstance(weight, Weight) or not isinstance(bias, Weight | None):
        return None
    new_bias = None if bias is None else replace(bias, tensor=bias.tensor * factor)
    arguments = (made.args[0], replace(weight, tensor=weight.tensor * factor), new_bias, *made.args[3:])
    return [rewriter.new("conv2d", arguments, operation.shapes[0], **made.kwargs)]


def _factors(operation: Operation) -> tuple[float, list[Value]]:
    """Return a product as one number and the other factors; no factors if there are more than an activation has."""
    scale = 1.0
    values: list[Value] = []
    waiting: list[Any] = list(operation.args)
    for _ in range(MOST_FACTORS):
        if not waiting:
            return scale, values
        thing = waiting.pop(0)
        plain = number(thing)
        inner = made_by(thing, "mul")
        halved = made_by(thing, "div")
        divisor = number(halved.args[1]) if halved is not None and not halved.kwargs else None
        if plain is not None:
            scale *= plain
        elif inner is not None and not inner.kwargs:
            waiting += inner.args
        elif halved is not None and divisor:
            scale /= divisor
            waiting.append(halved.args[0])
        elif isinstance(thing, Value):
            values.append(thing)
        else:
            break
    return 0.0, []


def _activation(factors: tuple[float, list[Value]]) -> tuple[str, Value] | None:
    scale, values = factors
    if len(values) != 2:
        return None
    for x, gate in (values, values[::-1]):
        for wanted, function, source in (
            (1.0, "silu", _argument(gate, "sigmoid")),
            (1.0, "hardswish", _argument(gate, "hardsigmoid")),
            (1 / 6, "hardswish", _of_six(gate)),
            (0.5, "gelu", _of_erf(gate)),
        ):
            if source is not None and source == x and math.isclose(scale, wanted, rel_tol=CLOSE):
                return function, x
    return None


def _argument(value: Value, function: str) -> Any:
    made = made_by(value, function)
    return made.args[0] if made is not None else None


def _of_six(gate: Value) -> Any:
    """Return the x of clamp(x + 3, 0, 6)."""
    clipped = made_by(gate, "clamp", "relu6")
    if clipped is None or (clipped.function == "clamp" and tuple(clipped.args[1:]) != (0, 6)):
        return None
    return _with(made_by(clipped.args[0], "add"), 3)


def _of_erf(gate: Value) -> Any:
    """Return the x of 1 + erf(x / √2)."""
    erf = made_by(_with(made_by(gate, "add"), 1), "erf")
    inner = erf.args[0] if erf is not None else None
    divided = made_by(inner, "div")
    if divided is not None and _is(divided.args[1], math.sqrt(2)):
        return divided.args[0]
    return _with(made_by(inner, "mul"), math.sqrt(0.5))


# Quotients


@rewriting("div")
def quotient(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Rewrite a quotient as a norm over the last dimension, or as hardsigmoid or hardswish."""
    if operation.kwargs or len(operation.args) != 2:
        return None
    above, below = operation.args
    shape = operation.shapes[0]
    if _is(below, 6) and isinstance(above, Value):
        x = _of_six(above)
        if x is not None:
            return [rewriter.new("hardsigmoid", (x,), shape)]
        multiplied = made_by(above, "mul")
        scale, values = _factors(multiplied) if multiplied is not None else (0.0, [])
        found = _activation((scale / 6, values))
        return [rewriter.new(found[0], (found[1],), shape)] if found is not None else None
    return _layer_norm(rewriter, above, below)


def _layer_norm(rewriter: Rewriter, centred: Any, deviation: Any) -> list[Value] | None:
    """Recognise (x - mean) / sqrt(mean((x - mean)²) + eps)."""
    difference = _sides(made_by(centred, "sub"))
    root = made_by(deviation, "sqrt")
    sides = _sides(made_by(root.args[0], "add")) if root is not None else None
    if difference is None or sides is None:
        return None
    x, mean = difference
    variance, eps = sides if number(sides[1]) is not None else sides[::-1]
    spread = made_by(variance, "mean")
    if not isinstance(x, Value) or number(eps) is None or spread is None or not _is_mean_of(mean, x):
        return None
    if _squared(spread.args[0]) != centred or not _over_last(spread, len(x.shape)):
        return None
    return [rewriter.new("layer_norm", (x, x.shape[-1:], None, None, number(eps)), x.shape)]


def _is_mean_of(value: Any, x: Value) -> bool:
    mean = made_by(value, "mean")
    return mean is not None and mean.args[0] == x and _over_last(mean, len(x.shape))


def _over_last(mean: Operation, rank: int) -> bool:
    dims, keep = mean.argument(1, "dim"), mean.argument(2, "keepdim", False)
    dims = [dims] if isinstance(dims, int) else dims
    return bool(keep) and isinstance(dims, list | tuple) and [dim % rank for dim in dims] == [rank - 1]


def _squared(value: Any) -> Any:
    powered = _sides(made_by(value, "pow"))
    if powered is not None and _is(powered[1], 2):
        return powered[0]
    multiplied = _sides(made_by(value, "mul"))
    if multiplied is not None and multiplied[0] == multiplied[1]:
        return multiplied[0]
    return _argument(value, "square") if isinstance(value, Value) else None


# Sums


@rewriting("add")
def total(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Rewrite a sum as the bias of the preceding layer; remove the addition of 0."""
    same = _with(operation, 0)
    if isinstance(same, Value) and same.is_float and same.shape == operation.shapes[0]:
        return [same]
    x, bias = _value_and_weight(operation)
    if bias is None:
        x, bias = _value_and_number(rewriter, operation)
    if bias is None or operation.kwargs:
        return None
    shape = operation.shapes[0]
    made = rewriter.before(x, "linear", "conv2d", "conv_transpose2d", "layer_norm", "batch_norm")
    if made is None or x.shape != shape:
        return None
    if made.function == "batch_norm":
        return _with_norm(rewriter, made, bias, is_scale=False)
    if made.function == "layer_norm":
        inner, sides, weight, own, eps = made.args
        fits = weight is not None and own is None and bias.shape == tuple(sides)
        return [rewriter.new("layer_norm", (inner, sides, weight, bias, eps), shape)] if fits else None
    arguments = [*made.args, None][:3] if len(made.args) < 3 else list(made.args)
    weight = arguments[1]
    if arguments[2] is not None or "bias" in made.kwargs or not isinstance(weight, Weight):
        return None
    channels = weight.shape[0] if made.function != "conv_transpose2d" else bias.tensor.numel()
    flat = _along_channels(bias, channels, 2 if made.function == "linear" else len(shape))
    if flat is None or (made.function == "linear" and bias.shape != (weight.shape[0],)):
        return None
    arguments[2] = flat
    return [rewriter.new(made.function, arguments, shape, **made.kwargs)]


def _value_and_weight(operation: Operation) -> tuple[Any, Weight | None]:
    sides = _sides(operation)
    if sides is None:
        return None, None
    first, second = sides
    if isinstance(first, Value) and isinstance(second, Weight):
        return first, second
    if isinstance(second, Value) and isinstance(first, Weight):
        return second, first
    return None, None


def _value_and_number(rewriter: Rewriter, operation: Operation) -> tuple[Any, Weight | None]:
    """Return a number added to the output of a convolution or norm, as one number per channel."""
    first, second = operation.args
    x, plain = (second, number(first)) if number(first) is not None else (first, number(second))
    made = rewriter.before(x, "conv2d", "batch_norm")
    weight = made.args[1] if made is not None and len(made.args) > 1 else None
    if plain is None or not isinstance(weight, Weight):
        return None, None
    channels = weight.shape[0]
    return x, Weight(f"{weight.name}_shift", torch.full((channels, 1, 1), plain))


def _along_channels(weight: Weight, channels: int, rank: int) -> Weight | None:
    """Return a weight with one number per channel, for a value of this rank, as a vector."""
    shape = (1,) * (rank - len(weight.shape)) + weight.shape
    wanted = (1, channels, *[1] * (rank - 2))
    return replace(weight, tensor=weight.tensor.reshape(-1)) if shape == wanted else None


def _norm_parts(norm: Operation) -> tuple[Any, ...]:
    names = ("running_mean", "running_var", "weight", "bias", "training", "momentum", "eps")
    given = dict(zip(names, norm.args[1:], strict=False)) | norm.kwargs
    defaults = {"weight": None, "bias": None, "training": False, "momentum": 0.1, "eps": 1e-5}
    return tuple((defaults | given)[name] for name in names)


def _with_norm(rewriter: Rewriter, norm: Operation, number: Weight, *, is_scale: bool) -> list[Value] | None:
    """Return a norm whose output is multiplied by this number per channel, or else has it added."""
    mean, var, weight, bias, *rest = _norm_parts(norm)
    flat = _along_channels(number, mean.shape[0], len(norm.shapes[0])) if isinstance(mean, Weight) else None
    if flat is None:
        return None
    if is_scale:
        weight = flat if weight is None else replace(weight, tensor=weight.tensor * flat.tensor)
        bias = None if bias is None else replace(bias, tensor=bias.tensor * flat.tensor)
    else:
        weight = replace(flat, tensor=torch.ones_like(flat.tensor)) if weight is None else weight
        bias = flat if bias is None else replace(bias, tensor=bias.tensor + flat.tensor)
    return [rewriter.new("batch_norm", (norm.args[0], mean, var, weight, bias, *rest), norm.shapes[0])]


# Products of matrices


@rewriting("matmul", "mm")
def matrix(rewriter: Rewriter, operation: Operation) -> list[Value] | None:
    """Rewrite a product with a weight as a Linear, whose weight is transposed."""
    x, weight = operation.args
    if not isinstance(x, Value) or operation.kwargs:
        return None
    turned = made_by(weight, "transpose", "permute")
    if isinstance(weight, Weight) and len(weight.shape) == 2:
        straight = replace(weight, tensor=weight.tensor.T.contiguous())
    elif turned is not None and isinstance(turned.args[0], Weight) and len(turned.args[0].shape) == 2:
        straight = turned.args[0]
    else:
        return None
    return [rewriter.new("linear", (x, straight, None), operation.shapes[0])]

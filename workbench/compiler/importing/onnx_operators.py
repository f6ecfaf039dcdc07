"""ONNX's operators in torch's functions, from opset 7 to the newest: one function each, of the operator's own name.

What is known beforehand (weights folded, shapes) and what is computed are torch's tensors alike; a function asks a
tensor for its numbers only where ONNX wants them to be known.
"""

# ruff: noqa: N802  # the names are ONNX's

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from workbench.compiler.importing.operations import Unreadable

DTYPES = {
    1: torch.float32,
    2: torch.uint8,
    3: torch.int8,
    5: torch.int16,
    6: torch.int32,
    7: torch.int64,
    9: torch.bool,
    10: torch.float16,
    11: torch.float64,
    16: torch.bfloat16,
}
"""torch's dtype by ONNX's number of it."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A node of an ONNX graph: its operator, attributes, and the opset that says what they mean."""

    operator: str
    attributes: dict[str, Any]
    num_outputs: int
    opset: int

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute, or what it is where it is not written."""
        return self.attributes.get(name, default)


SELU = (1.6732632423543772, 1.0507009873554805)
"""The numbers that keep mean and variance; a file may have others."""

Operator = Callable[..., Any]
OPERATORS: dict[str, Operator] = {}


def operator(function: Operator) -> Operator:
    """Declare an operator; its function takes the step and then the inputs, None for one that is left out."""
    OPERATORS[function.__name__.removeprefix("_")] = function
    return function


def _whole(tensor: Tensor | None) -> list[int] | None:
    """The numbers of a shape or of axes, which must be known."""
    return None if tensor is None else [int(number) for number in tensor.reshape(-1).tolist()]


def _axes(step: Step, given: Tensor | None, name: str = "axes") -> list[int] | None:
    """Axes were an attribute once, and are an input now."""
    found: list[int] | None = step.get(name) if given is None else _whole(given)
    return found


# One tensor, number by number

_PLAIN: dict[str, Callable[[Tensor], Tensor]] = {
    "Abs": torch.abs,
    "Acos": torch.acos,
    "Asin": torch.asin,
    "Atan": torch.atan,
    "Ceil": torch.ceil,
    "Cos": torch.cos,
    "Cosh": torch.cosh,
    "Erf": torch.erf,
    "Exp": torch.exp,
    "Floor": torch.floor,
    "HardSwish": F.hardswish,
    "Identity": lambda x: x,
    "IsNaN": torch.isnan,
    "Log": torch.log,
    "Mish": F.mish,
    "Neg": torch.neg,
    "Not": torch.logical_not,
    "Reciprocal": torch.reciprocal,
    "Relu": F.relu,
    "Round": torch.round,
    "Sigmoid": torch.sigmoid,
    "Sign": torch.sign,
    "Sin": torch.sin,
    "Sinh": torch.sinh,
    "Softplus": F.softplus,
    "Softsign": F.softsign,
    "Sqrt": torch.sqrt,
    "Tan": torch.tan,
    "Tanh": torch.tanh,
}
OPERATORS.update({name: lambda _step, x, function=function: function(x) for name, function in _PLAIN.items()})


@operator
def _Cast(step: Step, x: Tensor) -> Tensor:
    dtype = DTYPES.get(step.get("to"))
    if dtype is None:
        raise Unreadable("it computes with words or other things that are no numbers")
    return x.to(dtype)


@operator
def _CastLike(_: Step, x: Tensor, like: Tensor) -> Tensor:
    return x.to(like.dtype)


@operator
def _Clip(step: Step, x: Tensor, low: Tensor | None = None, high: Tensor | None = None) -> Tensor:
    bounds = [step.get(name) if bound is None else bound.item() for name, bound in (("min", low), ("max", high))]
    bounds = [None if bound is not None and abs(bound) > 3e38 else bound for bound in bounds]
    return x if bounds == [None, None] else torch.clamp(x, *bounds)


@operator
def _Dropout(step: Step, x: Tensor, ratio: Tensor | None = None, training: Tensor | None = None) -> Any:
    if training is not None and bool(training.item()):
        raise Unreadable("it was exported while it was being trained: its dropout is at work")
    y = F.dropout(x, step.get("ratio", 0.5) if ratio is None else float(ratio.item()), False)
    return (y, torch.ones_like(x, dtype=torch.bool)) if step.num_outputs > 1 else y


@operator
def _Celu(step: Step, x: Tensor) -> Tensor:
    return F.celu(x, step.get("alpha", 1.0))


@operator
def _Elu(step: Step, x: Tensor) -> Tensor:
    return F.elu(x, step.get("alpha", 1.0))


@operator
def _Selu(step: Step, x: Tensor) -> Tensor:
    alpha, gamma = step.get("alpha", SELU[0]), step.get("gamma", SELU[1])
    usual = math.isclose(alpha, SELU[0], rel_tol=1e-6) and math.isclose(gamma, SELU[1], rel_tol=1e-6)
    return F.selu(x) if usual else gamma * F.elu(x, alpha)


@operator
def _Gelu(step: Step, x: Tensor) -> Tensor:
    return F.gelu(x, approximate=step.get("approximate", "none"))


@operator
def _LeakyRelu(step: Step, x: Tensor) -> Tensor:
    return F.leaky_relu(x, step.get("alpha", 0.01))


@operator
def _ThresholdedRelu(step: Step, x: Tensor) -> Tensor:
    return F.threshold(x, step.get("alpha", 1.0), 0.0)


@operator
def _PRelu(_: Step, x: Tensor, slope: Tensor) -> Tensor:
    return torch.where(x < 0, x * slope, x)


@operator
def _HardSigmoid(step: Step, x: Tensor) -> Tensor:
    alpha, beta = step.get("alpha", 0.2), step.get("beta", 0.5)
    if math.isclose(alpha, 1 / 6, rel_tol=1e-5) and beta == 0.5:
        return F.hardsigmoid(x)
    return torch.clamp(x * alpha + beta, 0, 1)


@operator
def _Softmax(step: Step, x: Tensor) -> Tensor:
    return _along(step, x, F.softmax)


@operator
def _LogSoftmax(step: Step, x: Tensor) -> Tensor:
    return _along(step, x, F.log_softmax)


def _along(step: Step, x: Tensor, function: Callable[..., Tensor]) -> Tensor:
    """Until opset 12 everything from the axis on counts as one dimension."""
    axis = step.get("axis", -1 if step.opset >= 13 else 1) % x.ndim
    if step.opset >= 13 or axis == x.ndim - 1 or all(side == 1 for side in x.shape[axis + 1 :]):
        return function(x, dim=axis)
    return function(x.flatten(axis), dim=axis).reshape(x.shape)


# Two tensors, and more

_BOTH: dict[str, Callable[[Any, Any], Tensor]] = {
    "Add": lambda a, b: a + b,
    "And": torch.logical_and,
    "Equal": torch.eq,
    "Greater": torch.gt,
    "GreaterOrEqual": torch.ge,
    "Less": torch.lt,
    "LessOrEqual": torch.le,
    "MatMul": torch.matmul,
    "Mul": lambda a, b: a * b,
    "Or": torch.logical_or,
    "Pow": torch.pow,
    "Sub": lambda a, b: a - b,
    "Xor": torch.logical_xor,
}
OPERATORS.update({name: lambda _step, a, b, function=function: function(a, b) for name, function in _BOTH.items()})


@operator
def _Div(_: Step, a: Tensor, b: Tensor) -> Tensor:
    if a.is_floating_point() or b.is_floating_point():
        return a / b
    return torch.div(a, b, rounding_mode="trunc")


@operator
def _Mod(step: Step, a: Tensor, b: Tensor) -> Tensor:
    return torch.fmod(a, b) if step.get("fmod", 0) else torch.remainder(a, b)


@operator
def _Sum(_: Step, *x: Tensor) -> Tensor:
    return _folded(lambda a, b: a + b, x)


@operator
def _Mean(_: Step, *x: Tensor) -> Tensor:
    return _folded(lambda a, b: a + b, x) / len(x)


@operator
def _Max(_: Step, *x: Tensor) -> Tensor:
    return _folded(torch.maximum, x)


@operator
def _Min(_: Step, *x: Tensor) -> Tensor:
    return _folded(torch.minimum, x)


def _folded(function: Callable[[Tensor, Tensor], Tensor], x: Sequence[Tensor]) -> Tensor:
    found = x[0]
    for other in x[1:]:
        found = function(found, other)
    return found


@operator
def _Where(_: Step, condition: Tensor, a: Tensor, b: Tensor) -> Tensor:
    return torch.where(condition, a, b)


@operator
def _Einsum(step: Step, *x: Tensor) -> Tensor:
    return torch.einsum(step.get("equation"), *x)


@operator
def _Gemm(step: Step, a: Tensor, b: Tensor, c: Tensor | None = None) -> Tensor:
    alpha, beta = step.get("alpha", 1.0), step.get("beta", 1.0)
    a = a.transpose(0, 1) if step.get("transA", 0) else a
    plain = alpha == 1 and (c is None or beta == 1)
    if plain and (c is None or c.ndim == 1) and step.get("transB", 0):
        return F.linear(a, b, c)
    b = b.transpose(0, 1) if step.get("transB", 0) else b
    y = torch.matmul(a, b)
    y = y if alpha == 1 else y * alpha
    return y if c is None else y + (c if beta == 1 else c * beta)


# Convolution, pooling, normalisation

Sliding = dict[int, Callable[..., Tensor]]
_CONVOLUTIONS: Sliding = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}
_TRANSPOSED: Sliding = {3: F.conv_transpose1d, 4: F.conv_transpose2d, 5: F.conv_transpose3d}
_MAX_POOLS: Sliding = {3: F.max_pool1d, 4: F.max_pool2d, 5: F.max_pool3d}
_AVERAGE_POOLS: Sliding = {3: F.avg_pool1d, 4: F.avg_pool2d, 5: F.avg_pool3d}


def _border(step: Step, sides: Sequence[int], kernel: Sequence[int]) -> tuple[list[int], list[int]]:
    """Pixels added before and after, side by side."""
    strides = step.get("strides") or [1] * len(kernel)
    dilations = step.get("dilations") or [1] * len(kernel)
    auto = step.get("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        reach = [spacing * (size - 1) + 1 for size, spacing in zip(kernel, dilations, strict=True)]
        total = [
            max(0, (math.ceil(side / stride) - 1) * stride + far - side)
            for side, stride, far in zip(sides, strides, reach, strict=True)
        ]
        less = [border // 2 for border in total]
        more = [border - half for border, half in zip(total, less, strict=True)]
        return (less, more) if auto == "SAME_UPPER" else (more, less)
    pads = [0] * 2 * len(kernel) if auto == "VALID" else step.get("pads") or [0] * 2 * len(kernel)
    return list(pads[: len(kernel)]), list(pads[len(kernel) :])


def _padded(x: Tensor, before: Sequence[int], after: Sequence[int], value: float = 0.0) -> Tensor:
    pairs = [pad for pair in zip(reversed(before), reversed(after), strict=True) for pad in pair]
    return F.pad(x, pairs, value=value)


def _sized(x: Tensor, table: Sliding, what: str) -> Callable[..., Tensor]:
    if x.ndim not in table:
        raise Unreadable(f"it has a {what} over {x.ndim - 2} dimensions")
    return table[x.ndim]


@operator
def _Conv(step: Step, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    function = _sized(x, _CONVOLUTIONS, "convolution")
    before, after = _border(step, x.shape[2:], weight.shape[2:])
    if before != after:
        x, before = _padded(x, before, after), [0] * len(before)
    rank = len(before)
    strides, dilations = step.get("strides") or [1] * rank, step.get("dilations") or [1] * rank
    return function(x, weight, bias, tuple(strides), tuple(before), tuple(dilations), step.get("group", 1))


@operator
def _ConvTranspose(step: Step, x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    function = _sized(x, _TRANSPOSED, "transposed convolution")
    kernel = weight.shape[2:]
    rank = len(kernel)
    strides, dilations = step.get("strides") or [1] * rank, step.get("dilations") or [1] * rank
    extra = step.get("output_padding") or [0] * rank
    if step.get("output_shape") or step.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise Unreadable("it has a transposed convolution whose output size is given")
    before, after = _border(step, x.shape[2:], kernel)
    extra = [more + low - high for more, low, high in zip(extra, before, after, strict=True)]
    if min(extra) < 0:
        raise Unreadable("it has a transposed convolution that takes more away at the end than at the start")
    return function(
        x, weight, bias, tuple(strides), tuple(before), tuple(extra), step.get("group", 1), tuple(dilations)
    )


LOWEST = torch.finfo(torch.float32).min
"""Never the largest of a window; a file can hold it, as it could not hold -∞."""


@operator
def _MaxPool(step: Step, x: Tensor) -> Tensor:
    if step.num_outputs > 1:
        raise Unreadable("it has a max pooling that tells where the largest numbers were")
    function = _sized(x, _MAX_POOLS, "pooling")
    kernel = step.get("kernel_shape")
    before, after = _border(step, x.shape[2:], kernel)
    if before != after or any(2 * border > size for border, size in zip(before, kernel, strict=True)):
        x, before = _padded(x, before, after, LOWEST), [0] * len(before)
    strides, dilations = step.get("strides") or [1] * len(kernel), step.get("dilations") or [1] * len(kernel)
    return function(x, tuple(kernel), tuple(strides), tuple(before), tuple(dilations), bool(step.get("ceil_mode", 0)))


@operator
def _AveragePool(step: Step, x: Tensor) -> Tensor:
    function = _sized(x, _AVERAGE_POOLS, "pooling")
    kernel = step.get("kernel_shape")
    before, after = _border(step, x.shape[2:], kernel)
    strides = tuple(step.get("strides") or [1] * len(kernel))
    counted, ceil = bool(step.get("count_include_pad", 0)), bool(step.get("ceil_mode", 0))
    if any(spacing != 1 for spacing in step.get("dilations") or ()):
        raise Unreadable("it has an average pooling with gaps")
    if before == after and all(2 * border <= size for border, size in zip(before, kernel, strict=True)):
        return function(x, tuple(kernel), strides, tuple(before), ceil, counted or not any(before))
    y = function(_padded(x, before, after), tuple(kernel), strides, 0, ceil)
    if counted:
        return y
    ones = torch.ones(1, 1, *x.shape[2:])
    return y / function(_padded(ones, before, after), tuple(kernel), strides, 0, ceil)


@operator
def _GlobalAveragePool(_: Step, x: Tensor) -> Tensor:
    return F.adaptive_avg_pool2d(x, 1) if x.ndim == 4 else x.mean(tuple(range(2, x.ndim)), keepdim=True)


@operator
def _GlobalMaxPool(_: Step, x: Tensor) -> Tensor:
    return x.amax(tuple(range(2, x.ndim)), keepdim=True)


@operator
def _BatchNormalization(step: Step, x: Tensor, scale: Tensor, bias: Tensor, mean: Tensor, var: Tensor) -> Tensor:
    if step.get("training_mode", 0):
        raise Unreadable("it was exported while it was being trained: its batch normalisation looks at the batch")
    return F.batch_norm(x, mean, var, scale, bias, False, 1 - step.get("momentum", 0.9), step.get("epsilon", 1e-5))


@operator
def _InstanceNormalization(step: Step, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    return F.instance_norm(x, weight=scale, bias=bias, eps=step.get("epsilon", 1e-5))


@operator
def _LayerNormalization(step: Step, x: Tensor, scale: Tensor, bias: Tensor | None = None) -> Tensor:
    axis = step.get("axis", -1) % x.ndim
    shape = tuple(x.shape[axis:])
    scale = scale if tuple(scale.shape) == shape else scale.expand(shape)
    return F.layer_norm(x, shape, scale, bias, step.get("epsilon", 1e-5))


@operator
def _GroupNormalization(step: Step, x: Tensor, scale: Tensor, bias: Tensor) -> Tensor:
    groups = step.get("num_groups")
    if step.opset < 21:  # a number for each group, then, not for each channel
        each = x.shape[1] // groups
        scale, bias = scale.repeat_interleave(each), bias.repeat_interleave(each)
    return F.group_norm(x, groups, scale, bias, step.get("epsilon", 1e-5))


@operator
def _LRN(step: Step, x: Tensor) -> Tensor:
    return F.local_response_norm(
        x, step.get("size"), step.get("alpha", 1e-4), step.get("beta", 0.75), step.get("bias", 1.0)
    )


@operator
def _LpNormalization(step: Step, x: Tensor) -> Tensor:
    return F.normalize(x, float(step.get("p", 2)), step.get("axis", -1))


# Sums over dimensions

_REDUCTIONS: dict[str, Callable[..., Tensor]] = {
    "ReduceL1": lambda x, dim, keepdim: x.abs().sum(dim, keepdim=keepdim),
    "ReduceL2": lambda x, dim, keepdim: x.square().sum(dim, keepdim=keepdim).sqrt(),
    "ReduceLogSumExp": lambda x, dim, keepdim: torch.logsumexp(x, dim, keepdim=keepdim),
    "ReduceMax": lambda x, dim, keepdim: x.amax(dim, keepdim=keepdim),
    "ReduceMean": lambda x, dim, keepdim: x.mean(dim, keepdim=keepdim),
    "ReduceMin": lambda x, dim, keepdim: x.amin(dim, keepdim=keepdim),
    "ReduceSum": lambda x, dim, keepdim: x.sum(dim, keepdim=keepdim),
    "ReduceSumSquare": lambda x, dim, keepdim: x.square().sum(dim, keepdim=keepdim),
}


def _reduce(step: Step, x: Tensor, axes: Tensor | None = None) -> Tensor:
    dims = _axes(step, axes)
    if not dims:
        if step.get("noop_with_empty_axes", 0):
            return x
        dims = list(range(x.ndim))
    return _REDUCTIONS[step.operator](x, tuple(dim % x.ndim for dim in dims), keepdim=bool(step.get("keepdims", 1)))


OPERATORS.update(dict.fromkeys(_REDUCTIONS, _reduce))


@operator
def _ReduceProd(step: Step, x: Tensor, axes: Tensor | None = None) -> Tensor:
    dims = _axes(step, axes) or list(range(x.ndim))
    for dim in sorted((dim % x.ndim for dim in dims), reverse=True):
        x = x.prod(dim, keepdim=bool(step.get("keepdims", 1)))
    return x


def _check_ties(step: Step) -> None:
    if step.get("select_last_index", 0):
        raise Unreadable("it asks for the last of the largest numbers")


@operator
def _ArgMax(step: Step, x: Tensor) -> Tensor:
    _check_ties(step)
    return x.argmax(step.get("axis", 0), keepdim=bool(step.get("keepdims", 1)))


@operator
def _ArgMin(step: Step, x: Tensor) -> Tensor:
    _check_ties(step)
    return x.argmin(step.get("axis", 0), keepdim=bool(step.get("keepdims", 1)))


@operator
def _CumSum(step: Step, x: Tensor, axis: Tensor) -> Tensor:
    if step.get("exclusive", 0) or step.get("reverse", 0):
        raise Unreadable("it sums up backwards")
    return x.cumsum(int(axis.item()))


# Shape


@operator
def _Shape(step: Step, x: Tensor) -> Tensor:
    return torch.tensor(list(x.shape)[step.get("start", 0) : step.get("end")], dtype=torch.int64)


@operator
def _Size(_: Step, x: Tensor) -> Tensor:
    return torch.tensor(math.prod(x.shape), dtype=torch.int64)


@operator
def _Reshape(step: Step, x: Tensor, shape: Tensor | None = None) -> Tensor:
    sides = _whole(shape) if shape is not None else list(step.get("shape"))
    assert sides is not None
    if not step.get("allowzero", 0):
        sides = [x.shape[index] if side == 0 else side for index, side in enumerate(sides)]
    known = math.prod(side for side in sides if side != -1)
    total = math.prod(x.shape)
    if -1 not in sides and known != total and known and total % known == 0:
        # A file made for one picture has its 1 written here; there are several now.
        sides[0] *= total // known
    return x.reshape(sides)


@operator
def _Flatten(step: Step, x: Tensor) -> Tensor:
    axis = step.get("axis", 1)
    axis = axis + x.ndim if axis < 0 else axis
    if axis == 1:
        return x.flatten(1)
    return x.reshape(math.prod(x.shape[:axis]), -1)


@operator
def _Transpose(step: Step, x: Tensor) -> Tensor:
    return x.permute(step.get("perm") or list(reversed(range(x.ndim))))


@operator
def _Squeeze(step: Step, x: Tensor, axes: Tensor | None = None) -> Tensor:
    dims = _axes(step, axes)
    if dims is None:
        return x.squeeze()
    for dim in sorted((dim % x.ndim for dim in dims), reverse=True):
        x = x.squeeze(dim)
    return x


@operator
def _Unsqueeze(step: Step, x: Tensor, axes: Tensor | None = None) -> Tensor:
    dims = _axes(step, axes) or []
    rank = x.ndim + len(dims)
    for dim in sorted(dim % rank for dim in dims):
        x = x.unsqueeze(dim)
    return x


@operator
def _Expand(_: Step, x: Tensor, shape: Tensor) -> Tensor:
    sides = _whole(shape) or []
    return x.expand(torch.broadcast_shapes(tuple(x.shape), tuple(sides)))


@operator
def _Tile(_: Step, x: Tensor, repeats: Tensor) -> Tensor:
    return x.repeat(_whole(repeats) or [])


@operator
def _Concat(step: Step, *x: Tensor) -> Tensor:
    axis, rank = step.get("axis"), x[0].ndim
    most = max(part.shape[0] for part in x) if rank > 1 and axis % rank != 0 else None
    # A file made for one picture joins its tokens with one class token; there are several now.
    parts = [part.expand(most, *part.shape[1:]) if most and part.shape[0] == 1 < most else part for part in x]
    return torch.cat(parts, axis)


@operator
def _Split(step: Step, x: Tensor, sizes: Tensor | None = None) -> Any:
    axis = step.get("axis", 0)
    given = _axes(step, sizes, "split")
    if given is None:
        each = math.ceil(x.shape[axis] / step.num_outputs)
        given = [min(each, x.shape[axis] - each * index) for index in range(step.num_outputs)]
    return torch.split(x, given, axis)


@operator
def _Slice(
    step: Step,
    x: Tensor,
    starts: Tensor | None = None,
    ends: Tensor | None = None,
    axes: Tensor | None = None,
    steps: Tensor | None = None,
) -> Tensor:
    first, last = _axes(step, starts, "starts") or [], _axes(step, ends, "ends") or []
    dims = _axes(step, axes) or list(range(len(first)))
    strides = _whole(steps) or [1] * len(first)
    index = [slice(None)] * x.ndim
    for dim, start, end, stride in zip(dims, first, last, strides, strict=True):
        if stride < 0:
            if (start, stride) != (-1, -1) or end > -x.shape[dim]:
                raise Unreadable("it takes a part of a tensor backwards")
            x = x.flip(dim)
            continue
        side = x.shape[dim]
        start, end = (max(0, min(side, place + side if place < 0 else place)) for place in (start, end))
        index[dim] = slice(start or None, None if end == side else end, None if stride == 1 else stride)
    return x[tuple(index)] if any(part != slice(None) for part in index) else x


@operator
def _Gather(step: Step, x: Tensor, indices: Tensor) -> Tensor:
    axis = step.get("axis", 0) % x.ndim
    if indices.ndim == 0:
        return x[(slice(None),) * axis + (int(indices.item()),)]
    if x.ndim == 1 and indices.numel() == x.numel() and torch.equal(indices.reshape(-1), torch.arange(x.numel())):
        return x.reshape(indices.shape)  # so torch's exporter says that the memory is laid out as it is
    return x[(slice(None),) * axis + (indices.long(),)]


@operator
def _GatherElements(step: Step, x: Tensor, indices: Tensor) -> Tensor:
    return torch.gather(x, step.get("axis", 0), indices.long())


@operator
def _ScatterND(step: Step, x: Tensor, indices: Tensor, updates: Tensor) -> Tensor:
    if step.get("reduction", "none") != "none":
        raise Unreadable("it adds into a part of a tensor")
    y = x.clone()
    y[tuple(indices.unbind(-1))] = updates
    return y


@operator
def _Pad(
    step: Step, x: Tensor, pads: Tensor | None = None, value: Tensor | None = None, axes: Tensor | None = None
) -> Tensor:
    given = _axes(step, pads, "pads") or []
    dims = [dim % x.ndim for dim in _whole(axes) or range(x.ndim)]
    before, after = [0] * x.ndim, [0] * x.ndim
    for dim, low, high in zip(dims, given[: len(dims)], given[len(dims) :], strict=True):
        before[dim], after[dim] = low, high
    mode = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}[
        step.get("mode", "constant")
    ]
    first = next((dim for dim in range(x.ndim) if before[dim] or after[dim]), x.ndim)
    first = max(1, min(first, x.ndim - 1)) if mode == "constant" else 2
    if any(before[:first]) or any(after[:first]):
        raise Unreadable("it adds a border along the pictures or the channels")
    pairs = [pad for pair in zip(reversed(before[first:]), reversed(after[first:]), strict=True) for pad in pair]
    fill = step.get("value", 0.0) if value is None else float(value.item())
    return F.pad(x, pairs, mode, fill) if mode == "constant" else F.pad(x, pairs, mode)


@operator
def _Resize(
    step: Step,
    x: Tensor,
    roi: Tensor | None = None,
    scales: Tensor | None = None,
    sizes: Tensor | None = None,
) -> Tensor:
    if step.opset < 11:
        roi, scales = None, roi
    return _resized(step, x, scales, _whole(sizes))


@operator
def _Upsample(step: Step, x: Tensor, scales: Tensor | None = None) -> Tensor:
    return _resized(step, x, torch.tensor(step.get("scales")) if scales is None else scales, None)


def _resized(step: Step, x: Tensor, scales: Tensor | None, sizes: list[int] | None) -> Tensor:
    mode = {"nearest": "nearest", "linear": "bilinear", "cubic": "bicubic"}.get(step.get("mode", "nearest"))
    if x.ndim != 4 or mode is None or step.get("axes"):
        raise Unreadable("it resizes something else than pictures")
    if sizes:
        factors = [to / side for to, side in zip(sizes[2:], x.shape[2:], strict=True)]
    else:
        assert scales is not None
        factors = [float(scale) for scale in scales.tolist()[2:]]
    sides = [round(side * factor) for side, factor in zip(x.shape[2:], factors, strict=True)]
    exact = all(abs(to - side * factor) < 1e-3 for to, side, factor in zip(sides, x.shape[2:], factors, strict=True))
    way = step.get("coordinate_transformation_mode", "half_pixel" if step.opset >= 11 else "asymmetric")
    rounding = step.get("nearest_mode", "round_prefer_floor" if step.opset >= 11 else "floor")
    known = exact and not any(step.get(name, 0) for name in ("antialias", "exclude_outside"))
    if not known or not _as_torch(mode, way, rounding, factors, sides, step):
        raise Unreadable(
            f"it resizes pictures in a way that torch does not know ({step.get('mode', 'nearest')}, {way})"
        )
    if mode == "nearest":
        return F.interpolate(x, size=tuple(sides), mode="nearest")
    return F.interpolate(x, size=tuple(sides), mode=mode, align_corners=way == "align_corners")


def _as_torch(mode: str, way: str, rounding: str, factors: Sequence[float], sides: Sequence[int], step: Step) -> bool:
    """Whether torch finds the pixels between in the same places."""
    whole = all(factor >= 1 and factor == int(factor) for factor in factors)
    if mode == "nearest":
        floored = way == "asymmetric" and rounding == "floor"
        return floored or (whole and way in ("half_pixel", "pytorch_half_pixel") and rounding.startswith("round"))
    if mode == "bicubic" and not math.isclose(step.get("cubic_coeff_a", -0.75), -0.75):
        return False
    if way == "align_corners":
        return True
    return way == "half_pixel" or (way == "pytorch_half_pixel" and min(sides) > 1)


@operator
def _DepthToSpace(step: Step, x: Tensor) -> Tensor:
    size = step.get("blocksize")
    if step.get("mode", "DCR") == "CRD":
        return F.pixel_shuffle(x, size)
    channels, height, width = x.shape[1:]
    split = x.reshape(x.shape[0], size, size, channels // size**2, height, width)
    return split.permute(0, 3, 4, 1, 5, 2).reshape(x.shape[0], channels // size**2, height * size, width * size)


@operator
def _SpaceToDepth(step: Step, x: Tensor) -> Tensor:
    size = step.get("blocksize")
    channels, height, width = x.shape[1:]
    split = x.reshape(x.shape[0], channels, height // size, size, width // size, size)
    order = (0, 1, 3, 5, 2, 4) if step.get("mode", "DCR") == "CRD" else (0, 3, 5, 1, 2, 4)
    return split.permute(order).reshape(x.shape[0], channels * size**2, height // size, width // size)


@operator
def _Trilu(step: Step, x: Tensor, k: Tensor | None = None) -> Tensor:
    diagonal = 0 if k is None else int(k.item())
    return torch.triu(x, diagonal) if step.get("upper", 1) else torch.tril(x, diagonal)


# Tensors made of nothing

MOST_MADE = 1 << 28
"""Numbers in a tensor that a file asks for without holding it: 1 GiB of them."""


def _bounded(sides: Sequence[int]) -> tuple[int, ...]:
    if any(side < 0 for side in sides) or math.prod(sides) > MOST_MADE:
        raise Unreadable(f"it asks for a tensor of {'×'.join(map(str, sides))} numbers, which no sound file does")
    return tuple(sides)


@operator
def _Constant(step: Step) -> Tensor:
    name, value = next(iter(step.attributes.items()))
    if name not in ("value", "value_float", "value_floats", "value_int", "value_ints"):
        raise Unreadable("it computes with words or other things that are no numbers")
    dtype = torch.float32 if "float" in name else torch.int64
    return value if isinstance(value, Tensor) else torch.tensor(value, dtype=dtype)


@operator
def _ConstantOfShape(step: Step, shape: Tensor) -> Tensor:
    sides = _bounded(_whole(shape) or [])
    value = step.get("value")
    return torch.zeros(sides) if value is None else value.reshape(-1)[0].expand(sides).clone()


@operator
def _Range(_: Step, start: Tensor, limit: Tensor, delta: Tensor) -> Tensor:
    first, last, by = start.item(), limit.item(), delta.item()
    _bounded([max(0, math.ceil((last - first) / by))])
    return torch.arange(first, last, by, dtype=start.dtype)


# Recurrent layers


@operator
def _LSTM(
    step: Step,
    x: Tensor,
    w: Tensor,
    r: Tensor,
    b: Tensor | None = None,
    lengths: Tensor | None = None,
    hidden: Tensor | None = None,
    cell: Tensor | None = None,
    peepholes: Tensor | None = None,
) -> Any:
    plain = step.get("direction", "forward") != "reverse" and not step.get("input_forget", 0)
    plain = plain and (
        not step.get("activations") or {name.lower() for name in step.get("activations")} <= {"sigmoid", "tanh"}
    )
    if lengths is not None or peepholes is not None or step.get("layout", 0) or not plain or step.get("clip"):
        raise Unreadable("it has an LSTM of a kind that torch does not know")
    size = r.shape[2]
    order = torch.cat([torch.arange(size) + size * gate for gate in (0, 2, 3, 1)])  # ONNX: i o f c; torch: i f c o
    weights: list[Tensor] = []
    for direction in range(w.shape[0]):
        biases = torch.zeros(8 * size) if b is None else b[direction]
        weights += [w[direction][order], r[direction][order], biases[: 4 * size][order], biases[4 * size :][order]]
    start = torch.zeros(w.shape[0], x.shape[1], size)
    state = [start if hidden is None else hidden, start if cell is None else cell]
    y, last, last_cell = torch.lstm(x, state, weights, True, 1, 0.0, False, w.shape[0] == 2, False)
    split = y.reshape(*y.shape[:2], w.shape[0], size).permute(0, 2, 1, 3)
    return (split, last, last_cell)[: step.num_outputs] if step.num_outputs > 1 else split

"""Which operation is which layer: a rule has the name and the signature of torch's function, and gives a ``Found``.

A rule may give None: then, and where the layer would refuse or give another shape, the operation becomes a Formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from workbench.compiler.importing.operations import BATCH, Constant, Operation, Size, Value, Weight

Tensors = dict[str, Weight | Constant | Tensor]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A layer: its type, parameters, inputs, and its module's tensors by their names in it."""

    type: str
    inputs: tuple[Value, ...]
    parameters: dict[str, Any] = field(default_factory=dict)
    weights: Tensors = field(default_factory=dict)


Rule = Callable[..., Found | None]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Declare the rule for the function of torch's of the same name, but for the line before it."""
    RULES[function.__name__.removeprefix("_")] = function
    return function


def find(operation: Operation) -> Found | None:
    """The layer that this operation is, if any."""
    known = RULES.get(operation.function)
    try:
        return known(*operation.args, **operation.kwargs) if known is not None else None
    except TypeError:  # it is called in another way than the rule knows
        return None


def is_kept(*tensors: Any) -> bool:
    """Whether these are weights as they lie, or absent; not something computed from weights."""
    return all(tensor is None or isinstance(tensor, Weight | Constant | Tensor) for tensor in tensors)


def tensors(**named: Any) -> Tensors:
    """Those that are there."""
    return {name: tensor for name, tensor in named.items() if tensor is not None}


def short(size: Any) -> Any:
    """(3, 3) as 3."""
    if isinstance(size, list | tuple):
        sides = list(size) * 2 if len(size) == 1 else list(size)
        return sides[0] if len(set(sides)) == 1 else sides
    return size


def _plain(type: str, x: Any, **parameters: Any) -> Found | None:
    return Found(type=type, inputs=(x,), parameters=parameters) if isinstance(x, Value) else None


# Convolution and linear maps


@rule
def _identity(input: Value) -> Found:
    """What is handed out as it came in: no function of torch's, but what tracing makes."""
    return Found(type="Identity", inputs=(input,))


@rule
def _conv2d(
    input: Value, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1
) -> Found | None:
    if not is_kept(weight, bias) or padding == "valid":
        return None
    parameters = {"out_channels": weight.shape[0], "kernel_size": short(weight.shape[2:]), "stride": short(stride)}
    parameters |= {"padding": short(padding), "dilation": short(dilation), "groups": groups, "bias": bias is not None}
    return Found(type="Conv2d", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


@rule
def _conv_transpose2d(
    input: Value,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Found | None:
    if not is_kept(weight, bias):
        return None
    parameters = {"out_channels": weight.shape[1] * groups, "kernel_size": short(weight.shape[2:])}
    parameters |= {"stride": short(stride), "padding": short(padding), "output_padding": short(output_padding)}
    parameters |= {"groups": groups, "dilation": short(dilation), "bias": bias is not None}
    return Found(
        type="ConvTranspose2d", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias)
    )


@rule
def _linear(input: Value, weight: Any, bias: Any = None) -> Found | None:
    if not is_kept(weight, bias) or len(weight.shape) != 2:
        return None
    parameters = {"out_features": weight.shape[0], "bias": bias is not None, "channels_last": len(input.shape) == 4}
    return Found(type="Linear", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


# Normalisation


@rule
def _batch_norm(
    input: Value,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Found | None:
    kept = is_kept(running_mean, running_var, weight, bias)
    if not kept or training or running_mean is None or (weight is None) != (bias is None):
        return None
    return Found(
        type="BatchNorm",
        inputs=(input,),
        parameters={"eps": eps, "momentum": momentum, "affine": weight is not None},
        weights=tensors(running_mean=running_mean, running_var=running_var, weight=weight, bias=bias),
    )


@rule
def _layer_norm(
    input: Value, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5
) -> Found | None:
    if (
        not is_kept(weight, bias)
        or tuple(normalized_shape) != input.shape[-1:]
        or (weight is None and bias is not None)
    ):
        return None
    parameters = {"eps": eps, "elementwise_affine": weight is not None, "channels_last": len(input.shape) == 4}
    parameters |= {"bias": bias is not None} if weight is not None else {}
    return Found(type="LayerNorm", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


@rule
def _layer_norm_of_channels(input: Value, weight: Any, bias: Any, eps: float) -> Found | None:
    """Of pictures, channels first: not a function of torch's, but what a rewriting makes."""
    parameters = {"eps": eps, "elementwise_affine": weight is not None}
    parameters |= {"bias": bias is not None} if weight is not None else {}
    return Found(type="LayerNorm", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


@rule
def _group_norm(input: Value, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Found | None:
    if not is_kept(weight, bias) or (weight is None) != (bias is None):
        return None
    parameters = {"num_groups": num_groups, "eps": eps, "affine": weight is not None}
    return Found(type="GroupNorm", inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


@rule
def _local_response_norm(
    input: Value, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Found | None:
    return _plain("LocalResponseNorm", input, size=size, alpha=alpha, beta=beta, k=k)


# Activations


@rule
def _relu(input: Value) -> Found | None:
    return _plain("ReLU", input)


@rule
def _relu6(input: Value) -> Found | None:
    return _plain("ReLU6", input)


@rule
def _hardtanh(input: Value, min_val: float = -1.0, max_val: float = 1.0) -> Found | None:
    return _plain("ReLU6", input) if (min_val, max_val) == (0, 6) else None


@rule
def _clamp(input: Value, min: Any = None, max: Any = None) -> Found | None:
    return (
        _plain("ReLU6", input) if (min, max) == (0, 6) else _plain("ReLU", input) if (min, max) == (0, None) else None
    )


@rule
def _leaky_relu(input: Value, negative_slope: float = 0.01) -> Found | None:
    return _plain("LeakyReLU", input, negative_slope=negative_slope)


@rule
def _elu(input: Value, alpha: float = 1.0) -> Found | None:
    return _plain("ELU", input, alpha=alpha)


@rule
def _gelu(input: Value, approximate: str = "none") -> Found | None:
    return _plain("GELU", input, approximate=approximate)


@rule
def _silu(input: Value) -> Found | None:
    return _plain("SiLU", input)


@rule
def _hardswish(input: Value) -> Found | None:
    return _plain("Hardswish", input)


@rule
def _hardsigmoid(input: Value) -> Found | None:
    return _plain("Hardsigmoid", input)


@rule
def _sigmoid(input: Value) -> Found | None:
    return _plain("Sigmoid", input)


@rule
def _tanh(input: Value) -> Found | None:
    return _plain("Tanh", input)


@rule
def _softmax(input: Value, dim: int | None = None, dtype: Any = None) -> Found | None:
    return _plain("Softmax", input, dim=dim) if dim is not None and dtype is None else None


# Pooling


@rule
def _max_pool2d(
    input: Value,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Found | None:
    if return_indices:
        return None
    parameters = _window(kernel_size, stride, padding, ceil_mode) | {"dilation": short(dilation)}
    return Found(type="MaxPool2d", inputs=(input,), parameters=parameters)


@rule
def _avg_pool2d(
    input: Value,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,
) -> Found | None:
    if divisor_override is not None:
        return None
    parameters = _window(kernel_size, stride, padding, ceil_mode) | {"count_include_pad": count_include_pad}
    return Found(type="AvgPool2d", inputs=(input,), parameters=parameters)


def _window(kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool) -> dict[str, Any]:
    kernel, step = short(kernel_size), short(stride)
    step = None if step == [] or step == kernel else step
    return {"kernel_size": kernel, "stride": step, "padding": short(padding), "ceil_mode": ceil_mode}


@rule
def _adaptive_avg_pool2d(input: Value, output_size: Any) -> Found | None:
    return _plain("AdaptiveAvgPool2d", input, output_size=short(output_size)) if len(input.shape) == 4 else None


# Regularisation


@rule
def _dropout(input: Value, p: float = 0.5, training: bool = False) -> Found | None:
    return _plain("Dropout", input, p=p) if not training else None


@rule
def _dropout2d(input: Value, p: float = 0.5, training: bool = False) -> Found | None:
    return _plain("Dropout2d", input, p=p) if not training else None


@rule
def _stochastic_depth(input: Value, p: float, mode: str) -> Found | None:
    return _plain("StochasticDepth", input, p=p, mode=mode)


# Joins


@rule
def _add(input: Any, other: Any) -> Found | None:
    if isinstance(input, Value) and isinstance(other, Value):
        return Found(type="Add", inputs=(input, other))
    x, weight = (input, other) if isinstance(input, Value) else (other, input)
    if not isinstance(weight, Weight) or not weight.learned or not isinstance(x, Value):
        return None
    sides = x.shape[1:]
    if weight.shape == (1, *sides) and len(sides) == 2:
        return Found(type="PositionEmbedding", inputs=(x,), weights={"weight": weight})
    if weight.shape == sides:
        return Found(type="Bias", inputs=(x,), weights={"bias": weight})
    return None


@rule
def _mul(input: Any, other: Any) -> Found | None:
    if isinstance(input, Value) and isinstance(other, Value):
        return Found(type="Multiply", inputs=(input, other))
    x, weight = (input, other) if isinstance(input, Value) else (other, input)
    if isinstance(x, Value) and isinstance(weight, Weight) and weight.learned:
        return Found(type="LayerScale", inputs=(x,), weights={"weight": weight})
    return None


@rule
def _cat(tensors: Any, dim: int = 0) -> Found | None:
    if all(isinstance(item, Value) for item in tensors):
        return Found(type="Concat", inputs=tuple(tensors), parameters={"dim": dim})
    return None


@rule
def _class_token(input: Value, weight: Weight) -> Found | None:
    """A learned token before the others: what a rewriting makes."""
    return Found(type="ClassToken", inputs=(input,), weights={"weight": weight})


@rule
def _self_attention(input: Value, num_heads: int, dropout: float, weights: Tensors) -> Found | None:
    """Queries, keys and values of one input: what a rewriting makes."""
    parameters = {"num_heads": num_heads, "dropout": dropout, "bias": "in_proj_bias" in weights}
    return Found(type="MultiheadSelfAttention", inputs=(input,), parameters=parameters, weights=weights)


# Shape


@rule
def _flatten(input: Value, start_dim: int = 0, end_dim: int = -1) -> Found | None:
    return _plain("Flatten", input, start_dim=start_dim, end_dim=end_dim) if start_dim != 0 else None


@rule
def _reshape(input: Value, *shape: Any) -> Found | None:
    sides = shape[0] if len(shape) == 1 and isinstance(shape[0], list | tuple) else shape
    if sides[0] not in (BATCH, -1) or any(isinstance(side, Size) for side in sides[1:]):
        return None
    return _plain("Reshape", input, shape=list(sides[1:]))


@rule
def _unsqueeze(input: Value, dim: int) -> Found | None:
    place = dim if dim >= 0 else len(input.shape) + 1 + dim
    return _plain("Reshape", input, shape=[*input.sides[: place - 1], 1, *input.sides[place - 1 :]]) if place else None


@rule
def _permute(input: Value, *dims: Any) -> Found | None:
    order = dims[0] if len(dims) == 1 and isinstance(dims[0], list | tuple) else dims
    return _plain("Permute", input, dims=[dim % len(input.shape) for dim in order])


@rule
def _transpose(input: Value, dim0: int, dim1: int) -> Found | None:
    order = list(range(len(input.shape)))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return _plain("Permute", input, dims=order)


@rule
def _channel_shuffle(input: Value, groups: int) -> Found | None:
    return _plain("ChannelShuffle", input, groups=groups)


@rule
def _pixel_shuffle(input: Value, upscale_factor: int) -> Found | None:
    return _plain("PixelShuffle", input, upscale_factor=upscale_factor) if len(input.shape) == 4 else None


@rule
def _getitem(input: Value, index: Any) -> Found | None:
    if not isinstance(index, tuple) or index[0] != slice(None):
        return None
    chosen = [(dim, item) for dim, item in enumerate(index) if item != slice(None)]
    if len(chosen) != 1:
        return None
    dim, item = chosen[0]
    if type(item) is int and dim == 1 and len(input.shape) == 3:
        return _plain("SelectToken", input, index=item)
    if isinstance(item, slice) and item.step in (None, 1) and isinstance(input.shape[dim], int):
        start, stop, _ = item.indices(input.sides[dim - 1])
        return _plain("Slice", input, start=start, stop=None if stop == input.sides[dim - 1] else stop, dim=dim)
    return None


@rule
def _pad(input: Value, pad: Any, mode: str = "constant", value: float | None = None) -> Found | None:
    if mode != "constant" or len(pad) > 4 or len(input.shape) != 4:
        return None
    return _plain("ConstantPad2d", input, padding=[*pad, *[0] * (4 - len(pad))], value=float(value or 0))


@rule
def _interpolate(
    input: Value,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    antialias: bool = False,
) -> Found | None:
    if len(input.shape) != 4 or align_corners or antialias or mode not in ("nearest", "bilinear", "bicubic"):
        return None
    if scale_factor is None:
        sides = size if isinstance(size, list | tuple) else (size, size)
        scale_factor = [side / of for side, of in zip(sides, input.sides[1:], strict=True)]
    scales = scale_factor if isinstance(scale_factor, list | tuple) else (scale_factor, scale_factor)
    if any(scale != int(scale) for scale in scales):
        return None
    return _plain("Upsample", input, scale_factor=short([int(scale) for scale in scales]), mode=mode)

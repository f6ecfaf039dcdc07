"""The functions that a formula may call: torch functions from tensors to tensors without side effects.

Those of most networks are listed. For all others, torch's own declaration of the operator decides: it must take
tensors, return only tensors, modify none of them, and draw no random numbers. So nothing that reads a file, runs code
or selects a device can be called, whatever future versions of torch have.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from workbench.layers.modules.onnx_operator import onnx_operator

_OF_TENSORS = (
    "contiguous expand expand_as float half int long bool repeat reshape reshape_as size to type_as view view_as"
)
_OF_TORCH = """
    abs acos add addcdiv addcmul addmm all amax amin any argmax argmin asin atan atan2 baddbmm bmm broadcast_to cat ceil
    chunk clamp concat cos cosh cumsum diff div einsum eq erf exp expm1 flip floor floor_divide fmod gather ge gru gt
    index_select isfinite isnan le log log10 log1p log2 logical_and logical_not logical_or logical_xor logsumexp lstm lt
    masked_fill matmul max maximum mean min minimum mm movedim mul narrow ne neg norm ones_like outer permute pow prod
    reciprocal remainder repeat_interleave rnn_relu rnn_tanh roll round rsqrt scatter sigmoid sign sin sinh sort split
    sqrt square squeeze stack std std_mean sub sum swapaxes tan tanh tile topk transpose tril triu trunc unbind unflatten
    unsqueeze var var_mean where zeros_like flatten
"""
_OF_LAYERS = """
    adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d affine_grid avg_pool1d avg_pool2d
    avg_pool3d batch_norm celu channel_shuffle conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
    dropout elu fold gelu glu grid_sample group_norm hardsigmoid hardswish hardtanh instance_norm interpolate layer_norm
    leaky_relu linear local_response_norm log_softmax logsigmoid lp_pool2d max_pool1d max_pool2d max_pool3d mish
    multi_head_attention_forward normalize pad pixel_shuffle pixel_unshuffle prelu relu relu6 rms_norm
    scaled_dot_product_attention selu silu softmax softmin softplus softshrink softsign tanhshrink threshold unfold
"""
_THAT_MAKE = "arange full linspace ones tensor zeros"

HOLDERS: Mapping[str, Any] = {
    "Tensor": Tensor,
    "F": functional,
    "torch": torch,
    "torch.linalg": torch.linalg,
    "torch.fft": torch.fft,
    "torch.special": torch.special,
}
"""Where functions are, as written in code."""


def _placed(holder: str, names: str) -> dict[str, str]:
    return {name: f"{holder}.{name}" for name in names.split()}


MAKERS: Mapping[str, str] = _placed("torch", _THAT_MAKE)
"""Functions that create a tensor: they create it on the input's device."""

LISTED: Mapping[str, str] = {
    **_placed("Tensor", _OF_TENSORS),
    **_placed("torch", _OF_TORCH),
    **_placed("F", _OF_LAYERS),
    **MAKERS,
}

ONNX_OPERATOR = onnx_operator.__name__
"""The only function that is not torch's."""

INWARD = re.compile(r"_|(cudnn|miopen|mkldnn|fbgemm|quantized|sparse|native|unsafe|as|batch_norm|empty)_|.*_backward")
"""Name prefixes of operators that are not public functions, or return uninitialised values."""

NOT_FIXED = (torch.Tag.nondeterministic_seeded, torch.Tag.dynamic_output_shape, torch.Tag.data_dependent_output)
"""Operators that draw random numbers, or whose output size depends on the input's values."""


def path_of(name: str) -> str | None:
    """Return a function's path (``torch.linalg.svdvals`` for ``linalg_svdvals``); None if a formula may not call it."""
    if name in LISTED or name == ONNX_OPERATOR:
        return LISTED.get(name, name)
    return _found(name) if _gives_tensors_for_tensors(name) else None


@cache
def function_of(name: str) -> Callable[..., Any] | None:
    """Return the function of this name; None if a formula may not call it."""
    path = path_of(name)
    if path is None or name == ONNX_OPERATOR:
        return onnx_operator if path else None
    holder, _, stem = path.rpartition(".")
    found: Callable[..., Any] = getattr(HOLDERS[holder], stem)
    return found


def _gives_tensors_for_tensors(name: str) -> bool:
    """Return whether torch declares an operator of this name that only maps tensors to tensors."""
    if not name.isidentifier() or INWARD.match(name):
        return False
    schemas = [schema for schema in torch._C._jit_get_schemas_for_operator(f"aten::{name}") if not _writes(schema)]
    if not any(_is_of_tensors(schema.arguments) and _are_tensors(schema.returns) for schema in schemas):
        return False
    packet = getattr(torch.ops.aten, name)
    return not any(tag in getattr(packet, overload).tags for overload in packet.overloads() for tag in NOT_FIXED)


def _writes(schema: Any) -> bool:
    return bool(schema.is_mutable) or any(argument.is_out for argument in schema.arguments)


def _is_of_tensors(arguments: Any) -> bool:
    return any(_is_tensor(argument) for argument in arguments)


def _are_tensors(returns: Any) -> bool:
    return bool(returns) and all(map(_is_tensor, returns))


def _is_tensor(argument: Any) -> bool:
    return str(argument.type) in ("Tensor", "List[Tensor]")


def _found(name: str) -> str | None:
    """Return its path among torch's public functions, those of submodules first."""
    for holder in ("torch.linalg", "torch.fft", "torch.special", "torch", "F", "Tensor"):
        prefix = f"{holder.partition('.')[2]}_".removeprefix("_")
        if name.startswith(prefix) and callable(getattr(HOLDERS[holder], name.removeprefix(prefix), None)):
            return f"{holder}.{name.removeprefix(prefix)}"
    return None

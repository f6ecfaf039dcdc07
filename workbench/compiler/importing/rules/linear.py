"""Convolutions and linear maps."""

from __future__ import annotations

from functools import partial
from typing import Any

from workbench.compiler.importing.operations import Value
from workbench.compiler.importing.rules.declaring import RULES, Found, is_kept, rule, short, tensors


@rule
def _identity(input: Value) -> Found:
    """An input that is also an output; not a torch function, but created by tracing."""
    return Found(type="Identity", inputs=(input,))


def _conv(
    input: Value,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
    *,
    type: str,
) -> Found | None:
    if not is_kept(weight, bias) or padding == "valid":
        return None
    parameters = {"out_channels": weight.shape[0], "kernel_size": short(weight.shape[2:]), "stride": short(stride)}
    parameters |= {"padding": short(padding), "dilation": short(dilation), "groups": groups, "bias": bias is not None}
    return Found(type=type, inputs=(input,), parameters=parameters, weights=tensors(weight=weight, bias=bias))


RULES.update(conv1d=partial(_conv, type="Conv1d"), conv2d=partial(_conv, type="Conv2d"))


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

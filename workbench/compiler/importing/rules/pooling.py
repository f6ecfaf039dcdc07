"""Pooling."""

from __future__ import annotations

from functools import partial
from typing import Any

from workbench.compiler.importing.operations import Value
from workbench.compiler.importing.rules.declaring import RULES, Found, plain, rule, short


def _max_pool(
    input: Value,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
    *,
    type: str,
) -> Found | None:
    if return_indices:
        return None
    parameters = _window(kernel_size, stride, padding, ceil_mode) | {"dilation": short(dilation)}
    return Found(type=type, inputs=(input,), parameters=parameters)


def _avg_pool(
    input: Value,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: Any = None,  # of avg_pool2d alone
    *,
    type: str,
) -> Found | None:
    if divisor_override is not None:
        return None
    parameters = _window(kernel_size, stride, padding, ceil_mode) | {"count_include_pad": count_include_pad}
    return Found(type=type, inputs=(input,), parameters=parameters)


RULES.update(
    max_pool1d=partial(_max_pool, type="MaxPool1d"),
    max_pool2d=partial(_max_pool, type="MaxPool2d"),
    avg_pool1d=partial(_avg_pool, type="AvgPool1d"),
    avg_pool2d=partial(_avg_pool, type="AvgPool2d"),
)


@rule
def _adaptive_avg_pool1d(input: Value, output_size: Any) -> Found | None:
    return plain("AdaptiveAvgPool1d", input, output_size=short(output_size))


def _window(kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool) -> dict[str, Any]:
    kernel, step = short(kernel_size), short(stride)
    step = None if step == [] or step == kernel else step
    return {"kernel_size": kernel, "stride": step, "padding": short(padding), "ceil_mode": ceil_mode}


@rule
def _adaptive_avg_pool2d(input: Value, output_size: Any) -> Found | None:
    return plain("AdaptiveAvgPool2d", input, output_size=short(output_size)) if len(input.shape) == 4 else None


@rule
def _adaptive_max_pool2d(input: Value, output_size: Any, return_indices: bool = False) -> Found | None:
    plane = len(input.shape) == 4 and not return_indices
    return plain("AdaptiveMaxPool2d", input, output_size=short(output_size)) if plane else None


@rule
def _mean(input: Value, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Found | None:
    """Over one dimension; a mean over several is rewritten as several."""
    single = dim[0] if isinstance(dim, list | tuple) and len(dim) == 1 else dim
    return plain("Mean", input, dim=single, keepdim=keepdim) if isinstance(single, int) and dtype is None else None

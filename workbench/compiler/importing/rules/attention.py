"""Attention and its parts, most of which are created by rewriting rules.

An argument that only a formula of the same (``expression.OWN``) needs is not used here.
"""

from __future__ import annotations

from typing import Any

from workbench.compiler.importing.operations import Constant, Value, Weight
from workbench.compiler.importing.rules.declaring import Found, plain, rule, short


@rule
def _split_heads(input: Value, num_heads: int) -> Found | None:
    return plain("SplitHeads", input, num_heads=num_heads)


@rule
def _merge_heads(input: Value) -> Found | None:
    return plain("MergeHeads", input)


@rule
def _scaled_dot_product(query: Value, key: Value, width: int) -> Found:  # noqa: ARG001
    return Found(type="ScaledDotProduct", inputs=(query, key))


@rule
def _weighted_sum(weights: Value, value: Value) -> Found:
    return Found(type="WeightedSum", inputs=(weights, value))


@rule
def _relative_position(
    input: Value,
    table: Weight,
    index: Weight,
    window_size: tuple[int, int],
    num_tokens: int,  # noqa: ARG001
) -> Found:
    weights = {"bias_table": table, "index": index}
    parameters = {"window_size": short(window_size)}
    return Found(type="RelativePositionBias", inputs=(input,), parameters=parameters, weights=dict(weights))


@rule
def _shift_mask(
    input: Value,
    window_size: tuple[int, int],
    shift: tuple[int, int],
    mask: Constant,  # noqa: ARG001
) -> Found | None:
    return plain("ShiftMask", input, window_size=short(window_size), shift=short(shift))


@rule
def _window_partition(input: Value, window_size: tuple[int, int]) -> Found | None:
    return plain("WindowPartition", input, window_size=short(window_size))


@rule
def _window_reverse(input: Value, window_size: tuple[int, int]) -> Found | None:
    return plain("WindowReverse", input, window_size=short(window_size))


@rule
def _merge_patches(input: Value) -> Found | None:
    return plain("MergePatches", input)


@rule
def _roll(input: Value, shifts: Any, dims: Any = None) -> Found | None:
    """Of a picture with its channels last, by rows and columns in the same direction."""
    if len(input.shape) != 4 or tuple(dims or ()) != (1, 2):
        return None
    back = max(shifts) > 0
    shift = [each if back else -each for each in shifts]
    return plain("CyclicShift", input, shift=short(shift), back=back) if min(shift) >= 0 else None

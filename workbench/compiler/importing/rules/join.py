"""Joins of branches, learnt tensors that are added or multiplied, and attention."""

from __future__ import annotations

from typing import Any

from workbench.compiler.importing.operations import Value, Weight
from workbench.compiler.importing.rules.declaring import Found, Tensors, rule
from workbench.compiler.importing.rules.recurrent import found_last, picked


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
def _sub(input: Any, other: Any) -> Found | None:
    both = isinstance(input, Value) and isinstance(other, Value)
    return Found(type="Subtract", inputs=(input, other)) if both else None


@rule
def _matmul(input: Any, other: Any) -> Found | None:
    both = isinstance(input, Value) and isinstance(other, Value)
    return Found(type="MatrixProduct", inputs=(input, other)) if both else None


@rule
def _mul(input: Any, other: Any) -> Found | None:
    if isinstance(input, Value) and isinstance(other, Value):
        return Found(type="Multiply", inputs=(input, other))
    x, weight = (input, other) if isinstance(input, Value) else (other, input)
    if isinstance(x, Value) and isinstance(weight, Weight) and weight.learned and _is_of_channels(weight, x):
        return Found(type="LayerScale", inputs=(x,), weights={"weight": weight})
    return None


def _is_of_channels(weight: Weight, x: Value) -> bool:
    """Return whether the weight has one number per channel of a picture, or per feature of a token or vector."""
    sides = x.shape[1:]
    channels = (sides[0], 1, 1) if len(sides) == 3 else (1,) * (len(sides) - 1) + sides[-1:]
    return (1,) * (len(x.shape) - len(weight.shape)) + weight.shape == (1, *channels)


@rule
def _cat(tensors: Any, dim: int = 0) -> Found | None:
    if dim in (1, -1) and (last := found_last(picked(tensors))) is not None:
        return last
    if all(isinstance(item, Value) for item in tensors):
        return Found(type="Concat", inputs=tuple(tensors), parameters={"dim": dim})
    return None


@rule
def _class_token(input: Value, weight: Weight) -> Found | None:
    """A learnt token before the others; created by a rewriting rule."""
    return Found(type="ClassToken", inputs=(input,), weights={"weight": weight})


@rule
def _self_attention(input: Value, num_heads: int, dropout: float, weights: Tensors) -> Found | None:
    """Self-attention; created by a rewriting rule."""
    parameters = {"num_heads": num_heads, "dropout": dropout, "bias": "in_proj_bias" in weights}
    return Found(type="MultiheadSelfAttention", inputs=(input,), parameters=parameters, weights=weights)

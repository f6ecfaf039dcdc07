"""Finds the weights by which a layer mixes its inputs: those that initialisers draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def mixing_weights(layer: nn.Module) -> tuple[nn.Parameter, ...]:
    """Return the matrix or kernels by which a layer mixes its inputs, all matrices of a recurrent layer, and none of
    one that only scales or shifts them.
    """
    from torch import nn

    if isinstance(layer, nn.RNNBase):
        return tuple(weight for name, weight in layer.named_parameters() if name.startswith("weight"))
    weight = getattr(layer, "weight", None)
    weight = getattr(layer, "in_proj_weight", None) if weight is None else weight
    if not isinstance(weight, nn.Parameter) or (weight.dim() not in (2, 4) and not isinstance(layer, nn.Conv1d)):
        return ()
    return (weight,)


def mixing_biases(layer: nn.Module) -> tuple[nn.Parameter, ...]:
    """Return what such a layer adds."""
    from torch import nn

    if isinstance(layer, nn.RNNBase):
        return tuple(bias for name, bias in layer.named_parameters() if name.startswith("bias"))
    bias = getattr(layer, "bias", None)
    return (bias,) if isinstance(bias, nn.Parameter) else ()

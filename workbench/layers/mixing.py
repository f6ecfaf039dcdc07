"""Finds the weight by which a layer mixes its inputs: the one that initialisers draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def mixing_weight(layer: nn.Module) -> nn.Parameter | None:
    """Return the matrix or kernels by which a layer mixes its inputs; None for one that only scales or shifts them."""
    from torch import nn

    weight = getattr(layer, "weight", None)
    weight = getattr(layer, "in_proj_weight", None) if weight is None else weight
    return weight if isinstance(weight, nn.Parameter) and weight.dim() in (2, 4) else None

"""Which weight of a layer's module mixes what comes in. It is the one that an initialiser draws."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def mixing_weight(layer: nn.Module) -> nn.Parameter | None:
    """The matrix, or the kernels, by which a layer adds up its inputs; None of one that scales them or adds to them."""
    from torch import nn

    weight = getattr(layer, "weight", None)
    weight = getattr(layer, "in_proj_weight", None) if weight is None else weight
    return weight if isinstance(weight, nn.Parameter) and weight.dim() in (2, 4) else None

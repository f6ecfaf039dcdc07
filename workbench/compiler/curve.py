"""The curve of an elementwise layer and its derivative, found by running the real module on a range of numbers."""

from functools import lru_cache

import torch

from workbench.compiler.facts import Curve
from workbench.layers.base import Layer, Shape

REACH = 8
"""The curve is computed from ``-REACH`` to ``REACH``: past where sigmoids saturate and a ReLU6 is capped."""

PER_UNIT = 20
"""Points per unit: whole numbers, where the piecewise functions have their kinks, are among them."""


@lru_cache(maxsize=1000)
def curve_of(layer: Layer, shapes: tuple[Shape, ...]) -> Curve:
    """Return the curve of an elementwise layer; at a kink, the derivative that torch takes there."""
    with torch.enable_grad(), torch.device("cpu"):
        module = layer.build(*shapes).eval().double()
        places = torch.arange(-REACH * PER_UNIT, REACH * PER_UNIT + 1, dtype=torch.float64)
        inputs = (places / PER_UNIT).requires_grad_()
        outputs = module(inputs[:, None].expand(-1, shapes[0][0]))[:, 0]  # a weight may have a number per channel
        (slopes,) = torch.autograd.grad(outputs.sum(), inputs)
    return Curve(inputs=tuple(inputs.tolist()), outputs=tuple(outputs.tolist()), slopes=tuple(slopes.tolist()))

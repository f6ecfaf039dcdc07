"""The first layer's filters: the only ones that live in the picture's own space, so they can be looked at as pictures."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, fx, nn


def first_filters(module: fx.GraphModule, input_shape: Sequence[int]) -> np.ndarray | None:
    """A copy of the weights that meet the picture first, as float32 [F, C, kh, kw]; None where they are no pictures.

    These are the filters of the first ``Conv2d`` in execution order (C is the channels each filter sees,
    fewer than the picture's where it is grouped). A network without one may begin with a ``Linear``:
    then each of its rows is a template of the whole picture, [F, *input_shape], if ``input_shape``
    (C, H, W) is a picture's and has as many values as the row.
    """
    layers = list(_in_execution_order(module))
    convolution = next((layer for layer in layers if isinstance(layer, nn.Conv2d)), None)
    if convolution is not None:
        return _copy(convolution.weight)
    linear = next((layer for layer in layers if isinstance(layer, nn.Linear)), None)
    if linear is None or len(input_shape) != 3 or linear.in_features != np.prod(input_shape):
        return None
    return _copy(linear.weight).reshape(-1, *input_shape)


def _in_execution_order(module: fx.GraphModule) -> Iterator[nn.Module]:
    """Every torch layer, those inside a layer (the convolution of a patch embedding) in its place."""
    for node in module.graph.nodes:
        if node.op == "call_module":
            yield from module.get_submodule(node.target).modules()


def _copy(weight: Tensor) -> np.ndarray:
    return weight.detach().to("cpu", torch.float32, copy=True).numpy()

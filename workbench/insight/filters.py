"""The first layer's filters: the only ones in the picture's own space, so they can be shown as pictures."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, fx, nn


def first_filters(module: fx.GraphModule, input_shape: Sequence[int]) -> np.ndarray | None:
    """Return a copy of the weights applied to the picture, as float32 [F, C, kh, kw]; None if they are no pictures.

    These are the filters of the first ``Conv2d`` in execution order (C is the number of channels each filter sees,
    fewer than the picture's if it is grouped). A network without one may begin with a ``Linear``: then each of its rows
    is a template of the whole picture, [F, *input_shape], if ``input_shape`` (C, H, W) is a picture's and has as many
    values as the row.
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
    """Yield every torch layer, including those inside a layer (such as the convolution of a patch embedding)."""
    for node in module.graph.nodes:
        if node.op == "call_module":
            yield from module.get_submodule(node.target).modules()


def _copy(weight: Tensor) -> np.ndarray:
    return weight.detach().to("cpu", torch.float32, copy=True).numpy()

"""Which part of a picture or a row an answer comes from, by gradients: of itself, or of a layer's maps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, fx

from workbench.compiler.places import FeatureLayer

NUM_STEPS = 64
"""Of integrated gradients."""

PICTURE = 3
"""Dimensions of a picture; a row has one."""

AT_ONCE = 8
"""Pictures with gradients at a time, since all layers' outputs are kept for them."""

Score = Callable[[Tensor], Tensor]
"""Returns the number of a network's answer that is asked about, [B], for pictures, float32 [B, C, H, W], or rows,
float32 [B, D], normalised.
"""


def saliency(score: Score, picture: Tensor) -> NDArray[np.float32]:
    """Return how strongly each pixel of a picture, float32 [C, H, W], changes the score: float32 [H, W], of its
    channels' gradients the largest size. Of a row, float32 [D], it is the size of each number's gradient, [D].

    Simonyan, Vedaldi and Zisserman, "Deep Inside Convolutional Networks", 2013, https://arxiv.org/abs/1312.6034,
    section 3.
    """
    sizes = _gradients(score, picture[None])[0].abs()
    return _array(sizes.amax(dim=0) if sizes.dim() == PICTURE else sizes)


def integrated_gradients(score: Score, picture: Tensor, num_steps: int = NUM_STEPS) -> NDArray[np.float32]:
    """Return how much each pixel of a picture, float32 [C, H, W], adds to the score: float32 [H, W], the sum over its
    channels; of a row, float32 [D], how much each number adds, [D].

    Together they are the score's difference from that of 0, the mean of the training data, but for the error of
    ``num_steps`` steps of Gauss-Legendre quadrature on the way from there. Sundararajan, Taly and Yan, "Axiomatic
    Attribution for Deep Networks", 2017, https://arxiv.org/abs/1703.01365.
    """
    nodes, weights = np.polynomial.legendre.leggauss(num_steps)
    shares, parts = (torch.tensor(each, dtype=picture.dtype) for each in ((1 + nodes) / 2, weights / 2))
    total = torch.zeros_like(picture)
    for some, part in zip(shares.split(AT_ONCE), parts.split(AT_ONCE), strict=True):
        on_the_way = torch.tensordot(some.to(picture.device)[:, None], picture[None], dims=1)
        total += torch.tensordot(part.to(picture.device), _gradients(score, on_the_way), dims=1)
    added = total * picture
    return _array(added.sum(dim=0) if added.dim() == PICTURE else added)


def grad_cam(
    module: fx.GraphModule, layer: FeatureLayer, score: Callable[[dict[str, Tensor]], Tensor], picture: Tensor
) -> NDArray[np.float32]:
    """Return which places of a layer's maps are for the answer of ``module``, in eval mode, for a picture, float32
    [C, H, W], and which against it: float32 [h, w], negative where against.

    ``score`` returns the number asked about, [B], of the network's outputs. Each map counts by the mean of its
    gradient. Selvaraju et al., "Grad-CAM", 2016, https://arxiv.org/abs/1610.02391, section 3, where what is negative
    is not shown.
    """
    halfway = _FromLayer(module, layer.path)
    answer = score(halfway.run(picture[None])).sum()
    assert halfway.maps is not None
    (gradients,) = torch.autograd.grad(answer, halfway.maps)
    channels, *sides = (1, 2, 3) if layer.layout == "maps" else (3, 1, 2)
    weighted = halfway.maps * gradients.mean(dim=sides, keepdim=True)
    return _array(weighted.sum(dim=channels)[0])


class _FromLayer(fx.Interpreter):
    """Computes a network and keeps the output of a layer, from which on gradients are known."""

    def __init__(self, module: fx.GraphModule, path: str) -> None:
        super().__init__(module)
        self._path = path
        self.maps: Tensor | None = None

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if n.meta.get("path") != self._path:
            return result
        self.maps = result.detach().requires_grad_()
        return self.maps


def _gradients(score: Score, pictures: Tensor) -> Tensor:
    """Return the gradients of the scores by their pictures, [B, C, H, W]."""
    inputs = pictures.detach().requires_grad_()
    (found,) = torch.autograd.grad(score(inputs).sum(), inputs)
    return found


def _array(values: Tensor) -> NDArray[np.float32]:
    found: NDArray[np.float32] = values.detach().float().cpu().numpy()
    return found

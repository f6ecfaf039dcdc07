"""LSUV: weights that give every layer's outputs variance 1 on real data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.mixing import mixing_weights
from workbench.training.initialiser import Initialiser

if TYPE_CHECKING:
    from torch import Tensor, fx


class LSUV(Initialiser):
    """Orthogonal weights, then each layer in turn scaled until its outputs for a batch have variance 1.

    Layer-sequential unit variance: D. Mishkin, J. Matas: All you need is a good init. ICLR 2016, algorithm 1.
    """

    tolerance: Annotated[float, Meta(gt=0, le=1, description="how far from 1 a variance may stay; usually 0.1")] = 0.1
    max_passes: Annotated[
        int, Meta(ge=1, le=100, description="how often a layer is scaled at most until its variance is 1; usually 10")
    ] = 10

    def draw(self, weight: Tensor) -> None:
        """Draw orthonormal weights."""
        from torch.nn import init

        init.orthogonal_(weight)

    def fit(self, module: fx.GraphModule, path: str, inputs: Tensor) -> None:
        """Rescale the layer's weights until the outputs' variance is 1, computing it over the whole batch each time.

        Not those of a recurrent layer, whose outputs lie between -1 and 1.
        """
        import torch
        from torch import nn

        from workbench.training.initialisation import output_variances

        layer = module.get_submodule(path)
        if isinstance(layer, nn.RNNBase):
            return
        for _ in range(self.max_passes):
            variance = output_variances(module, inputs, only=path)[path]
            if abs(variance - 1) < self.tolerance or variance == 0:
                break
            with torch.no_grad():
                for weight in mixing_weights(layer):
                    weight.div_(variance**0.5)

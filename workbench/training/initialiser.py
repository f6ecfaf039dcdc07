"""Base of initialisers: how a layer's weight matrices or kernels are initialised before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from workbench.layers.mixing import mixing_biases, mixing_weights
from workbench.spec.catalogue import Declared

if TYPE_CHECKING:
    from torch import Tensor, fx, nn


class Initialiser(Declared):
    """Base of every initialiser. The caller seeds torch's generator."""

    abstract: ClassVar[bool] = True

    def begin(self, layer: nn.Module) -> None:
        """Draw the weights by which a layer mixes its inputs, and set its biases to 0."""
        import torch
        from torch import nn

        for weight in mixing_weights(layer):
            # On the CPU and contiguous: the same numbers on every device, and a layout that torch's init functions
            # accept.
            drawn = torch.empty(weight.shape)
            self.draw(drawn)
            with torch.no_grad():
                weight.copy_(drawn)
        for bias in mixing_biases(layer):
            nn.init.zeros_(bias)

    def draw(self, weight: Tensor) -> None:
        """Fill a weight of shape [outputs, inputs, ...]."""
        raise NotImplementedError

    def fit(self, module: fx.GraphModule, path: str, inputs: Tensor) -> None:
        """Adapt the layer's weights to a batch of the data, ``inputs`` float32 [B, ...].

        Called after all weights are drawn and the layers before this one are fitted.
        """


def mixing_layers(module: fx.GraphModule) -> Iterator[tuple[str, nn.Module]]:
    """Yield path and layer of all that mix their inputs by weights of their own, in order of computation.

    Of an attention layer, the query, key and value projections come before the output projection.
    """
    seen: set[str] = set()
    for node in module.graph.nodes:
        if node.op == "call_module" and node.target not in seen:
            seen.add(node.target)
            for name, layer in module.get_submodule(node.target).named_modules(prefix=node.target):
                if mixing_weights(layer):
                    yield name, layer

"""Base of initialisers: how a layer's weight matrix or kernel is initialised before the first step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from workbench.layers.mixing import mixing_weight
from workbench.spec.catalogue import Declared

if TYPE_CHECKING:
    from torch import Tensor, fx, nn


class Initialiser(Declared):
    """Base of every initialiser. torch's generator is set by whoever calls."""

    abstract: ClassVar[bool] = True

    def begin(self, layer: nn.Module) -> None:
        """Draw the weight by which a layer mixes its inputs; its bias begins at 0."""
        import torch
        from torch import nn

        weight = weight_of(layer)
        # On the CPU and in plain order: the same numbers on every device, and what torch's functions can fill.
        drawn = torch.empty(weight.shape)
        self.draw(drawn)
        with torch.no_grad():
            weight.copy_(drawn)
        if isinstance(getattr(layer, "bias", None), nn.Parameter):
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # just seen to be one

    def draw(self, weight: Tensor) -> None:
        """Fill a weight [outputs, inputs, ...]."""
        raise NotImplementedError

    def fit(self, module: fx.GraphModule, path: str, inputs: Tensor) -> None:
        """Once all weights are drawn, and those of the layers before it are fitted: suit the layer's to a batch of the
        data, ``inputs`` float32 [B, ...].
        """


def mixing_layers(module: fx.GraphModule) -> Iterator[tuple[str, nn.Module]]:
    """Path and layer of all that mix their inputs by a weight of their own, in order of computation: of attention first what
    makes queries, keys and values, then its output's projection.
    """
    seen: set[str] = set()
    for node in module.graph.nodes:
        if node.op == "call_module" and node.target not in seen:
            seen.add(node.target)
            for name, layer in module.get_submodule(node.target).named_modules(prefix=node.target):
                if mixing_weight(layer) is not None:
                    yield name, layer


def weight_of(layer: nn.Module) -> nn.Parameter:
    """The weight that mixes the inputs of a layer that ``mixing_layers`` gave."""
    weight = mixing_weight(layer)
    assert weight is not None
    return weight

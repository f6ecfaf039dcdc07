"""The weights as torch draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.training.initialiser import Initialiser

if TYPE_CHECKING:
    from torch import Tensor, fx


class Default(Initialiser):
    """Each layer as PyTorch draws it."""

    def apply(self, module: fx.GraphModule, inputs: Tensor) -> None:
        """The network was built so."""

"""PyTorch's default initialisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.training.initialiser import Initialiser

if TYPE_CHECKING:
    from torch import nn


class Default(Initialiser):
    """PyTorch's default for each layer."""

    shown_as = "PyTorch's default"

    def begin(self, layer: nn.Module) -> None:
        """Do nothing: the layer was built with these weights."""

"""The weights as torch draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.training.initialiser import Initialiser

if TYPE_CHECKING:
    from torch import nn


class Default(Initialiser):
    """PyTorch's default for each layer."""

    @classmethod
    def title(cls) -> str:
        """Whose it is."""
        return "PyTorch's default"

    def begin(self, layer: nn.Module) -> None:
        """The layer was built so."""

"""What a loss is: how far a head's outputs are from its targets, as one number to make small."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from workbench.spec.catalogue import Declared

if TYPE_CHECKING:
    from torch import Tensor


class Loss(Declared):
    """Base of every loss."""

    abstract: ClassVar[bool] = True

    def __call__(self, outputs: Tensor, classes: Tensor) -> Tensor:
        """The mean over the batch. ``outputs``: float [B, K] before any softmax; ``classes``: int64 [B]."""
        raise NotImplementedError

"""Base of losses: the distance of a head's outputs from its targets, as one number to minimise."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from workbench.spec.catalogue import Declared
from workbench.spec.column import Kind
from workbench.spec.record import Value

if TYPE_CHECKING:
    from torch import Tensor


class Loss(Declared):
    """Base of every loss."""

    abstract: ClassVar[bool] = True
    takes: ClassVar[tuple[Kind, ...]]
    """The kinds of columns it supports; ``("prior",)`` if it compares its outputs with no column."""

    squashing: ClassVar[str] = ""
    """The layer that the loss already includes: a network that ends in it applies it twice."""

    embeds: ClassVar[bool] = False
    """Whether its outputs are embeddings: vectors of any length, which it compares with each other. So it is no mean
    over examples, and only their batch as a whole has one.
    """

    def in_units(self, unit: float) -> tuple[dict[str, Value], float] | None:
        """Return the settings and weight with which numbers ``unit`` times as large give the same loss; None if it is
        no loss of numbers.
        """
        return None

    @property
    def bytes_per_pair(self) -> int:
        """The bytes that a step keeps for every two examples of a batch: of losses that compare them."""
        return 0

    def __call__(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the mean over the batch.

        ``outputs`` are float, of the column's answer shape, before any softmax or sigmoid; ``targets`` are classes
        int64 [B], classes of pixels int64 [B, H, W], or float of the outputs' shape. Embeddings are [B, D].
        """
        raise NotImplementedError

    def alone(self, outputs: Tensor) -> Tensor:
        """Return the mean over the batch of outputs compared with the prior, in place of ``__call__``."""
        raise NotImplementedError

    def of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return what each example adds as the anchor of its pairs, [B], 0 if it has none; of losses that embed."""
        raise NotImplementedError

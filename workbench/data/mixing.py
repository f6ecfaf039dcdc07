"""Base of mixings: each picture of a batch is blended with another one, and so is its target.

The other is the one before it in the batch, which is a random one, since the batch's order is. Chance is handed in as
to an augmentation. torch is imported by methods alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from workbench.spec.catalogue import Declared
from workbench.spec.column import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

MIXABLE: tuple[Kind, ...] = ("class", "number", "labels")
"""The kinds of columns whose targets can be mixed."""

Alpha = Annotated[float, Meta(gt=0, le=10, description="of Beta(α, α); small: mostly one picture, 1: uniform mixing")]


class Mixing(Declared):
    """Base of every mixing."""

    abstract: ClassVar[bool] = True
    num_draws: ClassVar[int]
    """The number of random numbers needed per picture."""

    def mix(self, pictures: Tensor, draws: Tensor) -> tuple[Tensor, Tensor]:
        """Mix ``pictures`` (uint8 [B, C, H, W]) according to ``draws`` (float32 [B, num_draws] on the CPU, 0 <= x < 1).

        Returns pictures of the same shape and type, and the share of each that is its own, float32 [B].
        """
        raise NotImplementedError


def mixed_targets(targets: Mapping[str, Tensor], own: Tensor, num_classes: Mapping[str, int]) -> dict[str, Tensor]:
    """Mix targets by the shares of their pictures: ``own`` float32 [B]; classes become probabilities, float32 [B,
    classes].

    ``num_classes`` is that of each column of classes.
    """
    from torch.nn.functional import one_hot

    mixed = {}
    for name, values in targets.items():
        numbers = one_hot(values, num_classes[name]).float() if name in num_classes else values
        share = own[:, None]
        mixed[name] = share * numbers + (1 - share) * numbers.roll(1, 0)
    return mixed

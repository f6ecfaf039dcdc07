"""What an optimizer is: its settings, and how they become a torch optimizer over a network's parameters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta

from workbench.spec.catalogue import Declared

if TYPE_CHECKING:
    from torch import nn, optim

Rate = Annotated[float, Meta(gt=0, le=100)]
Decay = Annotated[float, Meta(ge=0, le=10, description="how strongly weights are pulled to zero")]
Fraction = Annotated[float, Meta(ge=0, lt=1)]


class Optimizer(Declared):
    """Base of every optimizer; ``lr`` is the rate that the schedule then scales."""

    abstract: ClassVar[bool] = True
    lr: Annotated[Rate, Meta(description="learning rate: how far a step goes")]

    def build(self, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
        """The torch optimizer; torch's fused kernels where it has them, since they do the same in one pass."""
        raise NotImplementedError

"""What an optimizer is: its settings, and how they become a torch optimizer over a network's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

from msgspec import Meta

from workbench.spec.catalogue import Declared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import nn, optim

Rate = Annotated[float, Meta(gt=0, le=100)]
LearningRate = Annotated[Rate, Meta(description="learning rate: the size of a step; the schedule scales it")]
Decay = Annotated[float, Meta(ge=0, le=10, description="how strongly weights are pulled towards zero")]
Fraction = Annotated[float, Meta(ge=0, lt=1)]


Parameters: TypeAlias = "Iterable[nn.Parameter] | Iterable[dict[str, Any]]"
"""Weights, or groups of them with settings of their own, as torch takes them."""


class Optimizer(Declared):
    """Base of every optimizer; ``lr`` is the rate that the schedule then scales."""

    abstract: ClassVar[bool] = True
    takes_shards: ClassVar[bool] = True
    """Whether it learns from a part of a weight what it would from the whole of it."""

    follows_length: ClassVar[bool] = False
    """Whether a step is as long as its gradient; those that divide by its usual length set no such thing."""

    lr: LearningRate

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """The torch optimizer; torch's fused kernels where it has them, since they do the same in one pass."""
        raise NotImplementedError

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """How many numbers are kept from step to step for a weight of this shape, beside a count of the steps."""
        raise NotImplementedError

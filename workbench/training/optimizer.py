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
"""Weights, or groups of them with their own settings, as torch accepts them."""


class Optimizer(Declared):
    """Base of every optimizer; ``lr`` is the rate that the schedule scales."""

    abstract: ClassVar[bool] = True
    takes_shards: ClassVar[bool] = True
    """Whether a step on a shard of a weight equals that part of a step on the whole weight."""

    follows_length: ClassVar[bool] = False
    """Whether a step's size scales with the gradient; False for those that normalise it."""

    lr: LearningRate

    def build(self, parameters: Parameters) -> optim.Optimizer:
        """Return the torch optimizer, with torch's fused kernels if they exist: they compute the same in one pass."""
        raise NotImplementedError

    def num_kept(self, shape: tuple[int, ...]) -> int:
        """Return the number of values stored between steps for a weight of this shape, besides the step count."""
        raise NotImplementedError

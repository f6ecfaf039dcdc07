"""What an optimizer is: its settings, and how they become a torch optimizer over a network's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeAlias

from msgspec import Meta

from workbench.spec.catalogue import Declared

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import nn, optim

Rate = Annotated[float, Meta(gt=0, le=100)]
LearningRate = Annotated[
    Rate,
    Meta(
        title="learning rate",
        description="how far a step goes; the schedule scales it. Too large a rate diverges, too small a one learns "
        "slowly: start with the default, or find one",
    ),
]
Decay = Annotated[
    float,
    Meta(
        ge=0,
        le=10,
        description="how strongly each step pulls the weights towards zero, against overfitting; usually 0.0001 with SGD, "
        "0.01 to 0.1 with AdamW",
    ),
]
Fraction = Annotated[float, Meta(ge=0, lt=1)]
Momentum = Annotated[
    Fraction, Meta(description="fraction of the last step that is carried over into the next; usually 0.9")
]
Nesterov = Annotated[
    bool,
    Meta(
        title="Nesterov",
        description="Nesterov momentum: take the gradient where the momentum leads to, often slightly better",
    ),
]


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

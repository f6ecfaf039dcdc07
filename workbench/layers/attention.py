"""Layers of Transformers; all take tokens (T, D): T vectors of width D (Vaswani et al. 2017, Dosovitskiy et al. 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.base import Family, Layer, Refusal, Shape
from workbench.layers.checks import want_division, want_tokens

if TYPE_CHECKING:
    from torch import nn


class MultiheadSelfAttention(Layer):
    """Each token gathers from all tokens what answers its question: V·softmax(Kᵀq / √d), in several heads.

    Weights are named as in ``torch.nn.MultiheadAttention``.
    """

    family = Family.ATTENTION

    num_heads: Annotated[int, Meta(ge=1, description="the width is split among so many heads", extra={"start": 4})]
    dropout: Annotated[float, Meta(ge=0, le=1, description="share of the attention left out at each training step")] = (
        0.0
    )
    bias: Annotated[bool, Meta(description="add learned numbers in all four projections")] = True

    def check(self, x: Shape) -> None:
        """Refuse what is no tokens, and a width that cannot be shared among the heads."""
        want_tokens(self, x)
        want_division(x[1], self.num_heads, "numbers a token", "num_heads")

    def build(self, x: Shape) -> nn.Module:
        """(T, D), kept."""
        from workbench.layers.modules.attention import MultiheadSelfAttention

        return MultiheadSelfAttention(x[1], self.num_heads, self.dropout, self.bias)

    def window(self) -> str:
        """Each token sees all."""
        return "all"


class PositionEmbedding(Layer):
    """Adds a learned vector to each token, which tells it where it stands."""

    family = Family.ATTENTION

    def check(self, x: Shape) -> None:
        """Refuse what is no tokens."""
        want_tokens(self, x)

    def build(self, x: Shape) -> nn.Module:
        """(T, D), kept."""
        from workbench.layers.modules.attention import PositionEmbedding

        return PositionEmbedding(*x)


class ClassToken(Layer):
    """Puts one learned token before the others, where the answer gathers."""

    family = Family.ATTENTION

    def check(self, x: Shape) -> None:
        """Refuse what is no tokens."""
        want_tokens(self, x)

    def build(self, x: Shape) -> nn.Module:
        """(T, D) -> (T + 1, D)."""
        from workbench.layers.modules.attention import ClassToken

        return ClassToken(x[1])


class SelectToken(Layer):
    """Hands on one token alone; the first is the class token."""

    family = Family.ATTENTION

    index: Annotated[int, Meta(description="which token; 0 is the first, -1 the last")] = 0

    def check(self, x: Shape) -> None:
        """Refuse what is no tokens, and a token that is not there."""
        want_tokens(self, x)
        if not -x[0] <= self.index < x[0]:
            raise Refusal(f"there is no token {self.index} among {x[0]}", f"choose an index from 0 to {x[0] - 1}")

    def build(self, x: Shape) -> nn.Module:
        """(T, D) -> (D,)."""
        from workbench.layers.modules.attention import SelectToken

        return SelectToken(self.index)

"""Layers of Transformers, whole and in parts, over tokens (T, D): T vectors of width D.

Vaswani et al. 2017, Dosovitskiy et al. 2021. The parts of attention also accept the tokens of each window of a picture
separately, (rows, columns, T, D); see ``swin``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.layers.base import Family, Layer, Refusal, Shape, Sum, describe
from workbench.layers.checks import TOKENS, want_division, want_tokens, want_tokens_or_windows
from workbench.layers.remedies import setting

if TYPE_CHECKING:
    from torch import nn

NumHeads = Annotated[int, Meta(ge=1, description="number of heads the width is split into", extra={"start": 4})]


class MultiheadSelfAttention(Layer):
    """Each token attends to all tokens: V·softmax(Kᵀq / √d), in several heads.

    Weights are named as in ``torch.nn.MultiheadAttention``.
    """

    family = Family.ATTENTION
    while_running = ("dropout",)
    attends = True

    num_heads: NumHeads
    dropout: Annotated[float, Meta(ge=0, le=1, description="dropout probability of the attention weights")] = 0.0
    bias: Annotated[bool, Meta(description="add a bias in all four projections")] = True

    def check(self, x: Shape) -> None:
        want_tokens(self, x)
        want_division(x[1], self.num_heads, "numbers per token", "num_heads")

    def build(self, x: Shape) -> nn.Module:
        """(T, D), kept."""
        from workbench.layers.modules.attention import MultiheadSelfAttention

        return MultiheadSelfAttention(x[1], self.num_heads, self.dropout, self.bias)

    def window(self) -> str:
        return "all"


class QueryKeyValue(Layer):
    """Projects each token to its query (what it looks for), key (what it matches) and value (what it passes on).

    q = W_Q·x, k = W_K·x, v = W_V·x; the three matrices are stacked in one weight.
    """

    family = Family.ATTENTION
    output_ports = ("query", "key", "value")

    bias: Annotated[bool, Meta(description="add a bias to all three")] = True
    joined_names: Annotated[
        bool, Meta(description="call the weights in_proj_weight, not in_proj.weight, as torch's attention does")
    ] = False

    def check(self, x: Shape) -> None:
        want_tokens_or_windows(self, x)

    def build(self, x: Shape) -> nn.Module:
        """(..., T, D), three times."""
        from workbench.layers.modules.attention import QueryKeyValue

        return QueryKeyValue(x[-1], self.bias)

    def weights_beside(self) -> dict[str, str]:
        """As in ``torch.nn.MultiheadAttention``, if wanted."""
        names = ("weight", "bias") if self.bias else ("weight",)
        return {name: f"_{name}" for name in names} if self.joined_names else {}

    def code(self, *inputs: str) -> str | None:
        """A linear map split in three, if the weights are stored beside it."""
        return f"F.linear({', '.join(inputs)}).chunk(3, dim=-1)" if self.joined_names else None

    def weights_code(self) -> dict[str, str]:
        return {
            "weight": "nn.Parameter(nn.init.xavier_uniform_(torch.empty(3 * {width}, {width})))",
            "bias": "nn.Parameter(torch.zeros(3 * {width}))",
        }


class SplitHeads(Layer):
    """Splits the width of each token into several heads, which then work in parallel."""

    family = Family.ATTENTION

    num_heads: NumHeads

    def check(self, x: Shape) -> None:
        want_tokens_or_windows(self, x)
        want_division(x[-1], self.num_heads, "numbers per token", "num_heads")

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        return (Sum(side=len(x), name="width", words=f"{x[-1]} / {self.num_heads}"),)

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]}.unflatten(-1, ({self.num_heads}, -1)).transpose(-3, -2)"


class ScaledDotProduct(Layer):
    """How well each query matches each key: Kᵀq / √d, one row of scores per query."""

    family = Family.ATTENTION
    input_ports = ("query", "key")

    def check(self, query: Shape, key: Shape) -> None:
        if min(len(query), len(key)) < TOKENS or query[:-2] != key[:-2] or query[-1] != key[-1]:
            raise Refusal(
                f"queries {describe(query)} and keys {describe(key)} do not match",
                "give both the same width and number of heads",
            )

    def code(self, *inputs: str) -> str:
        return f"({inputs[0]} / math.sqrt({inputs[0]}.shape[-1])) @ {inputs[1]}.transpose(-2, -1)"

    def window(self) -> str:
        return "all"


class WeightedSum(Layer):
    """The weighted sum of the values: c = α₁v₁ + ... + αₘvₘ, one for each row of weights."""

    family = Family.ATTENTION
    input_ports = ("weights", "value")
    attends = True

    def check(self, weights: Shape, value: Shape) -> None:
        if min(len(weights), len(value)) < TOKENS or weights[:-2] != value[:-2] or weights[-1] != value[-2]:
            raise Refusal(
                f"weights {describe(weights)} and values {describe(value)} do not match",
                "give each row as many weights as there are values, and both the same number of heads",
            )

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]} @ {inputs[1]}"

    def window(self) -> str:
        return "all"


class MergeHeads(Layer):
    """Concatenates the heads again: the inverse of SplitHeads."""

    family = Family.ATTENTION

    def check(self, x: Shape) -> None:
        if len(x) <= TOKENS:
            raise Refusal(
                f"MergeHeads expects heads×tokens×width, but gets {describe(x)}",
                "add SplitHeads before the attention",
            )

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        return (Sum(side=len(x) - 2, name="width", words=f"{x[-3]}·{x[-1]}"),)

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]}.transpose(-3, -2).flatten(-2)"


class PositionEmbedding(Layer):
    """Adds a learned vector to each token that encodes its position.

    The weight has the node's name: ``pos_embedding`` in torchvision's Vision Transformer.
    """

    family = Family.ATTENTION

    def check(self, x: Shape) -> None:
        want_tokens(self, x)

    def build(self, x: Shape) -> nn.Module:
        """(T, D), kept."""
        from workbench.layers.modules.attention import PositionEmbedding

        return PositionEmbedding(*x)

    def weights_beside(self) -> dict[str, str]:
        """As in torchvision."""
        return {"weight": ""}

    def code(self, *inputs: str) -> str:
        return " + ".join(inputs)

    def weights_code(self) -> dict[str, str]:
        return {"weight": "nn.Parameter(nn.init.normal_(torch.empty(1, {num_tokens}, {width}), std=0.02))"}


class ClassToken(Layer):
    """Prepends one learned token, from which the class is predicted.

    The weight has the node's name: ``class_token`` in torchvision's Vision Transformer.
    """

    family = Family.ATTENTION

    def check(self, x: Shape) -> None:
        want_tokens(self, x)

    def build(self, x: Shape) -> nn.Module:
        """(T, D) -> (T + 1, D)."""
        from workbench.layers.modules.attention import ClassToken

        return ClassToken(x[1])

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        return (Sum(side=0, name="tokens", words=f"{x[0]} + 1"),)

    def weights_beside(self) -> dict[str, str]:
        """As in torchvision."""
        return {"weight": ""}

    def code(self, *inputs: str) -> str:
        x, token = inputs
        return f"torch.cat(({token}.expand({x}.shape[0], -1, -1), {x}), dim=1)"

    def weights_code(self) -> dict[str, str]:
        return {"weight": "nn.Parameter(torch.zeros(1, 1, {width}))"}


class SelectToken(Layer):
    """Keeps only one token; the first is the class token."""

    family = Family.ATTENTION

    index: Annotated[int, Meta(description="index of the token; 0 is the first, -1 the last")] = 0

    def check(self, x: Shape) -> None:
        want_tokens(self, x)
        if not -x[0] <= self.index < x[0]:
            raise Refusal(
                f"there is no token {self.index} among {x[0]}",
                f"choose an index from 0 to {x[0] - 1}",
                setting({"index": 0}),
            )

    def code(self, *inputs: str) -> str:
        return f"{inputs[0]}[:, {self.index}]"

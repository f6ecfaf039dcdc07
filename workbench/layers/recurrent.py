"""Recurrent layers: they read tokens (T, D) one after the other, and remember in a state what they have read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
from msgspec import Meta

from workbench.layers.base import Family, Layer, Shape, Sum, Unpacking
from workbench.layers.checks import want_tokens

if TYPE_CHECKING:
    from torch import nn


class _Recurrent(Layer):
    """Base of the recurrent layers."""

    family = Family.RECURRENT
    while_running = ("dropout",)
    one_by_one = True

    hidden_size: Annotated[int, Meta(ge=1, description="numbers in the state", extra={"start": 64})]
    num_layers: Annotated[int, Meta(ge=1, description="layers stacked; each reads the outputs of the one before")] = 1
    dropout: Annotated[float, Meta(ge=0, le=1, description="dropout probability between stacked layers")] = 0.0
    bidirectional: Annotated[bool, Meta(description="also read from the last token to the first")] = False
    output: Annotated[
        Literal["sequence", "last"],
        Meta(description="all tokens' outputs, or only the last; the last that each direction reads"),
    ] = "sequence"

    def check(self, x: Shape) -> None:
        """Reject other inputs than tokens."""
        want_tokens(self, x)

    def build(self, x: Shape) -> nn.Module:
        """(T, D) -> (T, hidden_size), or (hidden_size,); twice as wide if bidirectional."""
        from workbench.layers.modules import recurrent

        settings = msgspec.structs.asdict(self)
        if self.num_layers == 1:
            settings["dropout"] = 0.0  # which has no place then
        module: nn.Module = getattr(recurrent, type(self).__name__)(x[1], batch_first=True, **settings)
        return module

    def arithmetic(self, x: Shape) -> tuple[Sum, ...]:
        """Both directions' outputs are concatenated."""
        side = 1 if self.output == "sequence" else 0
        return (Sum(side=side, name="width", words=f"2·{self.hidden_size}"),) if self.bidirectional else ()

    def window(self) -> str:
        """Each output depends on all tokens before it."""
        return "all"

    def _unpacked(self, states: str) -> Unpacking:
        if self.output == "sequence":
            return Unpacking(argument="output", targets="{x}, _")
        answer = "torch.cat(({state}[-2], {state}[-1]), dim=1)" if self.bidirectional else "{state}[-1]"
        return Unpacking(argument="output", targets=f"_, {states}", answer=answer)


class LSTM(_Recurrent):
    """Reads the tokens one after the other; gates decide what its memory keeps, takes in and gives out.

    Long short-term memory: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. Its
    4·hidden_size·(width + hidden_size) weights are the same for every token.
    """

    in_passing = 1.8  # measured: up to 19.6 floats per token and unit at the peak, of which it keeps 7

    def unpacking(self) -> Unpacking:
        """torch's returns the sequence and both states."""
        return self._unpacked("({state}, _)")


class GRU(_Recurrent):
    """Reads the tokens one after the other, with three quarters of an LSTM's weights: its memory is its output.

    Gated recurrent unit: Cho et al. 2014, arXiv:1406.1078, in torch's form, whose reset gate acts after the product.
    """

    in_passing = 1.4  # measured: up to 16.1 floats per token and unit at the peak, of which it keeps 7

    def unpacking(self) -> Unpacking:
        """torch's returns the sequence and the state."""
        return self._unpacked("{state}")

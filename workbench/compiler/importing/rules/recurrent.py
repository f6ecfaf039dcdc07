"""Recurrent layers that begin with a state of zeros.

torch's function returns the sequence, and the last states of all layers and directions, of which a network usually
takes the last layer's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from workbench.compiler.importing.operations import Constant, Operation, Value
from workbench.compiler.importing.rules.declaring import Found, is_kept, rule

RECURRENT = {"lstm": "LSTM", "gru": "GRU"}
NUM_SETTINGS = 9
"""The arguments of torch's functions."""

HIDDEN = 1
"""Which of the function's outputs holds the last states, [layers·directions, N, H]."""


@rule
def _lstm(*settings: Any) -> Found | None:
    return _found("lstm", settings, "sequence")


@rule
def _gru(*settings: Any) -> Found | None:
    return _found("gru", settings, "sequence")


def end_of(state: Any, place: Any) -> tuple[Operation, int] | None:
    """Return the recurrent layer and the direction (0 or 1) whose last output is at this ``place`` of its states; None
    if its sequence does not begin with the batch.
    """
    if not isinstance(state, Value) or state.operation.function not in RECURRENT or state.output != HIDDEN:
        return None
    operation, num_states = state.operation, state.shape[0]
    if type(place) is not int or not isinstance(num_states, int) or len(operation.args) != NUM_SETTINGS:
        return None
    if not operation.args[8]:
        return None
    num_directions = num_directions_of(operation)
    direction = place % num_states - (num_states - num_directions)
    return (operation, direction) if direction >= 0 else None


def num_directions_of(operation: Operation) -> int:
    """Return 2 if a recurrent operation is bidirectional, else 1."""
    return 2 if operation.args[7] else 1


def picked(items: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return what each of these is picked from by an index, and the index; empty if one is not."""
    picks = [item.operation for item in items if isinstance(item, Value) and item.operation.function == "getitem"]
    return [(pick.args[0], pick.args[1]) for pick in picks] if len(picks) == len(items) else []


def found_last(picks: Sequence[tuple[Any, Any]]) -> Found | None:
    """Return the layer whose last outputs these are, picked from its states: those of all its directions, in order."""
    ends = [end_of(*pick) for pick in picks]
    if not ends or ends[0] is None:
        return None
    operation = ends[0][0]
    wanted = [(operation, direction) for direction in range(num_directions_of(operation))]
    return _found(operation.function, operation.args, "last") if ends == wanted else None


def _found(function: str, settings: Sequence[Any], output: Literal["sequence", "last"]) -> Found | None:
    x, state, weights, has_biases, num_layers, dropout, _, bidirectional, batch_first = settings
    names = [
        f"{name}_l{layer}{direction}"
        for layer in range(num_layers)
        for direction in ("", "_reverse")[: 1 + bidirectional]
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    begins_at_zero = all(map(_is_zero, state if isinstance(state, tuple | list) else (state,)))
    if not (batch_first and has_biases and begins_at_zero and is_kept(*weights)) or len(weights) != len(names):
        return None
    parameters = {"hidden_size": weights[1].shape[1], "num_layers": num_layers, "bidirectional": bidirectional}
    parameters |= {"output": output, "dropout": dropout if num_layers > 1 else 0.0}
    return Found(
        type=RECURRENT[function], inputs=(x,), parameters=parameters, weights=dict(zip(names, weights, strict=True))
    )


def _is_zero(state: Any) -> bool:
    """Return whether it is zeros, or their repetition for each picture."""
    while isinstance(state, Value) and state.operation.function in ("repeat", "expand"):
        state = state.operation.args[0]
    return isinstance(state, Constant) and not state.tensor.any()

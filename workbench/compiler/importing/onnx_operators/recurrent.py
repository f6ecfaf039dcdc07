"""Recurrent layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from workbench.compiler.importing.onnx_operators.declaring import NotInTorch, Step, operator


@operator
def _LSTM(
    step: Step,
    x: Tensor,
    w: Tensor,
    r: Tensor,
    b: Tensor | None = None,
    lengths: Tensor | None = None,
    hidden: Tensor | None = None,
    cell: Tensor | None = None,
    peepholes: Tensor | None = None,
) -> Any:
    plain = step.get("direction", "forward") != "reverse" and not step.get("input_forget", 0)
    plain = plain and (
        not step.get("activations") or {name.lower() for name in step.get("activations")} <= {"sigmoid", "tanh"}
    )
    if lengths is not None or peepholes is not None or step.get("layout", 0) or not plain or step.get("clip"):
        raise NotInTorch("it has an LSTM of a variant that torch does not support")
    weights = _in_torchs_order(w, r, b, (0, 2, 3, 1))  # ONNX: i o f c; torch: i f c o
    state = [_state(hidden, x, r), _state(cell, x, r)]
    y, *last = torch.lstm(x, state, weights, True, 1, 0.0, False, w.shape[0] == 2, False)
    return _answers(step, y, last, r)


@operator
def _GRU(
    step: Step,
    x: Tensor,
    w: Tensor,
    r: Tensor,
    b: Tensor | None = None,
    lengths: Tensor | None = None,
    hidden: Tensor | None = None,
) -> Any:
    plain = step.get("direction", "forward") != "reverse" and step.get("linear_before_reset", 0)
    if lengths is not None or step.get("layout", 0) or not plain or step.get("clip") or step.get("activations"):
        raise NotInTorch("it has a GRU of a variant that torch does not support")
    weights = _in_torchs_order(w, r, b, (1, 0, 2))  # ONNX: z r h; torch: r z n
    y, *last = torch.gru(x, _state(hidden, x, r), weights, True, 1, 0.0, False, w.shape[0] == 2, False)
    return _answers(step, y, last, r)


def _in_torchs_order(w: Tensor, r: Tensor, b: Tensor | None, gates: Sequence[int]) -> list[Tensor]:
    """Convert w: [directions, gates·size, inputs], r: [directions, gates·size, size], b: [directions, 2·gates·size] to
    torch's four tensors per direction.
    """
    size, rows = r.shape[2], r.shape[1]
    order = torch.cat([torch.arange(size) + size * gate for gate in gates])
    weights: list[Tensor] = []
    for direction in range(w.shape[0]):
        biases = torch.zeros(2 * rows) if b is None else b[direction]
        weights += [w[direction][order], r[direction][order], biases[:rows][order], biases[rows:][order]]
    return weights


def _state(given: Tensor | None, x: Tensor, r: Tensor) -> Tensor:
    """Return the initial state [directions, N, size] for x: [T, N, ...]; zero if it is not given."""
    return torch.zeros(r.shape[0], x.shape[1], r.shape[2]) if given is None else given


def _answers(step: Step, y: Tensor, last: Sequence[Tensor], r: Tensor) -> Any:
    """Convert y: [T, N, directions·size] to [T, directions, N, size], with the last states if requested."""
    split = y.reshape(*y.shape[:2], r.shape[0], r.shape[2]).permute(0, 2, 1, 3)
    return (split, *last)[: step.num_outputs] if step.num_outputs > 1 else split

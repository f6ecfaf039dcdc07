"""Recurrent layers."""

from __future__ import annotations

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
        raise NotInTorch("it has an LSTM of a kind that torch does not know")
    size = r.shape[2]
    order = torch.cat([torch.arange(size) + size * gate for gate in (0, 2, 3, 1)])  # ONNX: i o f c; torch: i f c o
    weights: list[Tensor] = []
    for direction in range(w.shape[0]):
        biases = torch.zeros(8 * size) if b is None else b[direction]
        weights += [w[direction][order], r[direction][order], biases[: 4 * size][order], biases[4 * size :][order]]
    start = torch.zeros(w.shape[0], x.shape[1], size)
    state = [start if hidden is None else hidden, start if cell is None else cell]
    y, last, last_cell = torch.lstm(x, state, weights, True, 1, 0.0, False, w.shape[0] == 2, False)
    split = y.reshape(*y.shape[:2], w.shape[0], size).permute(0, 2, 1, 3)
    return (split, last, last_cell)[: step.num_outputs] if step.num_outputs > 1 else split


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
        raise NotInTorch("it has a GRU of a kind that torch does not know")
    size = r.shape[2]
    order = torch.cat([torch.arange(size) + size * gate for gate in (1, 0, 2)])  # ONNX: z r h; torch: r z n
    weights: list[Tensor] = []
    for direction in range(w.shape[0]):
        biases = torch.zeros(6 * size) if b is None else b[direction]
        weights += [w[direction][order], r[direction][order], biases[: 3 * size][order], biases[3 * size :][order]]
    start = torch.zeros(w.shape[0], x.shape[1], size) if hidden is None else hidden
    y, last = torch.gru(x, start, weights, True, 1, 0.0, False, w.shape[0] == 2, False)
    split = y.reshape(*y.shape[:2], w.shape[0], size).permute(0, 2, 1, 3)
    return (split, last)[: step.num_outputs] if step.num_outputs > 1 else split

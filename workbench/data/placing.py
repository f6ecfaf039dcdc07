"""Where a split is during training: on the device, or in the file that it is mapped from."""

import torch
from torch import Tensor

from workbench.data.rows import Rows, blocks

SHARE = 0.5
"""The share of a device's free memory for data that could also stay in its file; the rest is for training."""


def placed(values: Tensor | Rows, device: torch.device) -> Tensor | Rows:
    """Return the values on the device; mapped ones stay in their file if that is the CPU, or too
    small for all of them.
    """
    if isinstance(values, Tensor):
        return values.to(device)
    if device.type == "cpu" or not _has_room(device, values.nbytes):
        return values
    there = torch.empty(values.shape, dtype=torch.uint8, device=device)
    begin = 0
    for block in blocks(values):
        there[begin : begin + len(block)] = torch.from_numpy(block)
        begin += len(block)
    return there


def _has_room(device: torch.device, num_bytes: int) -> bool:
    return device.type != "cuda" or num_bytes <= SHARE * torch.cuda.mem_get_info(device)[0]


def gathered(values: Tensor | Rows, indices: Tensor) -> Tensor:
    """Return these rows (int64 [B]), in this order, on the device of ``indices``."""
    if isinstance(values, Rows):
        return torch.from_numpy(values[indices.cpu().numpy()]).to(indices.device)
    return values.index_select(0, indices)


def stretch(values: Tensor | Rows, indices: Tensor) -> Tensor:
    """Return these consecutive rows, without a copy if they are on the device."""
    if isinstance(values, Rows):
        return gathered(values, indices)
    return values[indices[0] : indices[-1] + 1].contiguous()  # a source may use any layout

"""Where a split lies while it is trained with: on the device, or in the file that it is mapped from."""

import torch
from torch import Tensor

from workbench.data.rows import Rows, blocks

SHARE = 0.5
"""Of a device's free memory, for what could stay in its file as well; the rest is for the training."""


def placed(values: Tensor | Rows, device: torch.device) -> Tensor | Rows:
    """On the device. What is mapped stays in its file where that is the CPU, or has no room for all of it."""
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
    """These rows (int64 [B]), in this order, on the device of ``indices``."""
    if isinstance(values, Rows):
        return torch.from_numpy(values[indices.cpu().numpy()]).to(indices.device)
    return values.index_select(0, indices)


def stretch(values: Tensor | Rows, indices: Tensor) -> Tensor:
    """These rows, which follow one another: no copy of what lies on the device."""
    if isinstance(values, Rows):
        return gathered(values, indices)
    return values[indices[0] : indices[-1] + 1].contiguous()  # however a source laid them out

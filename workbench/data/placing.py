"""Where a split is during training: on the device, or, if that has no room, in memory or the file it is mapped from.

A batch's indices and random numbers are on the CPU, where what depends on them (which rows of a file, which pictures an
operation gets) is known without waiting for a GPU; the GPU gets copies.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from workbench.data.rows import Rows, blocks

SHARE = 0.5
"""The share of a device's free memory for data that could also stay where it is; the rest is for training."""


def placed(values: Tensor | Rows, device: torch.device) -> Tensor | Rows:
    """Return the values on the device; they stay where they are if that is too small for all of them, and mapped ones
    also if it is the CPU.
    """
    if device.type == "cpu" or not _has_room(device, values.nbytes):
        return values
    if isinstance(values, Tensor):
        return values.to(device)
    there = torch.empty(values.shape, dtype=torch.uint8, device=device)
    begin = 0
    for block in blocks(values):
        there[begin : begin + len(block)] = torch.from_numpy(block)
        begin += len(block)
    return there


def _has_room(device: torch.device, num_bytes: int) -> bool:
    match device.type:
        case "cuda":
            free, _ = torch.cuda.mem_get_info(device)
        case "mps":
            free = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
        case _:  # it says nothing of its memory
            return True
    return num_bytes <= SHARE * free


class Indices(NamedTuple):
    """Indices of a batch, int64 [B], on the CPU and on the device; a single tensor if that is the CPU."""

    here: Tensor
    there: Tensor


def sent(values: Tensor, device: torch.device) -> Tensor:
    """Return values on the CPU as a copy on the device (or themselves); nothing waits for what a GPU has yet to do."""
    if device.type == "cpu":  # torch takes longer to see that there is nothing to do
        return values
    # CUDA waits for copies from memory that is not pinned, and so for all that was queued before. MPS may still read
    # memory that is in use again.
    if device.type == "cuda":
        values = values.pin_memory()
    return values.to(device, non_blocking=device.type != "mps")


def gathered(values: Tensor | Rows, indices: Indices) -> Tensor:
    """Return these rows of the values [N, ...], in this order, on the device: [B, ...]."""
    device = indices.there.device
    if isinstance(values, Rows):
        return sent(torch.from_numpy(values[indices.here.numpy()]), device)
    if values.device.type != device.type:
        return sent(values.index_select(0, indices.here), device)
    return values.index_select(0, indices.there)


def stretch(values: Tensor | Rows, begin: int, indices: Indices) -> Tensor:
    """Return the same if the rows follow one another from ``begin`` on, without a copy if they are on the device."""
    if isinstance(values, Rows):
        return gathered(values, indices)
    found = values[begin : begin + len(indices.here)]
    # A source may use any layout; and that of a single channel may pass for channels_last, unless it is made anew.
    found = found.flatten().view(found.shape)
    return found if values.device.type == indices.there.device.type else sent(found, indices.there.device)

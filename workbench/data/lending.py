"""Reuse of memory that is no longer referenced.

The system provides fresh memory page by page, each cleared at its first use: for a batch of large pictures that takes
longer than all computations on them.
"""

import math
import weakref
from collections.abc import Sequence
from contextlib import suppress

import torch
from torch import Tensor


class Lender:
    """Gives out tensors on the CPU; what is no longer in use, by no view and no gradient's way back either, it has
    back.
    """

    def __init__(self, dtype: torch.dtype) -> None:
        self._dtype = dtype
        self._free: list[Tensor] = []

    def empty(self, shape: Sequence[int]) -> Tensor:
        """Return an uninitialised tensor of this shape."""
        size = math.prod(shape)
        memory = self._taken(size)
        # The tensor's storage keeps the array alive, and so does whatever shares the storage.
        lent = memory[:size].numpy()
        weakref.finalize(lent, self._free.append, memory)
        return torch.from_numpy(lent).view(*shape)

    def _taken(self, size: int) -> Tensor:
        while self._free:
            with suppress(IndexError):  # another thread was faster
                memory = self._free.pop()
                if len(memory) >= size:
                    return memory
        return torch.empty(size, dtype=self._dtype)

"""Ranks: the processes that train a network together, each on its slice of every batch.

torchrun starts them and tells each by environment variables which it is. They communicate by torch's collective
operations, so all ranks must call each of these methods in the same order. With one process the methods return their
arguments unchanged, and nothing is loaded for them.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
import torch
from torch import Tensor
from torch import distributed as dist
from torch.distributed import Store, TCPStore  # type: ignore[attr-defined]  # defined in C++

T = TypeVar("T")

NODE = "WORKBENCH_NODE"
"""The environment variable that numbers the machines: the one with the run's folder is 0."""

PATIENCE = timedelta(days=365)
"""How long a rank waits for the others; long, since a run may stay paused. A lost rank is detected by other means."""

LEAVING = timedelta(seconds=30)
"""How long the store is kept for ranks that have not left yet."""

_FIRST = "first"
_LEFT = "left/{}"


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """``rank`` of ``size``, the ``local``-th on its machine. Rank ``first`` owns the run's folder and receives the
    commands.

    ``sharded``: each holds only its part of the weights (FSDP) rather than all of them (DDP). ``store`` is a key-value
    store that all ranks read and write without waiting for each other.
    """

    rank: int = 0
    size: int = 1
    local: int = 0
    first: int = 0
    sharded: bool = False
    store: Store | None = None

    @property
    def many(self) -> bool:
        """Whether there are several ranks."""
        return self.size > 1

    @property
    def is_first(self) -> bool:
        """Whether this is the first rank, which owns the run's folder."""
        return self.rank == self.first

    @property
    def part(self) -> tuple[int, int]:
        """Its slice of every batch: rank and size."""
        return self.rank, self.size

    def devices(self) -> int | str:
        """Return the entry in a run's environment: ``4``, or ``4 (sharded)``."""
        return f"{self.size} (sharded)" if self.sharded else self.size

    def device(self, chosen: torch.device) -> torch.device:
        """Return this rank's own GPU if the machine has several."""
        return torch.device("cuda", self.local) if self.many and chosen.type == "cuda" else chosen

    def settle(self, chosen: torch.device) -> None:
        """Make this rank's GPU the default; CUDA remembers that separately for each thread."""
        device = self.device(chosen)
        if device.index is not None:
            torch.cuda.set_device(device)

    def sum(self, values: Tensor) -> Tensor:
        """Return the sum over the ranks, on each of them; ``values`` is not changed."""
        if not self.many:
            return values
        total = values.clone()
        dist.all_reduce(total)
        return total

    def largest(self, values: Tensor) -> Tensor:
        """Return the elementwise maximum over the ranks; ``values`` is not changed."""
        if not self.many:
            return values
        most = values.clone()
        dist.all_reduce(most, dist.ReduceOp.MAX)
        return most

    def joined(self, values: Tensor) -> Tensor:
        """Return all ranks' ``values``, concatenated along the first dimension, whose length may differ."""
        return torch.cat(self.each(values)) if self.many else values

    def each(self, values: Tensor) -> list[Tensor]:
        """Return every rank's ``values``, by rank; the length of their first dimension may differ."""
        if not self.many:
            return [values]
        length = torch.tensor([len(values)], device=values.device)
        lengths = [torch.empty_like(length) for _ in range(self.size)]
        dist.all_gather(lengths, length)
        longest = max(map(int, lengths))
        padded = values.new_zeros(longest, *values.shape[1:])
        padded[: len(values)] = values
        held = [torch.empty_like(padded) for _ in range(self.size)]
        dist.all_gather(held, padded)
        return [whole[: int(count)] for whole, count in zip(held, lengths, strict=True)]

    def from_first(self, make: Callable[[], T], kind: Any) -> T:
        """Return on every rank what ``make`` returns on the first, sent as JSON; ``kind`` is its msgspec type."""
        if not self.many:
            return make()
        said = msgspec.json.encode(make()) if self.is_first else b""
        length = torch.tensor([len(said)])
        dist.broadcast(length, self.first)
        held = torch.frombuffer(bytearray(said or bytes(int(length))), dtype=torch.uint8)
        dist.broadcast(held, self.first)
        heard: T = msgspec.json.decode(held.numpy().tobytes(), type=kind)
        return heard

    def tensors_from_first(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return the first rank's tensors by name, on every rank; the others pass an empty mapping."""
        said = {name: (str(tensor.dtype), list(tensor.shape)) for name, tensor in tensors.items()}
        shapes = self.from_first(lambda: said, dict[str, tuple[str, list[int]]])
        held = {}
        for name, (dtype, shape) in shapes.items():
            kind = getattr(torch, dtype.removeprefix("torch."))
            held[name] = tensors[name].contiguous() if self.is_first else torch.empty(shape, dtype=kind)
            dist.broadcast(held[name], self.first)
        return held

    def wait_for_all(self) -> None:
        """Wait until every rank has called this."""
        # on the CPU: torch's barrier would use a GPU, the same one for all ranks of a machine
        self.sum(torch.zeros(()))


ALONE = Ranks()
"""The only process of its training."""


def join() -> Ranks:
    """Join the other ranks that torchrun has started; waits for them."""
    rank, size, local = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    serves = rank == 0 and os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"
    store = TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=serves)
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=PATIENCE)
    if local == 0 and os.environ.get(NODE, "0") == "0":
        store.set(_FIRST, str(rank))
    first = int(store.get(_FIRST))
    # A separate connection: while torch waits on one, nothing else can be read or written through it.
    return Ranks(rank=rank, size=size, local=local, first=first, store=store.clone())


def leave(ranks: Ranks) -> None:
    """Leave the other ranks before the process ends; the one that serves the store leaves last."""
    assert ranks.store is not None
    with suppress(RuntimeError):  # a rank that crashed does not sign off
        ranks.store.set(_LEFT.format(ranks.rank), "")
        if ranks.rank == 0:
            ranks.store.wait([_LEFT.format(rank) for rank in range(ranks.size)], LEAVING)

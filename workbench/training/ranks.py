"""What a rank is: one of the processes that train a network together, each on its slice of every batch.

torchrun starts them and tells each by environment variables which it is. What they say to one another goes through
torch's collective operations: each of these methods is called by all ranks, in the same order. With one process they
give back what they are given, to the last bit, and nothing is loaded for them.
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
from torch.distributed import Store, TCPStore  # type: ignore[attr-defined]  # made in C++

T = TypeVar("T")

NODE = "WORKBENCH_NODE"
"""The environment variable that numbers the machines: the one with the run's folder is 0."""

PATIENCE = timedelta(days=365)
"""How long a rank waits for the others: a run may be paused over a holiday. That one is gone is noticed otherwise."""

LEAVING = timedelta(seconds=30)
"""How long the store is kept for those that have not done with it."""

_FIRST = "first"
_LEFT = "left/{}"


@dataclass(frozen=True, kw_only=True)
class Ranks:
    """``rank`` of ``size``, the ``local``-th on its machine. The ``first`` keeps the folder and hears the commands.

    ``sharded``: each holds its part of the weights alone (FSDP), not all of them (DDP). ``store`` is what they all can
    write to and read from without waiting for each other.
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
        """Its slice of every batch: rank, of how many."""
        return self.rank, self.size

    def devices(self) -> int | str:
        """What a run's surroundings say of them: ``4``, ``4 (sharded)``."""
        return f"{self.size} (sharded)" if self.sharded else self.size

    def device(self, chosen: torch.device) -> torch.device:
        """Of a machine with several GPUs this rank's own."""
        return torch.device("cuda", self.local) if self.many and chosen.type == "cuda" else chosen

    def settle(self, chosen: torch.device) -> None:
        """Let what names no GPU mean this rank's own; CUDA remembers that for each thread by itself."""
        device = self.device(chosen)
        if device.index is not None:
            torch.cuda.set_device(device)

    def sum(self, values: Tensor) -> Tensor:
        """The sum over the ranks, on each of them; ``values`` stay as they are."""
        if not self.many:
            return values
        total = values.clone()
        dist.all_reduce(total)
        return total

    def largest(self, values: Tensor) -> Tensor:
        """The largest over the ranks, number by number; ``values`` stay as they are."""
        if not self.many:
            return values
        most = values.clone()
        dist.all_reduce(most, dist.ReduceOp.MAX)
        return most

    def joined(self, values: Tensor) -> Tensor:
        """All ranks' ``values`` one after the other along the first dimension, which may be of different lengths."""
        return torch.cat(self.each(values)) if self.many else values

    def each(self, values: Tensor) -> list[Tensor]:
        """Every rank's ``values``, by rank; they may differ in the length of their first dimension."""
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
        """What ``make`` gives on the first rank, on each; as JSON, so ``kind`` is its type as msgspec knows it."""
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
        """The first rank's tensors by name, on each; the others hand in none."""
        said = {name: (str(tensor.dtype), list(tensor.shape)) for name, tensor in tensors.items()}
        shapes = self.from_first(lambda: said, dict[str, tuple[str, list[int]]])
        held = {}
        for name, (dtype, shape) in shapes.items():
            kind = getattr(torch, dtype.removeprefix("torch."))
            held[name] = tensors[name].contiguous() if self.is_first else torch.empty(shape, dtype=kind)
            dist.broadcast(held[name], self.first)
        return held

    def wait_for_all(self) -> None:
        """Go on when every rank has come to here."""
        self.sum(torch.zeros(()))  # on the CPU: torch's barrier takes a GPU, the first one for all ranks of a machine


ALONE = Ranks()
"""The only process of its training."""


def join() -> Ranks:
    """Meet the others that torchrun has started; waits for them."""
    rank, size, local = (int(os.environ[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
    serves = rank == 0 and os.environ.get("TORCHELASTIC_USE_AGENT_STORE") != "True"
    store = TCPStore(os.environ["MASTER_ADDR"], int(os.environ["MASTER_PORT"]), is_master=serves)
    backend = "cpu:gloo,cuda:nccl" if torch.cuda.is_available() and dist.is_nccl_available() else "gloo"
    dist.init_process_group(backend, store=store, rank=rank, world_size=size, timeout=PATIENCE)
    if local == 0 and os.environ.get(NODE, "0") == "0":
        store.set(_FIRST, str(rank))
    first = int(store.get(_FIRST))
    # By a connection of its own: while torch waits for something in one, nothing else is written or read by it.
    return Ranks(rank=rank, size=size, local=local, first=first, store=store.clone())


def leave(ranks: Ranks) -> None:
    """Part from the others, before the process ends; the one that holds the store is the last to go."""
    assert ranks.store is not None
    with suppress(RuntimeError):  # one that broke down leaves no word
        ranks.store.set(_LEFT.format(ranks.rank), "")
        if ranks.rank == 0:
            ranks.store.wait([_LEFT.format(rank) for rank in range(ranks.size)], LEAVING)

"""How a network lies over the ranks: whole on each with the gradients averaged (DDP), or in shards (FSDP).

Distributed data parallel: Li et al., VLDB 2020, https://arxiv.org/abs/2006.15704. Fully sharded: Zhao et al., VLDB 2023,
https://arxiv.org/abs/2304.11277.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, fx, nn

from workbench.data.batches import Batch
from workbench.training.ranks import Ranks
from workbench.training.shared_norm import SharedNorm, counting


class Spread:
    """A network as the ranks learn with it: ``network`` is what to ask, so that ``backward`` averages over them."""

    def __init__(self, module: fx.GraphModule, ranks: Ranks, *, used: Iterable[str] = ()) -> None:
        """``used`` are the outputs that a loss is taken of."""
        self.ranks = ranks
        self.network: nn.Module = module
        self.reducing: Callable[[bool], AbstractContextManager[Any]] = lambda _: nullcontext()
        """What a pass runs in: whether its gradients, and those gathered before, are averaged over the ranks."""
        if ranks.sharded:
            self.network = _Called(module)
            self.reducing = lambda last: _reducing_shards(module, last)
        elif ranks.many:
            averaging = _averaging(module, find_unused=not outputs_of(module) <= set(used))
            self.network = averaging
            self.reducing = lambda last: nullcontext() if last else averaging.no_sync()
        self._norms = [layer for layer in module.modules() if isinstance(layer, SharedNorm)]

    def counting(self, batch: Batch) -> AbstractContextManager[None]:
        """What a pass of this batch runs in, so that ranks without a picture of their own count for nothing."""
        return counting(self._norms, batch, self.ranks.size)


class _Called(nn.Module):
    """Asked by its ``forward``, it calls the module with the hooks that fetch its shards."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, inputs: Tensor) -> Any:
        """Same as the wrapped module."""
        return self.module(inputs)


def _averaging(module: fx.GraphModule, *, find_unused: bool) -> nn.parallel.DistributedDataParallel:
    with warnings.catch_warnings():
        # torch renames broadcast_buffers; the new name is not in every version that this program runs with.
        warnings.simplefilter("ignore", FutureWarning)
        return nn.parallel.DistributedDataParallel(
            module,
            broadcast_buffers=False,  # norms see to it that they are equal
            find_unused_parameters=find_unused,
            gradient_as_bucket_view=True,
        )


@contextmanager
def _reducing_shards(module: Any, last: bool) -> Iterator[None]:
    module.set_requires_gradient_sync(last)
    yield


def outputs_of(module: fx.GraphModule) -> set[str]:
    """The names of the outputs."""
    (end,) = (node for node in module.graph.nodes if node.op == "output")
    return set(end.args[0])


def shard(module: Any, device: torch.device, ranks: Ranks) -> None:
    """Replace the weights of a ``fx.GraphModule`` by shards; a block's layers are fetched together, others one by one.

    The network comes from the CPU, so that no device ever holds the whole of it.
    """
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh(device.type, (ranks.size,))
    together: dict[str, list[nn.Module]] = {}
    for node in module.graph.nodes:
        if node.op == "call_module" and any(True for _ in module.get_submodule(node.target).parameters()):
            block = node.target.rpartition(".")[0] or node.target
            together.setdefault(block, []).append(module.get_submodule(node.target))
    for layers in together.values():
        fully_shard(layers, mesh=mesh)
    fully_shard(module, mesh=mesh)


# A shard is a DTensor. Its class is not asked for by name: to import it takes a second, which one process need not wait.


def is_shard(tensor: Tensor) -> bool:
    """Whether this is one rank's part of something."""
    return hasattr(tensor, "full_tensor")


def whole(tensor: Tensor) -> Tensor:
    """A sharded tensor in one piece (every rank has to ask), any other as it is."""
    found: Tensor = tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor
    return found


def own_part(tensor: Tensor) -> Tensor:
    """Of a sharded tensor what this rank holds, any other as it is; shares its memory."""
    found: Tensor = tensor.to_local() if hasattr(tensor, "to_local") else tensor
    return found


def placed_as(like: Tensor, tensor: Tensor) -> Tensor:
    """A whole tensor sharded as ``like`` is; as it is where that is whole."""
    if not is_shard(like):
        return tensor
    from torch.distributed.tensor import DTensor, distribute_tensor

    assert isinstance(like, DTensor)
    here = tensor.to(own_part(like).device)
    return distribute_tensor(here, like.device_mesh, like.placements, src_data_rank=None)

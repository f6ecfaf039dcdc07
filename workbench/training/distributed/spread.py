"""How a network is distributed over the ranks: replicated with averaged gradients (DDP), or sharded (FSDP).

Distributed data parallel: Li et al., VLDB 2020, https://arxiv.org/abs/2006.15704. Fully sharded: Zhao et al., VLDB
2023, https://arxiv.org/abs/2304.11277.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, fx, nn

from workbench.data.batches import Batch
from workbench.training.distributed.ranks import Ranks
from workbench.training.distributed.shared_norm import SharedNorm, counting


class Spread:
    """A network as the ranks train it: call ``network``, so that ``backward`` averages over the ranks."""

    def __init__(self, module: fx.GraphModule, ranks: Ranks, *, used: Iterable[str] = ()) -> None:
        """``used`` are the names of the outputs that have a loss."""
        self.ranks = ranks
        self.network: nn.Module = module
        self.reducing: Callable[[bool], AbstractContextManager[Any]] = lambda _: nullcontext()
        """Returns the context of a pass; if its argument is true, this pass's gradients and the accumulated ones are
        averaged.
        """
        if ranks.sharded:
            self.network = _Called(module)
            self.reducing = lambda last: _reducing_shards(module, last)
        elif ranks.many:
            averaging = _averaging(module, find_unused=not outputs_of(module) <= set(used))
            self.network = averaging
            self.reducing = lambda last: nullcontext() if last else averaging.no_sync()
        self._norms = [layer for layer in module.modules() if isinstance(layer, SharedNorm)]

    def counting(self, batch: Batch) -> AbstractContextManager[None]:
        """Return the context of a pass of this batch, in which ranks without own pictures do not count."""
        return counting(self._norms, batch, self.ranks.size)


class _Called(nn.Module):
    """Its ``forward`` calls the module, rather than its ``forward``, so that the hooks that fetch its shards run."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, inputs: Tensor) -> Any:
        """Same as the wrapped module."""
        return self.module(inputs)


def _averaging(module: fx.GraphModule, *, find_unused: bool) -> nn.parallel.DistributedDataParallel:
    with warnings.catch_warnings():
        # torch renames broadcast_buffers; the new name does not exist in every supported version.
        warnings.simplefilter("ignore", FutureWarning)
        return nn.parallel.DistributedDataParallel(
            module,
            broadcast_buffers=False,  # the norms keep them equal
            find_unused_parameters=find_unused,
            gradient_as_bucket_view=True,
        )


@contextmanager
def _reducing_shards(module: Any, last: bool) -> Iterator[None]:
    module.set_requires_gradient_sync(last)
    yield


def outputs_of(module: fx.GraphModule) -> set[str]:
    """Return the names of the outputs."""
    (end,) = (node for node in module.graph.nodes if node.op == "output")
    return set(end.args[0])


def shard(module: Any, device: torch.device, ranks: Ranks) -> None:
    """Shard the weights of an ``fx.GraphModule``; a block's layers are gathered together, others one by one.

    The network comes from the CPU, so that no device ever holds all of it.
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


# A shard is a DTensor. Its class is not named here, since importing it takes a second, which a single process should
# not pay.


def is_shard(tensor: Tensor) -> bool:
    """Return whether this is one rank's part of a tensor."""
    return hasattr(tensor, "full_tensor")


def whole(tensor: Tensor) -> Tensor:
    """Return a sharded tensor as a whole (all ranks must call it), any other unchanged."""
    found: Tensor = tensor.full_tensor() if hasattr(tensor, "full_tensor") else tensor
    return found


def own_part(tensor: Tensor) -> Tensor:
    """Return this rank's part of a sharded tensor, or any other tensor unchanged; shares its memory."""
    found: Tensor = tensor.to_local() if hasattr(tensor, "to_local") else tensor
    return found


def placed_as(like: Tensor, tensor: Tensor) -> Tensor:
    """Return a whole tensor sharded like ``like``; unchanged if that is whole."""
    if not is_shard(like):
        return tensor
    from torch.distributed.tensor import DTensor, distribute_tensor

    assert isinstance(like, DTensor)
    here = tensor.to(own_part(like).device)
    return distribute_tensor(here, like.device_mesh, like.placements, src_data_rank=None)

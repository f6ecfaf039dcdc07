"""Everything about a training that changes from step to step, and nothing else: the content of a checkpoint."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import torch
from torch import Tensor, fx, nn, optim
from torch.amp.grad_scaler import GradScaler
from torch.optim.swa_utils import AveragedModel

from workbench.compiler.weights import part
from workbench.compiler.weights_report import WeightsReport
from workbench.data.batches import Batch
from workbench.data.varying import draws
from workbench.events import LayerVariance
from workbench.spec.record import Record
from workbench.training.clock import Clock
from workbench.training.distributed.ranks import ALONE, Ranks
from workbench.training.distributed.spread import is_shard, placed_as, whole

DRAWING = ("cuda", "mps")
"""Devices that have a generator of random numbers of their own, beside the CPU's."""


class EpochSums(Record):
    """Sums over the pictures of the current epoch, part of the state so that a resumed epoch has the same means.

    ``accuracy`` is None without a class head. ``losses`` are those of several heads; empty for a single one, and in an
    epoch resumed from a checkpoint of a version that did not sum them.
    """

    loss: float = 0.0
    accuracy: float | None = 0.0
    num_pictures: int = 0
    losses: tuple[float, ...] = ()

    def plus(self, loss: float, accuracy: float | None, num_pictures: int, losses: Sequence[float]) -> "EpochSums":
        """Return the sums with one more batch, given its means."""
        return EpochSums(
            loss=self.loss + loss * num_pictures,
            accuracy=None if self.accuracy is None or accuracy is None else self.accuracy + accuracy * num_pictures,
            num_pictures=self.num_pictures + num_pictures,
            losses=self.losses and tuple(map(lambda total, mean: total + mean * num_pictures, self.losses, losses)),
        )

    def means(self, head_names: Sequence[str]) -> dict[str, float]:
        """Return ``train/loss``, for a class ``train/top1`` and for several heads ``train/HEAD/loss``, averaged over
        the epoch while the weights changed.
        """
        means = {"train/loss": self.loss / self.num_pictures}
        if self.accuracy is not None:
            means["train/top1"] = self.accuracy / self.num_pictures
        each = zip(head_names, self.losses, strict=False)
        return means | {f"train/{name}/loss": total / self.num_pictures for name, total in each}


@dataclass
class TrainingState:
    """The weights, the optimizer, the position in the run, and the best result so far.

    ``step`` counts finished steps over the whole run; ``num_validated`` counts epochs whose validation is done, so that
    a stop between an epoch's last step and its validation loses neither. ``metrics`` are those of the last validated
    epoch. ``generators`` holds the initial states of the random generators; None to seed them. ``average`` is the
    moving average of the weights, if the recipe wants one; ``scaler`` scales the loss in fp16. ``num_worse`` counts the
    epochs since the best. ``variances`` says how the initialiser changed the variance of the layers' outputs,
    ``loaded`` which weights were read from a file. ``seen`` is the latest batch and the network's answers to it, by
    output, for views between two steps; the weights still have its gradients.
    """

    module: fx.GraphModule
    optimizer: optim.Optimizer
    average: AveragedModel | None = None
    scaler: GradScaler | None = None
    clock: Clock = field(default_factory=Clock)
    step: int = 0
    num_validated: int = 0
    sums: EpochSums = field(default_factory=EpochSums)
    metrics: dict[str, float] = field(default_factory=dict)
    best: float | None = None
    num_worse: int = 0
    scores: tuple[float, ...] = ()
    variances: tuple[LayerVariance, ...] = ()
    loaded: WeightsReport | None = None
    generators: dict[str, Tensor] | None = None
    seen: tuple[Batch, dict[str, Tensor]] | None = None

    @property
    def learnt(self) -> fx.GraphModule:
        """The network used for evaluation: the average, if there is one."""
        learnt = self.module if self.average is None else self.average.module
        assert isinstance(learnt, fx.GraphModule)
        return learnt


def capture(
    state: TrainingState, device: torch.device, ranks: Ranks = ALONE
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Return the state as tensors by name and plain values: weights, optimizer, generators, position.

    All ranks must call it. Tensors of a sharded network are gathered on the CPU of the first rank only. Generators are
    those of each rank, rank 2's as ``2.cpu``.
    """
    tensors = {f"model.{name}": tensor for name, tensor in state.module.state_dict().items()}
    if state.average is not None:
        tensors |= {f"average.{name}": tensor for name, tensor in state.average.module.state_dict().items()}
        tensors["averaged"] = state.average.n_averaged
    plain_optimizer: dict[str, dict[str, Any]] = {}
    names = _optimized(state)
    for index, slots in state.optimizer.state_dict()["state"].items():
        for slot, value in slots.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{names[index]}.{slot}"] = value
            else:
                plain_optimizer.setdefault(names[index], {})[slot] = value
    for name, own in read_generators(device).items():
        for rank, value in enumerate(ranks.each(own)):
            tensors[f"generator.{rank}.{name}" if rank else f"generator.{name}"] = value
    if ranks.sharded:  # one after the other: no device has room for all
        pieces = ((name, whole(tensor)) for name, tensor in tensors.items())
        tensors = {name: piece.cpu() for name, piece in pieces if ranks.is_first}
    plain = {
        "step": state.step,
        "num_validated": state.num_validated,
        "sums": msgspec.structs.asdict(state.sums),
        "metrics": state.metrics,
        "best": state.best,
        "num_worse": state.num_worse,
        "scores": state.scores,
        "optimizer": plain_optimizer,
        "scaler": state.scaler.state_dict() if state.scaler is not None else None,
    }
    return tensors, plain


def restore(state: TrainingState, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
    """Restore a captured state; the inverse of ``capture``. The generators are set when training begins."""
    _load(state.module, part(tensors, "model."))
    if state.average is not None:
        _load(state.average.module, part(tensors, "average."))
        state.average.n_averaged.copy_(tensors["averaged"])
    slots: dict[int, dict[str, Any]] = {}
    for index, name in enumerate(_optimized(state)):
        parameter = state.module.get_parameter(name)
        found: dict[str, Any] = {
            slot: _like(parameter, value) for slot, value in part(tensors, f"optimizer.{name}.").items()
        }
        found |= plain["optimizer"].get(name, {})
        if found:
            slots[index] = found
    groups = state.optimizer.state_dict()["param_groups"]
    state.optimizer.load_state_dict({"state": slots, "param_groups": groups})
    if state.scaler is not None:
        state.scaler.load_state_dict(plain["scaler"])
    state.generators = part(tensors, "generator.")
    state.step, state.num_validated = plain["step"], plain["num_validated"]
    state.sums, state.metrics, state.best = msgspec.convert(plain["sums"], EpochSums), plain["metrics"], plain["best"]
    state.num_worse, state.scores = plain["num_worse"], tuple(plain["scores"])


def _load(module: nn.Module, weights: dict[str, Tensor]) -> None:
    there = module.state_dict()
    module.load_state_dict({name: placed_as(there.get(name, value), value) for name, value in weights.items()})


def _optimized(state: TrainingState) -> list[str]:
    """Return the weights' names in the optimizer's order."""
    names = {id(parameter): name for name, parameter in state.module.named_parameters()}
    return [names[id(parameter)] for group in state.optimizer.param_groups for parameter in group["params"]]


def read_generators(device: torch.device) -> dict[str, Tensor]:
    """Return the states of the generators that layers such as Dropout draw from, uint8."""
    states = {"cpu": torch.get_rng_state()}
    if device.type in DRAWING:
        states[device.type] = torch.get_device_module(device).get_rng_state(device)
    return states


def set_generators(states: dict[str, Tensor], device: torch.device) -> None:
    """Restore the states returned by ``read_generators``; a generator that was not saved is not changed."""
    torch.set_rng_state(states["cpu"])
    if device.type in DRAWING and device.type in states:
        torch.get_device_module(device).set_rng_state(states[device.type], device)


def begin_chance(generators: dict[str, Tensor] | None, seed: int, step: int, device: torch.device, rank: int) -> None:
    """Seed the generators of this rank, and restore those that were saved. Each rank has its own."""
    torch.manual_seed(draws.key(seed, step, rank) >> 1 if rank else seed)
    own = part(generators or {}, f"{rank}." if rank else "")
    if own:
        set_generators(own, device)


def _like(parameter: Tensor, value: Tensor) -> Tensor:
    """Return the value in the parameter's memory layout, so that a resumed step adds in the same order."""
    if value.shape == parameter.shape and is_shard(parameter):
        return placed_as(parameter, value)
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value) if value.shape == parameter.shape else value

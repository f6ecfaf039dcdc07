"""All of a training that changes from step to step, and nothing else: what a checkpoint holds."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import torch
from torch import Tensor, fx, nn, optim
from torch.amp.grad_scaler import GradScaler
from torch.optim.swa_utils import AveragedModel

from workbench.compiler.weights import part
from workbench.compiler.weights_report import WeightsReport
from workbench.data import draws
from workbench.data.batches import Batch
from workbench.events import LayerVariance
from workbench.spec.record import Record
from workbench.training.clock import Clock
from workbench.training.ranks import ALONE, Ranks
from workbench.training.spread import is_shard, placed_as, whole


class EpochSums(Record):
    """Sums over the pictures of the current epoch, part of the state so that a resumed epoch has the same means.

    ``accuracy`` is None where no class is asked for.
    """

    loss: float = 0.0
    accuracy: float | None = 0.0
    num_pictures: int = 0

    def plus(self, loss: float, accuracy: float | None, num_pictures: int) -> "EpochSums":
        """With one more batch, its means given."""
        return EpochSums(
            loss=self.loss + loss * num_pictures,
            accuracy=None if self.accuracy is None or accuracy is None else self.accuracy + accuracy * num_pictures,
            num_pictures=self.num_pictures + num_pictures,
        )

    def means(self) -> dict[str, float]:
        """``train/loss``, and ``train/top1`` of a class, as they were while the network learnt."""
        means = {"train/loss": self.loss / self.num_pictures}
        return means if self.accuracy is None else means | {"train/top1": self.accuracy / self.num_pictures}


@dataclass
class TrainingState:
    """The weights, the optimizer, the place in the run, and the best so far.

    ``step`` counts finished steps over the whole run; ``num_validated`` counts epochs whose validation is done, so that
    a stop between an epoch's last step and its validation loses neither. ``metrics`` are those of the last epoch
    validated. ``generators`` holds the random generators' states to begin with; None where the seed begins them.
    ``average`` follows the weights where the recipe wants that; ``scaler`` scales the loss of a training in fp16;
    ``num_worse`` counts the epochs since the best. ``variances`` tells what the initialiser did to the layers' answers,
    ``loaded`` which weights were read from a file. ``seen`` is the latest batch and the network's answers to it, by
    output, for whoever looks between two steps; its gradients are those that the weights still have.
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
        """The network that answers: the average where there is one."""
        learnt = self.module if self.average is None else self.average.module
        assert isinstance(learnt, fx.GraphModule)
        return learnt


def capture(
    state: TrainingState, device: torch.device, ranks: Ranks = ALONE
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The state as tensors by name and plain values: weights, optimizer, generators, place.

    All ranks have to ask. Of a sharded network the tensors come whole, on the CPU, to the first rank alone; generators are
    each rank's, those of rank 2 as ``2.cpu``.
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
    """Put a captured state back; the inverse of ``capture``. The generators are set when training begins."""
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
    state.sums, state.metrics, state.best = EpochSums(**plain["sums"]), plain["metrics"], plain["best"]
    state.num_worse, state.scores = plain["num_worse"], tuple(plain["scores"])


def _load(module: nn.Module, weights: dict[str, Tensor]) -> None:
    there = module.state_dict()
    module.load_state_dict({name: placed_as(there.get(name, value), value) for name, value in weights.items()})


def _optimized(state: TrainingState) -> list[str]:
    """The weights' names in the optimizer's own order, in which those without decay come last."""
    names = {id(parameter): name for name, parameter in state.module.named_parameters()}
    return [names[id(parameter)] for group in state.optimizer.param_groups for parameter in group["params"]]


def read_generators(device: torch.device) -> dict[str, Tensor]:
    """The states of the generators that layers draw from (dropout), uint8."""
    states = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        states["cuda"] = torch.cuda.get_rng_state(device)
    return states


def set_generators(states: dict[str, Tensor], device: torch.device) -> None:
    """The inverse of ``read_generators``; one that was not saved stays as it is."""
    torch.set_rng_state(states["cpu"])
    if device.type == "cuda" and "cuda" in states:
        torch.cuda.set_rng_state(states["cuda"], device)


def begin_chance(generators: dict[str, Tensor] | None, seed: int, step: int, device: torch.device, rank: int) -> None:
    """Set what layers draw from: as it was saved, or by the seed. Each rank draws for itself."""
    own = part(generators or {}, f"{rank}." if rank else "")
    if own:
        set_generators(own, device)
    else:
        torch.manual_seed(draws.key(seed, step, rank) >> 1 if rank else seed)


def _like(parameter: Tensor, value: Tensor) -> Tensor:
    """The value in the parameter's memory layout, so that a resumed step adds in the same order."""
    if value.shape == parameter.shape and is_shard(parameter):
        return placed_as(parameter, value)
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value) if value.shape == parameter.shape else value

"""All of a training that changes from step to step, and nothing else: what a checkpoint holds."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import torch
from torch import Tensor, fx, optim

from workbench.spec.record import Record


class EpochSums(Record):
    """Sums over the steps of the current epoch, part of the state so that a resumed epoch has the same means."""

    loss: float = 0.0
    accuracy: float = 0.0
    num_steps: int = 0

    def plus(self, loss: float, accuracy: float) -> "EpochSums":
        """With one more step."""
        return EpochSums(loss=self.loss + loss, accuracy=self.accuracy + accuracy, num_steps=self.num_steps + 1)

    def means(self) -> dict[str, float]:
        """``train/loss`` and ``train/top1`` as they were while the network learnt."""
        return {"train/loss": self.loss / self.num_steps, "train/top1": self.accuracy / self.num_steps}


@dataclass
class TrainingState:
    """The weights, the optimizer, the place in the run, and the best so far.

    ``step`` counts finished steps over the whole run; ``num_validated`` counts epochs whose validation is
    done, so that a stop between an epoch's last step and its validation loses neither.
    """

    module: fx.GraphModule
    optimizer: optim.Optimizer
    step: int = 0
    num_validated: int = 0
    sums: EpochSums = field(default_factory=EpochSums)
    best: float | None = None
    elapsed_s: float = 0.0


def capture(state: TrainingState, device: torch.device) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The state as tensors by name and plain values: weights, optimizer, generators, place."""
    tensors = {f"model.{name}": tensor for name, tensor in state.module.state_dict().items()}
    plain_optimizer: dict[str, dict[str, Any]] = {}
    names = [name for name, _ in state.module.named_parameters()]
    for index, slots in state.optimizer.state_dict()["state"].items():
        for slot, value in slots.items():
            if isinstance(value, Tensor):
                tensors[f"optimizer.{names[index]}.{slot}"] = value
            else:
                plain_optimizer.setdefault(names[index], {})[slot] = value
    tensors["rng.cpu"] = torch.get_rng_state()
    if device.type == "cuda":
        tensors["rng.cuda"] = torch.cuda.get_rng_state(device)
    plain = {
        "step": state.step,
        "num_validated": state.num_validated,
        "sums": msgspec.structs.asdict(state.sums),
        "best": state.best,
        "elapsed_s": state.elapsed_s,
        "optimizer": plain_optimizer,
    }
    return tensors, plain


def restore(state: TrainingState, tensors: dict[str, Tensor], plain: dict[str, Any], device: torch.device) -> None:
    """Put a captured state back, generators included; the inverse of ``capture``."""
    state.module.load_state_dict({name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")})
    slots: dict[int, dict[str, Any]] = {}
    for index, (name, parameter) in enumerate(state.module.named_parameters()):
        prefix = f"optimizer.{name}."
        found = {key[len(prefix) :]: value for key, value in tensors.items() if key.startswith(prefix)}
        found = {slot: _like(parameter, value) for slot, value in found.items()}
        found |= plain["optimizer"].get(name, {})
        if found:
            slots[index] = found
    groups = state.optimizer.state_dict()["param_groups"]
    state.optimizer.load_state_dict({"state": slots, "param_groups": groups})
    torch.set_rng_state(tensors["rng.cpu"])
    if device.type == "cuda" and "rng.cuda" in tensors:
        torch.cuda.set_rng_state(tensors["rng.cuda"], device)
    state.step, state.num_validated = plain["step"], plain["num_validated"]
    state.sums = EpochSums(**plain["sums"])
    state.best, state.elapsed_s = plain["best"], plain["elapsed_s"]


def _like(parameter: Tensor, value: Tensor) -> Tensor:
    """The value in the parameter's memory layout, so that a resumed step adds in the same order."""
    return torch.empty_like(parameter, dtype=value.dtype).copy_(value) if value.shape == parameter.shape else value

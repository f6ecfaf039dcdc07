"""Checkpoints: one safetensors file with everything that an exact resume needs. Nothing is unpickled."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from workbench.durable import write_bytes
from workbench.spec.problems import SpecError
from workbench.training.state import TrainingState, capture, restore

FORMAT = "workbench/checkpoint"
VERSION = 1


def save_checkpoint(path: Path, state: TrainingState, environment: dict[str, Any], device: torch.device) -> str:
    """Write the state durably; gives the file's SHA-256. SpecError where the disk refuses."""
    tensors, plain = capture(state, device)
    metadata = {
        "format": FORMAT,
        "version": str(VERSION),
        "state": json.dumps(plain),
        "environment": json.dumps(environment),
    }
    return write_bytes(path, save({name: tensor.contiguous().cpu() for name, tensor in tensors.items()}, metadata))


def load_checkpoint(path: Path, state: TrainingState, device: torch.device) -> dict[str, Any]:
    """Put a saved state back into ``state``; gives the environment it was saved in. SpecError on a bad file."""
    tensors, metadata = _read(path)
    try:
        restore(state, tensors, json.loads(metadata["state"]), device)
    except (KeyError, RuntimeError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise SpecError(f"{path}: this checkpoint does not fit its experiment: {reason}") from error
    environment: dict[str, Any] = json.loads(metadata["environment"])
    return environment


def load_weights(path: Path) -> dict[str, Tensor]:
    """The network's weights alone, by name."""
    tensors, _ = _read(path)
    return {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a mapping
    except (SafetensorError, OSError) as error:
        raise SpecError(f"{path}: this checkpoint cannot be read: {error}") from None
    if metadata.get("format") != FORMAT:
        raise SpecError(f"{path}: this is no checkpoint of the workbench")
    return tensors, metadata


def step_of(path: Path) -> int:
    """The step a checkpoint was taken after."""
    _, metadata = _read(path)
    step: int = json.loads(metadata["state"])["step"]
    return step

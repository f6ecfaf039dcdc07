"""Checkpoints: one safetensors file with everything that an exact resume needs. Nothing is unpickled.

The file carries a SHA-256 of its whole content, since safetensors does not notice a flipped bit.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, device, nn

from workbench.compiler.weights import CHECKPOINT, again_if_replaced, check_whole, digest, learnt_weights
from workbench.durable import keep_as, write_within
from workbench.runs.store import BEST, LAST, PREVIOUS, TO_GO_ON_FROM, none_to_go_on_from
from workbench.spec.problems import SpecError, first_line
from workbench.training.distributed.ranks import ALONE, Ranks
from workbench.training.state import TrainingState, capture, restore

VERSION = "1"


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """The content of a checkpoint: tensors by name, the other state, and the environment it was saved in.

    It was taken after ``step``, when ``num_validated`` epochs had been validated.
    """

    path: Path
    tensors: dict[str, Tensor]
    state: dict[str, Any]
    environment: dict[str, Any]
    step: int
    num_validated: int


def save_checkpoint(
    folder: Path, name: str, state: TrainingState, environment: dict[str, Any], where: device, ranks: Ranks = ALONE
) -> str:
    """Write the state durably to the file ``name`` of a run's folder and return its SHA-256; a last checkpoint that is
    replaced becomes the previous one. Raises SpecError if the disk refuses, or the folder is gone.

    All ranks must call it: the first one writes while the others wait; those return an empty string.
    """
    if name == LAST and ranks.is_first and (folder / LAST).is_file():
        keep_as(folder / LAST, folder / PREVIOUS)
    captured, plain = capture(state, where, ranks)
    written = _write(folder, name, captured, plain, environment) if ranks.is_first else ""
    ranks.wait_for_all()  # a rank that ended now would make the first one fail
    return written


def _write(
    folder: Path, name: str, captured: dict[str, Tensor], plain: dict[str, Any], environment: dict[str, Any]
) -> str:
    tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in captured.items()}
    said = {
        "format": CHECKPOINT,
        "version": VERSION,
        "state": json.dumps(plain),
        "environment": json.dumps(environment),
    }
    return write_within(folder, name, save(tensors, said | {"sha256": digest(tensors, said)}))


def newest(folder: Path) -> tuple[Checkpoint, str]:
    """Return a run's newest readable checkpoint (last, previous, then best) and a description of the damaged ones, if
    any.

    Each file is read once. Raises SpecError if there is none, or none intact.
    """
    damages: list[str] = []
    for name in TO_GO_ON_FROM:
        path = folder / name
        if not path.is_file():
            continue
        try:
            return read_checkpoint(path), "; ".join(damages)
        except SpecError as error:
            damages.append(str(error))
    if not damages:
        raise SpecError(none_to_go_on_from(folder))
    raise SpecError(f"{'; '.join(damages)}; no other checkpoint is left: start the run again")


def put_back(saved: Checkpoint | None, state: TrainingState, ranks: Ranks) -> None:
    """Restore a checkpoint into ``state``. Raises SpecError if it does not fit.

    The first rank reads it for all, so that the others need no access to the folder: they pass None.
    """
    plain, tensors = (saved.state, saved.tensors) if saved else ({}, {})
    if ranks.many:
        plain, tensors = ranks.from_first(lambda: plain, dict[str, Any]), ranks.tensors_from_first(tensors)
    try:
        restore(state, tensors, plain)
    except (KeyError, TypeError, RuntimeError, ValueError) as error:
        where = f"{saved.path}: " if saved else ""
        raise SpecError(f"{where}{_misfit(error)}") from error


def load_weights_into(module: nn.Module, path: Path) -> int:
    """Load a checkpoint's weights into the network and return its step. Raises SpecError if they do not fit, or says
    what to do if a damaged best one hides an intact last one.
    """
    try:
        saved = read_checkpoint(path)
    except SpecError as error:
        if path.name != Path(BEST).name or not _is_readable(path.with_name(Path(LAST).name)):
            raise
        raise SpecError(f"{error}; move this file away, and the last checkpoint is used instead") from None
    try:
        module.load_state_dict(learnt_weights(saved.tensors))
    except RuntimeError as error:
        raise SpecError(f"{path}: {_misfit(error)}") from error
    return saved.step


def _is_readable(path: Path) -> bool:
    try:
        read_checkpoint(path)
    except SpecError:
        return False
    return True


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a whole checkpoint. Raises SpecError if the file is no checkpoint, is damaged, or is of a newer version."""
    return again_if_replaced(path, _read)


def _read(path: Path) -> Checkpoint:
    try:
        with safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
            # Copies: the tensors are the mapped file, which Windows lets nobody replace while one of them lives.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118  # not a mapping
    except (SafetensorError, OSError, RuntimeError) as error:
        raise SpecError(f"{path}: this checkpoint cannot be read: {error}") from None
    if said.get("format") != CHECKPOINT:
        raise SpecError(f"{path}: not a Workbench checkpoint")
    if said.get("version") != VERSION:
        raise SpecError(f"{path}: this checkpoint was written by a newer Workbench")
    check_whole(path, tensors, said)
    try:
        state, environment = json.loads(said["state"]), json.loads(said["environment"])
        step, num_validated = int(state["step"]), int(state["num_validated"])
    except (KeyError, TypeError, ValueError) as error:
        raise SpecError(f"{path}: this checkpoint does not say where it was taken: {first_line(error)}") from None
    return Checkpoint(
        path=path, tensors=tensors, state=state, environment=environment, step=step, num_validated=num_validated
    )


def _misfit(error: Exception) -> str:
    """Return, in one line, why a checkpoint does not fit its experiment."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"this checkpoint does not fit its experiment: {' '.join(lines[:2])}"

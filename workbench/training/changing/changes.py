"""Which settings may change during a run, and how a change is described. No torch is imported here.

A setting may change if the loop reads it anew and neither the weights nor the position in the data depend on it: the
optimizer's rates, the schedule, epochs and patience, the gradient clipping norm, the augmentation, and the parameters
that layers read at every step, such as Dropout's.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from workbench.data import AUGMENTATIONS
from workbench.layers import LAYERS
from workbench.layers.base import Layer
from workbench.spec.catalogue import Catalogue, plain_validation
from workbench.spec.change import Change, with_setting
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.graph import Graph
from workbench.spec.problems import SpecError
from workbench.spec.record import Value
from workbench.training import OPTIMIZERS, SCHEDULES

EPOCHS = "training.epochs"
SCHEDULE = "training.schedule"
OPTIMIZER = "training.optimizer"
RATE = f"{OPTIMIZER}.lr"
WEIGHTS = "training.weights"
LABELS = "data.relabel"
NAMES = {
    EPOCHS: "epochs",
    "training.patience": "early stopping",
    "training.accumulate": "batches per step",
    "training.per_class": "pictures per class",
    "training.clip_norm": "clip gradients at",
    "training.decay_all": "decay all weights",
    "training.average": "average weights",
    SCHEDULE: "schedule",
    RATE: "learning rate",
    f"{OPTIMIZER}.weight_decay": "weight decay",
    "data.augmentation": "augmentation",
    LABELS: "labels corrected",
    WEIGHTS: "initial weights",
}


def settings(experiment: Experiment) -> dict[str, Value]:
    """Return every setting that may change during a run, by its path. Raises SpecError if one is invalid."""
    recipe = experiment.training
    optimizer = OPTIMIZERS.of(recipe.optimizer)
    found: dict[str, Value] = {
        EPOCHS: recipe.epochs,
        "training.patience": recipe.patience,
        "training.clip_norm": recipe.clip_norm,
    }
    found |= {
        f"{OPTIMIZER}.{name}": getattr(optimizer, name)
        for name in ("lr", "weight_decay")
        if name in optimizer.__struct_fields__
    }
    found[SCHEDULE] = _whole(SCHEDULES, recipe.schedule)
    found["data.augmentation"] = [_whole(AUGMENTATIONS, choice) for choice in experiment.data.augmentation]
    architecture = experiment.architecture
    found |= dict(_of_graph("architecture.graph", architecture.graph))
    for name, block in architecture.blocks.items():
        found |= dict(_of_graph(f"architecture.blocks.{name}", block))
    return found


def _whole(catalogue: Catalogue[Any], component: Component) -> Value:
    """Return the component with exactly the parameters that differ from their defaults, whichever were written out."""
    made = catalogue.of(component)
    chosen = {
        field.name: msgspec.to_builtins(getattr(made, field.name))
        for field in msgspec.structs.fields(made)
        if getattr(made, field.name) != field.default
    }
    return {"type": component.type, "parameters": chosen}


def _of_graph(path: str, graph: Graph) -> Iterator[tuple[str, Value]]:
    """Yield the changeable numbers set on the nodes themselves; one bound to a parameter affects more than its node."""
    for node in graph.nodes:
        cls = LAYERS.table.get(node.type, Layer)
        for field in msgspec.structs.fields(cls) if cls.while_running else ():
            value = node.parameters.get(field.name, field.default)
            if field.name in cls.while_running and not isinstance(value, str):
                yield f"{path}.nodes.{node.name}.{field.name}", _valid(node.name, field, value)


def _valid(node: str, field: msgspec.structs.FieldInfo, value: Value) -> Value:
    try:
        number: Value = msgspec.convert(value, field.type)
    except msgspec.ValidationError as error:
        raise SpecError(f"{node}: {field.name}: {plain_validation(str(error), field.type)}") from None
    return number


def differences(before: Experiment, after: Experiment) -> dict[str, tuple[Value, Value]]:
    """Return what a running ``before`` can adopt from ``after``: path -> (before, after)."""
    try:
        old, new = settings(before), settings(after)
    except SpecError:  # a form half filled in; the form itself reports the error
        return {}
    other_optimizer = before.training.optimizer.type != after.training.optimizer.type
    return {
        path: (old[path], value)
        for path, value in new.items()
        if path in old and old[path] != value and not (other_optimizer and path.startswith(OPTIMIZER))
    }


def checked(experiment: Experiment, path: str, value: Value) -> Experiment:
    """Return the experiment with one setting changed. Raises SpecError if it may not change or is invalid."""
    if path not in settings(experiment):
        raise fixed(path)
    edited = with_setting(experiment, path, value)
    settings(edited)
    return edited


def fixed(path: str) -> SpecError:
    """Return the error of changing a setting that is fixed during a run."""
    return SpecError(f"{path} cannot change during a run: start a new one with it")


def prolongs(before: Experiment, after: Experiment, *, early: bool) -> bool:
    """Return whether a finished run would train on if edited so: for more epochs or, if it ended ``early``, with more
    patience.
    """
    old, new = before.training.patience, after.training.patience
    is_more_patient = old is not None and (new is None or new > old)
    return after.training.epochs > before.training.epochs or (early and is_more_patient)


def fewest_epochs(step: int, steps_per_epoch: int) -> int:
    """Return the fewest epochs that a run can be given after ``step``: those that have begun."""
    return max(-(-step // steps_per_epoch), 1)


def is_one(experiment: Experiment, path: str, before: Value, after: Value) -> bool:
    """Return whether this is a change; a rate that a schedule may have reduced can be set to its old value again."""
    return before != after or (path == RATE and SCHEDULES[experiment.training.schedule.type].looks_back)


def judged_from(changes: Iterable[Change]) -> int:
    """Return the step from which on the schedule in force after these changes takes past epochs into account.

    Earlier epochs had another type of schedule, or another learning rate: one that is set becomes the rate from there
    on, however far the old one had been reduced.
    """
    return max((change.step for change in changes if change.path == RATE or _is_another_schedule(change)), default=0)


def _is_another_schedule(change: Change) -> bool:
    return change.path == SCHEDULE and _type(change.before) != _type(change.after)


def _type(component: Value) -> Value:
    return component.get("type") if isinstance(component, dict) else component


def patience_from(changes: Iterable[Change]) -> int:
    """Return the step after which the epochs were last changed; patience is counted from there."""
    return max((change.step for change in changes if change.path == EPOCHS), default=0)


def name_of(path: str) -> str:
    """Return the setting's name for users: ``learning rate``, ``p of dropout1``."""
    if path in NAMES:
        return NAMES[path]
    *_, node, name = path.split(".")
    return f"{name} of {node}"


def sentence(path: str, before: Value, after: Value) -> str:
    """Return the change in words: ``learning rate 0.05 → 0.01``."""
    return f"{name_of(path)} {said(before)} → {said(after)}"


def labels(path: str, before: Value, after: Value) -> tuple[str, ...]:
    """Return the change in few words, the longest first: ``learning rate 0.05 → 0.01``, ``learning rate → 0.01``,
    ``learning rate``.
    """
    name = name_of(path)
    if isinstance(after, list | dict):
        return (name,)
    return sentence(path, before, after), f"{name} → {said(after)}", name


def said(value: Value) -> str:
    """Return a setting's value in words: ``0.05``, ``Adam (lr 0.001)``, ``none``."""
    match value:
        case None | []:
            return "none"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case {"file": str(file), "sha256": str(sha256)}:
            return _name_of_weights(Path(file), sha256)
        case {"type": name, "parameters": dict(parameters)}:
            inside = ", ".join(f"{key} {said(inner)}" for key, inner in parameters.items())
            return f"{name} ({inside})" if inside else str(name)
        case [int() | float(), *_]:
            return ", ".join(map(said, value))
        case [*items]:
            return " + ".join(map(said, items))
        case _:
            return str(value)


def _name_of_weights(file: Path, sha256: str) -> str:
    """Name weights after the run whose checkpoint they are, or after the file, without the hash in a kept file's
    name.
    """
    if file.parent.name == "checkpoints":
        return f"{file.parent.parent.name} ({file.stem})"
    return file.stem.removesuffix(f"-{sha256[:12]}")

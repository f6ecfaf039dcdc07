"""Layers that the script freezes, or gives a learning-rate factor."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

from workbench.compiler.flatten import FlatNode, flatten
from workbench.layers import LAYERS
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.record import Record
from workbench.spec.treatment import treatments

GROUPS = '''
def in_groups(model: nn.Module) -> list[dict[str, Any]]:
    """The trainable weights, grouped by the factor of their learning rate{spared}."""
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {{}}
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            factor = next((own for start, own in RATES.items() if f"{{name}}.".startswith(start)), 1.0)
            groups.setdefault((factor, {is_spared}), []).append(weight)
    return [
        {{"params": weights, "lr_factor": factor}}{no_decay}
        for (factor, spared), weights in groups.items()
    ]
'''

SPARED = {
    "spared": "; biases and norms have no weight decay",
    "is_spared": "weight.dim() <= 1",
    "no_decay": ' | ({"weight_decay": 0.0} if spared else {})',
}
ALIKE = {"spared": "", "is_spared": "False", "no_decay": ""}

FREEZE = '''
def freeze(model: nn.Module) -> None:
    """Exclude the weights of frozen layers from training."""
    for name, weight in model.named_parameters():
        weight.requires_grad_(not f"{name}.".startswith(FROZEN))


def begin_learning(model: nn.Module) -> None:
    """Set training mode, except for frozen norms, which keep their statistics."""
    model.train()
    for name, layer in model.named_modules():
        if f"{name}.".startswith(FROZEN) and hasattr(layer, "running_mean"):
            layer.eval()
'''


class Treated(Record):
    """Prefixes of the full names of frozen or scaled layers; each ends with a dot."""

    frozen: tuple[str, ...]
    rates: dict[str, float]

    @property
    def constants(self) -> list[str]:
        """The constants that the functions here use."""
        lines = [f"FROZEN = {self.frozen!r}"] if self.frozen else []
        return [*lines, f"RATES: dict[str, float] = {self.rates!r}"] if self else lines

    def __bool__(self) -> bool:
        return bool(self.frozen or self.rates)

    def functions(self, *, decays_all: bool) -> list[str]:
        """Return the functions that the loop calls: ``in_groups`` and, with frozen layers, ``freeze`` and
        ``begin_learning``.
        """
        groups = GROUPS.format(**(ALIKE if decays_all else SPARED))
        return [groups, *([FREEZE] if self.frozen else [])] if self else []


def treated_of(experiment: Experiment) -> Treated:
    """Return the treatments, by prefixes of the layers' names."""
    found = by_starts(experiment.architecture, treatments(experiment.architecture))
    return Treated(
        frozen=tuple(start for start, each in found.items() if each.frozen),
        rates={start: each.lr_factor for start, each in found.items() if each.lr_factor != 1 and not each.frozen},
    )


T = TypeVar("T", bound=Hashable)


def by_starts(architecture: Architecture, of_layers: Mapping[str, T]) -> dict[str, T]:
    """What some layers have, by path, in as few words as can be: a block whose layers all have the same is named
    itself. Weights beside a layer are named in its place.
    """
    paths = {name: node.path for node in flatten(architecture).nodes for name in _names(node)}
    there: dict[str, set[T | None]] = {}
    for name, path in paths.items():
        for start in _starts(name):
            there.setdefault(start, set()).add(of_layers.get(path))
    return {
        next(start for start in _starts(name) if len(there[start]) == 1): of_layers[path]
        for name, path in paths.items()
        if path in of_layers
    }


def _names(node: FlatNode) -> list[str]:
    """Return how the full names of the layer's weights begin, without a dot at the end."""
    return [node.path + added for added in LAYERS.of(node).weights_beside().values()] or [node.path]


def _starts(path: str) -> list[str]:
    """Return the prefixes of a path: ``a.b.c`` -> ``a.``, ``a.b.``, ``a.b.c.``"""
    parts = path.split(".")
    return [f"{'.'.join(parts[:length])}." for length in range(1, len(parts) + 1)]

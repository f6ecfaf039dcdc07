"""Layers that the script freezes, and those that it lets learn at a rate of their own."""

from workbench.compiler.flatten import flatten
from workbench.spec.experiment import Experiment
from workbench.spec.record import Record
from workbench.spec.treatment import PLAIN, Treatment, treatments

GROUPS = '''
def in_groups(model: nn.Module) -> list[dict[str, Any]]:
    """The weights that learn, by the factor of their learning rate{spared}."""
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
    "spared": "; biases and norms are spared weight decay",
    "is_spared": "weight.dim() <= 1",
    "no_decay": ' | ({"weight_decay": 0.0} if spared else {})',
}
ALIKE = {"spared": "", "is_spared": "False", "no_decay": ""}

FREEZE = '''
def freeze(model: nn.Module) -> None:
    """What is frozen keeps its weights."""
    for name, weight in model.named_parameters():
        weight.requires_grad_(not f"{name}.".startswith(FROZEN))


def begin_learning(model: nn.Module) -> None:
    """Training mode, but for frozen norms: they keep their statistics."""
    model.train()
    for name, layer in model.named_modules():
        if f"{name}.".startswith(FROZEN) and hasattr(layer, "running_mean"):
            layer.eval()
'''


class Treated(Record):
    """How the full names of layers begin that are treated by themselves; each ends with a dot."""

    frozen: tuple[str, ...]
    rates: dict[str, float]

    @property
    def constants(self) -> list[str]:
        """The settings that the functions here name."""
        lines = [f"FROZEN = {self.frozen!r}"] if self.frozen else []
        return [*lines, f"RATES: dict[str, float] = {self.rates!r}"] if self else lines

    def __bool__(self) -> bool:
        return bool(self.frozen or self.rates)

    def functions(self, *, decays_all: bool) -> list[str]:
        """What the loop calls: ``in_groups``, and where something is frozen ``freeze`` and ``begin_learning``."""
        groups = GROUPS.format(**(ALIKE if decays_all else SPARED))
        return [groups, *([FREEZE] if self.frozen else [])] if self else []


def treated_of(experiment: Experiment) -> Treated:
    """In as few words as can be: a block whose layers are all treated alike is named itself."""
    paths = [node.path for node in flatten(experiment.architecture).nodes]
    treated = treatments(experiment.architecture)
    by_start: dict[str, set[Treatment]] = {}
    for path in paths:
        for start in _starts(path):
            by_start.setdefault(start, set()).add(treated.get(path, PLAIN))
    found: dict[str, Treatment] = {}
    for path in treated:
        start = next(start for start in _starts(path) if len(by_start[start]) == 1)
        found[start] = treated[path]
    return Treated(
        frozen=tuple(start for start, each in found.items() if each.frozen),
        rates={start: each.lr_factor for start, each in found.items() if each.lr_factor != 1 and not each.frozen},
    )


def _starts(path: str) -> list[str]:
    """``a.b.c`` -> ``a.``, ``a.b.``, ``a.b.c.``"""
    parts = path.split(".")
    return [f"{'.'.join(parts[:length])}." for length in range(1, len(parts) + 1)]

"""The presets as listed in menus: in two groups, by title. No Qt."""

from workbench.spec.experiment import Architecture
from workbench.spec.files import preset_names, read_experiment
from workbench.spec.words import natural

SMALL, LARGE = "For a CPU", "As published"
SMALL_SIDE = 64
"""Networks for pictures up to this size train in minutes on a CPU."""


def preset_titles() -> dict[str, dict[str, str]]:
    """Return the titles by name, by group, in natural order of the titles: ResNet-18 before ResNet-101."""
    groups: dict[str, dict[str, str]] = {SMALL: {}, LARGE: {}}
    experiments = {name: read_experiment(name) for name in preset_names("experiments")}
    for name, experiment in sorted(experiments.items(), key=lambda each: natural(each[1].name.casefold())):
        groups[SMALL if is_small(experiment.architecture) else LARGE][name] = experiment.name
    return groups


def is_small(architecture: Architecture) -> bool:
    """Whether the network is for points or small pictures."""
    return max((architecture.input_shape or ())[1:], default=0) <= SMALL_SIDE

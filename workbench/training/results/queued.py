"""What distinguishes the runs of a queue, in words. No torch is imported here."""

from collections.abc import Sequence

from workbench.runs.queue import Queued
from workbench.spec.experiment import Experiment
from workbench.training.results.differing import SEED, differing
from workbench.training.results.repeats import brief_names, with_its_name

ALWAYS_SAID = ("epochs", "batch size", "optimizer", "learning rate", "schedule", SEED)
"""What the settings of every entry include."""


def settings_of(entries: Sequence[Queued]) -> list[str]:
    """Return the settings of each entry, and its values of whatever else differs between the entries:
    ``10 epochs, SGD 0.05, Constant, batches of 128, seed 0, optimizer momentum 0.5``. One that is in the queue twice,
    by mistake perhaps, says so.
    """
    experiments = [entry.experiment for entry in entries]
    apart = differing(experiments) if entries else {}
    others = {name: words for name, words in apart.items() if name not in ALWAYS_SAID}
    firsts = [experiments.index(experiment) for experiment in experiments]
    return [
        ", ".join((entry.settings, *(f"{name} {words[place]}" for name, words in others.items())))
        + (f" (the same as number {first + 1})" if first < place else "")
        for place, (entry, first) in enumerate(zip(entries, firsts, strict=True))
    ]


def place_among(experiments: Sequence[Experiment], place: int) -> str:
    """Return which run of a queue this is and, briefly, what tells it from all others: ``2 of 8: Adam (lr 0.005)``."""
    apart = [[with_its_name(name, each) for each in words] for name, words in differing(experiments).items()]
    names = brief_names(list(zip(*apart, strict=True)))
    return f"{place + 1} of {len(experiments)}" + (f": {names[place]}" if names else "")

"""Excluding chosen pictures from the experiment's data, in every window that shows them. No Qt."""

from collections.abc import Collection, Iterable

from workbench.data import leave_out
from workbench.spec.experiment import Experiment
from workbench.spec.record import replace
from workbench.spec.words import several


def leaving_out(experiment: Experiment, names: Iterable[str]) -> Experiment:
    """Return the experiment that excludes exactly these pictures."""
    return replace(experiment, data=leave_out.leaving_out(experiment.data, names))


def toggled(experiment: Experiment, names: Collection[str], thing: str = "picture") -> tuple[str, Experiment]:
    """Return the undo label and the experiment with these pictures excluded, or restored if all of them were; several
    are called ``thing``.
    """
    out = set(experiment.data.leave_out)
    restores = out.issuperset(names)
    what = next(iter(names)) if len(names) == 1 else f"{len(names):,} {several(thing)}"
    return f"{'restore' if restores else 'exclude'} {what}", leaving_out(
        experiment, out.difference(names) if restores else out.union(names)
    )


def action(experiment: Experiment, names: Collection[str]) -> str:
    """Return what ``toggled`` does with these pictures, for its button."""
    several = f" {len(names):,}" if len(names) > 1 else ""
    if names and set(experiment.data.leave_out).issuperset(names):
        return f"Restore{several}"
    return f"Exclude{several} from the data"

"""Applies the remedies of an experiment's errors, one after the other, as the window's buttons do one by one."""

from workbench.session.editing.network_facts import analyse_experiment
from workbench.spec.experiment import Experiment
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import errors_of


def fixed(experiment: Experiment) -> tuple[Experiment, tuple[str, ...]]:
    """Return the experiment after each error that has a remedy, and the words of what was done.

    An error without one stays, as do warnings: they may be meant. One remedy can call for the next; if they should
    lead back to where they came from, they end there.
    """
    before, done = list[Experiment](), list[str]()
    while experiment not in before:
        errors = errors_of(analyse_experiment(experiment).problems)
        remedy = next((problem.remedy for problem in errors if problem.remedy is not None), None)
        if remedy is None:
            break
        before.append(experiment)
        done.append(remedy.words)
        experiment = apply_remedy(experiment, remedy)
    return experiment, tuple(done)

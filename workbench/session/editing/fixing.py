"""Applies the remedies of an experiment's problems, one after the other, as the window's buttons do one by one."""

from workbench.session.editing.network_facts import analyse_experiment
from workbench.spec.experiment import Experiment
from workbench.spec.mending import apply_remedy


def fixed(experiment: Experiment) -> tuple[Experiment, tuple[str, ...]]:
    """Return the experiment after the remedies of its errors, then of its warnings, and the words of what was done.

    What has no remedy stays. One remedy can call for the next; if they lead back to where they came from, they end.
    """
    before, done = list[Experiment](), list[str]()
    while experiment not in before:
        problems = sorted(analyse_experiment(experiment).problems, key=lambda problem: problem.severity)
        remedy = next((problem.remedy for problem in problems if problem.remedy is not None), None)
        if remedy is None:
            break
        before.append(experiment)
        done.append(remedy.words)
        experiment = apply_remedy(experiment, remedy)
    return experiment, tuple(done)

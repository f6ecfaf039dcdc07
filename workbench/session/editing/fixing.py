"""Applies the remedies of an experiment's problems, one after the other, as the window's buttons do one by one."""

from workbench.session.editing.network_facts import analyse_experiment
from workbench.spec.experiment import Experiment
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import errors_of


def fixed(experiment: Experiment) -> tuple[Experiment, tuple[str, ...]]:
    """Return the experiment after the remedies of its errors, then, if none is left, of its warnings, and the words of
    what was done.

    What has no remedy stays. Beside an error, a layer that leads nowhere is not deleted: it may be what is to be
    connected. One remedy can call for the next; if they lead back to where they came from, they end.
    """
    before, done = list[Experiment](), list[str]()
    while experiment not in before:
        problems = analyse_experiment(experiment).problems
        told = errors_of(problems) or problems
        remedy = next((problem.remedy for problem in told if problem.remedy is not None), None)
        if remedy is None:
            break
        before.append(experiment)
        done.append(remedy.words)
        experiment = apply_remedy(experiment, remedy)
    return experiment, tuple(done)

"""Makes the runs of a sweep and checks them in a thread of its own, while the sweep is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.session.editing.known_facts import KnownFacts
from workbench.session.editing.network_facts import analyse_experiment
from workbench.session.torch_loading import load_torch
from workbench.session.worker import LatestWorker
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError, errors_of
from workbench.spec.record import Record
from workbench.spec.sweep import Axis, Places, explained, sweep, with_only
from workbench.training.checking.components import check_components

if TYPE_CHECKING:
    from workbench.compiler.analysis import Resolver


class Sweep(Record):
    """An experiment and the axes of its sweep; ``said`` are the same axes with their values as the user typed them."""

    experiment: Experiment
    axes: tuple[Axis, ...]
    said: tuple[Axis, ...]


class Checked(Record):
    """The runs of a sweep if all of them can run, else why one cannot, in a sentence that names the values to blame."""

    runs: tuple[Experiment, ...] = ()
    refusal: str = ""


class SweepChecker(LatestWorker[Sweep, Checked]):
    """Answers a sweep with its runs, each checked as the window checks the experiment that is edited.

    A question that is asked meanwhile ends the check of the one before.
    """

    def __init__(self) -> None:
        self._resolver: Resolver | None = None
        self._facts = KnownFacts()
        super().__init__("sweep", self._check, lambda _, sentence: Checked(refusal=sentence))

    def _check(self, asked: Sweep) -> Checked:
        load_torch()
        from workbench.compiler.analysis import Resolver

        self._resolver = self._resolver or Resolver()
        try:
            runs = sweep(asked.experiment, asked.axes)
        except SpecError as error:
            return Checked(refusal=str(error))
        refusals = []
        for run in runs:
            if self.has_newer:
                return Checked()  # which nobody waits for
            refusals.append(self._refusal(run))
        if any(refusals):

            def alone(number: int, places: Places) -> str:
                return self._refusal(with_only(asked.experiment, asked.axes, number, places))

            return Checked(refusal=explained(asked.said, refusals, alone))
        return Checked(runs=runs)

    def _refusal(self, run: Experiment) -> str:
        from workbench.training.device import choose_device
        from workbench.training.speed import settled

        try:
            check_components(run)
            settled(run.training.speed, choose_device(run.training.device))
        except SpecError as error:
            return str(error)
        problems = errors_of(analyse_experiment(run, self._facts, self._resolver).problems)
        return problems[0].sentence() if problems else ""

"""Computes a network's shapes, costs and problems in its own thread while it is edited."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.compiler.facts import Analysis
from workbench.data.progress import Cancelled, heard_by
from workbench.session.editing.known_facts import KnownFacts
from workbench.session.editing.network_facts import analyse_experiment
from workbench.session.torch_loading import keep_what_is_loaded, load_torch
from workbench.session.worker import LatestWorker
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.problems import Problem

if TYPE_CHECKING:
    from workbench.compiler.analysis import Resolver


class Analyst(LatestWorker[Experiment, Analysis]):
    """Answers an experiment with its network's analysis. torch is imported in the thread, at the first question.

    Only what an edit affects is analysed again.
    """

    def __init__(self) -> None:
        self._resolver: Resolver | None = None
        self._facts = KnownFacts()
        super().__init__("analyst", self._analyse, self._report)

    def forget_data(self) -> None:
        """Look the data's facts up again at the next question, since its files may have changed."""
        self._facts = KnownFacts()

    def _analyse(self, experiment: Experiment) -> Analysis:
        try:
            return heard_by(partial(self._go_on, experiment.data.source), partial(self._analysed, experiment))
        except Cancelled:
            return self._report(experiment, "its data was replaced")  # which nobody takes: there is a newer question

    def _go_on(self, source: Component, *_: object) -> None:
        """Raise Cancelled if data is being read that the newest question does not need."""
        newest = self._question
        if self._closed or (newest is not None and newest[1].data.source != source):
            raise Cancelled

    def _analysed(self, experiment: Experiment) -> Analysis:
        if self._resolver is not None:
            return analyse_experiment(experiment, self._facts, self._resolver)
        is_new = load_torch()
        from workbench.compiler.analysis import Resolver

        self._resolver = Resolver()
        analysis = analyse_experiment(experiment, self._facts, self._resolver)
        if is_new:
            keep_what_is_loaded()  # torch loads as much again when it runs its first layer
        return analysis

    def _report(self, _experiment: Experiment, sentence: str) -> Analysis:
        """Report the error; the next network is analysed from scratch."""
        self._resolver = None
        mend = "undo the last edit and continue from there"
        problem = Problem(node="", what=f"the network cannot be checked: {sentence}", mend=mend)
        return Analysis(
            nodes={},
            leaves=(),
            problems=(problem,),
            parameters=0,
            macs=0,
            activation_bytes=0,
            kept_bytes=0,
            passing_bytes=0,
            weight_shapes=(),
        )

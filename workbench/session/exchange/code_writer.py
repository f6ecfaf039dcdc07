"""Writes a network's code in its own thread while it is edited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.session.editing.known_facts import KnownFacts
from workbench.session.editing.network_facts import classes_of
from workbench.session.exchange.code import formatted
from workbench.session.torch_loading import load_torch
from workbench.session.worker import LatestWorker
from workbench.spec.experiment import Experiment
from workbench.spec.problems import ProblemsFound
from workbench.spec.record import Record

if TYPE_CHECKING:
    from workbench.export.code.lines import Span


class WrittenCode(Record):
    """A network as code, with the lines of its nodes; or why there is none."""

    text: str = ""
    spans: tuple[Span, ...] = ()
    problem: str = ""


class CodeWriter(LatestWorker[Experiment, WrittenCode]):
    """Answers an experiment with its network's code. torch is imported in the thread, at the first question."""

    def __init__(self) -> None:
        self._facts = KnownFacts()
        super().__init__("code", self._write, _failed)

    def forget_data(self) -> None:
        """Look the data's facts up again at the next question, since its files may have changed."""
        self._facts = KnownFacts()

    def _write(self, experiment: Experiment) -> WrittenCode:
        load_torch()
        from workbench.export.code.lines import spans_of
        from workbench.export.code.render import write_module

        try:
            code = write_module(experiment.architecture, classes=classes_of(experiment, self._facts))
            text = formatted(code.text)
        except ProblemsFound as error:
            return WrittenCode(problem=error.problems[0].said())
        return WrittenCode(text=text, spans=spans_of(text, code))


def _failed(_experiment: Experiment, sentence: str) -> WrittenCode:
    return WrittenCode(problem=f"The code cannot be written: {sentence}.")

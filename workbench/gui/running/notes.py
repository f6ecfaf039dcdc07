"""Shows what a run notes about itself, and asks whether to resume one that may not match an uninterrupted run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.gui.run_bar.view import asks
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.run_states import LIVE
from workbench.gui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from workbench.session.running.run import Run

QUESTION = "resume"
"""Topic of the question."""

OUTLIVES = "outlives"
"""Topic of the note that a run outlives the window, which applies until the run has ended."""


class Notes(QObject):
    """Looks at each tick at the followed run."""

    def __init__(self, pump: EventPump, messages: MessageBar) -> None:
        super().__init__(pump)
        self._pump = pump
        self._messages = messages
        self._found: Run | None = None
        """The run whose finding was told."""
        self._asked: Run | None = None
        """The run that the question is about."""
        pump.ticked.connect(self._look)

    def _look(self) -> None:
        run = self._pump.run
        if run is not None:
            self._show_note(run)
            self._ask(run)
        if run is None or run.state not in LIVE:
            self._messages.take_back(OUTLIVES)

    def _show_note(self, run: Run) -> None:
        found = "" if run is self._found else run.found_note
        self._found = run
        if note := f"{found} {run.take_note()}".strip():
            self._messages.say("info" if run.outlives else "warning", note, topic=OUTLIVES if run.outlives else "")

    def _ask(self, run: Run) -> None:
        """Ask, with the differences; the answer may also be given in the run bar."""
        if asks(run) and run is not self._asked:
            self._asked = run
            words = f"This run may not match an uninterrupted one: {'; '.join(run.differences)}."
            answers = ("Resume anyway", run.go_on_anyway), ("Keep it stopped", run.stop)
            self._messages.say("warning", words, *answers, topic=QUESTION)
        elif self._asked is run and not asks(run):
            self._asked = None
            self._messages.take_back(QUESTION)

"""The message that offers to apply edits to the current run, or to resume a finished one for more epochs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from workbench.events import AnyEvent
from workbench.gui.experiment.document import Document
from workbench.gui.running.trainer import Trainer
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.run_states import State
from workbench.gui.steering.presenter import SteeringPresenter
from workbench.gui.widgets.message_bar import Message, MessageBar
from workbench.spec.problems import SpecError
from workbench.spec.record import Value

if TYPE_CHECKING:
    from workbench.session.running.run import Run


APPLY = "Apply to the run"
APPLY_TIP = "Change it in the current run, after the current step; the curves mark where"
RESUME_TIP = "Train on from where this run ended; the curves mark the changes"


class SteeringOffer(Message):
    """Shown while the document has changes that its current run could take over, or more epochs than its finished run.

    Closed, it reappears with the next edit.
    """

    def __init__(self, document: Document, pump: EventPump, trainer: Trainer, messages: MessageBar) -> None:
        super().__init__("info", "", (), shows=[(APPLY, self._apply)])
        self.presenter = SteeringPresenter()
        self._document = document
        self._trainer = trainer
        self._messages = messages
        self._run: Run | None = None
        self._going_on: dict[str, Value] = {}
        """The changes that a finished run is being resumed with."""
        (self.apply,) = self._buttons.findChildren(QPushButton)
        self.closed.connect(self._decline)
        document.listen(lambda _before, _after: self._refresh())
        pump.add(self)
        pump.ticked.connect(self._look)

    def begin(self, run: Run) -> None:
        self._run = run
        self.presenter.begin()
        self._refresh()
        self.presenter.expect(self._going_on)
        self._going_on = {}
        self._refresh()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Update the offer: the run may have applied changes, or have ended."""
        self.presenter.feed(events)
        self._refresh()

    def _look(self) -> None:
        """At each tick: see whether what was requested is done, which waits for nobody's turn."""
        if self.presenter.is_asked:
            self._refresh()

    def clear(self) -> None:
        self._run = None
        self._refresh()

    def _refresh(self) -> None:
        run, document = self._run, self._document.experiment
        has_ended = run is None or run.state in (State.STOPPED, State.FAILED, State.STOPPING)
        if run is None or has_ended or run.is_watched or self._trainer.is_strange:
            self.presenter.compare(None, document)
        else:
            self.presenter.compare(run.experiment, document, has_finished=run.state == "finished")
        self.apply.setAccessibleName("Resume" if self.presenter.has_finished else APPLY)
        self.apply.setEnabled(not self.presenter.is_asked)
        self.apply.setAccessibleDescription(RESUME_TIP if self.presenter.has_finished else APPLY_TIP)
        self.reword(self.presenter.words)

    def confirm_rate(self) -> None:
        """Offer the learning rate that has been typed once more."""
        self.presenter.confirm_rate()
        self._refresh()

    def _decline(self) -> None:
        self.presenter.decline()
        self._refresh()

    def _apply(self) -> None:
        assert self._run is not None
        if self.presenter.has_finished:
            self._going_on = self.presenter.take()
            self._trainer.resume(self._run.folder, self._going_on)
            return
        try:
            for path, value in self.presenter.take().items():
                self._run.change(path, value)
        except SpecError as error:
            self._messages.say("error", f"The run continues unchanged: {error}")
        self._refresh()

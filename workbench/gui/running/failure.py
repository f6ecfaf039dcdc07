"""Reports in full why a run failed, because the run bar has room for only a few words, and offers what one can do."""

from functools import partial

from PySide6.QtCore import QObject, Signal

from workbench.events import DataPrepared, RunFailed
from workbench.gui.experiment.document import Document
from workbench.gui.run_bar.view import RunBar
from workbench.gui.running.trainer import Trainer
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.message_bar import Action, MessageBar
from workbench.spec.experiment import Experiment
from workbench.spec.problems import Problem
from workbench.spec.record import replace


class FailureMessage(QObject):
    """Follows the run bar, which also knows why a run could not be started."""

    blamed = Signal(object)
    """Emitted with a ``Problem``, the layer where a run's numbers ran away; None as soon as there is none."""

    shown = Signal(object)
    """Emitted with the ``Problem`` of ``blamed`` that is to be shown on the canvas."""

    batch_wanted = Signal()
    """Emitted to show the batch with which a run's numbers ran away."""

    data_wanted = Signal()
    """Emitted to show the settings of the data, which a run could not read."""

    def __init__(
        self, document: Document, pump: EventPump, trainer: Trainer, run_bar: RunBar, messages: MessageBar
    ) -> None:
        super().__init__(trainer)
        self._document = document
        self._trainer = trainer
        self._run_bar = run_bar
        self._messages = messages
        self._told: RunFailed | None = None
        pump.ticked.connect(self._look)

    def _look(self) -> None:
        failure = self._run_bar.presenter.failure
        if failure is self._told:
            return
        self._told = failure
        blame = self._blame(failure) if failure is not None else None
        self.blamed.emit(blame)
        if failure is not None:
            self._tell(failure, blame)

    def _blame(self, failure: RunFailed) -> Problem | None:
        if not failure.node or self._trainer.is_strange:
            return None
        return Problem(node=failure.node, what=failure.what, mend=failure.advice, severity="warning")

    def _tell(self, failure: RunFailed, blame: Problem | None) -> None:
        shows: list[Action] = []
        actions: list[Action] = []
        if blame is not None:
            shows.append((f"Show {blame.node}", partial(self.shown.emit, blame)))
        if failure.batch:
            shows.append(("Show the batch", self.batch_wanted.emit))
        if not self._trainer.is_strange:
            if failure.ran_away:
                actions.append(("Run again at a tenth of the rate", self._start_slower))
            if self._lacks_data(failure):
                shows.append(("Show the data settings", self.data_wanted.emit))
            if failure.batch_size is not None:
                words = f"Run again with batches of {failure.batch_size}"
                actions.append((words, partial(self._start_with_batches_of, failure.batch_size)))
        self._messages.say("error", self._run_bar.presenter.failure_words, *actions, shows=shows)

    def _lacks_data(self, failure: RunFailed) -> bool:
        """Whether the run failed because its data could not be read: nothing else is done before that."""
        run = self._trainer.run
        if failure.fault or failure.batch_size is not None or run is None:
            return False
        return not any(isinstance(event, DataPrepared) for event in run.log.outline())

    def _start_with_batches_of(self, size: int) -> None:
        experiment = self._document.experiment
        self._start("batch size", replace(experiment, training=replace(experiment.training, batch_size=size)))

    def _start_slower(self) -> None:
        from workbench.gui.settings.presenter import with_scaled_rate

        slower = with_scaled_rate(self._document.experiment, 0.1)
        if slower is not None:
            self._start("change learning rate", slower)

    def _start(self, label: str, experiment: Experiment) -> None:
        self._document.apply(label, experiment)
        self._trainer.start()

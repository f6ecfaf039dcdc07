"""The queue in the window: adds experiments, and starts the next run when one has ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from workbench.gui.experiment.document import Document
from workbench.gui.forms.pending_input import enter_all
from workbench.gui.running.trainer import Trainer
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.message_bar import Action, MessageBar
from workbench.places import runs_dir
from workbench.runs import queue
from workbench.runs.queue import Queued
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, replace
from workbench.spec.words import plural

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from workbench.gui.running.queue_window import QueueWindow
    from workbench.session.running.run import Run


T = TypeVar("T")

TOPIC = "queue"
NUM_SEEDS = 3


class Made(Record):
    """A run that the queue has made; ``state`` is its final one."""

    folder: Path
    state: str
    experiment: Experiment


class QueueKeeper(QObject):
    """Runs the queue while it is ``active``: from pressing Run queue until a run is stopped by hand."""

    compare_wanted = Signal(object)
    """Emitted with the folders of the runs that the queue has made."""

    def __init__(
        self, window: QWidget, document: Document, pump: EventPump, trainer: Trainer, messages: MessageBar
    ) -> None:
        super().__init__(window)
        self.active = False
        self._window = window
        self._document = document
        self._pump = pump
        self._trainer = trainer
        self._messages = messages
        self._own: Run | None = None
        self._made: list[Made] = []
        """Each run made since the queue was last empty, also before it was paused."""
        self._shown: QueueWindow | None = None
        self._reads, self._places = Newest(pump), Newest(pump)
        self._num_writing = 0
        """Number of changes that are being written."""
        pump.ticked.connect(self._look)

    def add_seeds(self) -> None:
        """Add the experiment ``NUM_SEEDS`` times, each with the next seed, to distinguish an effect from chance."""
        self.add(NUM_SEEDS)

    def add(self, num_seeds: int = 1) -> None:
        """Append the document's experiment in its current state."""
        refusal = enter_all(self._window)
        if refusal:
            self._messages.say("warning", f"Not added to the queue: {refusal}")
            return
        experiment = self._document.experiment
        self._append([replace(experiment, seed=experiment.seed + number) for number in range(num_seeds)], _added)

    def add_sweep(self, runs: Sequence[Experiment]) -> None:
        self._append(runs, _added_sweep)

    def _append(self, added: Sequence[Experiment], words: Callable[[Sequence[Experiment], int], str]) -> None:
        told = partial(self._told_added, added, words)
        self._write("add to the queue", lambda: queue.add(runs_dir(), *added), told)

    def _told_added(
        self, added: Sequence[Experiment], say: Callable[[Sequence[Experiment], int], str], last: int
    ) -> None:
        self._read()
        if last == len(added):
            self._made = []
        words = say(added, last)
        if self.active:
            self._messages.say("ok", words)
        else:
            self._messages.say("info", words, *self._actions(), topic=TOPIC)

    def offer(self) -> None:
        """Offer to run what is left of a queue from an earlier session."""
        self._pump.background("read the queue", _waiting, self._offer, self._messages.refuse)

    def _offer(self, waiting: tuple[Queued, ...]) -> None:
        if waiting:
            begun = " The first resumes where it stopped." if waiting[0].folder else ""
            words = f"The queue still has {plural(len(waiting), 'run')}.{begun}"
            self._messages.say("info", words, *self._actions(), topic=TOPIC, lasts=True)

    def _actions(self) -> tuple[Action, ...]:
        return ("Run queue", self.go_on), ("Show queue", self.show)

    def _looks(self) -> tuple[Action, ...]:
        """Return actions that show the runs made: a single one by itself, several compared."""
        folders = [made.folder for made in self._made]
        if len(folders) == 1:
            return (("Show its curves", partial(self._trainer.show, folders[0])),)
        return (("Compare them", partial(self.compare_wanted.emit, folders)),) if folders else ()

    def show(self) -> None:
        """Show the queue's window."""
        from workbench.gui.running.queue_window import QueueWindow

        if self._shown is None:
            self._shown = QueueWindow(self._window)
            self._shown.moved.connect(lambda entry, by: self._change(partial(queue.move, runs_dir(), entry, by)))
            self._shown.taken_out.connect(lambda entry: self._change(partial(queue.take_out, runs_dir(), entry)))
            self._shown.go_on.clicked.connect(self.go_on)
            self._shown.finished.connect(self._forget)
        self._shown.show()
        self._shown.activateWindow()
        self._read()

    def _forget(self) -> None:
        self._shown = None

    def _change(self, work: Callable[[], None]) -> None:
        """Change the queue, then show it."""
        self._write("change the queue", work, lambda _: self._read())

    def _write(self, name: str, work: Callable[[], T], done: Callable[[T], None]) -> None:
        """Change the queue in the background; the next run is started from what it is then."""

        def written(result: T) -> None:
            self._num_writing -= 1
            done(result)

        def refused(error: Exception) -> None:
            self._num_writing -= 1
            self._messages.refuse(error)

        self._num_writing += 1
        self._pump.background(name, work, written, refused)

    def _read(self) -> None:
        """Read and show the queue, if its window is open."""
        if self._shown is not None:
            self._reads.background("read the queue", _waiting, self._show, self._messages.refuse)

    def _show(self, entries: tuple[Queued, ...]) -> None:
        if self._shown is not None:
            self._shown.show_entries(entries, running=self.active, waits=self._waits)

    def go_on(self) -> None:
        """Run the queue as soon as no run is in progress."""
        self.active = True
        self._messages.take_back(TOPIC)
        if self._waits:
            self._messages.say("ok", "The queue starts when the current run ends.", topic=TOPIC)
        self._read()

    @property
    def _waits(self) -> bool:
        """Whether the queue is active but another run is still in progress."""
        return self.active and self._own is None and self._trainer.live

    def _look(self) -> None:
        """At each tick: pause the queue if its run was stopped by hand; start the next run if none is in progress.

        A run that was not to resume inexactly leaves the queue, or it would ask again.
        """
        if not self.active or self._trainer.live or self._num_writing:
            return
        own, declined = self._own, self._own.folder.name if self._own is not None and self._own.declined else ""
        if own is not None and own is self._trainer.run and own.state == "stopped" and not declined:
            self.active, self._own = False, None
            self._messages.say(
                "info", "The queue is paused because its run was stopped.", *self._actions(), topic=TOPIC
            )
            self._read()
            return
        if own is not None and not declined:
            self._made.append(Made(folder=own.folder, state=own.state, experiment=own.experiment))
        self._own = None
        begin = partial(_next, declined, separate=self._trainer.separate)
        self._trainer.begin_queued(begin, partial(self._followed, declined), self._wait)

    def _followed(self, declined: str, run: Run | None) -> None:
        self._own = run
        if declined:
            self._messages.say("info", f"{declined} stays as it was and was removed from the queue.")
        if run is None:
            self.active = False
            failed = [made.folder.name for made in self._made if made.state == "failed"]
            words = _done(len(self._made), failed)
            self._messages.say("warning" if failed else "info", words, *self._looks(), topic=TOPIC)
            self._made = []
        else:
            done = [made.experiment for made in self._made]
            find = partial(_place, done, run.experiment)
            self._places.background("read the queue", find, self._trainer.name_run, self._messages.refuse)
        self._read()

    def _wait(self, error: Exception) -> None:
        """Pause the queue because the next run cannot be started, and would fail again if tried at once."""
        self.active, self._own = False, None
        if isinstance(error, SpecError | OSError):
            self._messages.say("warning", f"The queue is paused. {sentence(error)}", *self._actions(), topic=TOPIC)
        self._read()


def _added(added: Sequence[Experiment], last: int) -> str:
    """Return the sentence about experiments that only differ in their seeds; ``last`` is the place of the last one."""
    first, end = added[0], added[-1]
    if first is end:
        return f"{first.name} is number {last} in the queue."
    seeds = f"seeds {first.seed} to {end.seed}"
    return f"{first.name} with {seeds}: numbers {last - len(added) + 1} to {last} in the queue."


def _added_sweep(added: Sequence[Experiment], last: int) -> str:
    """Return the sentence about the runs of a sweep; ``last`` is the place of the last one."""
    if len(added) == 1:
        return _added(added, last)
    runs = f"{plural(len(added), 'run')} of {added[0].name}"
    return f"{runs}: numbers {last - len(added) + 1} to {last} in the queue."


def _done(num_made: int, failed: Sequence[str]) -> str:
    """Return the sentence that summarises a finished queue."""
    return f"Queue finished: {plural(num_made, 'run')}" + (f"; failed: {', '.join(failed)}." if failed else ".")


def _waiting() -> tuple[Queued, ...]:
    return queue.read_queue(runs_dir())


def _place(done: Sequence[Experiment], current: Experiment) -> str:
    from workbench.session.running.queue import place_of

    return place_of(runs_dir(), done, current)


def _next(declined: str, *, separate: bool) -> Run | None:
    """Start, resume or follow the next run, after removing the one of this name, if any."""
    from workbench.session.running.queue import next_run

    if declined:
        queue.give_up(runs_dir(), declined)
    return next_run(runs_dir(), separate=separate)

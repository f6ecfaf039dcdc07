"""Executes the run bar's commands: start, resume, pause, stop. Runs are started in the background."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

from workbench.gui.experiment.document import Document
from workbench.gui.forms.pending_input import enter_all
from workbench.gui.run_bar.presenter import Command
from workbench.gui.run_bar.view import RunBar
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.run_states import LIVE
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.message_bar import MessageBar
from workbench.places import runs_dir
from workbench.session.running import speed
from workbench.spec.record import Value
from workbench.spec.words import plural

if TYPE_CHECKING:
    from workbench.session.running.run import Run

RUNNING = "running"

R = TypeVar("R")


class Trainer(QObject):
    """Controls the followed run."""

    followed = Signal(object)
    """Emitted with another ``Run`` that is followed now."""

    not_resumed = Signal(object)
    """Emitted with the folder of a run that could not be resumed."""

    def __init__(self, document: Document, pump: EventPump, run_bar: RunBar, messages: MessageBar) -> None:
        super().__init__(run_bar)
        self._document = document
        self._pump = pump
        self._run_bar = run_bar
        self._messages = messages
        self.separate = False
        """Whether runs start in separate processes."""
        self._starting = False
        self.is_strange = False
        """Whether the document has been replaced by another since the run started."""
        run_bar.asked.connect(self.do)

    @property
    def run(self) -> Run | None:
        return self._pump.run

    @property
    def live(self) -> bool:
        """Whether a run is in progress or about to start."""
        return self._starting or (self.run is not None and self.run.state in LIVE)

    def do(self, command: Command) -> None:
        """Execute a button's command."""
        run = self.run
        if command is Command.RUN:
            self.start()
        elif run is not None:
            acts: dict[Command, Callable[[], None]] = {
                Command.PAUSE: run.pause,
                Command.CONTINUE: run.unpause,
                Command.STOP: partial(self._drop, run) if run.is_watched else run.stop,
                Command.STEP: run.step,
                Command.RESUME: lambda: self.resume(run.folder),
                Command.GO_ON_ANYWAY: run.go_on_anyway,
            }
            acts[command]()

    def start(self) -> None:
        """Train the document's experiment from the start, as the window shows it, unless a run is in progress."""
        if self.live:
            return
        refusal = enter_all(self._run_bar.window())
        if refusal:
            words = f"Not started: {refusal} Press Run again to train with the value shown."
            self._messages.say("warning", words)
        else:
            experiment = self._document.experiment
            separate = self.separate
            self._begin(lambda: _kind_of_run(separate).start(experiment, runs_dir()), self._follow)

    def benchmark_again(self, done: Callable[[], None]) -> None:
        """Let the next run of the document's experiment benchmark its speed settings again; then call ``done``."""
        experiment = self._document.experiment
        forget = partial(speed.forget, experiment)
        self._pump.background("forget speed settings", forget, lambda _: done(), self._messages.refuse)

    def resume(self, folder: Path, changes: Mapping[str, Value] | None = None, *, show: bool = False) -> None:
        """Resume a stopped run, or a finished one if ``changes`` add epochs.

        With ``show``, its experiment becomes the document's, as an undoable step.
        """
        if not self.live:
            separate, follow = self.separate, self._follow_and_show if show else self._follow

            def refuse(error: Exception) -> None:
                self._refuse(error)
                self.not_resumed.emit(folder)

            self._begin(lambda: _kind_of_run(separate).resume(folder, changes), follow, refuse)

    def show(self, folder: Path) -> None:
        """Show an earlier run by its name, or follow one that is running elsewhere, and show its experiment as an
        undoable step.

        If another document is opened before the run is read, that document stays.
        """
        if self.live:
            self._messages.say("info", f"A run is in progress: stop it before opening {folder.name}.")
        else:
            self._begin(lambda: _opened(folder), self._follow_and_show, self._not_opened)

    def follow_renamed(self, before: Path, folder: Path) -> None:
        """Follow the run in its other folder, if it is the one that is followed; the document stays."""
        if self.run is not None and self.run.folder == before and not self.live:
            self._begin(lambda: _opened(folder), self._follow_another, self._not_opened)

    def name_run(self, words: str) -> None:
        """Show the followed run under these words instead of its name, until it is another."""
        self._run_bar.name_run(words)

    def offer(self, folder: Path) -> None:
        """Offer to follow or resume the run that was followed when a window was closed."""

        def say(found: str) -> None:
            if found == RUNNING:
                words = f"The run {folder.name} is running in a separate process."
                self._messages.say("info", words, ("Follow", partial(self.show, folder)))
            elif found:
                words = f"The run {folder.name} was stopped before it finished, after {found}."
                self._messages.say("info", words, ("Resume", partial(self.resume, folder, show=True)))

        self._pump.background("look for the last run", lambda: _found(folder), say, self._messages.refuse)

    def begin_queued(
        self, work: Callable[[], Run | None], follow: Callable[[Run | None], None], refuse: Callable[[Exception], None]
    ) -> None:
        """Start the next run of a queue and call ``follow`` with it, or with None after showing the last run again.

        ``refuse`` is called with the error if none can be started.
        """
        before = self.run

        def begun(run: Run | None) -> None:
            if run is not None:
                self._follow_another(run)
            elif before is not None:
                self._begin(lambda: _opened(before.folder), self._follow_another)
            else:
                self._starting = False
                self._run_bar.clear()
            follow(run)

        def refused(error: Exception) -> None:
            refuse(error)
            self._refuse(error)

        self._begin(work, begun, refused)

    def _begin(
        self, work: Callable[[], R], follow: Callable[[R], None], refuse: Callable[[Exception], None] | None = None
    ) -> None:
        before = self.run

        def begin() -> R:
            if before is not None:
                _let_go(before)
            return work()

        self._starting = True
        self.is_strange = False
        self._messages.clear()
        self._pump.unfollow()
        self._run_bar.starting()
        self._pump.background("begin a run", begin, follow, refuse or self._refuse)

    def _follow(self, run: Run) -> None:
        self._starting = False
        self._pump.follow(run)
        self._name_run()
        self.followed.emit(run)

    def _follow_another(self, run: Run) -> None:
        """Follow a run whose experiment may differ from the document's."""
        self.is_strange = run.experiment != self._document.experiment
        self._follow(run)

    def _follow_and_show(self, run: Run) -> None:
        self._follow(run)
        self._run_bar.name_run(run.folder.name)
        if not self.is_strange:
            self._document.apply(f"show {run.experiment.name}", run.experiment)

    def _refuse(self, error: Exception) -> None:
        self._starting = False
        self._run_bar.refuse(sentence(error))

    def _not_opened(self, error: Exception) -> None:
        self._starting = False
        self._run_bar.clear()
        self._messages.refuse(error)

    def leave(self) -> None:
        """Handle a change of document: drop a run that has ended; keep following one in progress, under its name."""
        if self.live:
            self.is_strange = True
            self._name_run()
        elif self.run is not None:
            self._drop(self.run)

    def _drop(self, run: Run) -> None:
        self._pump.unfollow()
        self._pump.background("let a run go", partial(_let_go, run), lambda _: None, self._messages.refuse)

    def _name_run(self) -> None:
        if self.is_strange and self.run is not None:
            self._run_bar.name_run(self.run.folder.name)


def _let_go(run: Run) -> None:
    """Wait for the threads of a run that has ended; an earlier run that is shown need not load its network any more."""
    run.stop()
    run.join()


# Imported when first needed, long after the first paint.


def _kind_of_run(separate: bool) -> ModuleType:
    """Return the module that starts and resumes runs, in a separate process or in a thread."""
    from workbench.session.running import in_process, in_thread

    return in_process if separate else in_thread


def _found(folder: Path) -> str:
    """Return that an abandoned run is ``RUNNING``, or after how many epochs it can be resumed; empty if it has finished
    or belongs to a queue.
    """
    from workbench.runs.queue import read_queue
    from workbench.runs.store import open_run
    from workbench.session.running.in_process import is_running

    if is_running(folder):
        return RUNNING
    is_queued = any(entry.folder == folder.name for entry in read_queue(folder.parent))
    saved = open_run(folder)
    done = f"{saved.num_epochs} of {plural(saved.experiment.training.epochs, 'epoch')}"
    return done if saved.resumable and not is_queued else ""


def _opened(folder: Path) -> Run:
    from workbench.session.running.watched import opened

    return opened(folder)

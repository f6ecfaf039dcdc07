"""A run in a separate process: it outlives the window, and a crash there affects only that run.

The run is followed through its folder: its log is the log on disk, and its commands and status are files beside it
(``runs.mailbox``). So any window or command can follow a running run, whoever started it.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import msgspec

from workbench.durable import refusals_told
from workbench.events import ENDINGS, CheckpointSaved, RecipeChanged, RunFailed, RunStopped
from workbench.runs.changes import is_run
from workbench.runs.log import LogTail, RunLog, as_left, num_events
from workbench.runs.mailbox import Command, Status, forget_status, read_status, send
from workbench.runs.store import EVENTS, check_resumable, create_run, is_held, is_starting, open_run, starting
from workbench.session.failure import folder_gone, how_to_go_on, told
from workbench.session.leash import APART
from workbench.session.running.resuming import may_resume
from workbench.session.running.run import AFTER, Ending, Run, State
from workbench.session.views.batch_file import BatchReader
from workbench.session.views.shown_checkpoint import ShownCheckpoint
from workbench.spec.change import with_setting
from workbench.spec.experiment import Experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value

LOOK_S = 0.05
EXIT_S = 60.0
"""How long the exit of a process that has reported its end is awaited: torchrun kills one that hangs in 30 s."""

OUTPUT = "process.log"
"""What the process prints; empty unless it crashes."""

KILL = 9
"""The number of SIGKILL, which Windows does not have."""

NOTE = (
    "This run trains in a separate process, which continues when the window closes: filters and neighbours are those "
    "of its last checkpoint."
)


class Request(Record):
    """What the new process is to do with the run's folder: start, or ``resume`` as ``in_thread.resume`` does.

    ``sharded`` is for several processes (``distributed``).
    """

    resume: bool = False
    changes: dict[str, Value] = {}
    anyway: bool = False
    sharded: bool = False


def start(experiment: Experiment, runs_folder: Path) -> ProcessRun:
    """Do ``in_thread.start`` in a separate process. Raises SpecError if the folder cannot be created."""
    return begin(create_run(runs_folder, experiment), experiment)


def begin(folder: Path, experiment: Experiment, hold: ExitStack | None = None) -> ProcessRun:
    """Start a run in a folder created by ``create_run``; ``hold`` has it ``starting`` if the caller already does."""
    with hold or ExitStack() as stack:
        if hold is None:
            stack.enter_context(starting(folder))
        return _start(folder, experiment, Request(), stack)


def resume(
    folder: Path, changes: Mapping[str, Value] | None = None, *, anyway: bool = False, hold: ExitStack | None = None
) -> ProcessRun:
    """Do ``session.running.in_thread.resume`` in a separate process; errors there end the run. ``hold`` is as for
    ``begin``.
    """
    with hold or ExitStack() as stack:
        experiment = may_resume(folder, changes or {}).experiment
        check_resumable(folder)
        if hold is None:
            stack.enter_context(starting(folder))
        request = Request(resume=True, changes=dict(changes or {}), anyway=anyway)
        return _start(folder, experiment, request, stack)


def _start(folder: Path, experiment: Experiment, request: Request, hold: ExitStack) -> ProcessRun:
    forget_status(folder)  # whoever attaches meanwhile waits for that of this process
    return ProcessRun(folder, experiment, _launch(folder, request), hold=hold.pop_all())


def attach(folder: Path) -> ProcessRun:
    """Follow a run that is running or starting in a separate process. Raises SpecError if it is not.

    Its experiment includes the changes that it has yet to make, as a paused one does at its next step.
    """
    if not is_starting(folder):
        check_running(folder)
    num_earlier, status = num_events(folder / EVENTS), read_status(folder)
    experiment = open_run(folder).experiment  # read last: a change made in between is then missed by none of them
    for path, value in status.requested.items() if status is not None else ():
        experiment = with_setting(experiment, path, value)
    return ProcessRun(folder, experiment, None, num_earlier=num_earlier)


def is_running(folder: Path) -> bool:
    """Return whether a separate process is training this run now."""
    status = read_status(folder)
    return status is not None and status.state not in AFTER.values() and is_held(folder)


def check_running(folder: Path) -> None:
    """Raise SpecError if no separate process is training this run now, which says what to do instead."""
    if is_running(folder):
        return
    saved, resume = open_run(folder), f"resume {folder.name}"
    if saved.state == "running":
        raise SpecError(f"{folder}: this run is running in another window or command: pause, change and stop it there")
    if saved.state == "finished":
        what = f"is finished: {resume} --epochs N trains on"
    else:
        what = f"is not running: {resume} continues it" if saved.resumable else "is not running: start it again"
    raise SpecError(f"{folder}: this run {what}")


def _launch(folder: Path, request: Request) -> subprocess.Popen[bytes]:
    said = msgspec.json.encode(request).decode()
    return launch(folder, [sys.executable, "-P", "-m", "workbench.session.running.in_process_child", str(folder), said])


def launch(folder: Path, command: list[str]) -> subprocess.Popen[bytes]:
    """Start a detached process whose output goes into the run's folder. Raises SpecError if the disk refuses."""
    with refusals_told(folder / OUTPUT):
        output = (folder / OUTPUT).open("ab")
    with output:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            **APART,
        )


class ProcessRun(Run):
    """A ``Run`` followed through its folder; commands go through the folder, and none waits for the disk.

    Once left, it is followed until pending commands have been passed on.
    """

    found_note = NOTE

    def __init__(
        self,
        folder: Path,
        experiment: Experiment,
        process: subprocess.Popen[Any] | None,
        *,
        outlives: bool = True,
        waits_for: str = "Starting the process",
        num_earlier: int = 0,
        hold: ExitStack | None = None,
    ) -> None:
        """``waits_for`` says what happens first. A run that does not outlive its follower stops when it is left.

        ``hold`` is released once the process holds the folder, which its first status shows. If there is a process, it
        reports ``num_earlier`` itself.
        """
        super().__init__(folder, experiment, RunLog(), num_earlier=num_earlier)
        self.outlives = outlives
        self.preparation = (waits_for, 0, 0)
        self._process = process
        self._hold = hold or ExitStack()
        self._left = threading.Event()
        self._commands: deque[Command] = deque()
        """Commands that the thread has yet to pass on."""
        self._tail: LogTail | None = None
        """Reads the log on the disk, once it is this training's."""
        self._shown = ShownCheckpoint(folder, experiment, self._say)
        self._batches = BatchReader(folder, lambda is_new: self.do(Command(do="look", value=is_new)))
        self._wanted_checkpoint = False
        """Whether a first checkpoint was requested for the panels, which epochs of hours would leave empty."""
        self._heard_note = ""
        """The newest note of its process."""
        self._begin()

    def do(self, command: Command) -> None:
        """Pass the command on once the process listens."""
        self._commands.append(command)

    def leave(self) -> None:
        """Stop following the run; it continues if it can outlive its follower."""
        if self.outlives:
            self._left.set()
        else:
            self.stop()

    def _main(self) -> None:
        try:
            self._follow()
            self._show_end()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is reported and logged
            self._lose_sight(error)
        finally:
            self._hold.close()
            self._shown.close()
            self.insight.release()
            with suppress(SpecError):  # a lock that cannot be looked at is not waited for
                self._await_exit()

    def _follow(self) -> None:
        """Follow the run until it ends, or is left and all commands have been passed on."""
        while self._commands or not self._left.is_set():
            if self._has_ended():
                return
            self._want_checkpoint()
            self._shown.serve(self.insight)
            with suppress(SpecError):  # the next batch may be readable
                self._batches.serve(self.insight)
            if self._left.wait(LOOK_S) and self._commands:
                threading.Event().wait(LOOK_S)  # the process does not listen yet

    def _has_ended(self) -> bool:
        """Take the status and the new events, pass on commands, and return whether the run has ended."""
        alive = self._is_alive()  # checked before its last events are read
        status = self._read_status()
        if status is not None:  # it listens: earlier commands would be ignored
            self._hold.close()
            self._take_status(status)
            self._hand_in()
            if status.has_begun:
                self._tail = self._tail or LogTail(self.folder / EVENTS)
            elif status.state == "stopped" or (self._process is None and not alive):
                self._end_as_before()
                return True
        for event in self._tail.take() if self._tail else ():
            if isinstance(event, ENDINGS):
                self._end(event)
                return True
            self.log.append(event)
            # The experiment has earlier changes, and may have later ones of the same settings.
            if isinstance(event, RecipeChanged) and len(self.log) > self.num_earlier:
                self.experiment = with_setting(self.experiment, event.path, event.after)
            if isinstance(event, CheckpointSaved):
                self._shown.saved()
        if not alive:
            self._end(self._died())
        return not alive

    def _want_checkpoint(self) -> None:
        """Request a checkpoint, also of a paused run, if a panel shows the network and there is none yet."""
        if self.insight.is_asked and len(self.log) and not (self._shown.is_saved or self._wanted_checkpoint):
            self._wanted_checkpoint = True
            self.save_checkpoint()

    def _show_end(self) -> None:
        """Show the network of the last checkpoint to whoever has looked at it, unless a command ends that too."""
        while not (self._left.is_set() or self._commands or self._shown.has_caught_up(self.insight)):
            self._left.wait(LOOK_S)

    def _end_as_before(self) -> None:
        """End a run that was stopped before it resumed, with its log as it was left on the disk."""
        for event in as_left(self.folder / EVENTS):
            self.log.append(event)
        self._end(RunStopped(at=self.log.last_at, step=self.log.last_step))

    def _await_exit(self) -> None:
        """Wait for the process, whose folder nobody else can use before, unless the run was left."""
        until_s = time.monotonic() + EXIT_S
        while self._is_alive() and time.monotonic() < until_s:
            if self._left.wait(LOOK_S):
                return

    def _lose_sight(self, error: Exception) -> None:
        """Report that the run can no longer be followed; its own process may continue, if its folder is there."""
        if not is_run(self.folder):
            self._end(self._gone())
            return
        go_on = "It may still be running in its own process: reopen it from the table of runs."
        if not self.outlives:
            go_on = "It was told to stop."
            with suppress(SpecError):
                send(self.folder, Command(do="stop"))
        what = f"The run can no longer be followed: {told(error)}."
        self._end(RunFailed(at=self.log.last_at, what=what, advice=go_on, step=self.log.last_step))
        self._left.set()

    def _is_alive(self) -> bool:
        if self._process is not None:
            return self._process.poll() is None
        return is_starting(self.folder) or is_held(self.folder)

    def _hand_in(self) -> None:
        while self._commands:
            command = self._commands.popleft()
            try:
                send(self.folder, command)
            except SpecError as error:
                if command.do == "stop" and self._process is not None:
                    self._process.terminate()  # SIGTERM stops it too, and works even if the disk is full
                else:
                    self._say(str(error))

    def _read_status(self) -> Status | None:
        """Return its process's status; None before the first one."""
        status = read_status(self.folder)
        return status if status is None or self._process is None or status.pid == self._process.pid else None

    def _take_status(self, status: Status) -> None:
        self.declined = status.declined
        if status.state in AFTER.values():
            return
        if (self._process is not None or not status.has_begun) and not len(self.log):
            self.num_earlier = status.num_earlier
        self.preparation, self.differences = status.preparation, status.differences
        self.asking = status.asking
        if status.note != self._heard_note:
            self._say(status.note.removeprefix(self._heard_note).strip())
            self._heard_note = status.note
        self._state = msgspec.convert(status.state, State)

    def _end(self, ending: Ending) -> None:
        self.log.append(ending)  # before the state, so that whoever sees the state finds the event
        self.preparation = None
        self._state = AFTER[type(ending)]

    def _gone(self) -> RunFailed:
        what = str(folder_gone(self.folder))
        return RunFailed(at=self.log.last_at, what=what, advice="", step=self.log.last_step)

    def _died(self) -> RunFailed | RunStopped:
        """Return the ending of a process that ended without writing one to the log."""
        if not is_run(self.folder):
            return self._gone()
        code = self._process.returncode if self._process is not None else None
        output = self.folder / OUTPUT
        lines = output.read_text(errors="replace").splitlines() if output.is_file() else ()
        what, advice = _why_it_died(code, lines)
        if not is_held(self.folder):
            advice = f"{advice} {how_to_go_on(self.folder)}".strip()
        return RunFailed(at=self.log.last_at, what=what, advice=advice, step=self.log.last_step)


def _why_it_died(code: int | None, lines: Sequence[str]) -> tuple[str, str]:
    """Return what became of a process and what to do, from its exit status, which only its parent knows, and the lines
    it has printed.
    """
    if code and code > 0:
        if lines:
            return f"{lines[-1].removesuffix('.')}.", ""
        what = f"The process that trains this run ended with status {code} and could not write why to {OUTPUT}."
        return what, "The disk of the run's folder may be full: free some space and try again."
    output = f"{OUTPUT} in the run's folder has its output" if lines else ""
    if code == -KILL:
        reason = "The system does that when memory runs out"
        return "The process that trained this run was killed.", f"{'; '.join(filter(None, (reason, output)))}."
    what = "The process that trained this run ended without saying why."
    if code:
        what = f"The process that trained this run was ended by signal {-code} ({signal.strsignal(-code)})."
    return what, f"{output}." if output else ""

"""The run bar's states: its buttons, their commands, and the text beside them. No Qt."""

import time
from collections.abc import Callable, Sequence
from enum import StrEnum

from workbench.data.progress import is_counted
from workbench.events import (
    AdviceGiven,
    AnyEvent,
    CheckpointSaved,
    DataPrepared,
    EpochFinished,
    FinalTest,
    RecipeChanged,
    RunFailed,
    RunFinished,
    RunPaused,
    RunResumed,
    RunStarted,
    StepFinished,
)
from workbench.gui.runtime.run_states import LIVE, State
from workbench.gui.widgets.shared_keys import PAUSE, RUN, STEP, STOP, with_keys
from workbench.session.running.pace import Pace
from workbench.spec.problems import Problem, errors_of
from workbench.spec.quantities import duration
from workbench.spec.record import Record, replace
from workbench.spec.words import ended, plural, several, upper_first
from workbench.training.advice import course
from workbench.training.changing import changes
from workbench.training.results.measured import TESTED, headline

JOINT = " · "
"""Between the parts of the details."""

LONG_S = 1.0
"""An evaluation that takes longer is told; telling of shorter ones would flicker."""

MOST_NAME = 40
"""The number of letters of a run's name that are shown, so that its result has room beside it."""


class Command(StrEnum):
    """What a button requests."""

    RUN = "run"
    PAUSE = "pause"
    CONTINUE = "continue"
    RESUME = "resume"
    STEP = "step"
    STOP = "stop"
    GO_ON_ANYWAY = "go on anyway"


class Button(Record):
    """The state of a button."""

    command: Command
    text: str
    tip: str
    enabled: bool = True


STOP_BUTTON = Button(
    command=Command.STOP, text="Stop", tip=with_keys("Stop after this step and save a checkpoint to resume from", STOP)
)
NO_STEP = Button(
    command=Command.STEP, text="Step", tip="Pause first: a paused run trains one step at a time", enabled=False
)


def _pause(tip: str, *, enabled: bool = True) -> Button:
    return Button(command=Command.PAUSE, text="Pause", tip=tip, enabled=enabled)


class Appearance(Record):
    """Everything that the run bar shows. ``share`` is 0..1, or None if the progress is unknown."""

    buttons: tuple[Button, ...]
    what: str
    detail: str
    share: float | None
    live: bool
    failed: bool = False
    name: str = ""
    """The run's name with which ``what`` begins; empty if it does not."""


class RunBarPresenter:
    """Follows one run: its state from the session, its numbers from the events."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self.problems: tuple[Problem, ...] = ()
        self.clear()

    def clear(self) -> None:
        """Follow no run."""
        self.state = State.IDLE
        self.run_name = ""
        """The run's name, if it is an earlier one, or if its experiment is not the open document."""
        self._batch_size = 0
        self._thing = "picture"
        self._is_watched = False
        self._preparation: tuple[str, int, int] | None = None
        self._asks = False
        """Whether a resume that may not be exact awaits an answer."""
        self._rests = False
        """Whether it waits between two steps; a step that was begun before a pause may take long."""
        self._is_stepping = False
        """Whether it makes a single step."""
        self._pace = Pace()
        self._started: RunStarted | None = None
        self._checkpoints: dict[bool, int] = {}
        self._step = 0
        self._stepped_s = 0.0
        """When the latest step was taken note of."""
        self._epoch = 0
        self._ended_early = self._learnt_nothing = False
        self._metrics: dict[str, float] = {}
        self._failure: RunFailed | None = None
        self._is_refused = False
        """Whether it could not start or resume, so that the run's folder is as it was."""

    @property
    def live(self) -> bool:
        """Whether a run is in progress."""
        return self.state in LIVE

    @property
    def has_checkpoint(self) -> bool:
        """Whether there are saved weights, to resume from or export."""
        return bool(self._checkpoints)

    @property
    def checkpoint_words(self) -> str:
        """Which weights an export uses: the best if there are any, otherwise the last."""
        best = max(self._checkpoints)
        return f"{'best' if best else 'last'} weights, step {self._checkpoints[best]:,}"

    def begin(self, batch_size: int, *, is_watched: bool = False) -> None:
        """Start on a run that starts, resumes or is watched; its log is fed from the start."""
        self.clear()
        self._batch_size = batch_size
        self._is_watched = is_watched
        self.state = State.PREPARING

    def refuse(self, sentence: str) -> None:
        """Show why the run could not start."""
        self.clear()
        self._failure = RunFailed(at=0.0, what=sentence, advice="", step=0)
        self._is_refused = True
        self.state = State.FAILED

    def observe(self, state: str, preparation: tuple[str, int, int] | None, *, asks: bool = False) -> None:
        """Take the run's current state. The end is observed after the events before it were fed."""
        self.state = State(state)
        self._is_stepping &= self.state is State.PAUSED
        self._preparation = preparation
        self._asks = asks

    def feed(self, events: Sequence[AnyEvent]) -> None:
        """Take the run's next events."""
        for event in events:
            self._pace.feed(event)
            self._take(event)

    def _take(self, event: AnyEvent) -> None:
        match event:
            case StepFinished():  # first, since it is nearly every event
                self._step, self._stepped_s = event.step, self._now_s()
            case DataPrepared():
                self._thing = event.thing
            case RunStarted():
                self._started, self._rests = event, False
                self._step = event.first_step - 1
            case RecipeChanged(path=changes.EPOCHS, after=int(epochs)) if self._started is not None:
                self._started = replace(self._started, epochs=epochs)
            case RunPaused() | RunResumed():
                self._rests = isinstance(event, RunPaused)
                self._is_stepping |= self._rests
            case EpochFinished():
                self._epoch, self._learnt_nothing = event.epoch, False
                self._metrics |= event.metrics
            case AdviceGiven(kind=course.NOTHING_LEARNT):
                self._learnt_nothing = True
            case FinalTest():
                self._metrics |= event.metrics
            case CheckpointSaved():
                self._checkpoints[event.best] = event.step
            case RunFinished():
                self._ended_early = event.early
                self._metrics |= event.metrics
            case RunFailed():
                self._failure = event

    def appearance(self) -> Appearance:
        """Return what to show. After a run, a problem that prevents another one comes before the result."""
        name = _short(self.run_name)
        what, details = JOINT.join(filter(None, (name, self._what()))), self._details()
        if self.state in (State.FINISHED, State.STOPPED) and self.first_error:
            name, what, details = "", self.first_error.said(), (what, *details)
        return Appearance(
            buttons=self.buttons(),
            what=what,
            detail=JOINT.join(filter(None, details)),
            share=self._share(),
            live=self.live,
            failed=self.state is State.FAILED,
            name=name,
        )

    def buttons(self) -> tuple[Button, ...]:
        """Return the buttons in this state, without the rest of the appearance: the menus ask for them, too."""
        if self.live:
            return self._buttons_of_a_live_run()
        if self.state is State.STOPPED or (self.state is State.FAILED and self.has_checkpoint):
            exactly = "Resume this run exactly where it stopped, from its last checkpoint"
            anew = "Start this run again in its own folder: it was stopped before its first checkpoint"
            tip = with_keys(exactly if self.has_checkpoint else anew, PAUSE)
            return (self._run_button(), Button(command=Command.RESUME, text="Resume", tip=tip))
        return (self._run_button(),)

    def _buttons_of_a_live_run(self) -> tuple[Button, ...]:
        if self._is_watched:
            tip = with_keys("The run continues where it is running", STOP)
            return (Button(command=Command.STOP, text="Stop watching", tip=tip),)
        match self.state:
            case State.PREPARING if self._asks:
                tip = "Resume, although the run may not match an uninterrupted one"
                leave = Button(command=Command.STOP, text="Keep it stopped", tip="Leave the run as it is")
                return (Button(command=Command.GO_ON_ANYWAY, text="Resume anyway", tip=tip), leave)
            case State.PREPARING:
                return (_pause("Nothing to pause yet", enabled=False), STOP_BUTTON, NO_STEP)
            case State.PAUSED:
                tip = with_keys("Resume training", PAUSE)
                step = Button(
                    command=Command.STEP, text="Step", tip=with_keys("Train one step, then pause again", STEP)
                )
                return (Button(command=Command.CONTINUE, text="Resume", tip=tip), STOP_BUTTON, step)
            case State.STOPPING:
                wait = "Waiting for the step to end"
                return (_pause(wait, enabled=False), replace(STOP_BUTTON, tip=wait, enabled=False), NO_STEP)
        return (_pause(with_keys("Pause before the next step", PAUSE)), STOP_BUTTON, NO_STEP)

    def _run_button(self) -> Button:
        if errors := errors_of(self.problems):
            more = f"\n… and {len(errors) - 3} more" if len(errors) > 3 else ""
            reasons = "\n".join(problem.said() for problem in errors[:3])
            return Button(
                command=Command.RUN, text="Run", tip=f"This network cannot run yet.\n{reasons}{more}", enabled=False
            )
        return Button(command=Command.RUN, text="Run", tip=with_keys("Train this network from the start", RUN))

    @property
    def failure(self) -> RunFailed | None:
        return self._failure if self.state is State.FAILED else None

    @property
    def failure_words(self) -> str:
        """What went wrong and what to do about it; empty if nothing did."""
        if self.failure is None:
            return ""
        words = " ".join(map(ended, filter(None, (self.failure.what, self.failure.advice))))
        return words if self.failure.node else upper_first(words)

    @property
    def first_error(self) -> Problem | None:
        """The first problem that prevents a run, if any."""
        return next(iter(errors_of(self.problems)), None)

    def _what(self) -> str:
        match self.state:
            case State.IDLE:
                return self.first_error.said() if self.first_error else "Ready to run"
            case State.PREPARING:
                return self._preparing()
            case State.STOPPING:
                return "Stopping…"
            case State.FAILED:
                return self._failed()
            case State.FINISHED:
                return self._finished()
            case State.STOPPED:
                return f"Stopped at step {self._step:,}" if self._step else "Stopped before the first step"
        return self._training(self._started) if self._started is not None else "Building the network…"

    @property
    def _evaluates(self) -> bool:
        """Whether the run has been evaluating the network for a while, after an epoch or at the end."""
        if self._started is None or self.state is not State.RUNNING:
            return False
        num_trained = self._step // self._started.steps_per_epoch
        is_due = num_trained > self._epoch or num_trained == self._started.epochs
        return is_due and self._now_s() - self._stepped_s > LONG_S

    def _failed(self) -> str:
        if self._is_refused:
            return "Not started"
        assert self._failure is not None
        return f"Failed after step {self._failure.step:,}" if self._failure.step else "Failed before the first step"

    def _training(self, started: RunStarted) -> str:
        num_trained = self._step // started.steps_per_epoch
        epoch = num_trained if self._evaluates else min(num_trained + 1, started.epochs)
        words = f"Epoch {epoch:,} of {started.epochs:,}"
        if self.state is not State.PAUSED:
            compiles = self._step < started.first_step and started.speed.compile in ("on", "cuda_graphs")
            return f"{words} · evaluating…" if self._evaluates else f"{words} · compiling…" if compiles else words
        if self._rests:
            return f"Paused · {words}"
        return f"{'One step…' if self._is_stepping else 'Pausing…'} · {words}"

    def _finished(self) -> str:
        if self._ended_early and self._started is not None:
            return f"Ended early, after {self._epoch:,} of {plural(self._started.epochs, 'epoch')}"
        return f"Finished {plural(self._epoch, 'epoch')}" + (", nothing learnt" if self._learnt_nothing else "")

    def _preparing(self) -> str:
        if self._preparation is None:
            return "Preparing…"
        what, done, total = self._preparation
        if self._asks:
            return what
        return f"{what} · {done:,} of {total:,}" if is_counted(what, total) else f"{what}…"

    def _details(self) -> tuple[str, ...]:
        match self.state:
            case State.RUNNING | State.PAUSED if self._started:
                steps = f"step {self._step:,} of {self._total_steps:,}"
                return (steps, self._speed(), self._left(), self._device())
            case State.FINISHED | State.STOPPED:
                return (self._result(), self._device())
        return ()  # also of a failure: a message over the canvas has all of it

    def _speed(self) -> str:
        seconds = self._pace.seconds_per_step
        if not seconds or self.state is not State.RUNNING:
            return ""
        rate = self._batch_size / seconds
        return f"{rate:,.0f} {several(self._thing)}/s" if rate >= 10 else f"{rate:.1f} {several(self._thing)}/s"

    def _left(self) -> str:
        assert self._started is not None
        if self._step == self._total_steps:
            return ""  # how long the last evaluation takes is not known
        seconds = self._pace.seconds_left(self._total_steps - self._step, self._started.epochs - self._epoch)
        return "" if seconds is None else f"{duration(seconds)} left"

    def _device(self) -> str:
        if self._started is None:
            return ""
        precision = self._started.speed.precision
        return self._started.device + (f", {precision}" if precision in ("tf32", "bf16", "fp16") else "")

    def _result(self) -> str:
        for split, title, of in (("test", "test", f" ({TESTED})"), ("val", "validation", "")):
            found = headline(self._metrics, split)
            if found:
                return f"{title} {found}{of}"
        return ""

    @property
    def _total_steps(self) -> int:
        assert self._started is not None
        return self._started.epochs * self._started.steps_per_epoch

    def _share(self) -> float | None:
        if self.state is State.PREPARING and not self._asks:
            done, total = self._preparation[1:] if self._preparation else (0, 0)
            return done / total if total > 1 else None
        if self._started is None:
            return 0.0
        return 1.0 if self.state is State.FINISHED else self._step / max(self._total_steps, 1)


def _short(name: str) -> str:
    """Return the name without its middle if it is long: the beginning and the number at the end tell runs apart."""
    return name if len(name) <= MOST_NAME else f"{name[: MOST_NAME - 12]}…{name[-11:]}"

"""Follows a run in a terminal until it ends: progress, Ctrl+C, result."""

from collections.abc import Callable, Sequence
from typing import Any

from workbench.cli.console import StatusLine, complain, print_result, program, signals_given
from workbench.cli.faults import Fault
from workbench.cli.training_progress import TrainingProgress, measure_of
from workbench.data.progress import counted
from workbench.events import (
    ENDINGS,
    AdviceGiven,
    AnyEvent,
    DataPrepared,
    RecipeChanged,
    RunFailed,
    RunFinished,
    RunStarted,
    SpeedTried,
    StepLeftOut,
    WeightsDrawn,
    WeightsLoaded,
)
from workbench.runs.store import EVENTS, has_checkpoint, is_held
from workbench.session import initialisation, left_out
from workbench.session.running import speed
from workbench.session.running.in_process import is_running
from workbench.session.running.run import Run
from workbench.spec.problems import SpecError, capitalised
from workbench.spec.words import ended, plural
from workbench.training.changing.changes import sentence

REFRESH_S = 0.1

STOPPING = "stopping; Ctrl+C again quits immediately"


def follow(run: Run, *, as_json: bool) -> int:
    """Show the run's progress until it ends, then its result; return the exit status."""
    signals: list[int] = []

    def leave(number: int) -> None:
        signals.append(number)
        if len(signals) == 1:
            run.leave()
        else:
            run.end_at_once()
            raise KeyboardInterrupt

    try:
        with signals_given(leave):
            progress = _watch(run, signals)
    except KeyboardInterrupt:
        complain(f"quit without waiting; {_go_on(run)}")
        return 128 + signals[0]
    except BrokenPipeError:  # the reader of the output has had enough
        run.leave()
        run.join()
        raise
    ending = next(iter(run.log.since(len(run.log) - 1)), None)
    if run.outlives and signals and not isinstance(ending, ENDINGS):
        complain(f"still running; follow it with: {program()} follow {run.folder}")
        return 128 + signals[0]
    if not isinstance(ending, ENDINGS):
        raise Fault(f"the run in {run.folder} ended without saying why")
    if isinstance(ending, RunFailed):
        raise _failed(run, ending)
    metrics = ending.metrics if isinstance(ending, RunFinished) else progress.metrics
    result = {"run": str(run.folder), "state": run.state, "epochs": progress.epochs_done, "metrics": metrics}
    print_result(result, _sentence(result), as_json=as_json)
    if run.state == "stopped":
        complain(f"stopped; {_go_on(run)}")
        return 128 + signals[0] if signals else 0
    return 0


def _failed(run: Run, ending: RunFailed) -> Fault | SpecError:
    where = f"The run is in {run.folder}." if ending.batch else ""
    go_on = capitalised(_go_on(run)) if has_checkpoint(run.folder) else ""
    *before, last = filter(None, (ending.what, ending.advice, where, go_on))
    said = " ".join((*map(ended, before), last))
    return Fault(said) if ending.fault else SpecError(said)


def leave(run: Run, *, as_json: bool, is_awaited: bool = True, may_ask: bool = False) -> int:
    """Leave a run that continues by itself, saying where it is; return the exit status.

    If it ``is_awaited``, wait until it is running, because it may fail to start; else, as other machines may join much
    later, until nobody else can start it. If it ``may_ask`` whether to resume inexactly, wait until it trains, because
    nobody would be there to answer.
    """

    def is_ready() -> bool:
        if not is_awaited:
            return is_held(run.folder)
        return run.asking or (run.state != "preparing" if may_ask else is_running(run.folder))

    signals = _await(run, is_ready)
    if run.asking:
        raise _not_exactly(run)
    run.leave()
    run.join()
    ending = next(iter(run.log.since(len(run.log) - 1)), None)
    if isinstance(ending, RunFailed):
        raise _failed(run, ending)
    if signals:
        complain(f"stopped; {_go_on(run)}")
        return 128 + signals[0]
    print_result({"run": str(run.folder), "state": "running"}, str(run.folder), as_json=as_json)
    complain(f"running; follow it with: {program()} follow {run.folder}")
    if may_ask and not is_awaited:
        complain(f"where it cannot resume exactly, it waits for: {program()} tell {run.folder} anyway")
    return 0


def _await(run: Run, is_ready: Callable[[], bool]) -> list[int]:
    """Wait until the run is ready to be left, or until signals such as Ctrl+C have stopped it; return these."""
    signals: list[int] = []

    def stop(number: int) -> None:
        signals.append(number)
        run.stop()

    progress = TrainingProgress(run.experiment.training.epochs)
    with StatusLine() as status, signals_given(stop):
        while not run.join(REFRESH_S):
            if not signals and is_ready():
                break
            status.show("stopping" if signals else doing(run, progress))
    return signals


def _go_on(run: Run) -> str:
    if not has_checkpoint(run.folder):
        return f"with no checkpoint yet, it starts again with: {program()} resume {run.folder}"
    return f"resume with: {program()} resume {run.folder}"


def _watch(run: Run, signals: Sequence[int]) -> TrainingProgress:
    progress = TrainingProgress(run.experiment.training.epochs)
    cursor, is_over, told, told_where = 0, False, False, False
    with StatusLine() as status:
        while not is_over:
            is_over = run.join(REFRESH_S)
            events = run.log.since(cursor)
            num_earlier = max(0, run.num_earlier - cursor)  # already shown before the run was resumed
            cursor += len(events)
            progress.feed(events[:num_earlier])
            events = events[num_earlier:]
            if note := run.take_note():
                status.say(note)
            if run.asking:
                raise _not_exactly(run)
            if run.differences and not told:
                told = True
                status.say(f"not exactly as before: {'; '.join(run.differences)}")
            has_begun = run.state in ("running", "paused") or any(isinstance(event, RunStarted) for event in events)
            if not told_where and 0 < run.num_earlier <= cursor and has_begun:
                told_where = True
                status.say(progress.goes_on())
            lines = progress.feed(events)
            for line in _told_once(run, events):
                status.say(line)
            for line in [] if status.live else lines:
                status.say(line)
            status.show(STOPPING if signals and not run.outlives else doing(run, progress))
    return progress


def _not_exactly(run: Run) -> SpecError:
    """Leave the run as it was: resuming inexactly requires the user's consent."""
    run.stop()
    run.join()
    return SpecError(
        f"{run.folder} cannot resume exactly as before: {'; '.join(run.differences)}; resume --anyway does so "
        "regardless"
    )


def _told_once(run: Run, events: Sequence[AnyEvent]) -> list[str]:
    """Return lines about rare events: problems of the data, speed, initialisation, changes, advice, early stopping."""
    lines = []
    for event in events:
        match event:
            case DataPrepared():
                where = f"; {left_out.listed(event)} are listed in {run.folder / EVENTS}"
                corrected = left_out.relabelled(event)
                lines += [line for line in (left_out.sentence(event, where), corrected, *event.notes) if line]
            case SpeedTried():
                lines.append(speed.sentence(event))
            case RunStarted() if speed.is_sharded(event):
                lines.append(speed.how_it_computes(event))
            case StepLeftOut():
                lines.append(f"step {event.step} was skipped: a gradient times {event.scale:g} overflows fp16")
            case WeightsLoaded():
                lines.append(f"{event.file}: {event.words}")
            case RecipeChanged():
                lines.append(f"after step {event.step}: {sentence(event.path, event.before, event.after)}")
            case WeightsDrawn():
                lines += [initialisation.sentence(event), *(f"  {line}" for line in initialisation.lines(event))]
            case AdviceGiven():
                lines.append(f"epoch {event.epoch}: {event.what} {event.advice}")
            case RunFinished(early=True):
                patience = run.experiment.training.patience
                assert patience is not None
                waited = plural(patience, "epoch")
                lines.append(f"stopped early after epoch {event.epochs}: no improvement for {waited}")
    return lines


def doing(run: Run, progress: TrainingProgress) -> str:
    """Return what a run is doing."""
    preparation = run.preparation  # read once: the run's thread sets it
    return progress.line() if preparation is None else counted(*preparation)


def _sentence(result: dict[str, Any]) -> str:
    metrics = result["metrics"]
    found = filter(None, [measure_of(metrics, split) for split in ("val", "test")])
    epochs = plural(result["epochs"], "epoch")
    return f"{', '.join([epochs, *found])}\n{result['run']}"

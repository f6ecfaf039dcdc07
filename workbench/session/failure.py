"""Messages for errors in the background, and for what ended a run unexpectedly, as its last event."""

import logging
from pathlib import Path

from workbench.compiler.out_of_memory import is_out_of_memory
from workbench.events import RunFailed
from workbench.runs.store import has_checkpoint
from workbench.spec.problems import SpecError, first_line
from workbench.training.trouble.failures import Diverged, OutOfMemory, Unfit

log = logging.getLogger(__name__)

RESTART = (
    "The GPU refuses all further work of the process that trained. If that was the window's own, close the program and "
    "start it again; a separate process has ended."
)
"""The advice after an error that CUDA does not recover from within a process."""


def failure(error: Exception, folder: Path, *, at: float, step: int) -> RunFailed:
    """Return the ending of the run in ``folder`` whose last step was ``step``; unexpected errors are logged with their
    trace.
    """
    go_on = how_to_go_on(folder)
    if not isinstance(error, SpecError):
        log.error("run %s failed", folder, exc_info=error)
        if not is_out_of_memory(error):
            return _fault(error, go_on, at=at, step=step)
        error = OutOfMemory()
    if isinstance(error, Diverged):
        before = " The last checkpoint is from before it happened." if go_on else ""
        return RunFailed(
            at=at,
            what=str(error),
            advice=error.advice + before,
            step=step,
            node=error.node,
            batch=error.batch,
            ran_away=error.ran_away,
        )
    if isinstance(error, OutOfMemory):
        return RunFailed(at=at, what=str(error), advice=error.advice, step=step, batch_size=error.batch_size)
    return RunFailed(at=at, what=str(error), advice="" if isinstance(error, Unfit) else go_on, step=step)


def folder_gone(folder: Path) -> SpecError:
    """Return the error for a run whose folder is not where it was when it began."""
    return SpecError(
        f"{folder}: this run's folder was moved or deleted while it trained; if it was moved, resume it from where it is"
    )


def told(error: Exception) -> str:
    """Return a sentence on what went wrong. An unforeseen error is an internal one, and its trace is logged."""
    if isinstance(error, SpecError):
        return str(error)
    log.error("an error in the background", exc_info=error)
    return f"an internal error ({_reason(error)}); see the log for details"


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error, 'no message')}"


def how_to_go_on(folder: Path) -> str:
    """Return a sentence on how the run can be resumed; empty if it has no checkpoint."""
    return "The run can resume from its last checkpoint." if has_checkpoint(folder) else ""


def _fault(error: Exception, go_on: str, *, at: float, step: int) -> RunFailed:
    advice = RESTART if "CUDA error" in str(error) else "This is an internal error; see the log for details."
    return RunFailed(
        at=at,
        what=f"The run ended unexpectedly: {_reason(error)}",
        advice=f"{advice} {go_on}".strip(),
        step=step,
        fault=True,
    )

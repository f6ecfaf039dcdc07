"""The speed and remaining time of a run, estimated from the times of its steps."""

from bisect import bisect_right
from collections import deque

from workbench.events import AnyEvent, EpochFinished, RunResumed, RunStarted, StepFinished

RECENT_STEPS = 256
OUTLIER = 5.0
"""A longer gap counts as this many medians, so that a suspended laptop does not distort the estimate for long."""


class Pace:
    """Seconds per step, over recent steps, and seconds per end of an epoch (validation, checkpoint)."""

    def __init__(self) -> None:
        self._step_gaps: deque[float] = deque(maxlen=RECENT_STEPS)
        self._end_gaps: deque[float] = deque(maxlen=8)
        self._last_at: float | None = None
        self._after_epoch = False

    def feed(self, event: AnyEvent) -> None:
        """Take the next event of the run."""
        match event:
            case StepFinished():
                if self._last_at is not None:
                    (self._end_gaps if self._after_epoch else self._step_gaps).append(event.at - self._last_at)
                self._last_at, self._after_epoch = event.at, False
            case EpochFinished():
                self._after_epoch = True
            case RunStarted():  # perhaps resumed with other threads, or on another machine
                self._step_gaps.clear()
                self._end_gaps.clear()
                self._last_at = None
            case RunResumed():
                # An event's time is either the run's own or the loop's, so their difference does not tell a pause.
                self._last_at = None

    @property
    def seconds_per_step(self) -> float | None:
        """The typical duration of a step; None before two steps are known."""
        return _typical(self._step_gaps)

    def seconds_left(self, steps: int, epoch_ends: int) -> float | None:
        """Return the time for this many steps and ends of epochs; None if it is not known yet."""
        step = self.seconds_per_step
        if step is None:
            return None
        end = _typical(self._end_gaps)
        return steps * step + epoch_ends * max((end or step) - step, 0.0)


def _typical(gaps: deque[float]) -> float | None:
    if not gaps:
        return None
    ordered = sorted(gaps)
    limit = OUTLIER * ordered[len(ordered) // 2]
    outliers = ordered[bisect_right(ordered, limit) :]
    return (sum(gaps) - sum(outliers) + limit * len(outliers)) / len(gaps)

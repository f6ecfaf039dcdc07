"""A run's clock: seconds since its start, including pauses, excluding the time between a stop and a resume."""

import time


class Clock:
    """A clock that starts when it is created, as if ``elapsed_s`` had already passed."""

    def __init__(self, elapsed_s: float = 0.0) -> None:
        self._began_s = time.perf_counter() - elapsed_s
        self._rested_s = 0.0

    def now_s(self) -> float:
        """Return the seconds of the run so far."""
        return time.perf_counter() - self._began_s

    def worked_s(self) -> float:
        """Return the seconds of the run so far, without those that it rested."""
        return self.now_s() - self._rested_s

    def rest(self, seconds: float) -> None:
        """Note that the run was paused for so long."""
        self._rested_s += seconds

"""A run's clock: seconds since its start, including pauses, excluding the time between a stop and a resume."""

import time


class Clock:
    """Runs from the moment it is made, as if ``elapsed_s`` had passed already."""

    def __init__(self, elapsed_s: float = 0.0) -> None:
        self._began_s = time.perf_counter() - elapsed_s

    def now_s(self) -> float:
        """Seconds of the run so far."""
        return time.perf_counter() - self._began_s

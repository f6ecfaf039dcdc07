"""The one clock of a run: seconds since it began, pauses included, the time between a stop and a resume not."""

import time


class Clock:
    """Runs from the moment it is made, as if ``elapsed_s`` had passed already."""

    def __init__(self, elapsed_s: float = 0.0) -> None:
        self._began_s = time.perf_counter() - elapsed_s

    def now_s(self) -> float:
        """Seconds of the run so far."""
        return time.perf_counter() - self._began_s

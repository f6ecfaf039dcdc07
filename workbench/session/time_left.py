"""Remaining time of long work, in words."""

import time
from collections.abc import Callable

from workbench.spec.quantities import duration

TELL_AFTER_S = 2.0
"""Seconds before the remaining time is shown: shorter work does not need it, and earlier estimates are unreliable."""


class TimeLeft:
    """Estimates how long the rest of some work will take at the speed so far."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._what = ""
        self._began_s = 0.0
        self._first = 0

    def say(self, what: str, done: int, total: int) -> str:
        """Return ``what``, with the time left if it can be estimated: ``Decoding pictures, 3 min 20 s left``."""
        if what != self._what:
            self._what, self._began_s, self._first = what, self._now_s(), done
        spent_s = self._now_s() - self._began_s
        if done <= self._first or done >= total or spent_s < TELL_AFTER_S:
            return what
        return f"{what}, {duration(spent_s / (done - self._first) * (total - done))} left"

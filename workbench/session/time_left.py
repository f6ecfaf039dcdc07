"""Remaining time of long work, in words."""

import time
from collections.abc import Callable
from itertools import pairwise

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
        return f"{what}, {words(spent_s / (done - self._first) * (total - done))} left"


def words(seconds: float) -> str:
    """Return a duration in words: ``40 s``, ``3 min 20 s``, ``2 h 5 min``; the longer, the coarser."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    units = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    (large, large_name), (small, small_name) = next(pair for pair in pairwise(units) if seconds >= pair[0][0])
    whole, rest = divmod(round(seconds / small) * small, large)
    return f"{whole} {large_name} {rest // small} {small_name}" if rest else f"{whole} {large_name}"

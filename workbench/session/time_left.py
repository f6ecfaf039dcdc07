"""Remaining time of long work, in words."""

import time
from collections.abc import Callable
from itertools import pairwise

TELL_AFTER_S = 2.0
"""What ends sooner needs no telling, and from less nothing can be told."""


class TimeLeft:
    """Told how far some work is, says how long the rest will take at the speed so far."""

    def __init__(self, now_s: Callable[[], float] = time.monotonic) -> None:
        self._now_s = now_s
        self._what = ""
        self._began_s = 0.0
        self._first = 0

    def say(self, what: str, done: int, total: int) -> str:
        """``what``, and the time left where it can be told: ``Decoding pictures, 3 min 20 s left``."""
        if what != self._what:
            self._what, self._began_s, self._first = what, self._now_s(), done
        spent_s = self._now_s() - self._began_s
        if done <= self._first or done >= total or spent_s < TELL_AFTER_S:
            return what
        return f"{what}, {words(spent_s / (done - self._first) * (total - done))} left"


def words(seconds: float) -> str:
    """A duration as one says it: ``40 s``, ``3 min 20 s``, ``2 h 5 min``; coarser the longer it is."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    units = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))
    (large, large_name), (small, small_name) = next(pair for pair in pairwise(units) if seconds >= pair[0][0])
    whole, rest = divmod(round(seconds / small) * small, large)
    return f"{whole} {large_name} {rest // small} {small_name}" if rest else f"{whole} {large_name}"

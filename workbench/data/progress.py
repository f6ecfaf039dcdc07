"""Progress reports of long work, and cancellation."""

from collections.abc import Callable
from contextvars import ContextVar
from threading import Event
from typing import TypeVar

T = TypeVar("T")

Progress = Callable[[str, int, int], None]
"""``progress(what, done, total)``: ``what`` is shown as it is, ``done`` of ``total`` fills the bar.

If ``total`` is 1, the progress of the work is unknown, and no count is shown; nor is it if ``what`` itself says how far
the work is, ``3 MB of 5 GB``. It may raise ``Cancelled``; the work then
stops at once and leaves nothing incomplete behind.
"""


class Cancelled(Exception):
    """Raised by a progress callback to cancel the work."""


def is_counted(what: str, total: int) -> bool:
    """Return whether the count is to be shown."""
    return total > 1 and " of " not in what


def counted(what: str, done: int, total: int) -> str:
    """Return progress in words: ``Decoding pictures 1,024/60,000``."""
    return f"{what} {done:,}/{total:,}" if is_counted(what, total) else what


def until(stopped: Event) -> Progress:
    """Return a progress callback that reports nothing, and cancels once ``stopped`` is set."""

    def go_on(*_: object) -> None:
        if stopped.is_set():
            raise Cancelled

    return go_on


def silent(what: str, done: int, total: int) -> None:
    """A progress callback that does nothing."""


class Following:
    """Keeps how far work in another thread is, and cancels it once ``stop`` was called."""

    def __init__(self) -> None:
        self.last: tuple[str, int, int] | None = None
        """What was told last; None before that."""
        self._stopped = False

    def __call__(self, what: str, done: int, total: int) -> None:
        if self._stopped:
            raise Cancelled
        self.last = what, done, total

    def stop(self) -> None:
        """Cancel the work when it is next told of."""
        self._stopped = True


_listener: ContextVar[Progress] = ContextVar("listener", default=silent)


def listener() -> Progress:
    """Return what hears of work in this thread that is given no callback: looking at facts is mostly short."""
    return _listener.get()


def heard_by(progress: Progress, work: Callable[[], T]) -> T:
    """Return what ``work`` does while this callback is the ``listener``."""
    before = _listener.set(progress)
    try:
        return work()
    finally:
        _listener.reset(before)

"""How long work says how far it is, and how it is called off."""

from collections.abc import Callable
from threading import Event

Progress = Callable[[str, int, int], None]
"""``progress(what, done, total)``: ``what`` is shown as it stands, ``done`` of ``total`` fills the bar.

Of work in one piece (``total`` is 1) nobody knows how far it is, and no count is shown. It may raise ``Cancelled``; the
work then stops at once and leaves nothing half done behind.
"""


class Cancelled(Exception):
    """Whoever watches wants the work to stop."""


def counted(what: str, done: int, total: int) -> str:
    """Progress in words: ``Decoding pictures 1,024/60,000``."""
    return f"{what} {done:,}/{total:,}" if total > 1 else what


def until(stopped: Event) -> Progress:
    """A progress that nobody watches, which calls the work off once ``stopped`` is set."""

    def go_on(*_: object) -> None:
        if stopped.is_set():
            raise Cancelled

    return go_on


def silent(what: str, done: int, total: int) -> None:
    """A progress callback that does nothing."""

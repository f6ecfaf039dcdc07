"""How long work says how far it is, and how it is called off."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""``progress(what, done, total)``: ``what`` is shown as it stands, ``done`` of ``total`` fills the bar.

It may raise ``Cancelled``; the work then stops at once and leaves nothing half done behind.
"""


class Cancelled(Exception):
    """Whoever watches wants the work to stop."""


def silent(what: str, done: int, total: int) -> None:
    """A progress that nobody watches."""

"""What a search box offers. No Qt."""

from collections.abc import Callable, Sequence

from workbench.spec.record import Record


class Line(Record):
    """One line of the list; ``note`` stands after its title, and is its tooltip if there is no ``help``."""

    value: str
    title: str
    note: str = ""
    help: str = ""


Find = Callable[[str], Sequence[Line]]
"""Returns the lines that match the typed text, the best first."""

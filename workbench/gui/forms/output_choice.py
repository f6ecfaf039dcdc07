"""The choice of one of a network's outputs, in the windows that show one at a time."""

from collections.abc import Callable, Sequence

from workbench.gui.widgets.elided_box import ElidedBox
from workbench.gui.widgets.panel import named, offer

LETTERS = 18
"""Width of the box; with as many, a long title still shows both its ends."""


class OutputChoice(ElidedBox):
    """A box of limited width, hidden unless there are several outputs.

    Another choice calls ``choose`` with its number, then ``show``.
    """

    def __init__(self, what: str, choose: Callable[[int], None], show: Callable[[], None]) -> None:
        super().__init__(LETTERS)
        named(self, what).setToolTip(what)
        self.hide()
        self.activated.connect(choose)
        self.activated.connect(lambda _: show())

    def offer(self, titles: Sequence[str], chosen: int) -> None:
        self.setVisible(len(titles) > 1)
        offer(self, [(title, title) for title in titles], titles[chosen] if titles else None)

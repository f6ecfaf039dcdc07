"""The errors that end a run whose numbers or memory run out, or that cannot resume. Imports no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.training.trouble.culprit import Culprit


class Diverged(SpecError):
    """Raised when a loss, gradient or weight is no longer finite.

    ``advice`` says what to try, ``ran_away`` whether a smaller learning rate may help. ``node`` is the path of the
    layer where it began, and ``batch`` the file with the pictures, relative to the run's folder; both are empty if
    there is none.
    """

    def __init__(self, what: str, culprit: Culprit, batch: str) -> None:
        super().__init__(f"{what}: {culprit.what}.")
        self.kind = culprit.kind
        self.node = culprit.node
        self.batch = batch
        self.ran_away = culprit.ran_away
        self.advice = culprit.advice + (f" The batch is kept in {batch} in the run's folder." if batch else "")


class Unfit(SpecError):
    """Raised when the last checkpoint is of other data or another network, until what was changed is undone."""


class OutOfMemory(SpecError):
    """Raised when memory runs out; ``batch_size`` is the largest that fits, None if none was found.

    ``advice`` says what to do. ``looked`` is whether a fitting size was searched for.
    """

    def __init__(self, batch_size: int | None = None, tried: int | None = None, *, looked: bool = True) -> None:
        with_batches = f" with batches of {tried}" if tried is not None else ""
        super().__init__(f"There is not enough memory to train this network{with_batches}.")
        self.batch_size = batch_size
        smaller = "Use a smaller batch size, or fewer filters and units."
        if not looked:
            smaller = f"With sharded weights, the largest batch size that fits is not searched for. {smaller}"
        elif tried is not None:
            smaller = "Not even batches of 1 fit: use fewer filters and units, or smaller pictures."
        self.advice = f"Batches of {batch_size} fit (training.batch_size={batch_size})." if batch_size else smaller

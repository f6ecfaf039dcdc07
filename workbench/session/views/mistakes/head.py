"""What a network predicts with one of its heads, of whatever kind, for each picture of a split."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import Tensor

    from workbench.spec.column import Column


class Evaluated(Record):
    """What the network sees of B pictures, uint8 [B, C, H, W], a head's ``outputs`` for them, and its ``targets``."""

    seen: Any
    outputs: Any
    targets: Any


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadMistakes:
    """The predictions of the network after ``step`` for each picture of ``split``, by the head of ``output`` for
    ``column``.

    A kind of head adds the arrays that ``kept`` returns, under the same names, for all pictures. ``names`` are those in
    ``leave_out``, str [N]; None for points that are made. ``own_labels`` has the class that the data itself has for a
    name, where the run's recipe corrected it.
    """

    split: str
    step: int
    output: str
    column: Column
    names: NDArray[np.object_] | None = None
    own_labels: Mapping[str, str] = field(default_factory=dict)
    thing: str = "picture"
    """What an example is called."""

    again: Callable[[Sequence[int]], Evaluated] | None = None
    """Evaluates the network once more, on the pictures with these numbers: not for the window's thread."""

    @property
    def target(self) -> str:
        return self.column.name

    @property
    def title(self) -> str:
        return f"{self.output} → {self.target}"

    @property
    def class_names(self) -> tuple[str, ...]:
        """The names of the classes; none of numbers and pictures."""
        return self.column.names

    def prepare(self) -> None:
        """Compute in advance, in a background thread, what takes time; the results are kept."""

    @staticmethod
    def kept(outputs: Tensor, targets: Tensor) -> dict[str, Tensor]:
        """Return what is kept of a batch: arrays [B, ...] by the names of the fields, from the head's outputs,
        float32 [B, ...], and its targets as the data has them.
        """
        raise NotImplementedError


def shares(parts: NDArray[Any], wholes: NDArray[Any]) -> NDArray[np.float64]:
    """Return what shares of the wholes the parts are; NaN of nothing."""
    found = np.full(np.shape(parts), np.nan)
    np.divide(parts, wholes, out=found, where=wholes > 0)
    return found

"""What a measure is: how good a head's answers to a split are, as one number or several."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol

from workbench.spec.catalogue import Declared
from workbench.spec.column import Column, Kind

if TYPE_CHECKING:
    from torch import Tensor, device
    from torchmetrics import Metric

    from workbench.training.ranks import Ranks


class Meter(Protocol):
    """A measure at work on one pass over a split."""

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """Count a batch in; nothing is read back from the device."""

    def result(self, ranks: Ranks) -> dict[str, float]:
        """What the measure's numbers are, by the last part of their names: ``top1``; over what all ``ranks`` have seen."""


@dataclass(frozen=True, kw_only=True)
class Metered:
    """A metric of torchmetrics at work; ``answers`` makes of a head's outputs what it takes. It asks all ranks by itself."""

    name: str
    metric: Metric
    answers: Callable[[Tensor], Tensor]

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        self.metric.update(self.answers(outputs), targets)

    def result(self, ranks: Ranks) -> dict[str, float]:  # torchmetrics knows them from torch
        return {self.name: float(self.metric.compute())}


class Measure(Declared):
    """Base of every measure."""

    abstract: ClassVar[bool] = True
    takes: ClassVar[tuple[Kind, ...]]
    """The kinds of columns that it measures."""

    titles: ClassVar[dict[str, str]]
    """What its numbers are called, by the last part of their names; ``{}`` stands for a number at the name's end."""

    is_share: ClassVar[bool] = True
    """Whether it runs from 0 to 1, and is said in percent."""

    unit: ClassVar[str] = ""

    def meter(self, column: Column, where: device) -> Meter:
        """A fresh one for answers to this column. Outputs and targets come as a loss takes them."""
        raise NotImplementedError

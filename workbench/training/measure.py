"""Base of measures: the quality of a head's outputs on a split, as one number or several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol

from workbench.spec.catalogue import Declared
from workbench.spec.column import Column, Kind

if TYPE_CHECKING:
    from torch import Tensor, device
    from torchmetrics import Metric

    from workbench.training.ranks import Ranks


Answers = Literal["outputs", "outputs.sigmoid()", "outputs.softmax(dim=1)", "outputs.argmax(dim=1)"]
"""What is made of a head's outputs before they are measured."""

ANSWERS: dict[Answers, Callable[[Tensor], Tensor]] = {
    "outputs": lambda outputs: outputs,
    "outputs.sigmoid()": lambda outputs: outputs.sigmoid(),
    "outputs.softmax(dim=1)": lambda outputs: outputs.softmax(dim=1),
    "outputs.argmax(dim=1)": lambda outputs: outputs.argmax(dim=1),
}


class Written(NamedTuple):
    """How a script measures the same, in lines of Python: before a pass, for each batch of it, and by the name of each
    number the expression that gives it. Of several heads' measures the variables begin with ``own``.
    """

    begin: tuple[str, ...]
    update: tuple[str, ...]
    results: dict[str, str]
    imports: tuple[str, ...] = ()


class Meter(Protocol):
    """A measure at work on one pass over a split."""

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """Count a batch in, which may be empty; nothing is read back from the device."""

    def result(self, ranks: Ranks) -> dict[str, float]:
        """What the measure's numbers are, by the last part of their names: ``top1``; over what all ``ranks`` have seen."""

    def written(self, own: str, outputs: str, targets: str, num_examples: str) -> Written:
        """The same for the script that leaves the program, which calls outputs, targets and the split's size so."""


class Metered:
    """A metric of torchmetrics at work, made with these settings; it asks all ranks by itself."""

    def __init__(self, name: str, kind: type[Metric], where: device, answers: Answers, **settings: Any) -> None:
        self.name = name
        self.kind = kind
        self.settings = settings
        self.answers: Answers = answers
        self.metric = kind(**settings).to(where)

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        # An empty batch tells what is kept in lists of which kind it is; those that keep sums may refuse it.
        if len(targets) or any(isinstance(state, list) for state in self.metric.metric_state.values()):
            self.metric.update(ANSWERS[self.answers](outputs), targets)

    def result(self, ranks: Ranks) -> dict[str, float]:  # torchmetrics knows them from torch
        return {self.name: float(self.metric.compute())}

    def written(self, own: str, outputs: str, targets: str, num_examples: str) -> Written:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        package = ".".join(self.kind.__module__.split(".")[:2])
        metric = f"{own}{self.name}"
        return Written(
            begin=(f"{metric} = {self.kind.__name__}({settings}).to(DEVICE)",),
            update=(f"{metric}.update({self.answers.replace('outputs', outputs)}, {targets})",),
            results={self.name: f"{metric}.compute().item()"},
            imports=(f"from {package} import {self.kind.__name__}",),
        )


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

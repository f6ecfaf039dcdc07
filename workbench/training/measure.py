"""Base of measures: the quality of a head's outputs on a split, as one number or several."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol

from workbench.spec.catalogue import Declared
from workbench.spec.column import Column, Kind

if TYPE_CHECKING:
    from torch import Tensor, device
    from torchmetrics import Metric

    from workbench.training.distributed.ranks import Ranks


Answers = Literal["outputs", "outputs.sigmoid()", "outputs.softmax(dim=1)", "outputs.argmax(dim=1)"]
"""How a head's outputs are transformed before they are measured."""

ANSWERS: dict[Answers, Callable[[Tensor], Tensor]] = {
    "outputs": lambda outputs: outputs,
    "outputs.sigmoid()": lambda outputs: outputs.sigmoid(),
    "outputs.softmax(dim=1)": lambda outputs: outputs.softmax(dim=1),
    "outputs.argmax(dim=1)": lambda outputs: outputs.argmax(dim=1),
}


class Written(NamedTuple):
    """A measure as Python code for an exported script: lines before a pass, lines for each batch, and an expression for
    each value by its name.

    With several heads, the variables begin with ``own``.
    """

    begin: tuple[str, ...]
    update: tuple[str, ...]
    results: dict[str, str]
    imports: tuple[str, ...] = ()


class Meter(Protocol):
    """A measure being computed over one pass."""

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """Add a batch, which may be empty; nothing is read back from the device.

        ``outputs`` and ``targets`` have the shapes that a ``Loss`` is called with.
        """

    def result(self, ranks: Ranks) -> dict[str, float]:
        """Return the measure's values over all ``ranks``, by the last part of their names, such as ``top1``."""

    def written(self, own: str, outputs: str, targets: str, num_examples: str) -> Written:
        """Return the same as code for an exported script, given the names of its variables."""


class Metered:
    """A torchmetrics metric created with these settings; it synchronises the ranks itself. Some wait for a GPU in
    ``add``: they count by ``torch.bincount``, or copy a number to it.
    """

    def __init__(self, name: str, kind: type[Metric], where: device, answers: Answers, **settings: Any) -> None:
        self.name = name
        self.kind = kind
        self.settings = settings
        self.answers: Answers = answers
        self.metric = kind(**settings).to(where)

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        # An empty batch tells metrics that keep lists their dtype; those that keep sums may reject it.
        if len(targets) or any(isinstance(state, list) for state in self.metric.metric_state.values()):
            self.metric.update(ANSWERS[self.answers](outputs), targets)

    def result(self, ranks: Ranks) -> dict[str, float]:  # torchmetrics gets them from torch.distributed
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
    """The kinds of columns it supports."""

    embeds: ClassVar[bool] = False
    """Whether it measures embeddings, as ``Loss.embeds``."""

    titles: ClassVar[dict[str, str]]
    """The names of its values for users, by the last part of the metric's name; ``{}`` stands for a number at its end.
    """

    is_share: ClassVar[bool] = True
    """Whether it ranges from 0 to 1 and is shown in percent."""

    is_error: ClassVar[bool] = False
    """Whether less is better."""

    unit: ClassVar[str] = ""

    @property
    def first(self) -> str:
        """The last part of the name of its first value."""
        return next(iter(self.titles))

    def meter(self, column: Column, where: device) -> Meter:
        """Return a new meter for outputs that predict this column. Outputs and targets are those of a loss."""
        raise NotImplementedError

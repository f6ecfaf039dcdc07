"""Which of the weights fit, tensor by tensor, as text. No Qt."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

import msgspec

from workbench.compiler.weights_report import WeightsReport
from workbench.gui.job.presenter import JobPresenter
from workbench.layers.base import describe
from workbench.session.child_job import JobState
from workbench.session.exchange.weights import TORCHVISION
from workbench.spec.record import Record

Verdict = Literal["shape", "missing", "unexpected", "order", "name"]

VERDICTS: dict[Verdict, str] = {
    "shape": "shape differs: initialised",
    "missing": "not in the file: initialised",
    "unexpected": "not in the network",
    "order": "matches, by order",
    "name": "matches",
}
TAKEN: tuple[Verdict, ...] = ("name", "order")
COLUMNS = ("Result", "In the network", "Shape", "In the file", "Shape in file")


class Row(Record):
    """A tensor of the network, of the file, or both."""

    verdict: Verdict
    name: str = ""
    wanted: str = ""
    source: str = ""
    given: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the row, by column."""
        return VERDICTS[self.verdict], self.name, self.wanted, self.source, self.given


class WeightsPresenter(JobPresenter):
    """Follows the job that matches weights with the network."""

    begins = "Starting…"
    cancelled = "Cancelled; nothing was loaded."

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()
        """All tensors of both sides; those that do not fit come first."""

    def begin(self) -> None:
        super().begin()
        self.rows = ()

    def forget(self) -> None:
        """Discard the results, because another file was named."""
        self.begin()
        self.phase = "ready"

    def take(self, state: JobState) -> None:
        super().take(state)
        if self.report is not None:
            fields = {name: self.report[name] for name in WeightsReport.__struct_fields__}
            self.rows = tuple(_rows(msgspec.convert(fields, WeightsReport)))

    @property
    def sentence(self) -> str:
        return f"{self.report['sentence']}." if self.report is not None else super().sentence

    def shown(self, words: str, *, misfits_alone: bool) -> tuple[bool, ...]:
        """Return which rows contain all the words, without the matching ones if ``misfits_alone``."""
        wanted = words.casefold().split()
        return tuple(
            all(word in " ".join(row.cells).casefold() for word in wanted)
            and not (misfits_alone and row.verdict in TAKEN)
            for row in self.rows
        )


def as_text(rows: Sequence[Row]) -> str:
    """Return the table as text for a spreadsheet: tab-separated."""
    return "".join("\t".join(cells) + "\n" for cells in (COLUMNS, *(row.cells for row in rows)))


def pretrained_of(name: str, names: Collection[str]) -> str:
    """Return torchvision's model of the same name as a network (``ResNet-18``: ``torchvision:resnet18``), or ""."""
    wanted = _plain(name)
    models = (known for known in names if known.startswith(TORCHVISION))
    return next((model for model in models if _plain(model.removeprefix(TORCHVISION)) == wanted), "")


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _rows(report: WeightsReport) -> Iterator[Row]:
    for misfit in report.misfits:
        wanted, given = describe(misfit.wanted), describe(misfit.given)
        yield Row(verdict="shape", name=misfit.name, wanted=wanted, source=misfit.source, given=given)
    for one in report.missing:
        yield Row(verdict="missing", name=one.name, wanted=describe(one.shape))
    for one in report.unexpected:
        yield Row(verdict="unexpected", source=one.name, given=describe(one.shape))
    for match in report.matches:
        verdict: Verdict = "order" if match.how == "order" else "name"
        shape = describe(match.shape)
        yield Row(verdict=verdict, name=match.name, wanted=shape, source=match.source, given=shape)

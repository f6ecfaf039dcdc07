"""What of somebody's weights fits, tensor by tensor, in words. No Qt."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

import msgspec

from workbench.compiler.weights_report import WeightsReport, shape_words
from workbench.gui.job.presenter import JobPresenter
from workbench.session.weights import TORCHVISION
from workbench.spec.record import Record

Verdict = Literal["shape", "missing", "unexpected", "order", "name"]

VERDICTS: dict[Verdict, str] = {
    "shape": "shape differs: initialised",
    "missing": "not in the file: initialised",
    "unexpected": "not in the network",
    "order": "loaded, by order",
    "name": "taken",
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
        """Its words, by column."""
        return VERDICTS[self.verdict], self.name, self.wanted, self.source, self.given


class WeightsPresenter(JobPresenter):
    """Follows the job that matches."""

    begins = "Starting…"
    cancelled = "Cancelled; nothing was loaded."

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[Row, ...] = ()
        """All tensors of both sides, first those that do not fit."""

    def forget(self) -> None:
        """Another file is named: what was found of the one before no longer counts."""
        self.phase, self._state, self.rows = "ready", None, ()

    def read_report(self) -> None:
        """Take the rows from the report, once there is one."""
        assert self.report is not None
        fields = {name: self.report[name] for name in WeightsReport.__struct_fields__}
        self.rows = tuple(_rows(msgspec.convert(fields, WeightsReport)))

    @property
    def sentence(self) -> str:
        """Where it is, in one sentence."""
        return f"{self.report['sentence']}." if self.report is not None else super().sentence

    def shown(self, words: str, *, misfits_alone: bool) -> tuple[bool, ...]:
        """Which rows hold all the words, and are not of those taken where these are not wanted."""
        wanted = words.casefold().split()
        return tuple(
            all(word in " ".join(row.cells).casefold() for word in wanted)
            and not (misfits_alone and row.verdict in TAKEN)
            for row in self.rows
        )


def as_text(rows: Sequence[Row]) -> str:
    """The table as a spreadsheet takes it: tabs between columns."""
    return "".join("\t".join(cells) + "\n" for cells in (COLUMNS, *(row.cells for row in rows)))


def pretrained_of(name: str, names: Collection[str]) -> str:
    """The model of torchvision's that a network is called after (``ResNet-18``: ``torchvision:resnet18``); empty for none."""
    wanted = _plain(name)
    models = (known for known in names if known.startswith(TORCHVISION))
    return next((model for model in models if _plain(model.removeprefix(TORCHVISION)) == wanted), "")


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _rows(report: WeightsReport) -> Iterator[Row]:
    for misfit in report.misfits:
        wanted, given = shape_words(misfit.wanted), shape_words(misfit.given)
        yield Row(verdict="shape", name=misfit.name, wanted=wanted, source=misfit.source, given=given)
    for one in report.missing:
        yield Row(verdict="missing", name=one.name, wanted=shape_words(one.shape))
    for one in report.unexpected:
        yield Row(verdict="unexpected", source=one.name, given=shape_words(one.shape))
    for match in report.matches:
        verdict: Verdict = "order" if match.how == "order" else "name"
        shape = shape_words(match.shape)
        yield Row(verdict=verdict, name=match.name, wanted=shape, source=match.source, given=shape)

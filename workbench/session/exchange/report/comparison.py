"""Several runs beside each other: what differs between them, what they reach, and their curves in one chart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.session.editing.comparing import macs_of
from workbench.session.exchange.report.charts import Chart, Line, chart
from workbench.session.exchange.report.facts import Table
from workbench.spec.record import Record
from workbench.training.results.costs import costs_in_words, costs_of
from workbench.training.results.measured import TESTED, called, firsts, title_of
from workbench.training.results.repeats import grouped, names_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.runs.store import SavedRun
    from workbench.training.results.repeats import Group


class Comparison(Record):
    """The table of groups, each of one run or of the repeats of one experiment, and the charts of all runs."""

    table: Table
    charts: tuple[Chart, ...]
    has_repeats: bool


def compared(runs: Sequence[SavedRun], *, log_loss: bool = False) -> Comparison:
    """Compare runs, given oldest first; ``log_loss`` draws the loss on a logarithmic scale."""
    settings, groups = grouped(runs)
    macs = macs_of(runs)
    results = ("validation, last epoch", f"test ({TESTED})")
    heading = ("runs", *settings, "epochs", *results, "parameters", "MACs", "training time")
    costs = {run.folder: costs_of(run, macs[run.folder]) for run in runs}
    rows = [
        (
            group.name(),
            *group.settings,
            group.epochs(),
            *(_reached(group, split) for split in ("val", "test")),
            *costs_in_words(group, costs, unknown="–"),
        )
        for group in groups
    ]
    brief = names_of(settings, groups)
    names = dict.fromkeys(("loss", *(name.partition("/")[2] for run in runs for name in firsts(run.metrics, "val"))))
    charts = (
        chart(
            f"{called(f'val/{name}')} on validation",
            [*_lines(groups, brief, f"val/{name}")],
            is_share=title_of(name).is_share,
            is_log=log_loss and name == "loss",
        )
        for name in names
    )
    return Comparison(
        table=Table(heading=heading, rows=tuple(rows), num_words=1 + len(settings)),
        charts=tuple(each for each in charts if each is not None),
        has_repeats=any(group.num_repeats > 1 for group in groups),
    )


def _reached(group: Group, split: str) -> str:
    return ", ".join(" ".join(pair) for pair in group.headlines("val" if split == "val" else "test")) or "–"


def _lines(groups: Sequence[Group], names: Sequence[str], metric: str) -> Iterator[Line]:
    """Yield a line for each run, in the colour of its group, which the legend names once with its number of runs."""
    for number, group in enumerate(groups):
        of_several = f" ({group.count()})" if len(group.runs) > 1 else ""
        for place, run in enumerate(group.runs):
            x, y = np.array(run.by_epoch(metric), np.float64).reshape(-1, 2).T
            yield Line(name=names[number] + of_several if place == 0 else "", x=x, y=y, colour=number)

"""Reads runs and writes their report: what is missing is said in it, and the rest is there."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.data.progress import Progress, silent
from workbench.durable import write_text
from workbench.runs.changes import read_changes
from workbench.runs.store import open_run
from workbench.spec.problems import SpecError, first_line
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.runs.store import SavedRun
    from workbench.session.exchange.report.answers import Answers
    from workbench.session.exchange.report.page import Section


class WrittenReport(Record):
    """A report that was written, its size, and what is missing in it."""

    file: str
    runs: int
    size_bytes: int
    missing: tuple[str, ...] = ()


def write_report(
    folders: Sequence[Path], file: Path, progress: Progress = silent, *, log_loss: bool = False
) -> WrittenReport:
    """Write the report of these runs, each once, oldest first; ``log_loss`` draws the loss on a logarithmic scale.
    Raises SpecError if none can be read, or the disk refuses.
    """
    from workbench.session.exchange.report.comparison import compared
    from workbench.session.exchange.report.page import page

    progress("Reading the runs", 0, 1)
    runs, unread = _opened(list(dict.fromkeys(folders)))
    if not runs:
        raise SpecError(unread[0])
    sections = [_section(run, progress, log_loss) for run in runs]
    comparison = compared(runs, log_loss=log_loss) if len(runs) > 1 else None
    progress("Writing the report", 0, 1)
    made = time.strftime("%Y-%m-%d, %H:%M")
    text = page(runs, sections, comparison, unread, made)
    write_text(file, text)
    missing = (*unread, *(words for section in sections for words in section.missing))
    return WrittenReport(file=str(file), runs=len(runs), size_bytes=len(text.encode()), missing=missing)


def _opened(folders: Sequence[Path]) -> tuple[list[SavedRun], list[str]]:
    """Return the runs that can be read, oldest first, and why the others cannot."""
    runs, unread = [], []
    for folder in folders:
        try:
            runs.append(open_run(folder))
        except SpecError as error:
            unread.append(str(error))
    return sorted(runs, key=lambda run: (run.began_s, run.folder.name)), unread


def _section(run: SavedRun, progress: Progress, log_loss: bool) -> Section:
    from workbench.session.exchange.report.page import section

    def told(what: str, done: int, total: int) -> None:
        progress(f"{run.folder.name}: {what[:1].lower()}{what[1:]}", done, total)

    answers, missing = _answers(run, told)
    return section(run, read_changes(run.folder), answers, missing, log_loss=log_loss)


def _answers(run: SavedRun, progress: Progress) -> tuple[Answers | None, tuple[str, ...]]:
    """Return what the checkpoint answers, or why that cannot be had."""
    from workbench.session.exchange.report.answers import answers_of

    try:
        return answers_of(run, progress), ()
    except SpecError as error:
        return None, (f"The network could not be asked for its mistakes: {first_line(error, 'no reason given')}",)

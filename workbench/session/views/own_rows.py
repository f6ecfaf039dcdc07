"""Rows of a table, or series, of the user's own, and what a network for these answers for them."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from workbench.data.tables.cells import Columns, Missing
from workbench.session.views.attention import OnePicture
from workbench.session.views.predictions import heads_asked, values_of
from workbench.session.views.why import MOST_FILES, WhyQuestion, find_value, why_seen
from workbench.spec.column import Column
from workbench.spec.problems import SpecError
from workbench.spec.words import first_few, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.session.views.network import Network
    from workbench.session.views.predictions import Answer, Head
    from workbench.session.views.why import Method, WhySeen

AT_ONCE = 4096
"""The rows that a network is asked about before it can be interrupted."""

PROBLEM = "problem"
"""The heading of what is wrong with a row."""

MOST_NAMED = 5
"""Of the columns that a table lacks."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RowAnswers:
    """What a network answers after ``step`` for the rows of a ``table``: float32 [N, width] of each of the ``heads``.

    Series are ``called`` so, and the table has the values beside them. ``inputs``, float32 [N, D] or [N, T, D], is what
    it was shown. ``problems`` says of a row by its index why it has no answer; its
    values are NaN. ``problem`` says why none has.
    """

    step: int
    called: str = "row"
    table: Columns = field(default_factory=lambda: Columns([]))
    inputs: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    heads: tuple[Head, ...] = ()
    values: tuple[NDArray[np.float32], ...] = ()
    problems: Mapping[int, str] = field(default_factory=dict)
    problem: str = ""

    def __len__(self) -> int:
        return self.table.num_rows

    def answers(self, row: int) -> tuple[Answer, ...]:
        """Return the answers of all heads for a row that has no problem."""
        return tuple(head.answer(values[row]) for head, values in zip(self.heads, self.values, strict=True))

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings of the answers, then of problems if there are any."""
        is_only = len(self.heads) == 1
        named = (heading for head in self.heads for heading in _headings(head, is_only=is_only))
        return (*named, *[PROBLEM] * bool(self.problems))

    def cells(self, rows: Sequence[int]) -> list[list[str]]:
        """Return the answers for some rows as texts, a column for each of the ``headings``."""
        columns = [
            column
            for head, values in zip(self.heads, self.values, strict=True)
            for column in _texts(head, values[np.asarray(rows, np.int64)])
        ]
        if self.problems:
            problems = [self.problems.get(row, "") for row in rows]
            columns = [
                ["" if problem else text for text, problem in zip(column, problems, strict=True)] for column in columns
            ]
            columns.append(problems)
        return columns

    def own_cells(self, rows: Iterable[int], name: str) -> list[str]:
        """Return cells of a column of the file as texts."""
        cells = self.table[name]
        return [_text(cells[row]) for row in rows]

    def as_csv(self) -> bytes:
        """Return all rows of the file with their answers as a CSV file, in place of earlier ones that were saved so."""
        names = _without_answers(list(self.table.names), self.headings)
        text, rows = io.StringIO(newline=""), range(len(self))
        writer = csv.writer(text)
        writer.writerow([*names, *_told_apart(self.headings, names)])
        own = (map(_text, self.table[name]) for name in names)
        writer.writerows(zip(*own, *self.cells(rows), strict=True))
        return text.getvalue().encode()


def _headings(head: Head, *, is_only: bool) -> Iterator[str]:
    column = head.column
    name = column.name if is_only else head.title
    if column.kind == "class":
        yield from (f"predicted {name}", "confidence" if is_only else f"confidence of {name}")
    elif column.names or head.width == 1:
        yield f"predicted {name}"
    else:
        yield from (f"predicted {name} {place}" for place in range(1, head.width + 1))


def _told_apart(headings: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return headings of answers that differ from the ``names`` of a file's own columns."""
    return [f"{heading} (network)" if heading in names else heading for heading in headings]


def _without_answers(names: list[str], headings: Sequence[str]) -> list[str]:
    """Return the names of a file's own columns: without the answers that were saved beside each other with them."""
    answers = [*(heading for heading in headings if heading != PROBLEM), PROBLEM]
    for begin in range(len(names)):
        for end in (begin + len(answers), begin + len(answers) - 1):
            own = [*names[:begin], *names[end:]]
            if names[begin:end] == _told_apart(answers[: end - begin], own):
                return own
    return names


def _texts(head: Head, values: NDArray[np.float32]) -> list[list[str]]:
    """Return a head's answers by their values, float32 [n, width], as texts [n] below each of its headings."""
    column = head.column
    if not column.names:
        return [[f"{number:.7g}" for number in numbers] for numbers in values.T.tolist()]
    if column.kind == "labels":
        return [["; ".join(choice.name for choice in head.answer(each).given) for each in values]]
    names = [column.names[place] for place in values.argmax(axis=1).tolist()]
    return [names, [f"{confidence:.4f}" for confidence in values.max(axis=1).tolist()]]


def _text(cell: object) -> str:
    if isinstance(cell, list):
        return "; ".join(map(str, cell))
    return "" if cell is None else cell.word if isinstance(cell, Missing) else str(cell)


class OwnRows:
    """A CSV, TSV, JSON-lines or Parquet file, or one of series (NPZ), which is read once; a network is asked about its
    rows again and again.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._read: tuple[Columns, NDArray[np.float32], dict[int, str]] | None = None
        """The table; what the network is shown, float32 [N, ...]; and why it is not shown some rows."""

    def answer(self, network: Network, progress: Progress) -> RowAnswers:
        """Return a network's answers, always of networks with the same input. ``progress`` may cancel.

        Raises SpecError if the network is not for rows, or answers with nothing that can be said; DataError if the file
        cannot be read or lacks a column.
        """
        from workbench.session.views.own_series import read_series

        if problem := why_no_rows(network):
            raise SpecError(problem)
        progress("Reading the table", 0, 1)
        if self._read is None and network.dataset.thing == "series":
            self._read = read_series(self.file, network.dataset)
        elif self._read is None:
            self._read = _read_rows(self.file, network.dataset, progress)
        table, inputs, problems = self._read
        heads = heads_asked(network.plan)
        sound = np.setdiff1d(np.arange(table.num_rows), list(problems))
        values = [np.full((table.num_rows, head.width), np.nan, np.float32) for head in heads]
        for begin in range(0, len(sound), AT_ONCE):
            progress("Asking about rows", begin, len(sound))
            some = sound[begin : begin + AT_ONCE]
            answers = values_of(network.module, network.plan, network.dataset, inputs[some])
            for whole, part in zip(values, answers, strict=True):
                whole[some] = part
        return RowAnswers(
            step=network.step,
            called="series" if network.dataset.thing == "series" else "row",
            table=table,
            inputs=inputs,
            heads=heads,
            values=tuple(values),
            problems=problems,
        )


def _read_rows(file: Path, dataset: Dataset, progress: Progress) -> tuple[Columns, NDArray[np.float32], dict[int, str]]:
    """Return a table of rows, their numbers, float32 [N, D], and what is wrong with some of them."""
    from workbench.data.tables.numbers import numbers_of
    from workbench.data.tables.rows import read_rows

    read = read_rows(file, progress)
    table = read.columns.copy()  # whose cells become plain numbers, while those of the file stay as they are
    found = numbers_of(_columns_in(table, dataset, file), table)
    return read.columns, found.inputs, {row: reason for row, (_, reason) in found.faults.items()} | read.faults


def why_no_rows(network: Network) -> str:
    """Return in a sentence why a network cannot be asked about rows; empty if it can."""
    if network.dataset.thing == "picture":
        return "this network was trained on pictures, not on rows of numbers: Run → Try your own pictures asks it about those"
    if not heads_asked(network.plan):
        return "no output of this network answers with classes, labels or numbers"
    return ""


def _columns_in(table: Columns, dataset: Dataset, file: Path) -> Sequence[Column]:
    """Return the columns of the input. Where their numbers have no names, they are the table's columns of numbers."""
    from workbench.data.tables.columns import with_plain_numbers

    for columns in (dataset.feature_columns, tuple(map(_number, dataset.features))):
        if columns and {column.name for column in columns}.issubset(table.names):
            break
    else:
        columns = _unnamed(table, dataset, file)
    for column in columns:
        if not column.names:
            table[column.name] = with_plain_numbers(column.name, table[column.name])
    return columns


def _unnamed(table: Columns, dataset: Dataset, file: Path) -> tuple[Column, ...]:
    """Return the columns of numbers if there are as many as the input takes, and it has no names for them."""
    from workbench.data.source import DataError, shown
    from workbench.data.tables.numbers import holds_numbers

    missing = [column.name for column in dataset.feature_columns if column.name not in table.names]
    if any(not column.shape for column in dataset.feature_columns):
        raise DataError(
            f"{shown(file)}: it lacks what the network was trained on ({', '.join(first_few(missing, MOST_NAMED))}); its columns "
            f"are {', '.join(first_few(table.names, MOST_NAMED))}"
        )
    numbers = tuple(_number(name) for name in table.names if holds_numbers(table[name]))
    wanted = dataset.train.inputs.shape[1]
    if len(numbers) != wanted:
        raise DataError(
            f"{shown(file)}: it has {plural(len(numbers), 'column')} of numbers, and the network takes {wanted}: leave out the others"
        )
    return numbers


def _number(name: str) -> Column:
    return Column(name=name, kind="number")


def reasons_for_rows(
    network: Network, found: RowAnswers, method: Method, name: str | None, progress: Progress
) -> list[tuple[int, WhySeen]]:
    """Return for each row that has answers its index, and why the network answers ``name``, by default the likeliest.

    Raises SpecError if none of its outputs has that name, if there are too many rows, or the method is not for rows.
    """
    head, place = find_value(found.heads, name)
    rows = [row for row in range(len(found)) if row not in found.problems]
    if len(rows) > MOST_FILES:
        raise SpecError(f"these are {len(rows):,} rows, and at most {MOST_FILES} are explained at a time: name fewer")
    answers = []
    for row in rows:
        one = OnePicture(name=f"row {row + 1}", read=partial(found.inputs.__getitem__, row))
        question = WhyQuestion(picture=one, method=method, head=found.heads[head].title, place=place)
        seen = why_seen(network, question, progress)
        if seen.problem:
            raise SpecError(seen.problem)
        answers.append((row, seen))
    return answers

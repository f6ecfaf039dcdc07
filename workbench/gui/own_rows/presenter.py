"""Rows of the user's own as shown: the newest answers, a line for each row, and when to ask again. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from workbench.gui.runtime.refresh import Refresh
from workbench.session.views.attention import OnePicture
from workbench.session.views.own_rows import OwnRows
from workbench.spec.words import isolated, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from workbench.events import AnyEvent
    from workbench.session.views.own_rows import RowAnswers

NO_NETWORK = (
    "No network to ask yet",
    "Draw, open or import a network for rows of numbers or series, then choose a file of them to see what it answers for each.",
)
INVITATION = (
    "Drop a table here",
    "Or choose a CSV, TSV, JSON-lines or Parquet file. Its columns are called as those of the data that the network was trained "
    "on; each row gets the network's answers, which you can save with it. Series are read from an .npz file.",
)


@dataclass(frozen=True, kw_only=True, eq=False)
class AnswerTexts:
    """The texts of rows: the answers, then the cells of the file."""

    answer: RowAnswers

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings: of the answers, then of the file's columns."""
        return (*self.answer.headings, *self.answer.table.names)

    def name(self, row: int) -> str:
        """Return a row's number in the file."""
        return str(row + 1)

    def cell(self, row: int, place: int) -> str:
        """Return a row's text below the heading at ``place``."""
        answers = self.answer.cells([row])
        if place < len(answers):
            return answers[place][0]
        (text,) = self.answer.own_cells([row], self.answer.table.names[place - len(answers)])
        return text

    def lines(self, rows: Iterable[int]) -> Iterator[list[str]]:
        """Yield the headings and all cells of these rows. Of many this takes seconds: run it in the background."""
        yield list(self.headings)
        rows, answer = list(rows), self.answer
        own = (answer.own_cells(rows, name) for name in answer.table.names)
        yield from map(list, zip(*answer.cells(rows), *own, strict=True))


class OwnRowsPresenter:
    """The table, the newest answers, and when to ask again."""

    def __init__(self) -> None:
        self.path: Path | None = None
        """The chosen file."""
        self.begin()

    def begin(self, weights: str = "") -> None:
        """Start on another network, with the same table. ``weights`` says what it has if not those after a step."""
        self._weights = weights
        self._refresh = Refresh()
        self.read_again()

    def choose(self, path: Path) -> None:
        """Ask about the rows of this file."""
        self.path = path
        self.read_again()

    def read_again(self) -> None:
        """Read the file again, dropping earlier answers."""
        self.rows = None if self.path is None else OwnRows(self.path)
        self.answer: RowAnswers | None = None
        self._is_due = True
        self._first: int | None = None
        """The number of the first request about these rows."""

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the run's next events: the network is asked again after each epoch, at a pause and at the end."""
        self._is_due |= self._refresh.is_due(events, state)

    def take_question(self) -> OwnRows | None:
        """Return the rows that the network is to be asked about now; None if there is nothing to ask."""
        is_due, self._is_due = self._is_due, False
        return self.rows if is_due else None

    def asked(self, number: int) -> None:
        """Take the number of a request."""
        self._first = number if self._first is None else self._first

    def take_answer(self, number: int, answer: RowAnswers) -> bool:
        """Take an answer, and return whether it is one about these rows, rather than a file that was chosen before."""
        is_ours = self._first is not None and number >= self._first
        if is_ours:
            self.answer = answer
        return is_ours

    # What is shown

    @property
    def has_rows(self) -> bool:
        return self.answer is not None and len(self.answer) > 0

    @property
    def row_texts(self) -> AnswerTexts:
        """The texts of the rows as they are now; they stay the same when other answers follow."""
        assert self.answer is not None
        return AnswerTexts(answer=self.answer)

    def is_out(self, row: int) -> bool:
        """Whether a row is struck through: none is."""
        return False

    def can_explain(self, row: int | None) -> bool:
        """Whether it can be asked why the network answers so for a row."""
        answer = self.answer
        return row is not None and answer is not None and row not in answer.problems and answer.called == "row"

    def one(self, row: int) -> OnePicture:
        """Return a row, for a window that asks the network about it."""
        assert self.answer is not None
        return OnePicture(name=f"row {row + 1:,}", read=partial(self.answer.inputs.__getitem__, row))

    @property
    def words(self) -> str:
        """What is shown, in one line."""
        answer = self.answer
        if answer is None or self.path is None or not len(answer):
            return ""
        weights = self._weights or f"step {answer.step:,}"
        return f"{isolated(self.path.name)} · {plural(len(answer), answer.called)} · {weights}"

    @property
    def note(self) -> str:
        """What does not work: of some rows, or of all that were answered before."""
        answer = self.answer
        if answer is None or answer.problem or not answer.problems:
            return "" if answer is None else answer.problem
        first = min(answer.problems)
        count = plural(len(answer.problems), answer.called)
        return f"{count} cannot be used; the first is {answer.called} {first + 1:,}: {answer.problems[first]}"

    def empty_words(self, why_not: str, *, has_network: bool) -> tuple[str, str]:
        """Return a heading and a sentence in place of rows; ``why_not`` says why the network cannot be asked."""
        if not has_network:
            return NO_NETWORK
        if why_not:
            return "No answers from this network", why_not
        if self.path is None:
            return INVITATION
        if self.answer is not None:
            return "No answers", self.answer.problem
        return "Asking the network…", "Its answers appear here once its data is ready and the table is read."

"""A user's pictures or numbers with any labels: a table with one row for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta

from workbench.data.progress import Progress, listener
from workbench.data.source import FEW, DataError, DataSource, GroupColumn, Loaded, SourceFacts, Types, shown
from workbench.spec.record import Record

if TYPE_CHECKING:
    from collections.abc import Collection

    from workbench.data.tables.table import Table


class TableFile(DataSource):
    """Your own pictures or numbers with any labels: a CSV, JSON-lines or Parquet file with one row for each example.

    One column holds the pictures' paths, from the file's folder on, or in Parquet the pictures themselves. Every other
    is a class, a number, labels (``red; round``), a picture, a mask, or the path of one: guessed from what it holds,
    unless it is said. If no column holds pictures, the columns of numbers are the input, except what is predicted. Rows
    that do not hold what they should are listed and left out.
    """

    shown_as = "Table"
    id = "table"
    is_own = True

    file: Annotated[str, Meta(description="CSV, TSV, JSON-lines or Parquet file", extra={"start": "", "path": True})]
    types: Types = ()
    picture: Annotated[
        str,
        Meta(
            description="column with the pictures or their paths; empty: the first suitable one",
            extra={"elsewhere": True},
        ),
    ] = ""
    split: Annotated[
        str,
        Meta(description="column with train, val or test; empty: the one called split", extra={"elsewhere": True}),
    ] = ""
    group: GroupColumn = ""
    test_share: Annotated[
        float, Meta(ge=0, le=0.9, description="fraction held out for testing if no column assigns splits")
    ] = 0.2

    def facts(self) -> SourceFacts:
        found: SourceFacts = asker(Question(table=self, about="facts"), listener())
        return found

    def load_for(self, used: Collection[str] | None, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        return self._loaded("load", used, wanted, progress)

    def glance(self, used: Collection[str] | None, wanted: tuple[int, ...]) -> Loaded:
        return self._loaded("glance", used, wanted, listener())

    def _loaded(
        self,
        about: Literal["glance", "load"],
        used: Collection[str] | None,
        wanted: tuple[int, ...],
        progress: Progress,
    ) -> Loaded:
        used = None if used is None else tuple(used)
        found: Loaded = asker(Question(table=self, about=about, used=used, shape=wanted), progress)
        return found


class Question(Record):
    """What somebody wants to know of a table: what its method of the name ``about`` tells, of these arguments."""

    table: TableFile
    about: Literal["facts", "glance", "load"]
    used: tuple[str, ...] | None = None
    shape: tuple[int, ...] = ()


def answer(question: Question, progress: Progress) -> SourceFacts | Loaded:
    """Return ``SourceFacts``, else ``Loaded``. Raises DataError, and Cancelled from ``progress``."""
    from workbench.data.tables.reading import glance_at_numbers, glance_at_table, load_table

    progress("Reading the table", 0, 1)
    table, used, test_share = _read(question.table, progress), question.used, question.table.test_share
    if question.about == "facts":
        return _facts(table, test_share)
    if question.about == "load":
        return load_table(table, question.shape, used=used, test_share=test_share, progress=progress)
    if table.layout.features:
        return glance_at_numbers(table, used=used, test_share=test_share, progress=progress)
    return glance_at_table(table, question.shape, FEW, used=used, progress=progress)


asker: Callable[[Question, Progress], Any] = answer
"""Answers all questions; the window has another one, which asks a child process."""


def _read(source: TableFile, progress: Progress) -> Table:
    from workbench.data.tables.opening import TableRequest, open_table
    from workbench.data.tables.shards import shards_of
    from workbench.data.tables.table import read_once

    if not source.file:
        raise DataError("no file chosen: choose a CSV, JSON-lines or Parquet file with one row per example")
    wanted = TableRequest(
        path=Path(source.file).expanduser(),
        types=source.types,
        picture=source.picture,
        split=source.split,
        group=source.group,
    )
    return read_once([shard.path for shard in shards_of(wanted.path)], lambda: open_table(wanted, progress), wanted)


def _facts(table: Table, test_share: float) -> SourceFacts:
    from workbench.data.tables.shards import files_words

    features = table.layout.features
    counts = table.count()
    return SourceFacts(
        title=shown(Path(table.path.name)),
        licence="your own numbers" if features else "your own pictures",
        columns=table.layout.columns,
        taken_for=table.layout.taken_for,
        in_colour=table.is_in_colour,
        num_features=sum(column.answer[0] for column in features) or None,
        feature_columns=features,
        num_train=counts["train"] + counts["val"],
        num_val=counts["val"],
        num_test=counts["test"],
        test_share=0.0 if counts["test"] else test_share,
        moments=table.moments,
        files=files_words(table.files),
    )

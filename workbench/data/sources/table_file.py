"""A user's pictures or numbers with any labels: a table with one row for each."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from workbench.data.progress import Progress, silent
from workbench.data.source import FEW, DataError, DataSource, GroupColumn, Loaded, SourceFacts, Types, shown

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
        from workbench.data.tables.numbers import names_of_features
        from workbench.data.tables.shards import files_words

        table = self._table()
        features = names_of_features(table.layout.features)
        counts = table.count()
        return SourceFacts(
            title=shown(Path(table.path.name)),
            licence="your own numbers" if features else "your own pictures",
            columns=table.layout.columns,
            taken_for=table.layout.taken_for,
            in_colour=table.is_in_colour,
            num_features=len(features) or None,
            features=features,
            num_train=counts["train"] + counts["val"],
            num_test=counts["test"],
            test_share=0.0 if counts["test"] else self.test_share,
            files=files_words(table.files),
        )

    def load_for(self, used: Collection[str] | None, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        from workbench.data.tables.reading import load_table

        progress("Reading the table", 0, 1)
        return load_table(self._table(), wanted, used=used, test_share=self.test_share, progress=progress)

    def glance(self, used: Collection[str] | None, wanted: tuple[int, ...]) -> Loaded:
        from workbench.data.tables.reading import glance_at_table, load_table

        table = self._table()
        if table.layout.features:
            return load_table(table, wanted, used=used, test_share=self.test_share, progress=silent)
        return glance_at_table(table, wanted, FEW, used=used)

    def _table(self) -> Table:
        from workbench.data.tables import opening
        from workbench.data.tables.shards import shards_of
        from workbench.data.tables.table import read_once

        if not self.file:
            raise DataError("no file chosen: choose a CSV, JSON-lines or Parquet file with one row per example")
        wanted = opening.TableRequest(
            path=Path(self.file).expanduser(),
            types=self.types,
            picture=self.picture,
            split=self.split,
            group=self.group,
        )
        return read_once([shard.path for shard in shards_of(wanted.path)], lambda: opening.opener(wanted), wanted)

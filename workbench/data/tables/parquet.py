"""The rows of a Parquet file: plain values at once, embedded pictures when needed.

Hugging Face's datasets stores a picture as ``struct<bytes: binary, path: string>``, and the class names in the schema's
metadata, with their numbers in the rows; others store pictures as plain binary.
"""

import json
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any, overload

from workbench.data.decoding.pictures import BrokenPicture, is_picture
from workbench.data.progress import Progress
from workbench.data.source import DataError, shown
from workbench.data.tables.cells import PIECE, Blocks, Piece, without_blank
from workbench.spec.problems import first_line, named_twice

LOOKED_AT = 20
"""The number of cells examined to see whether bytes are pictures: sounds have the same layout."""

BATCH = 16
"""The number of rows read at a time; a row group can have any length."""

STREAM_BYTES = 2**20
"""The buffer size for reading the file; without it, a column of a row group would be read as a whole."""

KEPT_BYTES, LEAST_KEPT = 2**26, 2 * BATCH
"""The bytes of recently read rows to keep, and their minimum number: threads do not ask exactly in order."""

ROW_BYTES = 500
"""Python's overhead for a row besides its picture."""


PLAIN = (bool, int, float, str, bytes)
"""Types that other tables have, too."""


class PictureColumn:
    """A column of bytes: the pictures of many rows, by any thread. Whoever asks in the rows' order has each read once,
    and no more in memory than a batch and a page of the file beside ``KEPT_BYTES``.
    """

    def __init__(self, path: Path, name: str, group_rows: Sequence[int]) -> None:
        """group_rows: the number of rows of each row group."""
        self.path = path
        self.name = name
        self._starts = [0, *accumulate(group_rows)]
        """The first row of each row group, and the total number of rows."""
        self._batches: Iterator[Any] = iter(())
        self._next_row = self._starts[-1]
        """The first row of the next batch."""
        self._kept: dict[int, Any] = {}
        """Values by row, in the order they were read."""
        self._kept_bytes = 0
        self._faults: dict[int, tuple[int, str]] = {}
        """The first unreadable row of a row group, and why."""
        self._lock = Lock()

    @cached_property
    def holds_pictures(self) -> bool:
        """Whether one of the first cells is a picture. Where they cannot be read, that is told of each of them
        later.
        """
        from pyarrow import ArrowException

        try:
            first = next(self._read_from(0, LOOKED_AT)).to_pylist()
        except (ArrowException, OSError):
            return True
        return any(is_picture(_bytes_of(value) or b"") for value in first)

    def cell(self, row: int) -> Any:
        """Return a row's value. Raises BrokenPicture if it cannot be read."""
        with self._lock:
            while row not in self._kept:
                self._read_on(row)
            return self._kept[row]

    def _read_on(self, row: int) -> None:
        """Read the next batch on the way to a row. Raises BrokenPicture if there is none."""
        from pyarrow import ArrowException

        group = bisect(self._starts, row) - 1
        fault = self._faults.get(group)
        if fault is not None and row >= fault[0]:
            raise BrokenPicture(fault[1])
        try:
            if not self._starts[group] <= self._next_row <= row:
                self._kept, self._kept_bytes = {}, 0
                self._batches, self._next_row = self._read_from(group, BATCH), self._starts[group]
            values = next(self._batches).to_pylist()
        except (ArrowException, OSError, LookupError, ValueError, StopIteration) as error:
            why = first_line(error, "the file is shorter than it says")
            self._faults[group] = self._next_row, f"it cannot be read: {why}"
            self._batches, self._next_row = iter(()), self._starts[-1]
            raise BrokenPicture(self._faults[group][1]) from None
        for value in values:
            self._kept[self._next_row] = value
            self._kept_bytes += _size(value)
            self._next_row += 1
        while self._kept_bytes > KEPT_BYTES and len(self._kept) > LEAST_KEPT:
            self._kept_bytes -= _size(self._kept.pop(next(iter(self._kept))))

    def _read_from(self, group: int, num_rows: int) -> Iterator[Any]:
        """Yield the column's values from a row group on, ``num_rows`` at a time; the file is closed at the end."""
        from pyarrow import parquet

        with parquet.ParquetFile(self.path, buffer_size=STREAM_BYTES, pre_buffer=False) as file:
            # One group after the other: a batch with rows of two would be lost if either is damaged.
            for each in range(group, file.num_row_groups):
                for batch in file.iter_batches(num_rows, row_groups=[each], columns=[self.name]):
                    yield batch.column(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCell:
    """A picture in a cell; implements ``Encoded``."""

    column: PictureColumn
    row: int

    def __str__(self) -> str:
        return "bytes"

    @property
    def path(self) -> Path:
        """The file of the table."""
        return self.column.path

    @property
    def place(self) -> str:
        return f"{self.column.name} {self.row}"

    def data(self) -> bytes:
        """Return its bytes. Raises BrokenPicture if there are none."""
        value = self.column.cell(self.row)
        found = _bytes_of(value)
        if found is None:
            path = value and value.get("path")
            raise BrokenPicture(
                f"it names the file {path} but contains no picture: save the pictures in the table"
                if path
                else "it is empty"
            )
        return found


class PictureCells(Sequence[PictureCell]):
    """The cells of successive ``rows`` of a column; of a million, there are no million objects."""

    def __init__(self, column: PictureColumn, rows: range) -> None:
        self.column = column
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> PictureCell: ...
    @overload
    def __getitem__(self, index: slice) -> list[PictureCell]: ...
    def __getitem__(self, index: int | slice) -> PictureCell | list[PictureCell]:
        if isinstance(index, slice):
            return [PictureCell(column=self.column, row=row) for row in self.rows[index]]
        return PictureCell(column=self.column, row=self.rows[index])


ClassNames = dict[str, tuple[str, ...]]
"""The class names given by the file, by column, in its order."""


def read_parquet(path: Path, progress: Progress) -> tuple[Blocks, ClassNames]:
    """All rows; cells that hold bytes are ``PictureCell``. And the names of classes. DataError where they cannot be
    read.
    """
    try:
        from pyarrow import ArrowException
    except ImportError:
        raise DataError(
            f"{shown(path)}: reading Parquet needs pyarrow, which is not installed: run pip install pyarrow, "
            "or save the table as CSV"
        ) from None
    try:
        return _blocks(path, progress)
    except (ArrowException, OSError, UnicodeDecodeError) as error:  # the last for a damaged name
        why = first_line(error).rstrip(".")
        raise DataError(f"{shown(path)}: not a readable Parquet file: {why}: copy or save it again") from None


def _blocks(path: Path, progress: Progress) -> tuple[Blocks, ClassNames]:
    """Return the cells of each column, in the columns' order."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
        again = named_twice(schema.names)
        if again is not None:
            raise DataError(f"{shown(path)}: it has two columns {again}; rename one of them")
        group_rows = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        pictures = {
            field.name: PictureColumn(path, field.name, group_rows) for field in schema if _holds_bytes(field.type)
        }
        class_names = _class_names(schema.metadata or {})
        plain = [name for name in schema.names if name not in pictures]
        blocks, begin = [], 0
        for batch in file.iter_batches(PIECE, columns=plain):
            rows = range(begin, begin + batch.num_rows)
            progress("Reading the rows", begin, file.metadata.num_rows)
            found = {name: _plain_piece(batch.column(name), class_names.get(name)) for name in plain}
            found |= {name: Piece.over(PictureCells(column, rows)) for name, column in pictures.items()}
            blocks.append((len(rows), {name: found[name] for name in schema.names}))
            begin = rows.stop
    return blocks, class_names


def _plain_piece(values: Any, names: Sequence[str] | None) -> Piece:
    """Return cells that are no pictures: classes by their ``names``, if these are given."""
    cells = values.to_pylist()
    piece = Piece.of(without_blank(cells if names is None else [_named(cell, names) for cell in cells]))
    return piece if isinstance(piece.packed, bytes) else piece.mapped(_as_text)


def _as_text(value: Any) -> Any:
    """Return a value of a type that only Parquet has, such as a date or a decimal number, as text, also in lists."""
    if isinstance(value, list):
        return [_as_text(each) for each in value]
    if isinstance(value, dict):
        return {name: _as_text(each) for name, each in value.items()}
    return value if value is None or isinstance(value, PLAIN) else str(value)


def _holds_bytes(kind: Any) -> bool:
    """Return whether values of this type are bytes, or have them in a field of that name."""
    from pyarrow import types

    if types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind = kind.field("bytes").type
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _named(cell: Any, names: Sequence[str]) -> Any:
    """The names of classes in the place of their numbers; a number that counts none of them, as -1, says that it is
    unknown.
    """
    if isinstance(cell, list):
        return [name for each in cell if (name := _named(each, names)) is not None]
    if isinstance(cell, int):
        return names[cell] if 0 <= cell < len(names) else None
    return cell


def _class_names(metadata: dict[bytes, bytes]) -> ClassNames:
    """Return the class names that Hugging Face's datasets stored for columns of classes and of lists of classes."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        described = {name: each.get("feature", each) for name, each in features.items() if isinstance(each, dict)}
        return {
            name: tuple(map(str, each["names"]))
            for name, each in described.items()
            if isinstance(each, dict) and each.get("_type") == "ClassLabel"
        }
    except (LookupError, ValueError, TypeError, AttributeError, RecursionError):
        return {}


def _bytes_of(value: Any) -> bytes | None:
    """Return the bytes of a cell, in either layout."""
    found: bytes | None = value["bytes"] if isinstance(value, dict) else value
    return found


def _size(value: Any) -> int:
    """Return a cell's bytes in memory."""
    return len(_bytes_of(value) or b"") + ROW_BYTES

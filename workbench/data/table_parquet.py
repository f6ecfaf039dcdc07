"""The rows of a Parquet file: plain values now, pictures within when they are wanted.

Hugging Face's datasets writes a picture as ``struct<bytes: binary, path: string>``, and the names of classes, whose
numbers stand in the rows, into the schema's metadata; others write pictures as plain binary.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from workbench.data.pictures import BrokenPicture, is_picture
from workbench.data.source import DataError, shown

LOOKED_AT = 20
"""Cells that tell whether bytes are pictures: sounds are laid out alike."""

KEPT = 2
"""Row groups in memory: while one is decoded, the next is begun."""


class PictureColumn:
    """A column of bytes: the pictures of many rows, read a row group at a time, by any thread."""

    def __init__(self, path: Path, name: str, group_rows: list[int]) -> None:
        self.path = path
        self.name = name
        self._group_rows = group_rows
        self._read: dict[int, Any] = {}
        self._lock = Lock()

    def cells(self) -> Iterator["PictureCell"]:
        """One for each row."""
        row = 0
        for group, num_rows in enumerate(self._group_rows):
            for place in range(num_rows):
                yield PictureCell(column=self, row=row, group=group, row_in_group=place)
                row += 1

    @cached_property
    def holds_pictures(self) -> bool:
        """Whether one of the first cells is a picture. Where they cannot be read, that is told of each of them later."""
        from pyarrow import ArrowException, parquet

        try:
            with parquet.ParquetFile(self.path) as file:
                first = next(file.iter_batches(LOOKED_AT, columns=[self.name])).column(0).to_pylist()
        except (ArrowException, OSError):
            return True
        return any(is_picture(_bytes_of(value) or b"") for value in first)

    def cell(self, group: int, row_in_group: int) -> Any:
        """The value that stands there. BrokenPicture where it cannot be read."""
        from pyarrow import ArrowException, parquet

        with self._lock:
            if group not in self._read:
                if len(self._read) == KEPT:
                    del self._read[next(iter(self._read))]
                try:
                    with parquet.ParquetFile(self.path) as file:
                        self._read[group] = file.read_row_group(group, columns=[self.name]).column(self.name)
                except (ArrowException, OSError, LookupError) as error:
                    raise BrokenPicture(f"it cannot be read: {_first_line(error)}") from None
            return self._read[group][row_in_group].as_py()


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCell:
    """A picture in a cell; it is ``Encoded``."""

    column: PictureColumn
    row: int
    group: int
    row_in_group: int

    def __str__(self) -> str:
        return "bytes"

    @property
    def path(self) -> Path:
        """The table that it lies in."""
        return self.column.path

    @property
    def place(self) -> str:
        """Its column and row."""
        return f"{self.column.name} {self.row}"

    def data(self) -> bytes:
        """Its bytes. BrokenPicture where there are none."""
        value = self.column.cell(self.group, self.row_in_group)
        found = _bytes_of(value)
        if found is None:
            path = value and value.get("path")
            raise BrokenPicture(f"it names the file {path} and holds no picture" if path else "it is empty")
        return found


ClassNames = dict[str, tuple[str, ...]]
"""Of columns whose classes the file names, in its order."""


def read_parquet(path: Path) -> tuple[tuple[dict[str, Any], ...], ClassNames]:
    """All rows; cells that hold bytes are ``PictureCell``. And the names of classes. DataError where they cannot be read."""
    try:
        from pyarrow import ArrowException
    except ImportError:
        raise DataError(
            f"{shown(path)}: Parquet is read by pyarrow, which is not installed: pip install workbench[parquet], "
            "or save the table as CSV"
        ) from None
    try:
        columns, class_names = _columns(path)
    except (ArrowException, OSError) as error:
        raise DataError(f"{shown(path)}: this is no Parquet file that can be read: {_first_line(error)}") from None
    return tuple(dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)), class_names


def _columns(path: Path) -> tuple[dict[str, list[Any]], ClassNames]:
    """The cells of each column, in the columns' order."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as file:
        schema = file.schema_arrow
        group_rows = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
        pictures = {
            field.name: list(PictureColumn(path, field.name, group_rows).cells())
            for field in schema
            if _holds_bytes(field.type)
        }
        plain = file.read([name for name in schema.names if name not in pictures]).to_pydict()
    class_names = _class_names(schema.metadata or {})
    for name in class_names.keys() & plain.keys():
        plain[name] = [_named(cell, class_names[name]) for cell in plain[name]]
    return {name: pictures[name] if name in pictures else plain[name] for name in schema.names}, class_names


def _holds_bytes(kind: Any) -> bool:
    """Whether values of this type are bytes, or have them in a field of that name."""
    from pyarrow import types

    if types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind = kind.field("bytes").type
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _named(cell: Any, names: Sequence[str]) -> Any:
    """The names of classes in the place of their numbers; a number that counts none of them, as -1, says that it is unknown."""
    if isinstance(cell, list):
        return [name for each in cell if (name := _named(each, names)) is not None]
    if isinstance(cell, int):
        return names[cell] if 0 <= cell < len(names) else None
    return cell


def _class_names(metadata: dict[bytes, bytes]) -> ClassNames:
    """As Hugging Face's datasets describes columns of a class each, and of a list of them."""
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
    """Those of a cell, in either layout."""
    found: bytes | None = value["bytes"] if isinstance(value, dict) else value
    return found


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]

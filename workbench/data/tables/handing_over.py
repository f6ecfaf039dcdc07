"""A table, or why there is none, goes from one process to another.

It goes as plain values, of which nothing is unpickled or executed, and in small parts, so that whoever takes them never
holds Python's interpreter, and with it a window, for long.
"""

import marshal
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np

from workbench.data.source import DataError, WrongColumn
from workbench.data.tables.cells import Cells, Columns, Piece
from workbench.data.tables.opening import TableRequest
from workbench.data.tables.parquet import PictureCells, PictureColumn
from workbench.data.tables.shards import Shard
from workbench.data.tables.table import Layout, Table

LENGTH_BYTES = 8
"""Before each part comes its length."""


def hand_over(table: Table, stream: BinaryIO) -> None:
    """Write the table."""
    for part in _parts(table):
        _write(part, stream)


def refuse(error: DataError, stream: BinaryIO) -> None:
    """Write why there is no table."""
    _write(marshal.dumps((str(error), isinstance(error, WrongColumn))), stream)


def take_over(stream: BinaryIO, wanted: TableRequest) -> Table:
    """Read the table that was asked for. Raises DataError if there is none, EOFError if the stream ends before it."""
    parts = _read(stream)
    told = marshal.loads(next(parts))
    if isinstance(told, tuple):
        sentence, is_wrong_column = told
        raise WrongColumn(sentence) if is_wrong_column else DataError(sentence)
    pictures = [PictureColumn(Path(path), name, group_rows) for path, name, group_rows in told["pictures"]]
    columns = Columns([(told["num_rows"], {})])
    for name, num_pieces, has_numbers in told["columns"]:
        columns[name] = _column(parts, num_pieces, has_numbers, pictures)
    return Table(
        path=wanted.path,
        columns=columns,
        faults=told["faults"],
        firsts={
            Shard(path=Path(path), name=name, number=number, total=total): first
            for path, name, number, total, first in told["firsts"]
        },
        layout=msgspec.msgpack.decode(told["layout"], type=Layout),
    )


def _parts(table: Table) -> Iterator[bytes | memoryview]:
    """Yield the table without its cells, then each column's pieces, and the numbers of those that are the input."""
    columns = {name: table.columns[name] for name in table.columns.names}
    pieces = chain.from_iterable(cells.pieces for cells in columns.values())
    sources = (piece.packed.column for piece in pieces if isinstance(piece.packed, PictureCells))
    places = {column: place for place, column in enumerate(dict.fromkeys(sources))}
    inputs = ((each.name, columns[each.name].numbers) for each in table.layout.features)
    numbers = {name: values for name, values in inputs if values is not None}
    yield marshal.dumps(
        {
            "num_rows": table.num_rows,
            "columns": [(name, len(cells.pieces), name in numbers) for name, cells in columns.items()],
            "pictures": [(str(column.path), column.name, list(column.group_rows)) for column in places],
            "faults": table.faults,
            "firsts": [
                (str(each.path), each.name, each.number, each.total, first) for each, first in table.firsts.items()
            ],
            "layout": msgspec.msgpack.encode(table.layout),
        }
    )
    for name, cells in columns.items():
        for piece in cells.pieces:
            if isinstance(piece.packed, PictureCells):
                yield marshal.dumps((places[piece.packed.column], piece.packed.rows.start, piece.packed.rows.stop))
            else:
                yield marshal.dumps(piece.plain, 2)  # later versions look each value up in those before
        if name in numbers:
            yield numbers[name].data.cast("B")


def _column(parts: Iterator[bytes], num_pieces: int, has_numbers: bool, pictures: Sequence[PictureColumn]) -> Cells:
    cells = Cells([_piece(marshal.loads(part), pictures) for part in islice(parts, num_pieces)])
    if has_numbers:
        cells.numbers = np.frombuffer(next(parts))
    return cells


def _piece(plain: tuple[Any, Any, Any], pictures: Sequence[PictureColumn]) -> Piece:
    first, *others = plain
    if isinstance(first, int):
        return Piece.over(PictureCells(pictures[first], range(*others)))
    return Piece.from_plain(first, *others)


def _write(part: bytes | memoryview, stream: BinaryIO) -> None:
    stream.write(len(part).to_bytes(LENGTH_BYTES))
    stream.write(part)


def _read(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the parts that were written. Raises EOFError at the end of the stream."""
    while True:
        yield _exactly(int.from_bytes(_exactly(LENGTH_BYTES, stream)), stream)


def _exactly(num_bytes: int, stream: BinaryIO) -> bytes:
    data = stream.read(num_bytes)
    if len(data) < num_bytes:
        raise EOFError
    return data

"""The rows of a table file: CSV, TSV, JSON lines, Parquet; read in pieces, so that the window is never kept waiting."""

import codecs
import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any, NamedTuple

from workbench.data.decoding.pictures import SUFFIXES as PICTURE_SUFFIXES
from workbench.data.progress import Progress, silent
from workbench.data.source import DataError, shown
from workbench.data.tables.cells import MOST_CELLS, MOST_LISTED, PIECE, Cells, Columns, Missing, Piece, without_blank
from workbench.data.tables.parquet import ClassNames
from workbench.data.tables.shards import Shard, read_shards
from workbench.spec.problems import named_twice
from workbench.spec.quantities import file_size

Faults = dict[int, str]
"""What is wrong with rows as such, by their index."""

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
DELIMITERS = ",;\t|"
DECIMAL_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+(?=\s*%?$)")
"""A number such as 12,5 or 1.234,50, perhaps with a percent sign."""

DIGITS_AND_COMMAS = re.compile(r"[+-]?[\d.]*,[\d.,]*\s*%?")
"""What may be such a number, or 1,000,000, or a list such as 1,2,3."""

MISSING = frozenset(["NA", "N/A", "#N/A", "<NA>", "NaN", "nan", "NULL", "null"])
"""What R, Excel, pandas and databases write into the empty cells of text, which has no other sign for them."""

SEPARATOR_LINE = re.compile(r'"?sep=([^\w"\r\n])"?[\r\n]*', re.IGNORECASE)
"""Excel's own first line, which names the separator."""

MOST_CHARACTERS = 4_000_000
"""The maximum number of characters in a cell; Python's default limit is too low for long lists of labels."""

MOST_LINES = 1000
"""The maximum number of lines in a record."""

ODD_WORD = re.compile(r"\w*[^\x00-\x7f]\w*")
"""A word that its encoding changes."""

MOST_LETTERS = 20
"""Of a word given as an example, before such a character and after it: a cell can be very long."""

CUT_OFF = ("unexpected end of data", "truncated data")
"""What Python calls a last character that is not whole."""

TEXT_BYTES = 2**18
"""The bytes that are decoded at a time."""

UNCLOSED = 'a quotation mark (") is not closed: close it, or double it if it belongs to the text'


class TableRows(NamedTuple):
    """All columns, with empty cells as None or ``Missing``; what is wrong with some rows; the class names that the file
    itself gives; its files, if there may be several, with the index of each one's first row; and notes on how it was
    read.
    """

    columns: Columns
    faults: Faults
    class_names: ClassNames
    firsts: dict[Shard, int]
    notes: tuple[str, ...]


def read_rows(path: Path, progress: Progress = silent) -> TableRows:
    """Read the file. Raises DataError if it cannot be read, or its first line names no columns."""
    suffix, faults, class_names = path.suffix.lower(), Faults(), ClassNames()
    firsts = {Shard(path=path): 0}
    if suffix not in SUFFIXES:
        raise DataError(f"{shown(path)}: {_how_to_save(suffix)}")
    try:
        if suffix == ".parquet":
            blocks, class_names, firsts, notes = read_shards(path, progress)
            columns = Columns(blocks)
        elif suffix in (".csv", ".tsv"):
            texts, notes = _texts(path, progress)
            columns = _csv(path, texts, "\t" if suffix == ".tsv" else None, faults)
        else:
            texts, notes = _texts(path, progress)
            columns = Columns(list(_json_lines(path, texts, faults)))
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read: {error.strerror or error}") from None
    if not columns.num_rows:
        raise DataError(f"{shown(path)}: it has no rows: add one for each example")
    if len(faults) == columns.num_rows:
        raise DataError(f"{shown(path)}: none of its rows can be read; the first: {faults[0]}")
    return TableRows(columns, faults, class_names, firsts, tuple(notes))


def _how_to_save(suffix: str) -> str:
    """Return what to do about a file that is no table, by its ending."""
    match suffix:
        case ".json":
            return "a table in JSON needs one object per line: save it as JSON lines, ending in .jsonl"
        case ".npy":
            return "a single array has no labels: save pictures and labels with numpy.savez, as one .npz file"
        case ".zip" | ".gz" | ".tar" | ".7z":
            return "it is packed: unpack it, and choose the folder or the table in it"
    return f"tables must be files ending in {', '.join(SUFFIXES)}, and arrays in .npz: save it as one of these"


def _csv(path: Path, texts: Iterable[str], delimiter: str | None, faults: Faults) -> Columns:
    csv.field_size_limit(MOST_CHARACTERS)
    # A quotation mark that is open before the last line, which is blank, is not closed.
    pieces = chain(_lines(texts, newline=""), (["\n"],))
    opening: list[str] = []
    while len(opening) < 2 and (piece := next(pieces, None)):
        opening += piece
    said = SEPARATOR_LINE.fullmatch(opening[0])
    heading = 1 if said else 0
    if not opening[heading].strip():
        raise DataError(f"{shown(path)}: its first line is empty; it must name the columns")
    # Otherwise the separator that occurs most often in the heading; csv's own Sniffer also considers letters.
    delimiter = said[1] if said else delimiter or max(DELIMITERS, key=opening[heading].count)
    records = _records(chain((opening[heading:],), pieces), heading, delimiter)
    names = [name.strip() for name in _cells(path, *next(records))]
    _check_heading(path, names)
    columns = Columns(list(_blocks(records, names, faults)))
    if delimiter in ";\t":
        for name in columns.names:
            columns[name] = _with_points(columns[name])
    return columns


def _blocks(
    records: Iterator["Record"], names: Sequence[str], faults: Faults
) -> Iterator[tuple[int, dict[str, Piece]]]:
    width, begin = len(names), 0
    while block := list(islice(records, max(1, min(PIECE, MOST_CELLS // width)))):
        rows = []
        for place, (line, record) in enumerate(block, start=begin):
            cells = [] if isinstance(record, str) else record
            if len(cells) != width:
                if isinstance(record, str):
                    faults[place] = f"in line {line}, {record}"
                elif len(cells) > width:
                    faults[place] = f"it has {len(cells)} cells for {width} columns"
                cells = [*cells[:width], *[""] * (width - len(cells))]
            rows.append(cells)
        yield (
            len(rows),
            {name: _piece(texts) for name, texts in zip(names, zip(*rows, strict=True), strict=True) if name},
        )
        begin += len(rows)


def _piece(texts: Iterable[str]) -> Piece:
    """Return cells of text with the lists that they are the texts of, and without those that are empty; most are
    neither.
    """
    cells = Piece.of(list(map(str.strip, texts)))
    values = cells.values()
    if "" not in values and MISSING.isdisjoint(values) and "[" not in "".join(values):
        return cells
    return Piece.of([_value(cell) for cell in cells.cells()])


def _value(cell: str) -> Any:
    return Missing(word=cell) if cell in MISSING else _with_list(cell) or None


Record = tuple[int, list[str] | str]
"""The number of a record's first line, and its cells, or what is wrong with it."""


def _lines(texts: Iterable[str], newline: str | None) -> Iterator[list[str]]:
    """Yield the lines of a text that comes in pieces, some at a time, as ``io.StringIO`` would."""
    rest = ""
    for text in texts:
        whole, end, begun = text.rpartition("\n")
        if end:
            yield list(io.StringIO(rest + whole + end, newline=newline))
            rest = ""
        rest += begun
    if rest:
        yield list(io.StringIO(rest, newline=newline))


def _records(pieces: Iterator[list[str]], num_gone: int, delimiter: str) -> Iterator[Record]:
    """Yield all records that are not blank, of lines that come in ``pieces``, with ``num_gone`` before them.

    A cell in quotation marks may go on over several lines. If it never ends, ends in the middle of another cell, or
    contains whole rows, its quotation mark is a stray one: then only its line is lost, and the next line begins a
    record of its own.
    """
    width, first = 0, 0
    lines: list[str] = []
    """From ``first`` on, at least ``MOST_LINES`` where there are as many."""
    while True:
        while len(lines) - first < MOST_LINES and (piece := next(pieces, None)) is not None:
            lines, first, num_gone = lines[first:] + piece, 0, num_gone + first
        if first >= len(lines):
            return
        line = lines[first]
        if '"' not in line and len(line) < MOST_CHARACTERS:  # as csv would split it, but in a tenth of the time
            first += 1
            if text := line.rstrip("\r\n"):
                cells = text.split(delimiter)
                width = width or len(cells)
                yield num_gone + first, cells
            continue
        following = lines[first : first + MOST_LINES]
        reader = csv.reader(following, delimiter=delimiter)
        try:
            cells = next(reader)
            if reader.line_num > 1:
                _check_whole(following[: reader.line_num], delimiter, width)
        except csv.Error as error:
            yield num_gone + first + 1, UNCLOSED if reader.line_num > 1 else str(error)
            first += 1
            continue
        width = width or len(cells)
        if cells:
            yield num_gone + first + 1, cells
        first += reader.line_num


def _check_whole(lines: Sequence[str], delimiter: str, width: int) -> None:
    """Raise csv.Error if these lines are hardly a single record of ``width`` cells."""
    next(csv.reader(lines, delimiter=delimiter, strict=True))
    for line in lines[1:-1]:
        cells = [cell.strip().lower() for cell in line.split(delimiter)]
        if len(cells) == width and any(cell.endswith(PICTURE_SUFFIXES) for cell in cells):
            raise csv.Error(UNCLOSED)


def _cells(path: Path, line: int, record: list[str] | str) -> list[str]:
    """Return the cells of the heading. Raises DataError if something is wrong with it."""
    if isinstance(record, str):
        raise DataError(f"{shown(path)}, line {line}: {record}")
    return record


def _check_heading(path: Path, names: Sequence[str]) -> None:
    """DataError where the first line does not name the columns."""
    row = next((name for name in names if name.lower().endswith(PICTURE_SUFFIXES)), None)
    if row is not None:
        raise DataError(f"{shown(path)}: its first line contains the path {row} instead of names of columns: add these")
    again = named_twice(filter(None, names))
    if again is not None:
        raise DataError(f"{shown(path)}: its first line names two columns {again}; rename one of them")


def _texts(path: Path, progress: Progress) -> tuple[Iterator[str], list[str]]:
    """Return the text of a file in pieces, and a note if its encoding is a guess: UTF-16 if it begins by saying so, as
    Excel's Unicode text; else UTF-8; else Windows-1252, as Excel's plain CSV is in Western Europe and America.

    Raises DataError if it is none of these, UTF-8 in other places, or cut off within a character.
    """
    with path.open("rb") as file:
        is_utf_16 = file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    encoding = "utf-16" if is_utf_16 else "utf-8-sig"
    try:
        for _ in _decoded(path, encoding):
            pass
        return _decoded(path, encoding, "replace", progress), []
    except UnicodeDecodeError as error:
        reason, first, piece = error.reason, error.start, error.object
    save = "save it as UTF-8" + (" (in Excel, as the type CSV UTF-8)" if path.suffix.lower() == ".csv" else "")
    if reason in CUT_OFF:
        raise DataError(f"{shown(path)}: it ends in the middle of a character: copy it again, or {save}")
    is_text = not any("\0" in text or "\ufffd" in text for text in _decoded(path, "cp1252", "replace"))
    if is_utf_16 or not is_text or not all(map(str.isascii, _decoded(path, "utf-8", "ignore"))):
        raise DataError(f"{shown(path)}: not UTF-8 text: {save}")
    word = ODD_WORD.search(piece[max(first - MOST_LETTERS, 0) : first + MOST_LETTERS].decode("cp1252"))
    assert word is not None
    note = f"The text is not UTF-8 and was read as Windows-1252: if {word[0]} is not what it says, {save}."
    return _decoded(path, "cp1252", "replace", progress), [note]


def _decoded(path: Path, encoding: str, errors: str = "strict", progress: Progress = silent) -> Iterator[str]:
    """Yield the text in pieces, the last of which may be empty. Raises UnicodeDecodeError."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with path.open("rb") as file:
        num_bytes = os.fstat(file.fileno()).st_size
        while data := file.read(TEXT_BYTES):
            yield decoder.decode(data)
            done = file.tell()
            progress(f"Reading the table, {file_size(done)} of {file_size(num_bytes)}", done, num_bytes)
    yield decoder.decode(b"", final=True)


def _with_points(cells: Cells) -> Cells:
    """Return a column with points for decimal commas, usual where semicolons or tabs separate the cells; points before
    them separate thousands. Other commas between digits, as in 1,000,000 or 1,2,3, show that the column has none.
    """
    numbers = [value for value, _ in cells.tally() if _has_comma(value)]
    if not numbers or not all(map(DECIMAL_COMMA.match, numbers)):
        return cells
    return cells.mapped(lambda value: value.replace(".", "").replace(",", ".") if _has_comma(value) else value)


def _has_comma(value: Any) -> bool:
    return isinstance(value, str) and "," in value and bool(DIGITS_AND_COMMAS.fullmatch(value))


def _with_list(cell: str) -> str | list[Any]:
    """Return the list that a cell is the text of: ``['cat', 'dog']``, as pandas writes it, or ``[12, 30]``."""
    if not (cell.startswith("[") and cell.endswith("]")):
        return cell
    for text in (cell, cell.replace("'", '"')):
        try:
            return list(json.loads(text))
        except (ValueError, RecursionError):
            continue
    return cell


def _json_lines(path: Path, texts: Iterable[str], faults: Faults) -> Iterator[tuple[int, dict[str, Piece]]]:
    """Yield the rows; an invalid line becomes an empty row, unless it is the first: then the file is not JSON lines."""
    for block in _pieces(_objects(path, texts, faults)):
        names = dict.fromkeys(name for row in block for name in row)
        yield len(block), {name: Piece.of(without_blank([row.get(name) for row in block])) for name in names}


def _pieces(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows, some at a time."""
    block: list[dict[str, Any]] = []
    num_listed = 0
    for row in rows:
        block.append(row)
        num_listed += sum(len(cell) for cell in row.values() if type(cell) is list)
        if len(block) == PIECE or num_listed >= MOST_LISTED:
            yield block
            block, num_listed = [], 0
    if block:
        yield block


def _objects(path: Path, texts: Iterable[str], faults: Faults) -> Iterator[dict[str, Any]]:
    numbered = enumerate(chain.from_iterable(_lines(texts, newline=None)), start=1)
    lines = ((number, line) for number, line in numbered if line.strip())
    for place, (number, line) in enumerate(lines):
        row = _row(line)
        if isinstance(row, str):
            if not place:
                raise DataError(f"{shown(path)}, line {number}: {row}")
            faults[place] = row
        yield {} if isinstance(row, str) else row


def _row(line: str) -> dict[str, Any] | str:
    """Return the row, or why it is invalid."""
    try:
        row = json.loads(line, object_pairs_hook=_object)
        if "\\u" in line:
            json.dumps(row, ensure_ascii=False).encode()  # half of a surrogate pair is not a character
    except _NamedTwice as error:
        return f"it names {error} twice: rename or remove one of the two"
    except (ValueError, RecursionError):  # Python reads no whole number of thousands of digits
        return "not valid JSON"
    return row if isinstance(row, dict) else 'a row must be an object: {"picture": "a.png", ...}'


class _NamedTwice(ValueError):
    """An object has a name twice; its text is the name."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NamedTwice(named_twice(name for name, _ in pairs))
    return found

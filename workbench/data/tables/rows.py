"""The rows of a table file: CSV, TSV, JSON lines, Parquet. Each row is a mapping from column to value."""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from workbench.data.decoding.pictures import SUFFIXES as PICTURE_SUFFIXES
from workbench.data.source import DataError, shown
from workbench.data.tables.parquet import ClassNames
from workbench.data.tables.shards import Shard, read_shards
from workbench.spec.problems import named_twice

Row = dict[str, Any]
Faults = dict[int, str]
"""What is wrong with rows as such, by their index."""

Words = dict[int, dict[str, str]]
"""What empty cells say that are not blank, by row and column."""

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

UNCLOSED = 'a quotation mark (") is not closed: close it, or double it if it belongs to the text'


class TableRows(NamedTuple):
    """All rows, with empty values as None; what is wrong with some; what empty cells say; the class names that the file
    itself gives; its files, if there may be several, with the index of each one's first row; and notes on how it was
    read.
    """

    rows: tuple[Row, ...]
    faults: Faults
    words: Words
    class_names: ClassNames
    firsts: dict[Shard, int]
    notes: tuple[str, ...]


def read_rows(path: Path) -> TableRows:
    """Read the file. Raises DataError if it cannot be read, or its first line names no columns."""
    suffix, faults, words, class_names = path.suffix.lower(), Faults(), Words(), ClassNames()
    firsts = {Shard(path=path): 0}
    if suffix not in SUFFIXES:
        raise DataError(f"{shown(path)}: {_how_to_save(suffix)}")
    try:
        if suffix == ".parquet":
            members, class_names, firsts, notes = read_shards(path)
            rows = tuple(map(_without_empty, members))
        elif suffix in (".csv", ".tsv"):
            text, notes = _text(path)
            rows = _csv(path, text, "\t" if suffix == ".tsv" else None, faults, words)
        else:
            text, notes = _text(path)
            rows = tuple(map(_without_empty, _json_lines(path, text, faults)))
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read: {error.strerror or error}") from None
    if not rows:
        raise DataError(f"{shown(path)}: it has no rows: add one for each picture")
    if len(faults) == len(rows):
        raise DataError(f"{shown(path)}: none of its rows can be read; the first: {faults[0]}")
    return TableRows(rows, faults, words, class_names, firsts, tuple(notes))


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


def _csv(path: Path, text: str, delimiter: str | None, faults: Faults, words: Words) -> tuple[Row, ...]:
    csv.field_size_limit(MOST_CHARACTERS)
    lines = [line for line in io.StringIO(text, newline="")]  # noqa: C416  # list() would hold the interpreter
    lines.append("\n")  # a quotation mark that is open before it is not closed
    said = SEPARATOR_LINE.fullmatch(lines[0])
    heading = 1 if said else 0
    if not lines[heading].strip():
        raise DataError(
            f"{shown(path)}: its first line is empty; it must name the columns, one of them for picture paths"
        )
    # Otherwise the separator that occurs most often in the heading; csv's own Sniffer also considers letters.
    delimiter = said[1] if said else delimiter or max(DELIMITERS, key=lines[heading].count)
    records = _records(lines, heading, delimiter)
    names = [name.strip() for name in _cells(path, *next(records))]
    _check_heading(path, names)
    rows: list[dict[str, str]] = []
    for place, (line, record) in enumerate(records):
        cells = [] if isinstance(record, str) else record
        if isinstance(record, str):
            faults[place] = f"in line {line}, {record}"
        elif len(cells) > len(names):
            faults[place] = f"it has {len(cells)} cells for {len(names)} columns"
        rows.append(dict(zip_longest(names, map(str.strip, cells[: len(names)]), fillvalue="")))
    if "" in names:
        for row in rows:
            del row[""]
    if delimiter in ";\t":
        for name in filter(None, names):
            _write_points(name, rows)
    for place, row in enumerate(rows):
        if not MISSING.isdisjoint(row.values()):
            words[place] = {name: cell for name, cell in row.items() if cell in MISSING}
    return tuple(map(_with_values, rows))


def _with_values(row: dict[str, str]) -> Row:
    """Return a row with the lists that its cells are the texts of, and None for empty cells; most rows have neither."""
    cells = row.values()
    if "" not in cells and MISSING.isdisjoint(cells) and "[" not in "".join(cells):
        return row
    return {name: None if cell in MISSING else _with_list(cell) or None for name, cell in row.items()}


Record = tuple[int, list[str] | str]
"""The number of a record's first line, and its cells, or what is wrong with it."""


def _records(lines: Sequence[str], first: int, delimiter: str) -> Iterator[Record]:
    """Yield all records from the line at ``first`` on that are not blank.

    A cell in quotation marks may go on over several lines. If it never ends, ends in the middle of another cell, or
    contains whole rows, its quotation mark is a stray one: then only its line is lost, and the next line begins a
    record of its own.
    """
    width = 0
    while first < len(lines):
        line = lines[first]
        if '"' not in line and len(line) < MOST_CHARACTERS:  # as csv would split it, but in a tenth of the time
            first += 1
            if text := line.rstrip("\r\n"):
                cells = text.split(delimiter)
                width = width or len(cells)
                yield first, cells
            continue
        following = range(first, min(first + MOST_LINES, len(lines)))
        reader = csv.reader(map(lines.__getitem__, following), delimiter=delimiter)
        try:
            cells = next(reader)
            if reader.line_num > 1:
                _check_whole(lines[first : first + reader.line_num], delimiter, width)
        except csv.Error as error:
            yield first + 1, UNCLOSED if reader.line_num > 1 else str(error)
            first += 1
            continue
        width = width or len(cells)
        if cells:
            yield first + 1, cells
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
    should = "it must name several, one of them for picture paths"
    if len(names) < 2:
        raise DataError(f"{shown(path)}: its first line names only 1 column; {should}")
    row = next((name for name in names if name.lower().endswith(PICTURE_SUFFIXES)), None)
    if row is not None:
        raise DataError(f"{shown(path)}: its first line contains the path {row} instead of names of columns; {should}")
    again = named_twice(filter(None, names))
    if again is not None:
        raise DataError(f"{shown(path)}: its first line names two columns {again}; rename one of them")


def _text(path: Path) -> tuple[str, list[str]]:
    """Return the text of a file, and a note if its encoding is a guess: UTF-16 if it begins by saying so, as Excel's
    Unicode text; else UTF-8; else Windows-1252, as Excel's plain CSV is in Western Europe and America.

    Raises DataError if it is none of these, UTF-8 in other places, or cut off within a character.
    """
    data = path.read_bytes()
    is_utf_16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        return data.decode("utf-16" if is_utf_16 else "utf-8-sig"), []
    except UnicodeDecodeError as error:
        reason, first = error.reason, error.start
    save = "save it as UTF-8" + (" (in Excel, as the type CSV UTF-8)" if path.suffix.lower() == ".csv" else "")
    if reason in CUT_OFF:
        raise DataError(f"{shown(path)}: it ends in the middle of a character: copy it again, or {save}")
    text = data.decode("cp1252", "replace")
    if is_utf_16 or "\0" in text or "\ufffd" in text or not data.decode("utf-8", "ignore").isascii():
        raise DataError(f"{shown(path)}: not UTF-8 text: {save}")
    word = ODD_WORD.search(text[max(first - MOST_LETTERS, 0) : first + MOST_LETTERS])
    assert word is not None
    return text, [f"The text is not UTF-8 and was read as Windows-1252: if {word[0]} is not what it says, {save}."]


def _write_points(name: str, rows: Sequence[dict[str, str]]) -> None:
    """Replace the decimal commas of a column, usual where semicolons or tabs separate the cells; points before them
    separate thousands. Other commas between digits, as in 1,000,000 or 1,2,3, show that the column has none.
    """
    numbers = [row for row in rows if "," in row[name] and DIGITS_AND_COMMAS.fullmatch(row[name])]
    if all(DECIMAL_COMMA.match(row[name]) for row in numbers):
        for row in numbers:
            row[name] = row[name].replace(".", "").replace(",", ".")


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


def _without_empty(row: Row) -> Row:
    """Return a row with None for each empty cell; most rows have none."""
    if not any(map(_is_empty, row.values())):
        return row
    return {name: None if _is_empty(value) else value for name, value in row.items()}


def _is_empty(value: Any) -> bool:
    return not value.strip() if isinstance(value, str) else value == [] or value != value


def _json_lines(path: Path, text: str, faults: Faults) -> Iterator[Row]:
    """Yield the rows; an invalid line becomes an empty row, unless it is the first: then the file is not JSON lines."""
    lines = ((number, line) for number, line in enumerate(io.StringIO(text, newline=None), start=1) if line.strip())
    for place, (number, line) in enumerate(lines):
        row = _row(line)
        if isinstance(row, str):
            if not place:
                raise DataError(f"{shown(path)}, line {number}: {row}")
            faults[place] = row
        yield {} if isinstance(row, str) else row


def _row(line: str) -> Row | str:
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


def _object(pairs: list[tuple[str, Any]]) -> Row:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NamedTwice(named_twice(name for name, _ in pairs))
    return found

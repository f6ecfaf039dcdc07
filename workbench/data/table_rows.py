"""The rows of a table file: CSV, TSV, JSON lines, Parquet. Each row is a mapping from column to value."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from workbench.data.pictures import SUFFIXES as PICTURE_SUFFIXES
from workbench.data.source import DataError, shown
from workbench.data.table_parquet import ClassNames, read_parquet

Row = dict[str, Any]
Faults = dict[int, str]
"""What is wrong with rows as such, by their index."""

SUFFIXES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet")
DELIMITERS = ",;\t|"
DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")

MOST_CHARACTERS = 4_000_000
"""The maximum number of characters in a cell; Python's default limit is too low for long lists of labels."""


class TableRows(NamedTuple):
    """All rows, with empty values as None; what is wrong with some; and the class names that the file itself gives."""

    rows: tuple[Row, ...]
    faults: Faults
    class_names: ClassNames


def read_rows(path: Path) -> TableRows:
    """Read the file. Raises DataError if it cannot be read, or its first line names no columns."""
    suffix, faults, class_names = path.suffix.lower(), Faults(), ClassNames()
    if suffix not in SUFFIXES:
        raise DataError(f"{shown(path)}: tables must be files ending in {', '.join(SUFFIXES)}; arrays in .npz")
    try:
        if suffix == ".parquet":
            rows, class_names = read_parquet(path)
        elif suffix in (".csv", ".tsv"):
            rows = tuple(_csv(path, "\t" if suffix == ".tsv" else None, faults))
        else:
            rows = tuple(_json_lines(path, faults))
    except OSError as error:
        raise DataError(f"{shown(path)}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise DataError(f"{shown(path)}: not UTF-8 text: save it as UTF-8") from None
    if not rows:
        raise DataError(f"{shown(path)}: it has no rows")
    kept = tuple({name: None if _is_empty(value) else value for name, value in row.items()} for row in rows)
    return TableRows(kept, faults, class_names)


def _csv(path: Path, delimiter: str | None, faults: Faults) -> Iterator[Row]:
    csv.field_size_limit(MOST_CHARACTERS)
    with path.open(encoding="utf-8-sig", newline="") as file:
        heading = file.readline()
        if not heading.strip():
            raise DataError(
                f"{shown(path)}: its first line is empty; it must name the columns, one of them for picture paths"
            )
        if delimiter is None:
            # The separator that occurs most often in the heading; csv's own Sniffer also considers letters.
            delimiter = max(DELIMITERS, key=heading.count)
        file.seek(0)
        reader = csv.DictReader(file, delimiter=delimiter, restval="")
        try:
            names = reader.fieldnames or []
            _check_heading(path, names)
            for place, row in enumerate(reader):
                if None in row:
                    num_cells, num_columns = len(names) + len(row[None]), len(names)
                    faults[place] = f"it has {num_cells} cells for {num_columns} columns"
                cells = {name.strip(): row[name].strip() for name in names}
                yield {name: _with_point(cell) for name, cell in cells.items()} if delimiter == ";" else cells
        except csv.Error as error:
            raise DataError(f"{shown(path)}, line {reader.line_num}: {error}") from None


def _check_heading(path: Path, names: Sequence[str]) -> None:
    """DataError where the first line does not name the columns."""
    should = "it must name several, one of them for picture paths"
    if len(names) < 2:
        raise DataError(f"{shown(path)}: its first line names only 1 column; {should}")
    row = next((name for name in names if name.strip().lower().endswith(PICTURE_SUFFIXES)), None)
    if row is not None:
        raise DataError(f"{shown(path)}: its first line contains the path {row} instead of names of columns; {should}")
    again = next((name for name, count in Counter(names).items() if name.strip() and count > 1), None)
    if again is not None:
        raise DataError(f"{shown(path)}: its first line names two columns {again}; rename one of them")


def _with_point(cell: str) -> str:
    """Replace a decimal comma, which is usual in files whose cells are separated by semicolons."""
    return cell.replace(",", ".") if DECIMAL_COMMA.fullmatch(cell) else cell


def _is_empty(value: Any) -> bool:
    return value == [] or value != value or (isinstance(value, str) and not value.strip())


def _json_lines(path: Path, faults: Faults) -> Iterator[Row]:
    """Yield the rows; an invalid line becomes an empty row, unless it is the first: then the file is not JSON lines."""
    with path.open(encoding="utf-8-sig") as file:
        lines = ((number, line) for number, line in enumerate(file, start=1) if line.strip())
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
        row = json.loads(line)
        if "\\u" in line:
            json.dumps(row, ensure_ascii=False).encode()  # half of a surrogate pair is not a character
    except (ValueError, RecursionError):  # Python reads no whole number of thousands of digits
        return "not valid JSON"
    return row if isinstance(row, dict) else 'a row must be an object: {"picture": "a.png", ...}'

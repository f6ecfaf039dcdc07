"""A table of pictures -> examples: what its columns are, which rows can be used, files decoded once."""

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.arrays import VOID
from workbench.data.folder_cache import Decoder, decoded, decoded_now
from workbench.data.folder_scan import SPLIT_NAMES, PictureFile, shown
from workbench.data.pictures import BrokenPicture, decode_mask
from workbench.data.progress import Progress, silent
from workbench.data.source import BrokenFile, DataError, Examples, Loaded, TakenFor
from workbench.data.table_columns import guess, is_path, names_of, said, target
from workbench.data.table_rows import Row, read_rows
from workbench.spec.column import Column, Kind
from workbench.spec.record import Record

MASKS_LOOKED_AT = 100
"""So many tell which classes there are; a value that they have not is of no class."""

STEP = 64


class Layout(Record):
    """The column of the pictures' paths, those of what is said of them, and what was left out in sentences."""

    picture: str
    columns: tuple[Column, ...]
    taken_for: tuple[TakenFor, ...] = ()
    notes: tuple[str, ...] = ()


class Table:
    """The rows of one file, and what they mean."""

    def __init__(self, path: Path, *, types: Sequence[str], picture: str, split: str, group: str) -> None:
        self.path = path
        self.rows = read_rows(path)
        names = list(dict.fromkeys(name for row in self.rows for name in row))
        for chosen in filter(None, (picture, split, group)):
            if chosen not in names:
                raise DataError(f"{shown(path)}: there is no column {chosen}; there is {', '.join(names)}")
        self.split = split or _split_among(names)
        self.group = group
        self.layout = self._layout(names, said(types, names), picture)

    def split_of(self, row: Row) -> str:
        """``train``, ``val`` or ``test``; "" for a value that is none of these."""
        return SPLIT_NAMES.get(str(row.get(self.split)).lower(), "") if self.split else "train"

    def count(self) -> dict[str, int]:
        """How many rows there are of each split."""
        splits = [self.split_of(row) for row in self.rows]
        return {split: splits.count(split) for split in ("train", "val", "test")}

    def _layout(self, names: Sequence[str], told: dict[str, Kind | None], picture: str) -> Layout:
        picture = picture or self._picture_among(names)
        columns, taken_for, notes = [], [], []
        for name in names:
            if name in (picture, self.split):
                continue
            guessed = guess(name, self.rows)
            if name == self.group and name not in told:
                taken_for.append(TakenFor(name=name, kind="group", guessed=guessed.kind))
                continue
            kind = told.get(name, guessed.kind)
            taken_for.append(TakenFor(name=name, kind=kind, guessed=guessed.kind, why=guessed.why))
            if kind is not None:
                columns.append(self._column(name, kind))
            elif name not in told:
                notes.append(guessed.why)
        if not columns:
            notes.append("The table says nothing of the pictures but where they are.")
        return Layout(picture=picture, columns=tuple(columns), taken_for=tuple(taken_for), notes=tuple(notes))

    def _picture_among(self, names: Sequence[str]) -> str:
        """The first column that holds paths of pictures."""
        for name in names:
            values = [row.get(name) for row in self.rows[:MASKS_LOOKED_AT]]
            if sum(map(is_path, values)) > len(values) / 2:
                return name
        raise DataError(
            f"{shown(self.path)}: none of its columns ({', '.join(names)}) holds paths of pictures: "
            "name the one that does in the setting picture"
        )

    def _column(self, name: str, kind: Kind) -> Column:
        """With the names that occur in training."""
        values = [row[name] for row in self.rows if self.split_of(row) == "train" and row.get(name) is not None]
        if kind in ("class", "labels"):
            return Column(name=name, kind=kind, names=names_of(values, kind))
        if kind == "mask":
            return Column(name=name, kind=kind, names=self._mask_names(values))
        return Column(name=name, kind=kind)

    def _mask_names(self, values: Sequence[Any]) -> tuple[str, ...]:
        found: set[int] = set()
        for value in values[:MASKS_LOOKED_AT]:
            try:
                found |= set(np.unique(decode_mask(self.file(value).path)).tolist())
            except BrokenPicture:
                continue
        if found != {0, VOID}:  # black and white are two classes, and not one with holes
            found -= {VOID}
        return tuple(map(str, sorted(found)))

    def file(self, value: Any) -> PictureFile:
        """The file that a cell names, from the table's own folder on. BrokenPicture where it is none."""
        if not isinstance(value, str):
            raise BrokenPicture("it names no file")
        path = self.path.parent / value
        try:
            status = path.stat()
        except OSError as error:
            raise BrokenPicture(f"there is no file {value}" if not path.exists() else str(error.strerror)) from None
        except ValueError:
            raise BrokenPicture("it names no file") from None
        if not stat.S_ISREG(status.st_mode):
            raise BrokenPicture(f"{value} is no file")
        return PictureFile(path=path, num_bytes=status.st_size, modified_ns=status.st_mtime_ns, label=0, split="train")


class _Reading:
    """Which rows can be used, and what was found at them."""

    def __init__(self, table: Table, decode: Decoder) -> None:
        self.table = table
        self.decode = decode
        self.broken: list[BrokenFile] = []
        self.sizes: dict[int, tuple[int, int]] = {}
        """Width and height of each row's picture as its file has it."""

    def leave_out(self, place: int, reason: str) -> None:
        self.broken.append(BrokenFile(path=f"{shown(self.table.path)}, row {place + 1}", reason=reason))

    def files(self, name: str, places: Sequence[int]) -> tuple[list[int], list[PictureFile]]:
        """Of these rows those whose cell names a file, and the files."""
        kept, files = [], []
        for place in places:
            try:
                files.append(self.table.file(self.table.rows[place].get(name)))
                kept.append(place)
            except BrokenPicture as error:
                self.leave_out(place, f"{name}: {error}")
        return kept, files

    def pictures(
        self, name: str, places: Sequence[int], shape: tuple[int, int, int], progress: Progress
    ) -> tuple[list[int], NDArray[np.uint8]]:
        """Of these rows those whose picture can be read, and the pictures."""
        rows, files = self.files(name, places)
        pictures, result = self.decode(files, shape, progress)
        broken = set(range(len(files))) - set(result.kept)
        for index, file in zip(sorted(broken), result.broken, strict=True):
            self.leave_out(rows[index], f"{name}: {file.path}: {file.reason}")
        kept = [rows[index] for index in result.kept]
        if name == self.table.layout.picture:
            self.sizes = dict(zip(kept, result.sizes, strict=True))
        return kept, pictures


def load_table(table: Table, shape: tuple[int, int, int], *, test_share: float, progress: Progress) -> Loaded:
    """All rows that can be used; the others are listed. DataError where no row to learn from is left."""
    reading = _Reading(table, decoded)
    values, places = _values(reading)
    return _loaded(reading, values, places, shape, test_share=test_share, progress=progress)


def glance_at_table(table: Table, shape: tuple[int, int, int], most: int) -> Loaded:
    """At most so many rows to learn from, spread over the table, decoded now. DataError where there are none."""
    reading = _Reading(table, decoded_now)
    values, places = _values(reading)
    places = [place for place in places if table.split_of(table.rows[place]) == "train"]
    few = places[:: -(-len(places) // most) or 1]
    return _loaded(reading, values, few, shape, test_share=0.0, progress=silent)


Values = dict[str, dict[int, NDArray[Any]]]
"""By column and row."""


def _loaded(
    reading: _Reading,
    values: Values,
    places: list[int],
    shape: tuple[int, int, int],
    *,
    test_share: float,
    progress: Progress,
) -> Loaded:
    table, layout = reading.table, reading.table.layout
    places, inputs, targets = _files(reading, places, shape, progress)
    for column in layout.columns:
        if column.name in values:
            targets[column.name] = np.stack([values[column.name][place] for place in places]) if places else np.empty(0)
    splits = np.array([table.split_of(table.rows[place]) for place in places])
    if not (splits == "train").any():
        first = (
            f"{reading.broken[0].path}: {reading.broken[0].reason}" if reading.broken else "none is of the split train"
        )
        raise DataError(f"{shown(table.path)}: no row to learn from is left; {first}")
    names = np.array([table.rows[place][layout.picture] for place in places], object)
    sizes = np.array([reading.sizes[place] for place in places], np.int64)
    everything = Examples(inputs=inputs, targets=targets, names=names, sizes=sizes, groups=_groups(table, places))
    train, val, test = (everything.where(splits == name) for name in ("train", "val", "test"))
    return Loaded(
        columns=layout.columns,
        train=train,
        val=val if len(val) else None,
        test=test if len(test) else None,
        test_share=0.0 if len(test) else test_share,
        broken=tuple(reading.broken),
        notes=layout.notes,
    )


def _files(
    reading: _Reading, places: list[int], shape: tuple[int, int, int], progress: Progress
) -> tuple[list[int], NDArray[np.uint8], dict[str, NDArray[Any]]]:
    """Of these rows those all of whose files can be read; their pictures, and by column the targets that are files."""
    layout = reading.table.layout
    places, inputs = reading.pictures(layout.picture, places, shape, progress)
    targets: dict[str, NDArray[Any]] = {}
    for column in layout.columns:
        if column.kind == "picture":
            kept, found = reading.pictures(column.name, places, shape, progress)
        elif column.kind == "mask":
            kept, found = _masks(reading, column, places, shape, progress)
        else:
            continue
        rows = np.flatnonzero(np.isin(places, kept))
        places, inputs = kept, inputs[rows]
        targets = {name: each[rows] for name, each in targets.items()} | {column.name: found}
    return places, inputs, targets


def _values(reading: _Reading) -> tuple[Values, list[int]]:
    """The targets that are no files, by column and row, and the rows in which all of them are sound."""
    table = reading.table
    plain = [column for column in table.layout.columns if column.kind in ("class", "number", "labels")]
    values: Values = {column.name: {} for column in plain}
    places = []
    for place, row in enumerate(table.rows):
        reason = "" if table.split_of(row) else f"{table.split} is {row.get(table.split)}: no split"
        for column in plain:
            found = target(column, row.get(column.name))
            if isinstance(found, str):
                reason = reason or found
            else:
                values[column.name][place] = found
        if reason:
            reading.leave_out(place, reason)
        else:
            places.append(place)
    return values, places


def _masks(
    reading: _Reading, column: Column, places: Sequence[int], shape: tuple[int, ...], progress: Progress
) -> tuple[list[int], NDArray[np.uint8]]:
    """Of these rows those whose mask can be read, and the masks as ``Examples`` has them."""
    numbers = np.zeros(256, np.uint8)
    for place, name in enumerate(column.names):
        numbers[int(name)] = place + 1
    rows, files = reading.files(column.name, places)
    kept, masks = [], []
    for index, (place, file) in enumerate(zip(rows, files, strict=True)):
        if index % STEP == 0:
            progress("Reading masks", index, len(files))
        try:
            masks.append(numbers[decode_mask(file.path, (shape[1], shape[2]))])
            kept.append(place)
        except BrokenPicture as error:
            reading.leave_out(place, f"{column.name}: {error}")
    return kept, np.stack(masks) if masks else np.empty((0, *shape[1:]), np.uint8)


def _groups(table: Table, places: Sequence[int]) -> NDArray[np.int64] | None:
    if not table.group:
        return None
    values = [str(table.rows[place].get(table.group)) for place in places]
    return np.unique(values, return_inverse=True)[1].astype(np.int64) if values else np.empty(0, np.int64)


def _split_among(names: Sequence[str]) -> str:
    return next((name for name in names if name.lower() in ("split", "subset", "partition", "fold_name")), "")

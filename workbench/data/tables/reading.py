"""The rows of a table -> examples: selects the valid rows, and decodes files once."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from workbench.data.decoding.contents import Encoded
from workbench.data.decoding.decoders import Decoding, are_colours, masks, pictures_like, spread
from workbench.data.decoding.picture_cache import Decoder, decoded, decoded_now
from workbench.data.decoding.pictures import MOST_COLOURS, BrokenPicture, have_same_proportions
from workbench.data.holdout import random_state
from workbench.data.progress import Progress, silent
from workbench.data.rows import Rows, Values
from workbench.data.source import UNKNOWN_GROUP, BrokenFile, DataError, Examples, Loaded, shown
from workbench.data.tables.cells import EMPTY, Cells, Piece
from workbench.data.tables.columns import class_in, targets
from workbench.data.tables.numbers import numbers_of
from workbench.data.tables.parquet import PictureCell
from workbench.data.tables.table import Table
from workbench.spec.column import Column
from workbench.spec.words import plural


def load_table(
    table: Table, shape: tuple[int, ...], *, used: Collection[str] | None, test_share: float, progress: Progress
) -> Loaded:
    """All rows that can be used; the others are listed. DataError where no row to learn from is left.

    Only what stands in the columns ``used`` (None for all) may cost a row. Other columns are left out where a row says
    nothing valid, and not read at all where they are files. ``shape``, that of the pictures, is (channels, height,
    width).
    """
    return _Reading(table, decoded, shape, progress, used, np.arange(table.num_rows)).loaded(test_share=test_share)


def glance_at_table(
    table: Table, shape: tuple[int, ...], most: int, *, used: Collection[str] | None, progress: Progress = silent
) -> Loaded:
    """Load at most ``most`` training rows, drawn at random, since every nth might be of one class; decoded now.

    ``used`` and ``shape`` are as in ``load_table``. Of a table of more than ``MOST_EXAMINED`` rows, none for validation
    or testing are examined, and at most so many of the others, drawn at random. Raises DataError if there are none.
    """
    random, how = random_state(0, "glance"), []
    among = np.arange(table.num_rows)
    if table.num_rows > MOST_EXAMINED:
        candidates = np.flatnonzero(~np.isin(table.splits, ("val", "test")))
        chances = random.random_sample(len(candidates))  # a permutation would hold the interpreter
        among = candidates
        if len(candidates) > MOST_EXAMINED:
            among = np.sort(candidates[np.argpartition(chances, MOST_EXAMINED)[:MOST_EXAMINED]])
        how += ["drawn at random"] if len(among) < len(candidates) else []
        how += ["none for validation or testing"] if len(candidates) < table.num_rows else []
    reading = _Reading(table, decoded_now, shape, progress, used, among)
    reading.look_for_files()
    num_usable = None if how else reading.count()
    reading.kept = _drawn(reading.kept[reading.splits[reading.kept] == "train"], most, random)
    seen = dataclasses.replace(reading.loaded(test_share=0.0), num_usable=num_usable)
    if not how:
        return seen
    some = f"Only {len(among):,} of {table.num_rows:,} rows were examined so far, {', '.join(how)}; a run examines all."
    return dataclasses.replace(seen, notes=(some, *seen.notes), num_examined=len(among))


def glance_at_numbers(table: Table, *, used: Collection[str] | None, test_share: float, progress: Progress) -> Loaded:
    """Return ``MOST_POINTS`` training rows of numbers, drawn at random, and what ``load_table`` says of all."""
    loaded = load_table(table, (), used=used, test_share=test_share, progress=progress)
    some = _drawn(np.arange(len(loaded.train)), MOST_POINTS, random_state(0, "glance"))
    num_usable = {name: len(examples) for name, examples in loaded.splits.items()}
    return dataclasses.replace(loaded, train=loaded.train.take(some), val=None, test=None, num_usable=num_usable)


def _drawn(places: NDArray[np.int64], most: int, random: np.random.RandomState) -> NDArray[np.int64]:
    """Return at most so many of them, drawn at random, in order."""
    return places[np.sort(random.permutation(len(places))[:most])]


MOST_EXAMINED = 20_000
"""The number of rows whose cells and files a glance examines: of a million, that took a minute."""

MOST_POINTS = 400
"""The number of rows of numbers in a glance: as many points are drawn."""

STEP = 1024
"""The number of rows between two progress reports."""

MANY_LOST = 0.1
"""The share of excluded rows above which a note suggests ignoring the column."""

Told = TypeVar("Told")


class _Reading:
    """The valid ones of some rows of a table, and what was read from them. A row is known by its place ``among``
    these.
    """

    def __init__(
        self,
        table: Table,
        decode: Decoder,
        shape: tuple[int, ...],
        progress: Progress,
        used: Collection[str] | None,
        among: NDArray[np.int64],
    ) -> None:
        """among: the rows to examine, in order."""
        self.table = table
        self.splits = table.splits[among]
        self._among = among
        self._used = frozenset(each.name for each in table.layout.columns if used is None or each.name in used)
        self._decode = decode
        self._shape = shape
        self._progress = progress
        self._columns: dict[str, Cells] = {}
        """The cells in the rows examined, as far as they were asked for."""
        self._broken: dict[int, str] = {}
        """Why each excluded row is excluded."""
        self._num_lost: Counter[str] = Counter()
        """By column, the number of rows excluded for their value in it."""
        self._values: dict[str, NDArray[Any]] = {}
        """The targets that are not files, by column, 0 where they are not valid."""
        self._are_valid: dict[str, NDArray[np.bool_]] = {}
        self._sizes: dict[str, NDArray[np.int64]] = {}
        """Width and height of each file, [N, 2], by column."""
        self._numbers = numbers_of(table.layout.features, table.columns)
        self._is_examined = np.zeros(table.num_rows, np.bool_)
        self._is_examined[among] = True
        self._is_sound = np.ones(len(among), np.bool_)
        self._exclude_unsound()
        self.kept = np.flatnonzero(self._is_sound)
        """Those that can be used, as far as is known."""

    def loaded(self, *, test_share: float) -> Loaded:
        """Return the examples of the valid rows. Raises DataError if there are none for training."""
        table = self.table
        targets = self._read_files()
        is_of_numbers = bool(table.layout.features)
        inputs = self._numbers.inputs[self._among[self.kept]] if is_of_numbers else targets.pop(table.picture)
        splits = self.splits[self.kept]
        broken = self._listed()
        if not (splits == "train").any():
            first = (
                f"{broken[0].path}: {broken[0].reason}"
                if broken
                else f"none is in the split train: write train in the column {table.layout.split} of those to learn from"
            )
            raise DataError(f"{shown(table.path)}: no training rows are left; {first}")
        for name, values in self._values.items():
            if not self._num_missing(name):
                targets[name] = values[self.kept]
        everything = Examples(
            inputs=inputs,
            targets=targets,
            names=self._names(self.kept.tolist()),
            sizes=None if is_of_numbers else self._sizes[table.picture][self.kept],
            groups=self._groups(),
        )
        train, val, test = (everything.where(splits == name) for name in ("train", "val", "test"))
        return Loaded(
            columns=tuple(column for column in table.layout.columns if column.name in targets),
            train=train,
            val=val if len(val) else None,
            test=test if len(test) else None,
            test_share=0.0 if len(test) else test_share,
            broken=broken,
            notes=(*self._notes(), *table.layout.notes),
            tone=None if is_of_numbers else self._ways[table.picture].tone,
            unusable=tuple(self._names(list(self._broken))),
        )

    def _cells(self, name: str) -> Cells:
        """Return a column's cells in the rows examined."""
        if name not in self._columns:
            self._columns[name] = self.table.columns[name].where(self._is_examined)
        return self._columns[name]

    def _exclude_unsound(self) -> None:
        """Exclude the rows in which a target that is used and no file is not sound; what the others hold is kept."""
        table = self.table
        for row, reason in self._here(table.faults):
            self._exclude(row, reason)
        for row in np.flatnonzero(self.splits == "").tolist():
            said = table.columns[table.layout.split][self._among[row]]
            is_empty = type(said) in EMPTY
            self._exclude(
                row, f"{table.layout.split} is {'empty' if is_empty else said}, not a split: write train, val or test"
            )
        for row, (name, reason) in self._here(self._numbers.faults):
            self._lose(row, name, reason)
        plain = [column for column in table.layout.columns if column.kind in ("class", "number", "keypoints", "labels")]
        nothing = Piece.of([])
        found = {column.name: [targets(column, nothing)[0]] for column in plain}
        are_valid = {column.name: np.ones(len(self._among), np.bool_) for column in plain}
        for pieces in zip(*(self._cells(column.name).placed() for column in plain), strict=True):
            self._progress("Reading the rows", pieces[0][0].start, len(self._among))
            unsound = []
            for number, (column, (rows, piece)) in enumerate(zip(plain, pieces, strict=True)):
                values, why = targets(column, piece)
                found[column.name].append(values)
                are_valid[column.name][[rows.start + place for place in why]] = False
                if column.name in self._used:
                    unsound += [(rows.start + place, number, reason) for place, reason in why.items()]
            for row, number, reason in sorted(unsound):
                self._lose(row, plain[number].name, reason)
        self._values = {name: np.concatenate(parts) for name, parts in found.items()}
        self._are_valid = are_valid

    def _here(self, told: Mapping[int, Told]) -> Iterator[tuple[int, Told]]:
        """Yield what is told of rows of the table that are examined."""
        if told:
            yield from ((row, told[place]) for row, place in enumerate(self._among.tolist()) if place in told)

    def _exclude(self, row: int, reason: str) -> None:
        self._broken.setdefault(row, reason)
        self._is_sound[row] = False

    def _lose(self, row: int, name: str, reason: str) -> None:
        """Exclude a row for what a column says, unless it is excluded already."""
        self._num_lost[name] += name != self.table.layout.picture and row not in self._broken
        self._exclude(row, reason)

    def _keep_sound(self) -> None:
        self.kept = self.kept[self._is_sound[self.kept]]

    def _read_files(self) -> dict[str, Values]:
        """The columns that are files, the picture itself among them; ``kept`` become the rows of which all could be
        read.
        """
        found = {}
        for name, how in self._ways.items():
            pixels = self._decoded(name, how)
            found[name] = self.kept, pixels.channel(0) if how.is_mask else pixels
            if how.is_mask:
                self._match(name)
        return {name: pixels.only(np.isin(rows, self.kept)) for name, (rows, pixels) in found.items()}

    @cached_property
    def _ways(self) -> dict[str, Decoding]:
        """Return how the files in each column are decoded, the picture's first."""
        if self.table.layout.features:
            return {}
        pictures = pictures_like(self._some_pictures())
        ways = {self.table.picture: pictures}
        for column in self.table.layout.columns:
            if column.kind in ("picture", "mask") and column.name in self._used:
                ways[column.name] = pictures if column.kind == "picture" else self._masks(column)
        return ways

    def _masks(self, column: Column) -> Decoding:
        """Return how a column's masks are decoded. Raises DataError if all together have too many colours."""
        if are_colours(column.names) and len(column.names) > MOST_COLOURS:
            raise DataError(
                f"{shown(self.table.path)}: the masks of the column {column.name} have {len(column.names):,} colours in "
                f"all, but a mask has one for each class, at most {MOST_COLOURS}: save them without smoothing"
            )
        return masks(column.names)

    def _some_pictures(self) -> Iterator[bytes]:
        """Yield the bytes of a few pictures of each column, used or not, and of all rows, since their white depends on
        neither.
        """
        others = (column.name for column in self.table.layout.columns if column.kind == "picture")
        for name in (self.table.picture, *others):
            cells = self.table.columns[name]
            for cell in spread(cells, in_order=isinstance(cells[0], PictureCell)):
                with suppress(BrokenPicture):
                    yield self.table.file(cell).data()

    def look_for_files(self) -> None:
        """Exclude the rows of which a file does not exist."""
        for name in self._ways:
            self._files(name, "Looking for the files")
            self._keep_sound()

    def count(self) -> dict[str, int]:
        """Return the number of valid rows in each split."""
        return Counter(self.splits[self.kept].tolist())

    def _decoded(self, name: str, how: Decoding) -> Rows:
        """Return a column's files, uint8 [N, C, H, W]; ``kept`` is reduced to the rows of which it could be read."""
        rows, files = self._files(name, "Looking for the pictures")
        channels, height, width = self._shape
        shape = (1 if how.is_mask else channels, height, width)
        pixels, result = self._decode(files, shape, self._progress, how)
        for index, reason in result.broken.items():
            where = "" if files[index].place else f"{shown(files[index].path)}: "
            self._lose(rows[index], name, f"{name}: {where}{reason}")
        self.kept = np.array([rows[index] for index in result.kept], np.int64)
        self._sizes[name] = np.zeros((len(self._among), 2), np.int64)
        self._sizes[name][self.kept] = np.array(result.sizes, np.int64).reshape(-1, 2)
        return pixels

    def _files(self, name: str, what: str) -> tuple[list[int], list[Encoded]]:
        """Return the rows whose file in a column exists, and these files; exclude the other rows. ``what`` is told."""
        cells, rows, files = self._cells(name), [], []
        for number, row in enumerate(self.kept.tolist()):
            if number % STEP == 0:
                self._progress(what, number, len(self.kept))
            try:
                files.append(self.table.file(cells[row]))
                rows.append(row)
            except BrokenPicture as error:
                self._lose(row, name, f"{name}: {error}")
        return rows, files

    def _match(self, name: str) -> None:
        """Exclude the rows whose mask cannot be of their picture: both are cropped, and it would be another part."""
        for row in self.kept.tolist():
            mask, picture = (self._sizes[each][row].tolist() for each in (name, self.table.picture))
            if not have_same_proportions(mask, picture):
                sizes = f"{mask[0]}×{mask[1]}, and its picture {picture[0]}×{picture[1]}"
                self._lose(row, name, f"{name}: it is {sizes}: they must have the same proportions")
        self._keep_sound()

    def _num_missing(self, name: str) -> int:
        """Of the rows that can be used, those of which a column says nothing valid."""
        return int((~self._are_valid[name][self.kept]).sum())

    def _notes(self) -> Iterator[str]:
        """Return what was left out: a column for some pictures, or many pictures for one column; or whose group is not
        known. They come before those on how the files were read and the columns guessed, since few notes are shown at
        once.
        """
        num_rows = len(self._among)
        yield from dict.fromkeys(how.note for how in self._ways.values() if how.note)
        for name in self._values:
            if count := self._num_missing(name):
                yield f"The column {name} has no valid value in {plural(count, 'row')} and was ignored, since nothing predicts it."
        for name, count in self._num_lost.items():
            if count > MANY_LOST * num_rows:
                yield f"The column {name} has no valid value in {count:,} of {num_rows:,} rows: ignore it to use {'them' if self.table.layout.features else 'their pictures'}."
        groups = self._group_cells()
        if groups is not None and (num_unknown := len(groups) - groups.num_filled()):
            yield f"The group {self.table.layout.group} is empty in {plural(num_unknown, 'row')}, which stay in one split as if they were one group."

    def _listed(self) -> tuple[BrokenFile, ...]:
        """Return the excluded rows, in order."""
        found = ((*self.table.where(self._among[row]), reason) for row, reason in sorted(self._broken.items()))
        return tuple(BrokenFile(path=f"{shown(file.path)}, row {row}", reason=reason) for file, row, reason in found)

    def _names(self, rows: Sequence[int]) -> NDArray[np.object_]:
        """Return the path of each row's picture, and the row if an earlier one has the same; only the row of an
        embedded picture. Of a table in several files, its row in its file, however many of the others are there.
        """
        places, picture = self._among[rows].tolist(), self.table.layout.picture
        names = self.table.row_names(places)
        if picture:
            cells = self._cells(picture)
            names = [self._name(cells[row], *of) for row, *of in zip(rows, places, names, strict=True)]
        return np.fromiter(names, object, len(names))

    def _name(self, cell: Any, place: int, row_name: str) -> str:
        if not isinstance(cell, str):
            return row_name
        return cell if self._is_first[place] else f"{cell}, {row_name}"

    @cached_property
    def _is_first(self) -> NDArray[np.bool_]:
        """Whether no earlier row of the table has the same path, or one of the same hash, bool [N]."""
        paths = self.table.columns[self.table.picture].each(
            lambda value: hash(value) if isinstance(value, str) else 0, np.int64
        )
        found = np.zeros(len(paths), np.bool_)
        found[np.unique(paths, return_index=True)[1]] = True
        return found

    def _groups(self) -> NDArray[np.int64] | None:
        cells = self._group_cells()
        if cells is None or not len(cells):
            return None
        names = sorted({class_in(value) for value, _ in cells.tally()})
        numbers = {name: number for number, name in enumerate(names)}
        return cells.each(lambda value: UNKNOWN_GROUP if type(value) in EMPTY else numbers[class_in(value)], np.int64)

    def _group_cells(self) -> Cells | None:
        """Return the group of each usable row; None if there are no groups."""
        if not self.table.layout.group:
            return None
        are_kept = np.zeros(len(self._among), np.bool_)
        are_kept[self.kept] = True
        return self._cells(self.table.layout.group).where(are_kept)

"""The rows of a table -> examples: selects the valid rows, and decodes files once."""

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.decoding.decoders import Decoding, are_colours, masks, pictures_like, spread
from workbench.data.decoding.picture_cache import Decoder, decoded, decoded_now
from workbench.data.decoding.pictures import MOST_COLOURS, BrokenPicture, have_same_proportions
from workbench.data.holdout import random_state
from workbench.data.progress import Progress, silent
from workbench.data.rows import Rows, Values
from workbench.data.source import UNKNOWN_GROUP, BrokenFile, DataError, Examples, Loaded, shown
from workbench.data.tables.columns import asking_once, class_in, target
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
    return _Reading(table, decoded, shape, progress, used).loaded(test_share=test_share)


def glance_at_table(table: Table, shape: tuple[int, ...], most: int, *, used: Collection[str] | None) -> Loaded:
    """Load at most ``most`` training rows, drawn at random, since every nth might be of one class; decoded now.

    ``used`` and ``shape`` are as in ``load_table``. Of a table of more than ``MOST_EXAMINED`` rows, none for validation
    or testing are examined, and at most so many of the others, drawn at random. Raises DataError if there are none.
    """
    random, num_rows, how = random_state(0, "glance"), len(table.rows), []
    among: Sequence[int] = range(num_rows)
    if num_rows > MOST_EXAMINED:
        candidates = [place for place, row in enumerate(table.rows) if table.split_of(row) not in ("val", "test")]
        among = _drawn(candidates, MOST_EXAMINED, random)
        how += ["drawn at random"] if len(among) < len(candidates) else []
        how += ["none for validation or testing"] if len(candidates) < num_rows else []
    reading = _Reading(table, decoded_now, shape, silent, used, among)
    reading.look_for_files()
    num_usable = None if how else reading.count()
    places = [place for place in reading.places if table.split_of(table.rows[place]) == "train"]
    reading.places = _drawn(places, most, random)
    seen = dataclasses.replace(reading.loaded(test_share=0.0), num_usable=num_usable)
    if not how:
        return seen
    some = f"Only {len(among):,} of {num_rows:,} rows were examined so far, {', '.join(how)}; a run examines all."
    return dataclasses.replace(seen, notes=(some, *seen.notes), num_examined=len(among))


def _drawn(places: Sequence[int], most: int, random: np.random.RandomState) -> list[int]:
    """Return at most so many of them, drawn at random, in order."""
    return [places[number] for number in sorted(random.permutation(len(places))[:most].tolist())]


MOST_EXAMINED = 20_000
"""The number of rows whose cells and files a glance examines: of a million, that took a minute."""

STEP = 1024
"""The number of rows between two progress reports."""

MANY_LOST = 0.1
"""The share of excluded rows above which a note suggests ignoring the column."""


class _Reading:
    """The valid rows, ``places`` in the table, and what was read from them."""

    def __init__(
        self,
        table: Table,
        decode: Decoder,
        shape: tuple[int, ...],
        progress: Progress,
        used: Collection[str] | None = None,
        among: Sequence[int] | None = None,
    ) -> None:
        """``among``: the rows to examine; None for all."""
        self.table = table
        self._among = range(len(table.rows)) if among is None else among
        self._used = frozenset(each.name for each in table.layout.columns if used is None or each.name in used)
        self._decode = decode
        self._shape = shape
        self._progress = progress
        self._broken: dict[int, str] = {}
        """Why each excluded row is excluded."""
        self._num_lost: Counter[str] = Counter()
        """By column, the number of rows excluded for their value in it."""
        self._values: dict[str, dict[int, NDArray[Any]]] = {}
        """The targets that are not files, by column and row."""
        self._sizes: dict[str, dict[int, tuple[int, int]]] = {}
        """Width and height of each file, by column and row."""
        self._numbers = numbers_of(table.layout.features, table.rows)
        self.places = list(self._sound_rows())

    def loaded(self, *, test_share: float) -> Loaded:
        """Return the examples of the valid rows. Raises DataError if there are none for training."""
        table = self.table
        targets = self._read_files()
        is_of_numbers = bool(table.layout.features)
        inputs = self._numbers.inputs[self.places] if is_of_numbers else targets.pop(table.picture)
        splits = np.array([table.split_of(table.rows[place]) for place in self.places])
        broken = self._listed()
        if not (splits == "train").any():
            first = (
                f"{broken[0].path}: {broken[0].reason}"
                if broken
                else f"none is in the split train: write train in the column {table.split} of those to learn from"
            )
            raise DataError(f"{shown(table.path)}: no training rows are left; {first}")
        for name, values in self._values.items():
            if not self._num_missing(name):
                targets[name] = _stacked([values[place] for place in self.places])
        everything = Examples(
            inputs=inputs,
            targets=targets,
            names=np.array([self._name(place) for place in self.places], object),
            sizes=None if is_of_numbers else self._sizes_of_pictures(),
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
            unusable=tuple(map(self._name, self._broken)),
        )

    def _sizes_of_pictures(self) -> NDArray[np.int64]:
        sizes = self._sizes[self.table.picture]
        return np.fromiter((side for place in self.places for side in sizes[place]), np.int64).reshape(-1, 2)

    def _sound_rows(self) -> Iterator[int]:
        """The rows in which all targets that are used and no files are sound; what the others hold is kept as well."""
        table = self.table
        plain = [column for column in table.layout.columns if column.kind in ("class", "number", "keypoints", "labels")]
        self._values = {column.name: {} for column in plain}
        targets = {column.name: asking_once(partial(target, column)) for column in plain}
        for number, place in enumerate(self._among):
            self._tell("Reading the rows", number, len(self._among))
            row = table.rows[place]
            reason = table.faults.get(place, "")
            if not table.split_of(row):
                said = row.get(table.split)
                reason = (
                    reason
                    or f"{table.split} is {'empty' if said is None else said}, not a split: write train, val or test"
                )
            if place in self._numbers.faults:
                name, why = self._numbers.faults[place]
                self._num_lost[name] += not reason
                reason = reason or why
            for column in plain:
                value = targets[column.name](row.get(column.name))
                if not isinstance(value, str):
                    self._values[column.name][place] = value
                elif column.name in self._used:
                    self._num_lost[column.name] += not reason
                    reason = reason or value
            if reason:
                self._broken[place] = reason
            else:
                yield place

    def _read_files(self) -> dict[str, Values]:
        """The columns that are files, the picture itself among them; ``places`` become the rows of which all could be
        read.
        """
        found = {}
        for name, how in self._ways.items():
            pixels = self._decoded(name, how)
            found[name] = self.places, pixels.channel(0) if how.is_mask else pixels
            if how.is_mask:
                self._match(name)
        return {name: pixels.only(np.isin(places, self.places)) for name, (places, pixels) in found.items()}

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
            cells = [row.get(name) for row in self.table.rows]
            for cell in spread(cells, in_order=isinstance(cells[0], PictureCell)):
                with suppress(BrokenPicture):
                    yield self.table.file(cell).data()

    def look_for_files(self) -> None:
        """Exclude the rows of which a file does not exist."""
        for name in self._ways:
            for place in self.places:
                try:
                    self.table.file(self.table.rows[place].get(name))
                except BrokenPicture as error:
                    self._lose(place, name, str(error))
            self.places = [place for place in self.places if place not in self._broken]

    def _tell(self, what: str, done: int, total: int) -> None:
        if done % STEP == 0:
            self._progress(what, done, total)

    def count(self) -> dict[str, int]:
        """Return the number of valid rows in each split."""
        return Counter(self.table.split_of(self.table.rows[place]) for place in self.places)

    def _decoded(self, name: str, how: Decoding) -> Rows:
        """Return a column's files, uint8 [N, C, H, W]; ``places`` is reduced to the rows of which it could be read."""
        rows, files = [], []
        for number, place in enumerate(self.places):
            self._tell("Looking for the pictures", number, len(self.places))
            try:
                files.append(self.table.file(self.table.rows[place].get(name)))
                rows.append(place)
            except BrokenPicture as error:
                self._lose(place, name, str(error))
        channels, height, width = self._shape
        shape = (1 if how.is_mask else channels, height, width)
        pixels, result = self._decode(files, shape, self._progress, how)
        for index, reason in result.broken.items():
            where = "" if files[index].place else f"{shown(files[index].path)}: "
            self._lose(rows[index], name, f"{where}{reason}")
        self.places = [rows[index] for index in result.kept]
        self._sizes[name] = dict(zip(self.places, result.sizes, strict=True))
        return pixels

    def _match(self, name: str) -> None:
        """Exclude the rows whose mask cannot be of their picture: both are cropped, and it would be another part."""
        for place in self.places:
            mask, picture = self._sizes[name][place], self._sizes[self.table.picture][place]
            if not have_same_proportions(mask, picture):
                sizes = f"{mask[0]}×{mask[1]}, and its picture {picture[0]}×{picture[1]}"
                self._lose(place, name, f"it is {sizes}: they must have the same proportions")
        self.places = [place for place in self.places if place not in self._broken]

    def _lose(self, place: int, name: str, reason: str) -> None:
        self._broken[place] = f"{name}: {reason}"
        self._num_lost[name] += name != self.table.picture

    def _num_missing(self, name: str) -> int:
        """Of the rows that can be used, those of which a column says nothing valid."""
        return sum(place not in self._values[name] for place in self.places)

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
        num_unknown = sum(group is None for group in self._group_names())
        if num_unknown:
            yield f"The group {self.table.group} is empty in {plural(num_unknown, 'row')}, which stay in one split as if they were one group."

    def _listed(self) -> tuple[BrokenFile, ...]:
        """Return the excluded rows, in order."""
        found = ((*self.table.where(place), reason) for place, reason in sorted(self._broken.items()))
        return tuple(BrokenFile(path=f"{shown(file.path)}, row {row}", reason=reason) for file, row, reason in found)

    def _name(self, place: int) -> str:
        """Return the path of the row's picture, and the row if an earlier one has the same; only the row of an embedded
        picture. Of a table in several files, its row in its file, however many of the others are there.
        """
        value, (file, number) = self.table.rows[place].get(self.table.layout.picture), self.table.where(place)
        row = f"{shown(Path(file.path.name))}, row {number}" if file.name else f"row {number}"
        if not isinstance(value, str):
            return row
        return value if self._firsts[value] == place else f"{value}, {row}"

    @cached_property
    def _firsts(self) -> dict[str, int]:
        """The first row of each path."""
        picture, firsts = self.table.picture, dict[str, int]()
        for place, row in enumerate(self.table.rows):
            if isinstance(path := row.get(picture), str):
                firsts.setdefault(path, place)
        return firsts

    def _groups(self) -> NDArray[np.int64] | None:
        names = self._group_names()
        numbers = {name: number for number, name in enumerate(sorted(filter(None, names)))} | {None: UNKNOWN_GROUP}
        return np.array([numbers[name] for name in names], np.int64) if names else None

    def _group_names(self) -> list[str | None]:
        """Return the group of each usable row, None where its cell is empty; an empty list if there are no groups."""
        group = self.table.group
        values = [self.table.rows[place].get(group) for place in self.places] if group else []
        return [None if value is None else class_in(value) for value in values]


def _stacked(values: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the targets as one array [N, ...]; unlike ``numpy.stack``, this lets other threads compute meanwhile."""
    stacked = np.empty((len(values), *values[0].shape), values[0].dtype)
    for place, value in enumerate(values):
        stacked[place] = value
    return stacked

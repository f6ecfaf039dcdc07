"""A Parquet table in several files, named as Hugging Face names them: ``train-00000-of-00003.parquet``."""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, groupby
from pathlib import Path
from typing import NamedTuple

from workbench.data.progress import Progress
from workbench.data.source import SPLIT_NAMES, DataError, shown
from workbench.data.tables.cells import Blocks, Piece, constant
from workbench.data.tables.parquet import ClassNames, read_parquet
from workbench.spec.record import Record
from workbench.spec.words import listed, plural

SHARD = re.compile(r"(.+)-(\d{4,6})-of-(\d{4,6})(?:-[0-9a-f]{6,})?\.parquet", re.IGNORECASE)
"""The name of a set of files, the number of this one, and how many there are; perhaps a hash, each file its own."""

SPLIT = "split"
"""The column that the files' names fill where they are of several splits."""

ORDER = {"train": 0, "val": 1, "test": 2}


class Shard(Record):
    """One file of a table: ``name`` is what its files have in common, usually a split; "" for a table in one file."""

    path: Path
    name: str = ""
    number: int = 0
    total: int = 1

    @property
    def split(self) -> str:
        """``train``, ``val`` or ``test``; "" if the name is none of these."""
        return SPLIT_NAMES.get(self.name.lower(), "")


class ShardRows(NamedTuple):
    """The rows of all files of a table, the class names that these give, the files with the index of each one's first
    row, and notes on them.
    """

    blocks: Blocks
    class_names: ClassNames
    firsts: dict[Shard, int]
    notes: list[str]


def shard_of(path: Path) -> Shard:
    """Return what a file's name says."""
    found = SHARD.fullmatch(path.name)
    return Shard(path=path, name=found[1], number=int(found[2]), total=int(found[3])) if found else Shard(path=path)


def shards_of(path: Path) -> list[Shard]:
    """Return all files that may be of the same table as a file, in the order of the splits and of their numbers: those
    in its folder of the same name and, if that is a split, of the other splits.
    """
    own = shard_of(path)
    if not own.name:
        return [own]
    try:
        found = [shard_of(each) for each in path.parent.iterdir() if not each.name.startswith(".") and each.is_file()]
    except OSError:  # a folder that refuses to be listed may still give its files
        return [own]
    if own not in found:
        return [own]
    together = [each for each in found if each.name == own.name or (own.split and each.split)]
    return sorted(together, key=lambda each: (ORDER.get(each.split, 0), each.name, each.number, each.path.name))


def read_shards(path: Path, progress: Progress) -> ShardRows:
    """Read the files of one table, ``path`` among them; the other splits only together with one for training.

    Where they are of several splits, the column ``split`` names each row's. Raises DataError if a file of the same name
    as the chosen one cannot be read; of another name, that is noted.
    """
    own, there = shard_of(path), shards_of(path)
    chosen = _of_one_set(own, there)
    read, class_names, notes = dict[Shard, Blocks](), ClassNames(), list[str]()
    for shard in chosen:
        try:
            read[shard], given = read_parquet(shard.path, progress)
        except DataError:
            if shard.name == own.name:
                raise
            name = shown(Path(shard.path.name))
            notes.append(f"{name} cannot be read and was ignored: copy or save it again, or choose it to see why.")
        else:
            class_names = given | class_names
    if not any(shard.split == "train" for shard in read):
        read = {shard: blocks for shard, blocks in read.items() if shard.name == own.name}
    for name in dict.fromkeys(shard.name for shard in read):
        same = [shard for shard in there if shard.name == name]
        notes += _notes([shard for shard in same if shard in chosen], [shard for shard in same if shard not in chosen])
    counts = (sum(num_rows for num_rows, _ in blocks) for blocks in read.values())
    firsts = dict(zip(read, accumulate(counts, initial=0), strict=False))
    if len({shard.name for shard in read}) > 1:
        if any(_contradicts(block, shard) for shard, blocks in read.items() for _, block in blocks):
            notes.append(f"The column {SPLIT} says otherwise than the names of the files, which count.")
        read = {shard: [_of_split(shard.name, *block) for block in blocks] for shard, blocks in read.items()}
    return ShardRows(list(chain.from_iterable(read.values())), class_names, firsts, notes)


def _of_split(name: str, num_rows: int, block: dict[str, Piece]) -> tuple[int, dict[str, Piece]]:
    """Return the rows with the split as their first column."""
    split = {SPLIT: constant(name, num_rows)}
    return num_rows, split | block | split


def files_words(shards: Sequence[Shard]) -> str:
    """Return ``2 files of train and 1 file of test``; "" for a table in one file."""
    counts = [f"{plural(len(list(same)), 'file')} of {name}" for name, same in groupby(shards, lambda each: each.name)]
    return listed(counts) if len(shards) > 1 else ""


def _of_one_set(own: Shard, shards: Sequence[Shard]) -> list[Shard]:
    """Return the files that belong together: of each name those with the total of the chosen file, else of the first,
    and one with each number.
    """
    first, found = dict[str, Shard](), dict[tuple[str, int], Shard]()
    for each in sorted(shards, key=lambda each: (each != own, each.path.name)):
        if first.setdefault(each.name, each).total == each.total:
            found.setdefault((each.name, each.number), each)
    together = set(found.values())
    return [each for each in shards if each in together]


def _contradicts(block: dict[str, Piece], shard: Shard) -> bool:
    splits = block[SPLIT].values() if SPLIT in block else ()
    return any(SPLIT_NAMES.get(str(value).lower()) != shard.split for value in splits)


def _notes(shards: Sequence[Shard], others: Sequence[Shard]) -> Iterator[str]:
    """What is odd about the files of one name: some are missing, or there are more than belong together."""
    name, total = shards[0].name, shards[0].total
    lacking = sorted(set(range(total)) - {each.number for each in shards})
    if lacking:
        yield (
            f"Of the {plural(total, 'file')} of {name}, {len(lacking):,} cannot be found, the first number "
            f"{lacking[0]}: put them beside the others to use their rows."
        )
    if others:
        yield (
            f"Ignored: {plural(len(others), 'more file')} of {name}, the first {shown(Path(others[0].path.name))}, of another "
            "total or with the number of one that is read: choose it to read it instead."
        )

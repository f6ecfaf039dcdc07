"""A Parquet table in several files, named as Hugging Face names them: ``train-00000-of-00003.parquet``."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from workbench.data.source import SPLIT_NAMES
from workbench.data.table_parquet import ClassNames, read_parquet
from workbench.spec.record import Record
from workbench.spec.words import listed, plural

SHARD = re.compile(r"(.+)-(\d{4,6})-of-(\d{4,6})(?:-[0-9a-f]{6,})?\.parquet", re.IGNORECASE)
"""The name of a set of files, the number of this one, and how many there are; perhaps a hash."""

SPLIT = "split"
"""The column added where the files' names assign splits."""

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


def shards_of(path: Path) -> list[Shard]:
    """Return all files of the table to which a file belongs, in the order of the splits and of their numbers.

    These are the files in its folder of the same name and, if that is a split, of the other splits.
    """
    own = _shard(path)
    if not own.name or not path.is_file():
        return [own]
    found = [_shard(each) for each in path.parent.iterdir() if not each.name.startswith(".")]
    together = [each for each in found if each.name == own.name or (_is_split(own) and _is_split(each))]
    return sorted(together, key=lambda each: (ORDER.get(each.split, 0), each.name, each.number))


def read_shards(path: Path) -> tuple[list[dict[str, Any]], ClassNames, list[str]]:
    """Return the rows of all files of a table, the class names that they give, and notes on the files.

    Where the files are of several splits, a column ``split`` names each row's. Raises DataError if one cannot be read.
    """
    shards = shards_of(path)
    names = list(dict.fromkeys(shard.name for shard in shards))
    rows, class_names = list[dict[str, Any]](), ClassNames()
    for shard in shards:
        members, given = read_parquet(shard.path)
        class_names = given | class_names
        rows += members if len(names) == 1 else ({SPLIT: shard.name} | row for row in members)
    return rows, class_names, list(_notes(shards, names))


def _notes(shards: Sequence[Shard], names: Sequence[str]) -> Iterator[str]:
    if len(shards) > 1:
        counts = [f"{plural(sum(each.name == name for each in shards), 'file')} of {name}" for name in names]
        yield f"Read as one table: {listed(counts)}."
    for name in names:
        there = {each.number: each.total for each in shards if each.name == name}
        total = max(there.values())
        lacking = sorted(set(range(total)) - set(there))
        if lacking:
            yield (
                f"Of the {plural(total, 'file')} of {name}, {len(lacking):,} cannot be found, the first number "
                f"{lacking[0]}: put them beside the others to use their rows."
            )


def _shard(path: Path) -> Shard:
    found = SHARD.fullmatch(path.name)
    if found is None:
        return Shard(path=path)
    return Shard(path=path, name=found[1], number=int(found[2]), total=int(found[3]))


def _is_split(shard: Shard) -> bool:
    return shard.split in ORDER

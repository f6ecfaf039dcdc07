"""What the column of facts about the data says. No Qt."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from workbench.session.editing.data_facts import SPLIT_TITLES, DataFacts, SizeCount, Twins
from workbench.session.left_out import heading
from workbench.spec.quantities import significant
from workbench.spec.record import Record
from workbench.spec.words import first_few

if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = ("red", "green", "blue")

LONGEST_NAME = 18
"""Letters of a picture's path in a row with another's; the file name is always complete."""

MOST_TWINS = 8
"""Most pictures named of those that are the same: of a thousand, the text alone would stop the window for seconds."""

MOST_FEATURES = 40
"""Most numbers of the input that are listed with their mean."""

MOST_ROWS = 100
"""Most duplicates listed; the rest are only counted."""


class Bar(Record):
    """A class: its pictures in each split, and each split's share of the width, relative to the largest class."""

    name: str
    counts: tuple[int, ...]
    shares: tuple[float, ...]
    tip: str


def split_rows(facts: DataFacts) -> list[tuple[str, ...]]:
    """Return rows with split, pictures, mean and deviation, headings first; one line per colour channel."""
    splits = facts.splits
    rows = [("Split", "Count"), *((SPLIT_TITLES[each.split].title(), f"{each.count:,}") for each in splits)]
    num_channels = max(len(each.mean) for each in splits)
    if not num_channels:
        return [*rows]
    channels = "\n".join(COLOURS) if num_channels == len(COLOURS) else ""
    measured = [
        ("", "Mean", "Std dev"),
        *((channels, _numbers(each.mean), _numbers(each.std)) for each in splits),
    ]
    return [(*row, *values) for row, values in zip(rows, measured, strict=True)]


def feature_rows(facts: DataFacts) -> list[tuple[str, str, str]]:
    """Return rows with the input's numbers, their mean and deviation in training, headings first; those beyond
    ``MOST_FEATURES`` are only counted.
    """
    few, num_more = facts.features[:MOST_FEATURES], len(facts.features) - MOST_FEATURES
    rows = [(each.name, significant(each.mean), significant(each.std)) for each in few]
    more = [(f"and {num_more:,} more", "", "")] if num_more > 0 else []
    return [("", "Mean", "Std dev"), *rows, *more]


def bars(facts: DataFacts) -> list[Bar]:
    """Return a bar for each class."""
    splits = facts.splits
    counts = list(zip(*(each.class_counts for each in splits), strict=True))
    fullest = max(map(sum, counts), default=0) or 1
    return [
        Bar(
            name=name,
            counts=each,
            shares=tuple(count / fullest for count in each),
            tip="\n".join([name, *(f"{SPLIT_TITLES[s.split]} {n:,}" for s, n in zip(splits, each, strict=True))]),
        )
        for name, each in zip(facts.class_names, counts, strict=True)
    ]


def size_words(facts: DataFacts) -> str:
    """Return the sizes of the files, the most common first."""
    sizes = facts.sizes
    if len(sizes) <= 1:
        return "".join(f"All are {_size(size)}." for size in sizes)
    areas = sorted(sizes, key=lambda size: size.width * size.height)
    often = ", ".join(f"{_size(size)} ({size.count:,})" for size in sizes[:3])
    return f"{len(sizes):,} sizes, from {_size(areas[0])} to {_size(areas[-1])}; most common: {often}."


def unused_rows(facts: DataFacts, folder: str) -> list[str]:
    """Return what was ignored, and the unusable files, whose paths start with ``folder``, with their reasons."""
    files = (f"{file.path.removeprefix(folder)}: {file.reason}" for file in facts.broken)
    return [*facts.notes, *files]


def unused_heading(facts: DataFacts) -> str:
    """Return how many notes and unusable pictures ``unused_rows`` lists."""
    num_broken = len(facts.broken)
    thing = "row" if facts.features else "picture"
    return heading(len(facts.notes), num_broken, thing, num_listed=num_broken)


def twin_rows(facts: DataFacts) -> list[tuple[Twins, str]]:
    """Return the duplicates and their text, leaks first."""
    return [(twins, _words(twins)) for twins in facts.twins[:MOST_ROWS]]


def twin_heading(facts: DataFacts, *, is_surveyed: bool) -> str:
    """Return how many duplicates there are, and whether all of them are listed."""
    count, are_rows = len(facts.twins), bool(facts.features)
    if not is_surveyed:
        return "Not checked yet."
    equal = sum(twins.correlation is None for twins in facts.twins)
    if not are_rows and not facts.near_is_searched:
        return f"{equal:,} exact (=); near duplicates (≈) not checked yet."
    if not count:
        return "No duplicates."
    most = f"; the first {MOST_ROWS} are listed" if count > MOST_ROWS else ""
    more = "" if facts.twins_are_complete else " and more"
    chance = f". {facts.leak_words()}" if facts.is_mostly_equal else ""
    return f"{equal:,} exact (=){'' if are_rows else f', {count - equal:,}{more} near (≈)'}{most}{chance}"


def _words(twins: Twins) -> str:
    sign = " = " if twins.correlation is None else " ≈ "
    marks = [word for word, holds in (("Leak: ", twins.leak), ("Two classes: ", twins.conflict)) if holds]
    few = first_few(twins.names, MOST_TWINS)
    num_named = min(len(twins.names), MOST_TWINS)
    return "".join(marks) + sign.join([*told_apart(few[:num_named]), *few[num_named:]])


def told_apart(paths: Sequence[str]) -> Sequence[str]:
    """Return the ends of paths; if some are the same, with the first folder that differs; or else whole paths."""
    ends = [_short(path) for path in paths]
    parts = [path.split("/") for path in paths]
    num_common = sum(1 for _ in takewhile(lambda level: len({*level}) == 1, zip(*parts, strict=False)))
    between = [
        f"{each[num_common]}/…/{each[-1]}" if len(each) > num_common + 2 else "/".join(each[num_common:])
        for each in parts
    ]
    return next((each for each in (ends, between) if len({*each}) == len(paths)), paths)


def _short(name: str) -> str:
    """Return as much of the end of a path as leaves room for another beside it."""
    folders = name.split("/")
    while len(folders) > 1 and len("/".join(folders)) > LONGEST_NAME:
        del folders[0]
    short = "/".join(folders)
    return name if short == name else f"…/{short}"


def _size(size: SizeCount) -> str:
    return f"{size.width}×{size.height}"


def _numbers(values: tuple[float, ...]) -> str:
    return "\n".join(f"{value:.3f}" for value in values)

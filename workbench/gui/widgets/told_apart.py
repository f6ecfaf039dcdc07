"""Names with less room than they need, shortened so that each can still be told from the others."""

import re
from collections.abc import Iterable, Sequence
from itertools import chain, groupby, product, takewhile
from operator import itemgetter

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

WORD, CHARACTER = r"[^\W_]+|[\W_]+", r"(?s:.)"
"""Patterns of the parts by which names are told apart."""

BEGINNING_DATE = re.compile(r"\d{4}-\d\d-\d\d-(?=.)")
"""The first to go where all names begin with the same one: it says less than any word behind it."""

AROUND = (6, 4, 2, 0)
"""How many parts are kept before and behind those that differ, the first where that tells as many names apart."""


def told_apart(names: Sequence[str], metrics: QFontMetricsF, room: float) -> tuple[str, ...]:
    """Return the names; if one is too long, without the date that all begin with; elided at the end, or where names
    begin alike in the middle or at the beginning. Of names that look the same even so, the words that differ are left,
    or else the characters.
    """
    if max(map(metrics.horizontalAdvance, names), default=0) > room:
        names = _without_date(names)

    def elided(texts: Iterable[str], mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight) -> tuple[str, ...]:
        return tuple(metrics.elidedText(text, mode, room) for text in texts)

    modes = (Qt.TextElideMode.ElideRight, Qt.TextElideMode.ElideMiddle, Qt.TextElideMode.ElideLeft)
    written = max((elided(names, mode) for mode in modes), key=_num_distinct)
    for part, together, around in product((WORD, CHARACTER), (False, True), AROUND):
        alike = _alike(names, written)
        if not alike:
            break
        groups = [list(chain(*alike))] if together else alike
        differing = {name: text for group in groups for name, text in _differing(group, part, around).items()}
        apart = elided(differing.get(name, short) for name, short in zip(names, written, strict=True))
        written = max(written, apart, key=_num_distinct)
    return written


def _without_date(names: Sequence[str]) -> Sequence[str]:
    dates = {found[0] if (found := BEGINNING_DATE.match(name)) else "" for name in names}
    return [f"…{name.removeprefix(date)}" for name in names] if (date := dates.pop()) and not dates else names


def _num_distinct(texts: Sequence[str]) -> int:
    return len(set(texts))


def _alike(names: Sequence[str], written: Sequence[str]) -> list[list[str]]:
    """Return the groups of different names that are ``written`` the same way."""
    groups: dict[str, dict[str, None]] = {}
    for name, short in zip(names, written, strict=True):
        groups.setdefault(short, {})[name] = None
    return [list(group) for group in groups.values() if len(group) > 1]


def _differing(names: Sequence[str], part: str, around: int) -> dict[str, str]:
    """Return each name without the parts with which all of them begin and end, except the last and first few, and
    without those between that all have at the same place.
    """
    parts = [re.findall(part, name) for name in names]
    same_begin = _num_alike(parts)
    same_end = _num_alike([each[same_begin:][::-1] for each in parts])
    begin, end = max(same_begin - around, 0), max(same_end - around, 0)
    middles = [each[begin : len(each) - end] for each in parts]
    if len(set(map(len, middles))) > 1:
        kept = [True] * max(map(len, middles))
    else:
        places = range(same_begin - begin, len(middles[0]) - (same_end - end))
        kept = [place not in places or len({each[place] for each in middles}) > 1 for place in range(len(middles[0]))]
    return {
        name: "…" * bool(begin) + _without_others(middle, kept) + "…" * bool(end)
        for name, middle in zip(names, middles, strict=True)
    }


def _without_others(parts: Sequence[str], kept: Sequence[bool]) -> str:
    """Return the parts that are kept, with an ellipsis in place of the others."""
    runs = groupby(zip(parts, kept, strict=False), key=itemgetter(1))
    return "".join("".join(part for part, _ in run) if is_kept else "…" for is_kept, run in runs)


def _num_alike(texts: Sequence[Sequence[str]]) -> int:
    """Return with how many same parts all texts begin."""
    return sum(1 for _ in takewhile(lambda parts: len(set(parts)) == 1, zip(*texts, strict=False)))

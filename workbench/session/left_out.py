"""Describes what was excluded from a run's data, for the terminal and the window."""

import os
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from workbench.data.source import shown
from workbench.events import DataPrepared
from workbench.spec import words
from workbench.spec.component import Component
from workbench.spec.words import plural, several

NAMED = 2
"""The number of files named in a sentence; the rest are counted."""


def sentence(prepared: DataPrepared, others: str = "", within: str = "") -> str:
    """Return ``3 pictures were excluded: a/b.png (it is damaged), ...``, or rows of numbers; empty if there are none.

    ``others`` says where the other files are listed; ``within`` is a prefix of their paths that readers need not see.
    """
    if not prepared.num_broken:
        return ""
    few = prepared.broken[:NAMED]
    named = [_with_reason(reason, files, within) for reason, files in groupby(few, key=lambda file: file[1])]
    one = prepared.thing
    what = f"1 {one} was" if prepared.num_broken == 1 else f"{prepared.num_broken:,} {several(one)} were"
    unnamed = prepared.num_broken - len(few)
    return f"{what} excluded: {', '.join(named)}" + (f", and {unnamed:,} more{others}" if unnamed else "")


def relabelled(prepared: DataPrepared) -> str:
    """Return ``labels corrected: 3``; empty if there are none."""
    return f"labels corrected: {prepared.num_relabelled:,}" if prepared.num_relabelled else ""


def _with_reason(reason: str, files: Iterable[tuple[str, str]], within: str) -> str:
    """Return consecutive files with the same reason, stated once. The reason for a table's row names the picture."""
    paths = [path.removeprefix(within) for path, _ in files]
    reason = re.sub(rf"(?<!\S){re.escape(within)}", "", reason)
    return f"{', '.join(paths)} ({'each: ' if len(paths) > 1 else ''}{reason})"


def folder_of(source: Component) -> str:
    """Return the prefix of a source's file paths: the folder of the user's own data; empty for any other source."""
    folder, file = source.parameters.get("folder"), source.parameters.get("file")
    if folder:
        return f"{shown(Path(str(folder)).expanduser())}{os.sep}"
    return f"{shown(Path(str(file)).expanduser().parent)}{os.sep}" if file else ""


def heading(num_notes: int, num_broken: int, thing: str, *, num_listed: int) -> str:
    """Return what a list of notes and of pictures that cannot be used holds: ``1 note and 5 pictures that cannot be
    used``, or rows, by what a ``thing`` is called; of more than ``num_listed``, that only the first are listed.
    """
    of_all = f", the first {num_listed:,} listed" if num_listed < num_broken else ""
    notes = [plural(num_notes, "note")] if num_notes else []
    broken = [f"{plural(num_broken, thing)} that cannot be used{of_all}"] if num_broken else []
    return words.listed([*notes, *broken])


def listed(prepared: DataPrepared) -> str:
    """Return how many of the excluded files the event lists: ``all`` or ``the first 1,000``."""
    num_listed = len(prepared.broken)
    return "all" if num_listed == prepared.num_broken else f"the first {num_listed:,}"

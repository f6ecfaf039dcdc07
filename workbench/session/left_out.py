"""Describes what was excluded from a run's data, for the terminal and the window."""

import os
import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from workbench.data.source import shown
from workbench.events import DataPrepared
from workbench.spec.component import Component

NAMED = 2
"""Files named in a sentence; the rest are counted."""


def sentence(prepared: DataPrepared, others: str = "", within: str = "") -> str:
    """``3 pictures were excluded: a/b.png (it is damaged), ...``; empty where none was.

    ``others`` says where the files that are not named can be seen; ``within`` is what their paths begin with and a reader
    need not be told.
    """
    if not prepared.num_broken:
        return ""
    few = prepared.broken[:NAMED]
    named = [_with_reason(reason, files, within) for reason, files in groupby(few, key=lambda file: file[1])]
    what = "1 picture was" if prepared.num_broken == 1 else f"{prepared.num_broken:,} pictures were"
    unnamed = prepared.num_broken - len(few)
    return f"{what} excluded: {', '.join(named)}" + (f", and {unnamed:,} more{others}" if unnamed else "")


def _with_reason(reason: str, files: Iterable[tuple[str, str]], within: str) -> str:
    """Files in a row that have one reason: it is said once. The reason for a table's row names the picture."""
    paths = [path.removeprefix(within) for path, _ in files]
    reason = re.sub(rf"(?<!\S){re.escape(within)}", "", reason)
    return f"{', '.join(paths)} ({'each: ' if len(paths) > 1 else ''}{reason})"


def folder_of(source: Component) -> str:
    """What the paths of a source's files begin with: the folder of somebody's own data; empty for any other source."""
    folder, file = source.parameters.get("folder"), source.parameters.get("file")
    if folder:
        return f"{shown(Path(str(folder)).expanduser())}{os.sep}"
    return f"{shown(Path(str(file)).expanduser().parent)}{os.sep}" if file else ""


def listed(prepared: DataPrepared) -> str:
    """How many of them the event lists: ``all`` or, of very many, ``the first 1,000``."""
    num_listed = len(prepared.broken)
    return "all" if num_listed == prepared.num_broken else f"the first {num_listed:,}"

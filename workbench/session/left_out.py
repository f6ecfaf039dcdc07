"""Describes what was excluded from a run's data, for the terminal and the window."""

from workbench.events import DataPrepared

NAMED = 3
"""Files named in a sentence; the rest are counted."""


def sentence(prepared: DataPrepared, others: str = "") -> str:
    """``3 pictures were left out: a/b.png (it is damaged), ...``; empty where nothing was.

    ``others`` says where the files that are not named can be seen.
    """
    if not prepared.num_broken:
        return ""
    named = [f"{path} ({reason})" for path, reason in prepared.broken[:NAMED]]
    what = "1 picture was" if prepared.num_broken == 1 else f"{prepared.num_broken:,} pictures were"
    unnamed = prepared.num_broken - len(named)
    return f"{what} excluded: {', '.join(named)}" + (f", and {unnamed:,} more{others}" if unnamed else "")


def listed(prepared: DataPrepared) -> str:
    """How many of them the event lists: ``all`` or, of very many, ``the first 1,000``."""
    num_listed = len(prepared.broken)
    return "all" if num_listed == prepared.num_broken else f"the first {num_listed:,}"

"""What a cache keeps and nobody has wanted for long: it goes when something new is kept."""

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

UNUSED_S = 60 * 24 * 3600
"""Longer than a holiday."""


def mark_wanted(file: Path) -> None:
    """Record that the entry was used just now."""
    with suppress(OSError):  # it is gone, or another user's
        os.utime(file)


def unwanted(folder: Path, pattern: str) -> Iterator[Path]:
    """The files of a folder, by a glob, that were of no use for so long."""
    latest_s = time.time() - UNUSED_S
    for file in folder.glob(pattern):
        with suppress(OSError):  # somebody else has just deleted it
            if file.stat().st_mtime < latest_s:
                yield file

"""Cache entries that have not been used for long; they are deleted when a new one is stored."""

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
    """Yield the files of a folder that match a glob and have not been used for that long."""
    latest_s = time.time() - UNUSED_S
    for file in folder.glob(pattern):
        with suppress(OSError):  # somebody else has just deleted it
            if file.stat().st_mtime < latest_s:
                yield file

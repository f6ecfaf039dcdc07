"""Reads pictures of the user's own, some files at a time, as the pictures of a run are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from workbench.data.progress import Cancelled
from workbench.session.views.album import NEVER, Part
from workbench.session.views.predictions import NOTHING
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.data.dataset import Dataset
    from workbench.data.progress import Progress
    from workbench.session.views.predictions import Head

FILES_AT_ONCE = 512
"""The number of files that are read before the network is asked about them."""

FEW = 64
"""The most files that are decoded into memory; more have a place in the cache of decoded pictures, on the disk."""


FINDING = "Looking for pictures"


class _Chosen:
    """Files and folders that were chosen, and what has been found among them so far."""

    def __init__(self, lot: int, paths: Sequence[Path]) -> None:
        from workbench.data.folder_scan import pictures_among

        self._lot = lot
        self._waiting = pictures_among(paths)
        self._files: list[Path] = []
        self._unusable: list[tuple[str, str]] = []

    def find(self, progress: Progress) -> list[_Found]:
        """Return the files, in portions. If ``progress`` cancels, the next call goes on from there."""
        for files, broken in self._waiting:
            self._files += files
            self._unusable += [(each.path, each.reason) for each in broken]
            progress(FINDING, len(self._files), 1)
        portions = range(0, len(self._files), FILES_AT_ONCE)
        found = [_Found(lot=self._lot, files=tuple(self._files[first : first + FILES_AT_ONCE])) for first in portions]
        return [*found, *[_Found(lot=self._lot, unusable=tuple(self._unusable))] * bool(self._unusable)]


@dataclass(frozen=True, kw_only=True)
class _Found:
    """Files that wait to be read, or are known to be none: ``unusable``, with the reason."""

    lot: int
    files: tuple[Path, ...] = ()
    unusable: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.files) + len(self.unusable)


class Reading:
    """Files and folders to read, those that were added last first. One thread reads; any may add and cancel."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: list[_Chosen | _Found] = []
        self._num_cancels = 0
        self.num_lots = 0
        """How many times something was added."""
        self.num_found = 0
        """How many files were found."""
        self.num_cancelled = 0
        """How many of them are not read because that was cancelled, or the disk refused."""

    def add(self, paths: Sequence[Path]) -> None:
        """Have these files and folders read before those that wait."""
        with self._lock:
            self._waiting.insert(0, _Chosen(self.num_lots, tuple(paths)))
            self.num_lots += 1

    def cancel(self) -> None:
        """Have nothing more read of what was added so far."""
        with self._lock:
            self._num_cancels += 1
            self._drop(self._waiting)
            self._waiting = []

    def _drop(self, works: Sequence[_Chosen | _Found]) -> None:
        self.num_cancelled += sum(len(each) for each in works if isinstance(each, _Found))

    @property
    def waits(self) -> bool:
        """Whether there is more to read."""
        return bool(self._waiting)

    def next_part(self, dataset: Dataset, heads: Sequence[Head], progress: Progress) -> Part | None:
        """Read some more; None if that only told which files there are.

        What ``progress`` cancels is read another time, unless all is cancelled. Raises SpecError if the disk refuses.
        """
        with self._lock:
            if not self._waiting:
                return None
            work, num_cancels = self._waiting.pop(0), self._num_cancels
        try:
            if isinstance(work, _Found):
                return _read(work, dataset, heads, progress)
            found = work.find(progress)
        except Cancelled:
            self._put_first([work], num_cancels)
            raise
        except SpecError:
            with self._lock:
                self._drop([work])
            raise
        self.num_found += sum(map(len, found))
        self._put_first(found, num_cancels)
        return None

    def _put_first(self, works: Sequence[_Chosen | _Found], num_cancels: int) -> None:
        """Have these read next, unless that was cancelled since there were so many cancellations."""
        with self._lock:
            if num_cancels == self._num_cancels:
                self._waiting[:0] = works
            else:
                self._drop(works)


def _read(found: _Found, dataset: Dataset, heads: Sequence[Head], progress: Progress) -> Part:
    from workbench.data.decoding.decoders import pictures_of
    from workbench.data.decoding.picture_cache import decoded, decoded_now
    from workbench.data.folder_scan import PictureFile
    from workbench.data.source import shown

    _, channels, height, width = dataset.train.inputs.shape
    decode = decoded_now if len(found.files) <= FEW else decoded
    files = [PictureFile(file=os.fspath(file)) for file in found.files]
    pictures, result = decode(files, (channels, height, width), progress, pictures_of(dataset.tone))
    rows = np.full(len(found), -1)
    rows[list(result.kept)] = np.arange(len(result.kept))
    reasons = {len(files) + place: reason for place, (_, reason) in enumerate(found.unusable)}
    return Part(
        lot=found.lot,
        files=(*map(shown, found.files), *(file for file, _ in found.unusable)),
        real_paths=(*_real_paths(found.files), *(file for file, _ in found.unusable)),
        pictures=pictures,
        rows=rows,
        problems={**result.broken, **reasons},
        steps=np.full(len(found), NEVER),
        values=tuple(np.full((len(found), head.width), np.nan, np.float32) for head in heads),
        likeliest=tuple(np.full(len(found), NOTHING) for _ in heads),
    )


def _real_paths(files: Sequence[Path]) -> list[str]:
    """Return the path of each file that it has by whatever path it was chosen."""
    folders = {folder: Path(os.path.realpath(folder)) for folder in {file.parent for file in files}}
    return [
        os.path.realpath(file) if file.is_symlink() else os.fspath(folders[file.parent] / file.name) for file in files
    ]

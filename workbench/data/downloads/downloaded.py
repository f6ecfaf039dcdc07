"""The well-known data sets that are downloaded on first use; torchvision has their addresses and reads their files.

torchvision would download them too, but it prints a progress bar and cannot be cancelled; so the archives are
downloaded and unpacked here, where torchvision expects their content. All of this happens in a temporary folder, which
is renamed once complete: a set is on the disk entirely or not at all.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from workbench import durable
from workbench.data.downloads.download import RemoteFile, fetch_all
from workbench.data.downloads.unpacking import SUFFIXES, Tell, unpack
from workbench.data.progress import Cancelled, Progress
from workbench.data.source import DataError, DataSource, Examples, Loaded, SourceFacts
from workbench.places import data_dir
from workbench.spec.column import CLASS
from workbench.spec.quantities import file_size


class DownloadedSet(DataSource):
    """Base of the sets that torchvision knows."""

    abstract: ClassVar[bool] = True
    known: ClassVar[SourceFacts]

    @classmethod
    def title(cls) -> str:
        return cls.known.title

    def facts(self) -> SourceFacts:
        return self.known

    @property
    def needs_download(self) -> bool:
        return not self._root.is_dir()

    @property
    def _root(self) -> Path:
        return data_dir() / self.id

    @property
    def table(self) -> Any:
        """torchvision's class of the same name: it has addresses and checksums, and reads the files."""
        from torchvision import datasets  # noqa: TID251  # everything has been downloaded here

        return getattr(datasets, type(self).__name__)

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        """Return what to download, and where torchvision expects it under ``root``: by default, its archive."""
        return [RemoteFile(urls=(self.table.url,), path=root / self.table.filename, md5=self.table.tgz_md5)]

    def unpack(self, archive: Path, tell: Tell) -> None:
        """Unpack what is needed of a downloaded archive, beside it."""
        unpack(archive, tell)

    def arrays(self, root: Path, split: str) -> tuple[NDArray[Any], Any]:
        """Return the pictures of train or test, uint8 [N, C, H, W] or [N, H, W] (grey), and their labels."""
        raise NotImplementedError

    def read(self, root: Path, wanted: tuple[int, ...], progress: Progress) -> Loaded:
        """Read the set from its files under ``root``: by default, its ``arrays``."""
        assert self.known.columns is not None
        train, test = (_examples(*self.arrays(root, split)) for split in ("train", "test"))
        return Loaded(columns=self.known.columns, train=train, test=test)

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        root = self._root
        if self.needs_download:
            self._fetch(root, progress)
        progress(f"Reading {self.known.title}", 0, 1)
        try:
            return self.read(root, wanted, progress)
        except (DataError, Cancelled, ImportError):
            raise
        except Exception as error:  # a damaged file makes torchvision raise almost anything
            raise DataError(
                f"{self.known.title} is damaged on disk ({error}): delete the folder {root} to download it again"
            ) from error

    def glance(self, used: Collection[str] | None, wanted: tuple[int, ...]) -> None:
        """Do nothing: the set may not be downloaded yet, and is large."""

    def _fetch(self, root: Path, progress: Progress) -> None:
        assert self.known.download_bytes is not None
        durable.make_folder(root.parent)
        durable.clear_leftovers(root.parent, f".{self.id}.*")
        try:
            staging = Path(tempfile.mkdtemp(prefix=f".{self.id}.", dir=root.parent))
        except OSError as error:
            raise DataError(f"{root}: cannot be written: {error.strerror}") from error
        try:
            files = self.remote_files(staging)
            fetch_all(self.known.title, files, self.known.download_bytes, progress)
            self._unpack(root, [file.path for file in files if file.path.suffix in SUFFIXES], progress)
            if not root.is_dir():  # else another window or command was faster
                durable.keep_folder(
                    staging, root, lambda done, total: progress(f"Storing {self.known.title}", done, total)
                )
        finally:
            shutil.rmtree(staging, ignore_errors=True)

    def _unpack(self, root: Path, archives: Sequence[Path], progress: Progress) -> None:
        """Unpack each archive in place, and delete it."""
        total_bytes = sum(archive.stat().st_size for archive in archives)
        before = 0

        def tell(num_read: int) -> None:
            done = min(before + num_read, total_bytes)
            words = f"Unpacking {self.known.title}: {file_size(done)} of {file_size(total_bytes)}"
            progress(words, done, total_bytes)

        try:
            for archive in archives:
                tell(0)
                self.unpack(archive, tell)
                before += archive.stat().st_size
                archive.unlink()
        except OSError as error:
            raise DataError(f"{root}: {self.known.title} cannot be unpacked: {error.strerror or error}") from error


def _examples(pictures: NDArray[Any], labels: Any) -> Examples:
    with_channels = pictures[:, None] if pictures.ndim == 3 else pictures
    return Examples(inputs=np.ascontiguousarray(with_channels), targets={CLASS: np.asarray(labels, np.int64)})

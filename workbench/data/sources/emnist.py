"""EMNIST, balanced."""

from __future__ import annotations

import gzip
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.downloaded import DownloadedSet
from workbench.data.downloads.unpacking import Archive, Tell
from workbench.data.source import SourceFacts
from workbench.spec.column import one_class

SPLIT = "balanced"


class EMNIST(DownloadedSet):
    """Handwritten characters, 47 classes, 28×28 grey, 112,800 + 18,800 (Cohen et al. 2017). Downloaded on first use.

    Letters that look alike as capital and small share a class, and each class has as many pictures. The archive holds
    five other selections, which are not kept.
    """

    id = "emnist"
    known = SourceFacts(
        title="EMNIST, balanced",
        licence="see www.nist.gov/itl/products-and-services/emnist-dataset",
        columns=one_class("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"),
        picture_shape=(1, 28, 28),
        num_train=112_800,
        num_test=18_800,
        download_bytes=561_753_746,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        return [RemoteFile(urls=(self.table.url,), path=root / "emnist.zip", md5=self.table.md5)]

    def unpack(self, archive: Path, tell: Tell) -> None:
        """Unpack only the four files of this selection."""
        folder = archive.parent / self.table.__name__ / "raw"
        folder.mkdir(parents=True)
        with Archive(archive, tell) as file, zipfile.ZipFile(file) as parts:
            for split in ("train", "test"):
                for part in ("images-idx3", "labels-idx1"):
                    name = f"emnist-{SPLIT}-{split}-{part}-ubyte"
                    with (
                        parts.open(f"gzip/{name}.gz") as packed,
                        gzip.open(packed) as unpacked,
                        (folder / name).open("wb") as target,
                    ):
                        shutil.copyfileobj(unpacked, target)

    def arrays(self, root: Path, split: str) -> tuple[NDArray[Any], Any]:
        table = self.table(root, split=SPLIT, train=split == "train")
        return table.data.mT.numpy(), table.targets  # its files store pictures transposed, unlike MNIST's

"""MNIST and Fashion-MNIST, complete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.downloaded import DownloadedSet
from workbench.data.source import SourceFacts
from workbench.data.sources.digits import DIGITS
from workbench.data.sources.fashion_mnist_small import CLOTHING
from workbench.spec.column import one_class


class MNIST(DownloadedSet):
    """Handwritten digits, 28×28 grey, 60,000 + 10,000 (LeCun et al. 1998). Downloaded on first use."""

    id = "mnist"
    known = SourceFacts(
        title="MNIST",
        licence="CC BY-SA 3.0, LeCun and Cortes",
        columns=one_class(DIGITS),
        picture_shape=(1, 28, 28),
        num_train=60_000,
        num_test=10_000,
        download_bytes=11_594_722,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        folder = root / self.table.__name__ / "raw"
        return [
            RemoteFile(urls=tuple(mirror + name for mirror in self.table.mirrors), path=folder / name, md5=md5)
            for name, md5 in self.table.resources
        ]

    def arrays(self, root: Path, split: str) -> tuple[NDArray[Any], Any]:
        table = self.table(root, train=split == "train")
        return table.data.numpy(), table.targets


class FashionMNIST(MNIST):
    """Ten kinds of clothing, 28×28 grey, 60,000 + 10,000 (Xiao, Rasul, Vollgraf 2017). Downloaded on first use."""

    id = "fashion-mnist"
    known = SourceFacts(
        title="Fashion-MNIST",
        licence="MIT, Zalando SE",
        columns=one_class(CLOTHING),
        picture_shape=(1, 28, 28),
        num_train=60_000,
        num_test=10_000,
        download_bytes=30_878_645,
    )

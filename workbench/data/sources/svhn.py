"""Street View House Numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.downloaded import DownloadedSet
from workbench.data.source import SourceFacts
from workbench.data.sources.digits import DIGITS
from workbench.spec.column import one_class


class SVHN(DownloadedSet):
    """Digits of house numbers, 32×32 colour, 73,257 + 26,032 (Netzer et al. 2011). Downloaded on first use."""

    id = "svhn"
    known = SourceFacts(
        title="SVHN",
        licence="for non-commercial use",
        columns=one_class(DIGITS),
        picture_shape=(3, 32, 32),
        num_train=73_257,
        num_test=26_032,
        in_colour=True,
        download_bytes=246_316_178,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        files = (self.table.split_list[split] for split in ("train", "test"))
        return [RemoteFile(urls=(url,), path=root / name, md5=md5) for url, name, md5 in files]

    def arrays(self, root: Path, split: str) -> tuple[NDArray[Any], Any]:
        table = self.table(root, split=split)
        return table.data, table.labels

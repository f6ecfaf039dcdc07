"""Street View House Numbers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.downloaded import DownloadedSet, examples
from workbench.data.progress import Progress
from workbench.data.source import Loaded, SourceFacts
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

    def read(self, root: Path, wanted: tuple[int, ...], progress: Progress) -> Loaded:
        train, test = (self.table(root, split=split) for split in ("train", "test"))
        return Loaded(
            columns=one_class(DIGITS), train=examples(train.data, train.labels), test=examples(test.data, test.labels)
        )

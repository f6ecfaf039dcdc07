"""STL-10."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.downloaded import DownloadedSet, examples
from workbench.data.progress import Progress
from workbench.data.source import Loaded, SourceFacts
from workbench.spec.column import one_class


class STL10(DownloadedSet):
    """Ten kinds of animals and vehicles, 96×96 colour, 5,000 + 8,000 (Coates, Lee, Ng 2011). Downloaded on first use.

    Its 100,000 unlabelled pictures are part of the download, but not used.
    """

    id = "stl10"
    known = SourceFacts(
        title="STL-10",
        licence="none stated by its authors; from ImageNet",
        columns=one_class(("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")),
        picture_shape=(3, 96, 96),
        num_train=5_000,
        num_test=8_000,
        in_colour=True,
        download_bytes=2_640_397_119,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        return [RemoteFile(urls=(self.table.url,), path=root / self.table.filename, md5=self.table.tgz_md5)]

    def read(self, root: Path, wanted: tuple[int, ...], progress: Progress) -> Loaded:
        train, test = (self.table(root, split=split) for split in ("train", "test"))
        return Loaded(
            columns=one_class(train.classes),
            train=examples(train.data, train.labels),
            test=examples(test.data, test.labels),
        )

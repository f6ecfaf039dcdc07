"""Imagenette: ten easy classes of ImageNet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.downloaded import DownloadedSet
from workbench.data.folder import load_folder
from workbench.data.progress import Progress
from workbench.data.source import Loaded, SourceFacts
from workbench.spec.column import one_class

SIZE = "160px"


class Imagenette(DownloadedSet):
    """Ten easy classes of ImageNet, colour, shorter side 160, 9,469 + 3,925 (Howard 2019). Downloaded on first use.

    Its second split is used for testing; validation is held out of the first, as for the other sets.
    """

    id = "imagenette"
    known = SourceFacts(
        title="Imagenette",
        licence="Apache-2.0; pictures from ImageNet, for research",
        columns=one_class(
            (
                "tench",
                "English springer",
                "cassette player",
                "chain saw",
                "church",
                "French horn",
                "garbage truck",
                "gas pump",
                "golf ball",
                "parachute",
            )
        ),
        num_train=9_469,
        num_test=3_925,
        in_colour=True,
        download_bytes=99_003_388,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        url, md5 = self.table._ARCHIVES[SIZE]
        return [RemoteFile(urls=(url,), path=root / Path(url).name, md5=md5)]

    def read(self, root: Path, wanted: tuple[int, ...], progress: Progress) -> Loaded:
        channels, height, width = wanted
        folder = root / Path(self.table._ARCHIVES[SIZE][0]).stem
        loaded = load_folder(folder, (channels, height, width), progress)
        names = tuple(self.table._WNID_TO_CLASS[wnid][0] for wnid in loaded.class_names)
        return replace(loaded, columns=one_class(names), val=None, test=loaded.val)

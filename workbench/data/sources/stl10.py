"""STL-10."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from workbench.data.downloads.downloaded import DownloadedSet
from workbench.data.source import SourceFacts
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

    def arrays(self, root: Path, split: str) -> tuple[NDArray[Any], Any]:
        table = self.table(root, split=split)
        return table.data, table.labels

"""EuroSAT."""

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

URL = "https://huggingface.co/datasets/torchgeo/eurosat/resolve/c877bcd43f099cd0196738f714544e355477f3fd/EuroSAT.zip"
MD5 = "c8fa014336c82ac7804f0398fcb19387"
TEST_SHARE = 0.2
LAND = (
    "AnnualCrop",
    "Forest",
    "HerbaceousVegetation",
    "Highway",
    "Industrial",
    "Pasture",
    "PermanentCrop",
    "Residential",
    "River",
    "SeaLake",
)


class EuroSAT(DownloadedSet):
    """Satellite images, ten kinds of land use, 64×64 colour, 27,000 (Helber et al. 2019). Downloaded on first use.

    It has no splits: a fifth is held out for testing, as the recipe splits.
    """

    id = "eurosat"
    known = SourceFacts(
        title="EuroSAT",
        licence="MIT, see github.com/phelber/EuroSAT",
        columns=one_class(LAND),
        num_train=27_000,
        test_share=TEST_SHARE,
        in_colour=True,
        download_bytes=94_280_567,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        return [RemoteFile(urls=(URL,), path=root / Path(URL).name, md5=MD5)]

    def read(self, root: Path, wanted: tuple[int, ...], progress: Progress) -> Loaded:
        channels, height, width = wanted
        return replace(load_folder(root / "2750", (channels, height, width), progress), test_share=TEST_SHARE)

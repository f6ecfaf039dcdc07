"""Crops of six colour photographs, which come with the program."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from workbench.data.embedded import folder_of
from workbench.data.progress import Progress
from workbench.data.source import DataSource, Examples, Loaded, SourceFacts
from workbench.spec.column import CLASS, one_class

PHOTOS = ("astronaut", "cat", "coffee", "galaxies", "retina", "rocket")
PATCH = 32


class PhotoPatches(DataSource):
    """Which photograph is this 32×32 patch from? Natural colours, 4,020 + 1,008 patches. Built in.

    Training and test patches come from different parts of each photograph: they share no pixel.
    """

    shown_as = "Photo patches"
    id = "photo-patches"

    def facts(self) -> SourceFacts:
        return SourceFacts(
            title=self.title(),
            licence="CC0 and public domain",
            columns=one_class(PHOTOS),
            picture_shape=(3, PATCH, PATCH),
            in_colour=True,
            num_train=4_020,
            num_test=1_008,
        )

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        folder = folder_of(self.id)
        photos = []
        for name in PHOTOS:
            with Image.open(folder / f"{name}.webp") as image:
                photos.append(np.moveaxis(np.asarray(image.convert("RGB")), -1, 0))
        with np.load(folder / "crops.npz", allow_pickle=False) as arrays:
            train, test = (_cut(photos, arrays[f"{split}_crops"]) for split in ("train", "test"))
        return Loaded(columns=one_class(PHOTOS), train=train, test=test)


def _cut(photos: list[NDArray[np.uint8]], crops: NDArray[np.int16]) -> Examples:
    """Cut the patches; ``crops``: int16 [N, 3] of (photograph, top, left)."""
    pieces = [photos[photo][:, top : top + PATCH, left : left + PATCH] for photo, top, left in crops]
    return Examples(inputs=np.stack(pieces), targets={CLASS: crops[:, 0].astype(np.int64)})

"""Builds the data sets that the program carries. Run by maintainers; the program itself never calls it.

    python resources/datasets/build.py FASHION_MNIST_FOLDER

Sources, all of which may be passed on (each set's folder holds its licence):

- ``fashion-mnist-small``: Fashion-MNIST by Zalando (MIT), from the four ``.gz`` files of Debian's package
  ``dataset-fashion-mnist`` (``apt-get download dataset-fashion-mnist``, ``dpkg-deb -x``, then the folder
  ``usr/share/datasets/fashion-mnist``). The first 1,000 training and 200 test pictures of each class.
- ``digits``: the 1,797 handwritten digits that come with scikit-learn (BSD), split 80/20 within each class.
- ``photo-patches``: six colour photographs of scikit-image that are CC0 or in the public domain. Blocks of
  64×64 pixels belong wholly to training or wholly to testing, and each 32×32 crop lies within one block.
- ``wines``: the 178 wines that come with scikit-learn (BSD), a table: 13 measurements of each, and its kind.

The same inputs give the same bytes.
"""

import csv
import gzip
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data as photographs
from sklearn.datasets import load_digits, load_wine

HERE = Path(__file__).parent

PHOTO_BLOCK = 64
PATCH = 32
TRAIN_PATCHES = 670
TEST_PATCHES = 168
LEAST_CONTRAST = 5.0
"""Blocks whose grey values spread less than this are plain sky or background, the same in several photographs."""

LEAST_CROP_CONTRAST = 1.5

WINES = ("Barolo", "Grignolino", "Barbera")
"""What the classes 0, 1 and 2 of scikit-learn's wines are, of which there are 59, 71 and 48 (Forina et al. 1986)."""

MEASURED = {"alcalinity_of_ash": "alkalinity of ash", "od280/od315_of_diluted_wines": "OD280/OD315"}
"""scikit-learn's names of measurements that are not used as they are."""

PHOTOS: dict[str, tuple[str, tuple[int, int, int, int] | None, int | None]] = {
    "astronaut": ("astronaut", None, None),
    "cat": ("chelsea", None, None),
    "coffee": ("coffee", None, None),
    "galaxies": ("hubble_deep_field", (180, 244, 692, 756), None),
    "retina": ("retina", (193, 193, 1217, 1217), 512),
    "rocket": ("rocket", None, None),
}
"""Class -> photograph in scikit-image, the part used (top, left, bottom, right), and its side after shrinking."""


def build_fashion(source: Path) -> None:
    """Balanced subset of Fashion-MNIST; pictures uint8 [N, 28, 28], labels uint8 [N]."""

    def read(name: str, header: int) -> NDArray[np.uint8]:
        return np.frombuffer(gzip.decompress((source / name).read_bytes()), np.uint8, offset=header)

    arrays = {}
    for split, file, per_class in (("train", "train", 1000), ("test", "t10k", 200)):
        labels = read(f"{file}-labels-idx1-ubyte.gz", 8)
        pictures = read(f"{file}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28)
        chosen = np.sort(np.concatenate([np.flatnonzero(labels == label)[:per_class] for label in range(10)]))
        arrays[f"{split}_pictures"] = pictures[chosen]
        arrays[f"{split}_labels"] = labels[chosen]
    np.savez_compressed(HERE / "fashion-mnist-small" / "pictures.npz", allow_pickle=False, **arrays)


def build_digits() -> None:
    """Values 0..16 stretched to 0..255; the last fifth of each class is for testing (other writers come later)."""
    bunch = load_digits()
    pictures = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    labels = bunch.target.astype(np.uint8)
    test = np.zeros(len(labels), bool)
    for label in range(10):
        members = np.flatnonzero(labels == label)
        test[members[round(len(members) * 0.8) :]] = True
    np.savez_compressed(
        HERE / "digits" / "pictures.npz",
        allow_pickle=False,
        train_pictures=pictures[~test],
        train_labels=labels[~test],
        test_pictures=pictures[test],
        test_labels=labels[test],
    )


def build_photos() -> None:
    """The photographs as lossless WebP, and the crops as int16 [N, 3] of (photograph, top, left)."""
    folder = HERE / "photo-patches"
    random = np.random.RandomState(20)
    crops: dict[str, list[NDArray[np.int16]]] = {"train": [], "test": []}
    for index, (name, (source, part, side)) in enumerate(PHOTOS.items()):
        photo = Image.fromarray(getattr(photographs, source)())
        if part is not None:
            top, left, bottom, right = part
            photo = photo.crop((left, top, right, bottom))
        if side is not None:
            photo = photo.resize((side, side), Image.Resampling.LANCZOS)
        photo.save(folder / f"{name}.webp", lossless=True, quality=100, method=6)
        blocks = random.permutation(blocks_of(np.asarray(photo.convert("L"))))
        num_test = max(2, round(len(blocks) / 5))
        grey = np.asarray(photo.convert("L"))
        crops["test"].append(crops_within(grey, blocks[:num_test], index, TEST_PATCHES, random))
        crops["train"].append(crops_within(grey, blocks[num_test:], index, TRAIN_PATCHES, random))
    stacked = {f"{split}_crops": np.concatenate(parts) for split, parts in crops.items()}
    np.savez_compressed(folder / "crops.npz", allow_pickle=False, class_names=np.array(list(PHOTOS)), **stacked)


def build_wines() -> None:
    """The rows in scikit-learn's order, as one table that can also be opened as somebody's own."""
    bunch = load_wine()
    names = [MEASURED.get(name, name.replace("_", " ")) for name in bunch.feature_names]
    rows = ([*map("{:.10g}".format, row), WINES[kind]] for row, kind in zip(bunch.data, bunch.target, strict=True))
    with (HERE / "wines" / "wines.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([[*names, "class"], *rows])


def blocks_of(grey: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(top, left) of each whole block with something in it, [M, 2]."""
    tops = range(0, grey.shape[0] - PHOTO_BLOCK + 1, PHOTO_BLOCK)
    lefts = range(0, grey.shape[1] - PHOTO_BLOCK + 1, PHOTO_BLOCK)
    places = [(top, left) for top in tops for left in lefts]
    kept = [(y, x) for y, x in places if grey[y : y + PHOTO_BLOCK, x : x + PHOTO_BLOCK].std() >= LEAST_CONTRAST]
    return np.array(kept)


def crops_within(
    grey: NDArray[np.uint8], blocks: NDArray[np.int64], photo: int, count: int, random: np.random.RandomState
) -> NDArray[np.int16]:
    """``count`` different crops, spread over the blocks, none of them plain; int16 [count, 3] of (photo, top, left)."""
    crops: dict[tuple[int, int, int], None] = {}
    turn = 0
    while len(crops) < count:
        top, left = blocks[turn % len(blocks)]
        down, right = random.randint(0, PHOTO_BLOCK - PATCH + 1, size=2)
        y, x = int(top + down), int(left + right)
        if grey[y : y + PATCH, x : x + PATCH].std() >= LEAST_CROP_CONTRAST:
            crops[photo, y, x] = None
        turn += 1
    return np.array(list(crops), np.int16)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build_fashion(Path(sys.argv[1]))
    build_digits()
    build_photos()
    build_wines()

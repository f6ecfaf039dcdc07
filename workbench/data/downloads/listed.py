"""Downloaded sets of picture files, with lists of the class and split of each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from workbench.data.downloads.downloaded import DownloadedSet
from workbench.data.folder import load_listed
from workbench.data.progress import Progress
from workbench.data.source import Loaded


class ListedSet(DownloadedSet):
    """Base of these sets. torchvision reads the lists; the pictures are decoded once, at the wanted size."""

    abstract: ClassVar[bool] = True
    splits: ClassVar[dict[str, str]] = {"train": "train", "val": "val", "test": "test"}
    """torchvision's name of each split."""

    def read(self, root: Path, wanted: tuple[int, ...], progress: Progress) -> Loaded:
        channels, height, width = wanted
        tables = {split: self.table(root, split=name) for split, name in self.splits.items()}
        lists = {split: list(zip(self.paths(table), table._labels, strict=True)) for split, table in tables.items()}
        names = [name.replace("_", " ") for name in tables["train"].classes]
        return load_listed(root, names, lists, (channels, height, width), progress)

    def paths(self, table: Any) -> Sequence[Path]:
        """Return the pictures that torchvision lists."""
        paths: Sequence[Path] = table._image_files
        return paths


def names_in(text: str) -> list[str]:
    """Return the names between the commas of a text, on any number of lines."""
    return " ".join(text.split()).split(", ")

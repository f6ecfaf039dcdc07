"""A user's pictures: a folder with a subfolder per class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from workbench.data.folder import are_in_colour, glance_at_folder, load_folder
from workbench.data.folder_scan import scan
from workbench.data.progress import Progress
from workbench.data.source import FEW, DataError, DataSource, Loaded, SourceFacts
from workbench.spec.column import one_class


class ImageFolder(DataSource):
    """Your own pictures: a folder with one subfolder per class, optionally inside train, val and test.

    Pictures are rotated by their EXIF data, centre-cropped to the aspect ratio of the network's Input, and cached
    decoded. Unreadable files are listed and excluded.
    """

    shown_as = "Picture folder"
    id = "image-folder"
    is_own = True

    folder: Annotated[
        str, Meta(description="folder with one subfolder of pictures per class", extra={"start": "", "path": True})
    ]
    test_share: Annotated[
        float, Meta(ge=0, le=0.9, description="fraction of each class held out for testing if there is no test folder")
    ] = 0.2

    def facts(self) -> SourceFacts:
        found = scan(self._path())
        num_of = Counter(file.split for file in found.files)
        return SourceFacts(
            title=self._path().resolve().name or str(self._path()),
            licence="your own pictures",
            columns=one_class(found.class_names),
            in_colour=are_in_colour(found.files),
            num_train=num_of["train"] + num_of["val"],
            num_val=num_of["val"],
            num_test=num_of["test"],
            test_share=0.0 if found.has_test else self.test_share,
        )

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        channels, height, width = wanted
        return replace(load_folder(self._path(), (channels, height, width), progress), test_share=self.test_share)

    def glance(self, used: Collection[str] | None, wanted: tuple[int, ...]) -> Loaded:
        channels, height, width = wanted
        return glance_at_folder(self._path(), (channels, height, width), FEW)

    def _path(self) -> Path:
        if not self.folder:
            raise DataError("no folder chosen: choose a folder with one subfolder of pictures per class")
        return Path(self.folder).expanduser()

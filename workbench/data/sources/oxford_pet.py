"""Oxford-IIIT Pet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.listed import ListedSet, names_in
from workbench.data.source import SourceFacts
from workbench.spec.column import one_class

BREEDS = names_in("""Abyssinian, American Bulldog, American Pit Bull Terrier, Basset Hound, Beagle, Bengal, Birman,
Bombay, Boxer, British Shorthair, Chihuahua, Egyptian Mau, English Cocker Spaniel, English Setter, German Shorthaired,
Great Pyrenees, Havanese, Japanese Chin, Keeshond, Leonberger, Maine Coon, Miniature Pinscher, Newfoundland, Persian,
Pomeranian, Pug, Ragdoll, Russian Blue, Saint Bernard, Samoyed, Scottish Terrier, Shiba Inu, Siamese, Sphynx,
Staffordshire Bull Terrier, Wheaten Terrier, Yorkshire Terrier""")


class OxfordIIITPet(ListedSet):
    """Breeds of cats and dogs, 37 classes, colour, 3,680 + 3,669 (Parkhi et al. 2012). Downloaded on first use."""

    id = "oxford-pet"
    splits = {"train": "trainval", "test": "test"}
    known = SourceFacts(
        title="Oxford-IIIT Pet",
        licence="CC BY-SA 4.0, see www.robots.ox.ac.uk/~vgg/data/pets",
        columns=one_class(BREEDS),
        num_train=3_680,
        num_test=3_669,
        in_colour=True,
        download_bytes=811_092_049,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        folder = root / "oxford-iiit-pet"
        return [RemoteFile(urls=(url,), path=folder / Path(url).name, md5=md5) for url, md5 in self.table._RESOURCES]

    def paths(self, table: Any) -> Sequence[Path]:
        paths: Sequence[Path] = table._images
        return paths

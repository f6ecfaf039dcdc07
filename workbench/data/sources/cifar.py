"""CIFAR-10 and CIFAR-100."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.data.downloads.downloaded import DownloadedSet
from workbench.data.source import SourceFacts
from workbench.spec.column import one_class

FINE_CLASSES = """apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel
can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant
flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree
motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy
porcupine possum rabbit raccoon ray road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel
streetcar sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle wardrobe whale
willow_tree wolf woman worm"""


class CIFAR10(DownloadedSet):
    """Ten kinds of animals and vehicles, 32×32 colour, 50,000 + 10,000 (Krizhevsky 2009). Downloaded on first use."""

    id = "cifar10"
    known = SourceFacts(
        title="CIFAR-10",
        licence="none stated by its authors",
        columns=one_class(("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")),
        picture_shape=(3, 32, 32),
        num_train=50_000,
        num_test=10_000,
        in_colour=True,
        download_bytes=170_498_071,
    )

    def arrays(self, root: Path, split: str) -> tuple[NDArray[Any], Any]:
        # torchvision unpickles these files, after comparing each with its own list of checksums.
        table = self.table(root, train=split == "train")
        return np.moveaxis(table.data, -1, 1), table.targets


class CIFAR100(CIFAR10):
    """A hundred kinds of objects, 32×32 colour, 50,000 + 10,000 (Krizhevsky 2009). Downloaded on first use."""

    id = "cifar100"
    known = SourceFacts(
        title="CIFAR-100",
        licence="none stated by its authors",
        columns=one_class(FINE_CLASSES.split()),
        picture_shape=(3, 32, 32),
        num_train=50_000,
        num_test=10_000,
        in_colour=True,
        download_bytes=169_001_437,
    )

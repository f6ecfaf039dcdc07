"""Kuzushiji-MNIST."""

from workbench.data.source import SourceFacts
from workbench.data.sources.mnist import MNIST
from workbench.spec.column import one_class


class KMNIST(MNIST):
    """Ten cursive Japanese characters, 28×28 grey, 60,000 + 10,000 (Clanuwat et al. 2018). Downloaded on first use."""

    id = "kmnist"
    known = SourceFacts(
        title="Kuzushiji-MNIST",
        licence="CC BY-SA 4.0, ROIS-DS CODH",
        columns=one_class(("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")),
        picture_shape=(1, 28, 28),
        num_train=60_000,
        num_test=10_000,
        download_bytes=21_240_888,
    )

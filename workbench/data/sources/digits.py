"""Small handwritten digits, which come with the program."""

from workbench.data.embedded import load_embedded
from workbench.data.progress import Progress
from workbench.data.source import DataSource, Loaded, SourceFacts
from workbench.spec.column import one_class

DIGITS = tuple("0123456789")


class Digits(DataSource):
    """Handwritten digits, 8×8 grey, 1,797 in all: trains in seconds. Built in.

    Optical Recognition of Handwritten Digits (Alpaydin and Kaynak 1998), as in scikit-learn.
    """

    id = "digits"

    def facts(self) -> SourceFacts:
        return SourceFacts(
            title=self.title(),
            licence="BSD-3-Clause, scikit-learn; CC BY 4.0, UCI",
            columns=one_class(DIGITS),
            picture_shape=(1, 8, 8),
            num_train=1_438,
            num_test=359,
        )

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        return load_embedded(self.id, DIGITS)

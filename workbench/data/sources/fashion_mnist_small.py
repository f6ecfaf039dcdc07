"""The default set: a balanced part of Fashion-MNIST, which comes with the program."""

from workbench.data.embedded import load_embedded
from workbench.data.progress import Progress
from workbench.data.source import DataSource, Loaded, SourceFacts
from workbench.spec.column import one_class

CLOTHING = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


class FashionMnistSmall(DataSource):
    """Ten kinds of clothing, 28×28 grey: 1,000 training and 200 test pictures of each. Built in.

    A part of Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747).
    """

    shown_as = "Fashion-MNIST, small"
    id = "fashion-mnist-small"

    def facts(self) -> SourceFacts:
        return SourceFacts(
            title=self.title(),
            licence="MIT, Zalando SE",
            columns=one_class(CLOTHING),
            picture_shape=(1, 28, 28),
            num_train=10_000,
            num_test=2_000,
        )

    def load(self, wanted: tuple[int, ...], seed: int, progress: Progress) -> Loaded:
        return load_embedded(self.id, CLOTHING)

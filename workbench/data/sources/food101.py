"""Food-101."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.listed import ListedSet, names_in
from workbench.data.source import SourceFacts
from workbench.spec.column import one_class

DISHES = names_in("""apple pie, baby back ribs, baklava, beef carpaccio, beef tartare, beet salad, beignets, bibimbap,
bread pudding, breakfast burrito, bruschetta, caesar salad, cannoli, caprese salad, carrot cake, ceviche, cheese
plate, cheesecake, chicken curry, chicken quesadilla, chicken wings, chocolate cake, chocolate mousse, churros, clam
chowder, club sandwich, crab cakes, creme brulee, croque madame, cup cakes, deviled eggs, donuts, dumplings, edamame,
eggs benedict, escargots, falafel, filet mignon, fish and chips, foie gras, french fries, french onion soup, french
toast, fried calamari, fried rice, frozen yogurt, garlic bread, gnocchi, greek salad, grilled cheese sandwich, grilled
salmon, guacamole, gyoza, hamburger, hot and sour soup, hot dog, huevos rancheros, hummus, ice cream, lasagna, lobster
bisque, lobster roll sandwich, macaroni and cheese, macarons, miso soup, mussels, nachos, omelette, onion rings,
oysters, pad thai, paella, pancakes, panna cotta, peking duck, pho, pizza, pork chop, poutine, prime rib, pulled pork
sandwich, ramen, ravioli, red velvet cake, risotto, samosa, sashimi, scallops, seaweed salad, shrimp and grits,
spaghetti bolognese, spaghetti carbonara, spring rolls, steak, strawberry shortcake, sushi, tacos, takoyaki, tiramisu,
tuna tartare, waffles""")


class Food101(ListedSet):
    """Dishes, 101 classes, colour, 75,750 + 25,250 (Bossard, Guillaumin, Van Gool 2014). Downloaded on first use.

    Some training pictures are mislabelled, which its authors left deliberately.
    """

    id = "food101"
    splits = {"train": "train", "test": "test"}
    known = SourceFacts(
        title="Food-101",
        licence="see data.vision.ee.ethz.ch/cvl/datasets_extra/food-101",
        columns=one_class(DISHES),
        num_train=75_750,
        num_test=25_250,
        in_colour=True,
        download_bytes=4_996_278_331,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        return [RemoteFile(urls=(self.table._URL,), path=root / Path(self.table._URL).name, md5=self.table._MD5)]

"""Oxford 102 Flower."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.listed import ListedSet, names_in
from workbench.data.source import SourceFacts
from workbench.spec.column import one_class

FLOWERS = names_in("""pink primrose, hard-leaved pocket orchid, canterbury bells, sweet pea, english marigold, tiger
lily, moon orchid, bird of paradise, monkshood, globe thistle, snapdragon, colt's foot, king protea, spear thistle,
yellow iris, globe-flower, purple coneflower, peruvian lily, balloon flower, giant white arum lily, fire lily,
pincushion flower, fritillary, red ginger, grape hyacinth, corn poppy, prince of wales feathers, stemless gentian,
artichoke, sweet william, carnation, garden phlox, love in the mist, mexican aster, alpine sea holly, ruby-lipped
cattleya, cape flower, great masterwort, siam tulip, lenten rose, barbeton daisy, daffodil, sword lily, poinsettia,
bolero deep blue, wallflower, marigold, buttercup, oxeye daisy, common dandelion, petunia, wild pansy, primula,
sunflower, pelargonium, bishop of llandaff, gaura, geranium, orange dahlia, pink-yellow dahlia?, cautleya spicata,
japanese anemone, black-eyed susan, silverbush, californian poppy, osteospermum, spring crocus, bearded iris,
windflower, tree poppy, gazania, azalea, water lily, rose, thorn apple, morning glory, passion flower, lotus, toad
lily, anthurium, frangipani, clematis, hibiscus, columbine, desert-rose, tree mallow, magnolia, cyclamen, watercress,
canna lily, hippeastrum, bee balm, ball moss, foxglove, bougainvillea, camellia, mallow, mexican petunia, bromelia,
blanket flower, trumpet creeper, blackberry lily""")


class Flowers102(ListedSet):
    """Flowers of Britain, 102 classes, colour, 2,040 + 6,149 (Nilsback, Zisserman 2008). Downloaded on first use.

    Half of the 2,040 is its own validation split.
    """

    id = "flowers102"
    known = SourceFacts(
        title="Oxford 102 Flower",
        licence="see www.robots.ox.ac.uk/~vgg/data/flowers/102",
        columns=one_class(FLOWERS),
        num_train=2_040,
        num_val=1_020,
        num_test=6_149,
        in_colour=True,
        download_bytes=344_878_000,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        return [
            RemoteFile(urls=(self.table._download_url_prefix + name,), path=root / "flowers-102" / name, md5=md5)
            for name, md5 in self.table._file_dict.values()
        ]

"""The Describable Textures Dataset."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.data.downloads.download import RemoteFile
from workbench.data.downloads.listed import ListedSet, names_in
from workbench.data.source import SourceFacts
from workbench.spec.column import one_class

TEXTURES = names_in("""banded, blotchy, braided, bubbly, bumpy, chequered, cobwebbed, cracked, crosshatched,
crystalline, dotted, fibrous, flecked, freckled, frilly, gauzy, grid, grooved, honeycombed, interlaced, knitted,
lacelike, lined, marbled, matted, meshed, paisley, perforated, pitted, pleated, polka-dotted, porous, potholed, scaly,
smeared, spiralled, sprinkled, stained, stratified, striped, studded, swirly, veined, waffled, woven, wrinkled,
zigzagged""")


class DTD(ListedSet):
    """Describable textures, 47 classes, colour, 3,760 + 1,880 (Cimpoi et al. 2014). Downloaded on first use.

    The first of its ten partitions, whose validation split is a third of all pictures.
    """

    id = "dtd"
    known = SourceFacts(
        title="Describable Textures",
        licence="for research, see www.robots.ox.ac.uk/~vgg/data/dtd",
        columns=one_class(TEXTURES),
        num_train=3_760,
        num_val=1_880,
        num_test=1_880,
        in_colour=True,
        download_bytes=625_239_812,
    )

    def remote_files(self, root: Path) -> Sequence[RemoteFile]:
        return [
            RemoteFile(urls=(self.table._URL,), path=root / "dtd" / Path(self.table._URL).name, md5=self.table._MD5)
        ]

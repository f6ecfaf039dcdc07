"""What the palette offers, and its search. No Qt."""

import re
from collections.abc import Mapping, Sequence

from workbench.gui.canvas.cards import block_help
from workbench.gui.experiment import library_files
from workbench.layers import LAYERS
from workbench.layers.base import Family
from workbench.spec.graph import Graph
from workbench.spec.library import LibraryBlock
from workbench.spec.record import Record

MIME_TYPE = "application/x-workbench-layer"
"""MIME type of a drag, whose data is the type's name in UTF-8."""

BLOCKS, LIBRARY, OWN_LIBRARY = "Blocks of this network", "Library", "My library"


class Entry(Record):
    """One layer or block on offer; ``family`` is None for a block.

    ``type`` is what is added: a layer's or a block's name, or the key of a block in the library.
    """

    type: str
    title: str
    help: str
    family: Family | None
    takes: bool
    gives: bool
    group: str
    """The heading of its group."""


def entries(blocks: Mapping[str, Graph], library: Mapping[str, LibraryBlock] | None = None) -> list[Entry]:
    """Return everything that can be added: layers by family in the order of ``Family``, then blocks.

    The network's own blocks come first, then the shipped library, then the user's.
    """
    rank = {family: index for index, family in enumerate(Family)}
    layers = sorted(LAYERS.table.items(), key=lambda item: rank[item[1].family])
    found = [
        Entry(
            type=name,
            title=layer.title(),
            help=layer.help(),
            family=layer.family,
            group=layer.family.value,
            takes=bool(layer.input_ports),
            gives=bool(layer.output_ports),
        )
        for name, layer in layers
    ]
    found += [_block_entry(name, name, block, "", BLOCKS) for name, block in blocks.items()]
    for key, kept in (library or {}).items():
        group = OWN_LIBRARY if key.startswith(library_files.OWN) else LIBRARY
        found.append(_block_entry(key, kept.name, kept.graph, kept.help, group))
    return found


def _block_entry(key: str, title: str, block: Graph, words: str, group: str) -> Entry:
    """Return the entry of a block, with its own ``words`` of help if it has some."""
    takes, gives = bool(block.inputs), bool(block.outputs)
    return Entry(
        type=key, title=title, help=words or block_help(block), family=None, takes=takes, gives=gives, group=group
    )


_DIMENSIONS = re.compile(r"[123]d$")
"""torch has BatchNorm1d and BatchNorm2d where one layer here does both."""


def search(offered: Sequence[Entry], words: str) -> list[Entry]:
    """Return the entries that match all ``words``: by name first, then by family and help; all of them for no words."""
    wanted = words.casefold().split()
    if not wanted:
        return list(offered)
    scored = [
        (max(scores), sum(scores), index)
        for index, entry in enumerate(offered)
        if all(scores := [_score(entry, word) for word in wanted])
    ]
    return [offered[index] for *_, index in sorted(scored)]


def _score(entry: Entry, word: str) -> int:
    """Return 0 if the entry does not match, else a rank of which smaller is better."""
    names = (entry.title.casefold(), entry.type.rpartition(":")[2].casefold())  # without the library of a block
    if word in names:
        return 1
    if _DIMENSIONS.sub("", word) in names or any(name.startswith(word) for name in names):
        return 2
    if any(word in name for name in names):
        return 3
    if len(word) > 1 and any(_abbreviates(word, name) for name in names):
        return 4
    if word in entry.group.casefold():
        return 5
    return 6 if any(part.startswith(word) for part in entry.help.casefold().split()) else 0


def _abbreviates(word: str, name: str) -> bool:
    """Whether the word's letters occur in the name in order, starting with its first: ``bn``."""
    letters = iter(name)
    return name.startswith(word[0]) and all(letter in letters for letter in word)

"""Blocks with files of their own, for use in many networks."""

from typing import Annotated, Literal

from msgspec import Meta

from workbench.spec.blocks import with_blocks
from workbench.spec.experiment import Architecture, Reference
from workbench.spec.graph import NAME_PATTERN, Graph
from workbench.spec.record import Record
from workbench.spec.scopes import graph_at, held_blocks


class LibraryBlock(Record):
    """A block, the blocks it uses by name, and its origin. ``name`` is its type in a network."""

    name: Annotated[str, Meta(pattern=NAME_PATTERN)]
    graph: Graph
    blocks: dict[str, Graph] = {}
    reference: Reference | None = None
    format: Literal["workbench/block"] = "workbench/block"
    version: Literal[1] = 1

    @property
    def help(self) -> str:
        """What it is and who published it, in one or two lines."""
        where = f"{self.reference.paper} ({self.reference.year})" if self.reference else ""
        return "\n".join(part for part in (self.graph.about, where) if part)


def taken_from(architecture: Architecture, block: str) -> LibraryBlock:
    """Return a block of a network, with all blocks it uses, for the library."""
    graph = graph_at(architecture, block)
    held = held_blocks(architecture.blocks, block) - {block}
    blocks = {name: inner for name, inner in architecture.blocks.items() if name in held}
    return LibraryBlock(name=block, graph=graph, blocks=blocks)


def with_library_block(architecture: Architecture, block: LibraryBlock) -> tuple[Architecture, str]:
    """Return the architecture with a library block added to its blocks, and its name there."""
    taken, names = with_blocks(architecture, {**block.blocks, block.name: block.graph})
    return taken, names[block.name]

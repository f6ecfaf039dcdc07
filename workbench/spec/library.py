"""A block with a file of its own: what is taken into many networks."""

from typing import Annotated, Literal

from msgspec import Meta

from workbench.spec.blocks import with_blocks
from workbench.spec.experiment import Architecture, Reference
from workbench.spec.graph import NAME_PATTERN, Graph
from workbench.spec.record import Record
from workbench.spec.scopes import graph_at, held_blocks


class LibraryBlock(Record):
    """A block, the blocks it uses by name, and where it comes from. ``name`` is its type in a network."""

    name: Annotated[str, Meta(pattern=NAME_PATTERN)]
    graph: Graph
    blocks: dict[str, Graph] = {}
    reference: Reference | None = None
    format: Literal["workbench/block"] = "workbench/block"
    version: Literal[1] = 1

    @property
    def help(self) -> str:
        """What it is and who made it, in a line or two."""
        where = f"{self.reference.paper} ({self.reference.year})" if self.reference else ""
        return "\n".join(part for part in (self.graph.about, where) if part)


def taken_from(architecture: Architecture, block: str) -> LibraryBlock:
    """A block of a network with all it uses, to be kept."""
    graph = graph_at(architecture, block)
    held = held_blocks(architecture.blocks, block) - {block}
    blocks = {name: inner for name, inner in architecture.blocks.items() if name in held}
    return LibraryBlock(name=block, graph=graph, blocks=blocks)


def with_library_block(architecture: Architecture, block: LibraryBlock) -> tuple[Architecture, str]:
    """The architecture with a library's block among its blocks, and the name it has there."""
    taken, names = with_blocks(architecture, {**block.blocks, block.name: block.graph})
    return taken, names[block.name]

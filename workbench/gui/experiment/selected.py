"""The selection on the canvas, as other panels see it. No Qt."""

from workbench.spec import edits
from workbench.spec.experiment import Architecture
from workbench.spec.record import Record
from workbench.spec.scopes import graph_at


class Selected(Record):
    """Nodes of one graph: ``scope`` is its block's name, empty for the network.

    ``prefix`` is the compiler's prefix of the nodes' names (``layer1.0.``): if the graph is shown as that of one use of
    a block, the facts shown are those of this use.
    """

    scope: str = ""
    names: frozenset[str] = frozenset()
    prefix: str = ""

    def after(self, before: Architecture, after: Architecture) -> "Selected":
        """Return the selection after a change of the network, following renamed nodes and dropping removed ones."""
        if self.scope and self.scope not in after.blocks:
            return Selected()
        if self.scope and self.scope not in before.blocks:
            return self  # already of the later network
        old, new = graph_at(before, self.scope), graph_at(after, self.scope)
        renamed = edits.renames(old, new)
        names = frozenset(renamed.get(name, name) for name in self.names) & new.by_name.keys()
        return Selected(scope=self.scope, names=names, prefix=self.prefix)


class Place(Record):
    """A node, wherever it is drawn: its block's name ("" for the network), the nodes that lead to it, its own name."""

    block: str
    way: tuple[str, ...]
    node: str


class Look(Record):
    """What is selected where: cards and notes by key, or a connection, after the blocks of ``trail`` were opened."""

    trail: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    edge: tuple[str, int] | None = None

"""What is selected on the canvas, as the other panels see it. No Qt."""

from workbench.spec import edits
from workbench.spec.experiment import Architecture
from workbench.spec.record import Record
from workbench.spec.scopes import graph_at


class Selected(Record):
    """Nodes of one graph: ``scope`` is its block's name, empty for the network.

    ``prefix`` is what the compiler puts before the nodes' names (``layer1.0.``): where the graph is looked at as that of
    one use, what is known of its nodes is known of that use.
    """

    scope: str = ""
    names: frozenset[str] = frozenset()
    prefix: str = ""

    def after(self, before: Architecture, after: Architecture) -> "Selected":
        """The selection once one network became another: renamed nodes are followed, those that are gone left out."""
        if self.scope and self.scope not in after.blocks:
            return Selected()
        if self.scope and self.scope not in before.blocks:
            return self  # of the later network already
        old, new = graph_at(before, self.scope), graph_at(after, self.scope)
        renamed = edits.renames(old, new)
        names = frozenset(renamed.get(name, name) for name in self.names) & new.by_name.keys()
        return Selected(scope=self.scope, names=names, prefix=self.prefix)


class Place(Record):
    """A node, wherever it is drawn: its block's name ("" is the network), the nodes that lead to it, and its own name."""

    block: str
    way: tuple[str, ...]
    node: str

"""Nodes as text for the clipboard: JSON, so that they can be pasted into a mail or another window."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from workbench.spec.graph import Graph, Node
from workbench.spec.problems import SpecError
from workbench.spec.record import Record
from workbench.spec.structure import check_graph

LARGEST_TEXT = 5_000_000


class Fragment(Record):
    """Some nodes with the connections among them, and the blocks they use."""

    nodes: tuple[Node, ...]
    blocks: dict[str, Graph] = {}
    format: Literal["workbench/nodes"] = "workbench/nodes"


def to_text(fragment: Graph, blocks: Mapping[str, Graph]) -> str:
    """Nodes as text, with those of ``blocks`` that they use, directly or inside each other."""
    used: dict[str, Graph] = {}
    waiting = [node.type for node in fragment.nodes]
    while waiting:
        name = waiting.pop()
        if name in blocks and name not in used:
            used[name] = blocks[name]
            waiting += [node.type for node in blocks[name].nodes]
    return msgspec.json.format(msgspec.json.encode(Fragment(nodes=fragment.nodes, blocks=used)), indent=2).decode()


def from_text(text: str) -> Fragment:
    """Copied nodes back from text; SpecError where the text is something else."""
    if len(text) > LARGEST_TEXT or '"workbench/nodes"' not in text:
        raise SpecError("the clipboard holds no nodes; copy some first")
    try:
        fragment = msgspec.json.decode(text, type=Fragment)
    except (msgspec.MsgspecError, RecursionError):
        raise SpecError("the clipboard holds nodes that cannot be read; copy them again") from None
    for problem in check_graph(Graph(nodes=fragment.nodes)):
        # What a parameter is bound to may be there where they are pasted, and the check of the network will say if not.
        if "is bound to" not in problem.what:
            raise SpecError(f"these nodes cannot be pasted: {problem.sentence()}")
    return fragment

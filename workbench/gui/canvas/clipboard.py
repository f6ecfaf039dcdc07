"""Nodes as text on the clipboard: JSON, so that they can be pasted into a mail or another window."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from workbench.spec.edits import bound_names
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node, Note
from workbench.spec.problems import SpecError
from workbench.spec.record import Record, Value
from workbench.spec.scopes import held_blocks
from workbench.spec.structure import check_structure

LARGEST_TEXT = 5_000_000


class Fragment(Record):
    """Some nodes with the connections among them, the parameters and blocks that they use, and notes."""

    nodes: tuple[Node, ...]
    notes: tuple[Note, ...] = ()
    parameters: dict[str, Value] = {}
    blocks: dict[str, Graph] = {}
    format: Literal["workbench/nodes"] = "workbench/nodes"


def to_text(fragment: Graph, blocks: Mapping[str, Graph]) -> str:
    """Return nodes and notes as text, with those of ``blocks`` that they use directly or indirectly."""
    held = held_blocks(blocks, *(node.type for node in fragment.nodes))
    used = {name: block for name, block in blocks.items() if name in held}
    taken = Fragment(nodes=fragment.nodes, notes=fragment.notes, parameters=fragment.parameters, blocks=used)
    return msgspec.json.format(msgspec.json.encode(taken), indent=2).decode()


def from_text(text: str) -> Fragment:
    """Parse copied nodes. Raises SpecError if the text is anything else."""
    if len(text) > LARGEST_TEXT or '"workbench/nodes"' not in text:
        raise SpecError("the clipboard holds no nodes: copy some first")
    try:
        fragment = msgspec.json.decode(text, type=Fragment)
    except (msgspec.MsgspecError, RecursionError):
        raise SpecError("the nodes on the clipboard cannot be read: copy them again") from None
    # A graph parameter that a node is bound to may exist where the node is pasted.
    known = {**dict.fromkeys(bound_names(fragment.nodes)), **fragment.parameters}
    graph = Graph(nodes=fragment.nodes, parameters=known)
    for problem in check_structure(Architecture(name="", graph=graph, blocks=fragment.blocks)):
        raise SpecError(f"these nodes cannot be pasted: {problem.sentence()}")
    return fragment

"""Matches the nodes of two graphs: by name, else by settings and position."""

from collections.abc import Mapping
from difflib import SequenceMatcher
from typing import Any

import msgspec

from workbench.spec.graph import Graph, Node, renamed


def match(before: Graph, after: Graph) -> dict[str, str]:
    """Return the name in ``after`` of each node in ``before`` that is the same one. Both graphs are acyclic.

    A node with the same name and settings is the same. Of the others, one with equal settings in the same order among
    its neighbours is the same, renamed; then one with the same name, changed; then one with the same type and inputs. A
    number is only a position: as a name it says little, since it shifts when a node is inserted before it.
    """
    old, new = before.in_order, after.in_order
    named = [node for node in old if not is_number(node.name)]
    found = {node.name: node.name for node in named if _signature(node) == _signature(after.by_name.get(node.name))}
    found |= _renamed(old, new, found)
    taken = set(found.values())
    for node in old:
        twin = after.by_name.get(node.name)
        means_it = twin is not None and (twin.type == node.type or not is_number(node.name))
        if means_it and node.name not in found and node.name not in taken:
            found[node.name] = node.name
            taken.add(node.name)
    for node in old:
        if node.name not in found and (twin := _in_its_place(node, new, found, taken)):
            found[node.name] = twin.name
            taken.add(twin.name)
    return found


def is_number(name: str) -> bool:
    """Return whether the name is a position in a sequence (``0``, ``1``)."""
    return name.isdigit()


def _signature(node: Node | None) -> Any:
    """Return a node's settings, without its name and position."""
    if node is None:
        return None
    return node.type, node.repeat, msgspec.json.encode(node.parameters, order="sorted")


def _renamed(old: tuple[Node, ...], new: tuple[Node, ...], found: Mapping[str, str]) -> dict[str, str]:
    """Return the nodes with equal settings that are in the same order between those found."""
    first = [(node.name,) if node.name in found else _signature(node) for node in old]
    second = [(node.name,) if node.name in found.values() else _signature(node) for node in new]
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    pairs = ((old[block.a + i].name, new[block.b + i].name) for block in blocks for i in range(block.size))
    return {name: twin for name, twin in pairs if name not in found}


def _in_its_place(node: Node, new: tuple[Node, ...], found: Mapping[str, str], taken: set[str]) -> Node | None:
    inputs = tuple(renamed(reference, found) for reference in node.inputs)
    twins = (twin for twin in new if twin.name not in taken and twin.type == node.type and twin.inputs == inputs)
    return next(twins, None) if inputs else None

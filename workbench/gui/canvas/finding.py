"""Search in a network: names, types, parameter values and notes, inside blocks too. No Qt."""

from collections.abc import Iterator

from workbench.gui.canvas.card_keys import note_under
from workbench.gui.canvas.levels import itself
from workbench.gui.forms import form_text
from workbench.layers import LAYERS
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node, Note
from workbench.spec.record import Record


class Match(Record):
    """A matching node or note. ``path`` holds the names of the block uses that lead to it, then its own key."""

    path: tuple[str, ...]
    why: str
    """The matching parameter (``kernel size 5``) or the note's text; empty if the name or type matches."""


def find(architecture: Architecture, words: str) -> list[Match]:
    """Return the nodes and notes that match all ``words``: exact names first, otherwise in the network's order.

    A block's contents are found once, at its first use, because all uses share them. Unused blocks come last.
    """
    wanted = words.casefold().split()
    if not wanted:
        return []
    found = [
        Match(path=path, why=why)
        for path, there in _walk_all(architecture)
        if (why := _note_answer(there, wanted) if isinstance(there, Note) else _answer(there, wanted)) is not None
    ]
    return sorted(found, key=lambda match: match.path[-1].casefold() not in wanted)


def _walk_all(architecture: Architecture) -> Iterator[tuple[tuple[str, ...], Node | Note]]:
    seen: set[str] = set()
    yield from _walk(architecture, architecture.graph, (), seen)
    for name, block in architecture.blocks.items():
        if name not in seen:
            seen.add(name)
            yield from _walk(architecture, block, (itself(name),), seen)


def _walk(
    architecture: Architecture, graph: Graph, path: tuple[str, ...], seen: set[str]
) -> Iterator[tuple[tuple[str, ...], Node | Note]]:
    for index, note in enumerate(graph.notes):
        yield (*path, note_under("", index)), note
    for node in graph.nodes:
        here = (*path, node.name)
        yield here, node
        if node.type in architecture.blocks and node.type not in seen:
            seen.add(node.type)
            yield from _walk(architecture, architecture.blocks[node.type], here, seen)


def _note_answer(note: Note, wanted: list[str]) -> str | None:
    text = note.text.casefold()
    return note.text if all(word in text for word in wanted) else None


def _answer(node: Node, wanted: list[str]) -> str | None:
    """Return why the node matches all words, or None if it does not."""
    names = f"{node.name} {node.type}".casefold()
    if node.type in LAYERS:
        names += f" {LAYERS[node.type].title()}".casefold()
    parameters = [
        f"{name.replace('_', ' ')} {form_text.show(value)}"
        for name, value in [*node.parameters.items(), *([("repeat", node.repeat)] if node.repeat > 1 else [])]
    ]
    reasons: list[str] = []
    for word in wanted:
        if word in names:
            continue
        reason = next((said for said in parameters if _says(said, word)), None)
        if reason is None:
            return None
        reasons.append(reason)
    return ", ".join(dict.fromkeys(reasons))


def _says(parameter: str, word: str) -> bool:
    """Whether a parameter matches: numbers as a whole, so that 6 does not find 64; words by their beginning."""
    parts = parameter.casefold().replace("_", " ").replace(",", " ").split()
    wanted = word.replace("_", " ").replace("=", " ").split()
    return bool(wanted) and all(
        any(part == one or (not one[0].isdigit() and part.startswith(one)) for part in parts) for one in wanted
    )

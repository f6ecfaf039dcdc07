"""What the search box offers: layers to add, nodes to connect to, connections to remove. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.gui.canvas.offers import refusal
from workbench.gui.palette.presenter import Entry, search
from workbench.gui.widgets.search_lines import Line
from workbench.layers.base import Family, Shape

if TYPE_CHECKING:
    from workbench.gui.canvas.cards import Card
    from workbench.gui.canvas.presenter import Presenter


class Choice(Line):
    """One line of the list. Its type, ``kind``, ``family`` and ``gives`` determine its icon; ``note`` says why it is
    not ``possible``.
    """

    kind: str = ""
    family: Family | None = None
    possible: bool = True
    gives: bool = True


def layers(offered: Sequence[Entry], words: str, shape: Shape | None = None) -> list[Choice]:
    """Return the layers and blocks that match ``words``: the one of this title first, then those that begin so.

    If the incoming ``shape`` is known, only those that accept it with their initial parameters are offered. Typed words
    find the others too, after those that fit and match as well, with the reason, since changing a parameter may make
    them fit.
    """
    reasons = {entry.type: refusal(entry.type, shape) if shape is not None else "" for entry in offered}
    name = words.strip().casefold()

    def place(entry: Entry) -> tuple[bool, bool, bool]:
        title = entry.title.casefold()
        return title != name, not title.startswith(name), bool(reasons[entry.type])

    found = sorted(search(offered, words), key=place)
    return [
        Choice(
            value=entry.type,
            kind=entry.type,
            title=entry.title,
            family=entry.family,
            note=reasons[entry.type],
            help=entry.help,
            possible=not reasons[entry.type],
            gives=entry.gives,
        )
        for entry in found
        if words.strip() or not reasons[entry.type]
    ]


FROM, TO = "from", "to"


def partners(presenter: Presenter, name: str, words: str) -> list[Choice]:
    """Return the nodes that a card can be connected to, followed by those that it cannot, with the reason.

    Those that can feed it come first if it lacks an input, and are the only ones if it has no output.
    """
    into, gives = presenter.cards[name].ports, bool(presenter.cards[name].ports.outputs)
    takes = not gives or len(presenter.node(name).inputs) < (2 if into.many else len(into.inputs))
    found = sources(presenter, name, words) if takes else []
    found += targets(presenter, name, words) if gives else []
    return sorted(found, key=lambda choice: not choice.possible)


def sources(presenter: Presenter, target: str, words: str) -> list[Choice]:
    """Return all other nodes as sources of ``target``, each with the reason if it cannot feed it."""
    node, found = presenter.node(target), []
    for key in presenter.beside(target):
        card = presenter.cards[key]
        if key == target or not _answers(card.name, card.type, words):
            continue
        why = presenter.refusal((key, 0), (target, len(node.inputs)))
        shape = None if why else presenter.shape_of(key, 0)
        unfit = refusal(node.type, shape, node.parameters) if shape is not None else ""
        found.append(_partner(card, FROM, why or unfit))
    return found


def targets(presenter: Presenter, source: str, words: str) -> list[Choice]:
    """Return all other nodes as targets of ``source``, each with the reason if it cannot be fed by it."""
    shape = presenter.shape_of(source, 0)
    found: list[Choice] = []
    for name in presenter.beside(source):
        card = presenter.cards[name]
        if name == source or not _answers(card.name, card.type, words):
            continue
        slots = [slot for slot in range(len(card.ports.inputs)) if not presenter.refusal((source, 0), (name, slot))]
        why = "" if slots else presenter.refusal((source, 0), (name, 0)) if card.ports.inputs else "no inputs"
        parameters = presenter.node(name).parameters
        unfit = refusal(card.type, shape, parameters) if shape is not None and slots else ""
        found.append(_partner(card, TO, why or unfit))
    return found


def _partner(card: Card, way: str, why_not: str) -> Choice:
    return Choice(
        value=f"{way} {card.key}",
        title=f"{way} {card.name}",
        kind=card.type,
        family=card.family,
        note=why_not or card.type,
        possible=not why_not,
        gives=bool(card.ports.outputs),
    )


def connections(presenter: Presenter, name: str, words: str) -> list[Choice]:
    """Return the connections of a node that can be removed: incoming first, then outgoing."""
    edges = sorted(
        (edge for edge in presenter.edges.values() if name in (edge.source, edge.target)),
        key=lambda edge: (edge.source == name, edge.port),
    )
    found: list[Choice] = []
    for edge in edges:
        other = presenter.cards[edge.source if edge.target == name else edge.target]
        if _answers(other.name, other.type, words):
            way = FROM if edge.target == name else TO
            found.append(
                Choice(
                    value=f"{edge.target}:{edge.port}",
                    title=f"{way} {other.name}",
                    kind=other.type,
                    family=other.family,
                    note=edge.shape,
                    gives=bool(other.ports.outputs),
                )
            )
    return found


def edge_key(value: str) -> tuple[str, int]:
    """Return the key of the connection that a choice from ``connections`` stands for."""
    target, _, port = value.rpartition(":")
    return target, int(port)


def _answers(name: str, kind: str, words: str) -> bool:
    return all(word in f"{name} {kind}".casefold() for word in words.casefold().split())

"""Keys of cards: the names of nodes from the shown graph down to the card, joined by ``/`` (``layer1/0/conv1``).

Everything before the last name is the key of the expanded use that contains the card; it is empty for the shown graph
itself. The key of a note ends in its index among its graph's notes instead (``layer1/#2``), which no node can be named.
"""

NOTE = "#"

Port = tuple[str, int]
"""A card's key and a port's slot."""

EdgeKey = tuple[str, int]
"""A card's key and the index of one of its connections."""


def parent(key: str) -> str:
    """Return the key of the expanded use that contains a card or note."""
    return key.rpartition("/")[0]


def name(key: str) -> str:
    """Return the name of the card's node in its graph."""
    return key.rpartition("/")[2]


def under(outer: str, inner: str) -> str:
    """Return the key of a node within the expanded use ``outer``."""
    return f"{outer}/{inner}" if outer else inner


def note_under(outer: str, index: int) -> str:
    """Return the key of a note within the expanded use ``outer``."""
    return under(outer, f"{NOTE}{index}")


def is_note(key: str) -> bool:
    """Whether this is the key of a note."""
    return name(key).startswith(NOTE)


def note_index(key: str) -> int:
    """Return the note's index among its graph's notes."""
    return int(name(key).removeprefix(NOTE))

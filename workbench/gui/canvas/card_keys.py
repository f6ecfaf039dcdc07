"""The key of a card: the names of nodes from the shown graph down to it, joined by ``/`` (``layer1/0/conv1``).

All before the last name is the key of the unfolded use that the card is in; it is empty for the shown graph itself.
A note's key is made alike, with its index among its graph's notes for a name (``layer1/#2``): no node is called so.
"""

NOTE = "#"

Port = tuple[str, int]
"""A card's key and the slot of one of its ports."""

EdgeKey = tuple[str, int]
"""A card's key and the number of one of its connections."""


def parent(key: str) -> str:
    """The key of the unfolded use that a card or note is in."""
    return key.rpartition("/")[0]


def name(key: str) -> str:
    """The card's node, by its name in its graph."""
    return key.rpartition("/")[2]


def under(outer: str, inner: str) -> str:
    """The key of a node within the unfolded use ``outer``."""
    return f"{outer}/{inner}" if outer else inner


def note_under(outer: str, index: int) -> str:
    """The key of a note within the unfolded use ``outer``."""
    return under(outer, f"{NOTE}{index}")


def is_note(key: str) -> bool:
    """Whether this is the key of a note."""
    return name(key).startswith(NOTE)


def note_index(key: str) -> int:
    """The note's index among its graph's notes."""
    return int(name(key).removeprefix(NOTE))

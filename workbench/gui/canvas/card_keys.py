"""A card's key: the names of nodes from the shown graph down to it, joined by ``/`` (``layer1/0/conv1``).

All before the last name is the key of the unfolded use that the card is in; it is empty for the shown graph itself.
"""


def parent(key: str) -> str:
    """The key of the unfolded use that a card is in."""
    return key.rpartition("/")[0]


def name(key: str) -> str:
    """The card's node, by its name in its graph."""
    return key.rpartition("/")[2]


def under(outer: str, inner: str) -> str:
    """The key of a node within the unfolded use ``outer``."""
    return f"{outer}/{inner}" if outer else inner

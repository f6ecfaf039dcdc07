"""Whether the other ranks are alive. One that hangs, or whose machine has lost its power, breaks no connection: whoever
computes with it would wait for ever.
"""

import socket

from workbench.training.ranks import Ranks

PULSE = "pulse/{}"
"""In the ranks' store: how often a rank has said that it is there, and on which machine."""

MOST_MISSED = 60
"""Looks of one's own, not seconds: a computer that was asleep has looked no more than the others."""


class Pulse:
    """A rank's sign of life, and its ear for the others': the first rank listens to all, and all to the first one."""

    def __init__(self, ranks: Ranks) -> None:
        """Before the ranks' first exchange, so that each finds the others' first sign after it."""
        self._ranks = ranks
        self._beats = 0
        self._keys = [PULSE.format(rank) for rank in (range(ranks.size) if ranks.is_first else [ranks.first])]
        self._heard: dict[str, bytes] = {}
        self._missed = dict.fromkeys(self._keys, 0)
        self.beat()

    def beat(self) -> None:
        """Say that this one is there."""
        assert self._ranks.store is not None
        self._beats += 1
        self._ranks.store.set(PULSE.format(self._ranks.rank), f"{self._beats} {socket.gethostname()}")

    def silent(self) -> str:
        """The one that has not been heard of in as many looks as it may miss; empty where all are there."""
        assert self._ranks.store is not None
        for key, said in zip(self._keys, self._ranks.store.multi_get(self._keys), strict=True):
            self._missed[key] = self._missed[key] + 1 if self._heard.get(key) == said else 0
            self._heard[key] = said
            if self._missed[key] > MOST_MISSED:
                return f"rank {key.rpartition('/')[2]} on {said.decode().partition(' ')[2]}"
        return ""

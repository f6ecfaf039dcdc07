"""Detects whether the other ranks are alive, and with what error one of them ended. One that hangs, or whose machine has lost its power,
breaks no connection: whoever computes with it would wait for ever.
"""

import socket
import threading
from collections.abc import Callable

from torch.distributed import Store  # type: ignore[attr-defined]  # made in C++

from workbench.session.run import Ending
from workbench.training.ranks import Ranks

PULSE = "pulse/{}"
"""In the ranks' store: how often a rank has said that it is there, and on which machine."""

LOOK_S = 1.0

MOST_MISSED = 60
"""Looks of one's own, not seconds: a computer that was asleep has looked no more than the others."""


class Pulse:
    """A rank's sign of life, and its ear for the others': the first rank listens to all, and all to the first one.

    It looks in a thread of its own, since the rank that hosts the store may be the one that hangs.
    """

    def __init__(self, ranks: Ranks) -> None:
        """Before the ranks' first exchange, so that each finds the others' first sign after it."""
        assert ranks.store is not None
        self.told: Ending | None = None
        """What one of the ranks has ended with."""
        self._rank = ranks.rank
        # A connection of its own: while the training waits for something in one, nothing else goes through it.
        self._store = ranks.store.clone()
        self._keys = [PULSE.format(rank) for rank in (range(ranks.size) if ranks.is_first else [ranks.first])]
        self._heard: dict[str, bytes] = {}
        self._missed = dict.fromkeys(self._keys, 0)
        self._silent = ""
        self._looks = self._seen = self._waited = 0
        self.beat()

    def listen(self, ended: Callable[[Store], Ending | None]) -> None:
        """Look from now on; ``ended`` asks the store whether a rank has ended."""
        threading.Thread(target=self._listen, args=(ended,), name="pulse", daemon=True).start()

    def lost(self) -> str:
        """Who is gone; empty where all are there, or one has ended. To be asked once in ``LOOK_S``."""
        if self.told is not None:
            return ""
        self._waited = self._waited + 1 if self._looks == self._seen else 0
        self._seen = self._looks
        return self._silent or ("the rank that hosts the store" if self._waited > MOST_MISSED else "")

    def beat(self) -> None:
        """Signal that this rank is alive."""
        self._looks += 1
        self._store.set(PULSE.format(self._rank), f"{self._looks} {socket.gethostname()}")

    def hear(self) -> None:
        """Check for the other ranks' signals."""
        for key, said in zip(self._keys, self._store.multi_get(self._keys), strict=True):
            self._missed[key] = self._missed[key] + 1 if self._heard.get(key) == said else 0
            self._heard[key] = said
            if self._missed[key] > MOST_MISSED:
                self._silent = f"rank {key.rpartition('/')[2]} on {said.decode().partition(' ')[2]}"

    def _listen(self, ended: Callable[[Store], Ending | None]) -> None:
        try:
            while self.told is None:
                self.beat()
                self.hear()
                self.told = ended(self._store)
                threading.Event().wait(LOOK_S)
        except RuntimeError:  # what torch raises where the store is gone
            self._silent = "the rank that kept the store"

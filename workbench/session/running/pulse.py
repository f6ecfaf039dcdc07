"""Detects whether the other ranks are alive, and with which event one of them ended.

A rank that hangs, or whose machine has lost power, closes no connection: whoever computes with it would wait for ever.
"""

import socket
import threading
from collections.abc import Callable

from torch.distributed import Store  # type: ignore[attr-defined]  # defined in C++

from workbench.session.running.run import Ending
from workbench.training.distributed.ranks import Ranks

PULSE = "pulse/{}"
"""The key in the ranks' store for a rank's number of heartbeats and its machine."""

LOOK_S = 1.0

MOST_MISSED = 60
"""The rank is lost after this many own heartbeats without one of its own; not seconds, since a
computer may have slept.
"""


class Pulse:
    """A rank's heartbeat, and its monitor of the others: the first rank monitors all, and all others the first.

    It runs in a thread of its own, since the rank that serves the store may be the one that hangs.
    """

    def __init__(self, ranks: Ranks) -> None:
        """Send the first heartbeat; called before the ranks' first exchange, so that each finds the
        others' afterwards.
        """
        assert ranks.store is not None
        self.told: Ending | None = None
        """The event with which one of the ranks has ended."""
        self._rank = ranks.rank
        # A separate connection: while the training waits on one, nothing else goes through it.
        self._store = ranks.store.clone()
        self._keys = [PULSE.format(rank) for rank in (range(ranks.size) if ranks.is_first else [ranks.first])]
        self._heard: dict[str, bytes] = {}
        self._missed = dict.fromkeys(self._keys, 0)
        self._silent = ""
        self._looks = self._seen = self._waited = 0
        self.beat()

    def listen(self, ended: Callable[[Store], Ending | None]) -> None:
        """Start the thread; ``ended`` reads from the store whether a rank has ended."""
        threading.Thread(target=self._listen, args=(ended,), name="pulse", daemon=True).start()

    def lost(self) -> str:
        """Return which rank is lost; empty if all are alive, or one has ended. Call once per ``LOOK_S``."""
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
        except RuntimeError:  # raised by torch if the store is gone
            self._silent = "the rank that kept the store"

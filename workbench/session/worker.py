"""A thread that answers only the latest request: older ones still waiting are dropped."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from workbench.session.failure import told
from workbench.session.slot import LatestSlot

Q = TypeVar("Q")
A = TypeVar("A")

PATIENCE_S = 10.0
"""How long to wait for the current question to end."""


class LatestWorker(Generic[Q, A]):
    """Calls ``answer(question)`` in its own thread; answers carry the number that ``ask`` returned.

    If it raises, the answer is ``failed(question, sentence)``, so that nobody waits for ever or remains without a
    reason. The thread begins with the first question: a run has ten of these, and most of them are asked nothing.
    """

    def __init__(self, name: str, answer: Callable[[Q], A], failed: Callable[[Q, str], A]) -> None:
        self.answers: LatestSlot[A] = LatestSlot()
        self._answer = answer
        self._failed = failed
        self._wake = threading.Condition()
        self._question: tuple[int, Q] | None = None
        self._asked = self._taken = 0
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def ask(self, question: Q, number: int | None = None) -> int:
        """Submit a question; returns the number that its answer will carry, by default the next one. Never waits.

        A question with a smaller ``number`` than an earlier one is dropped.
        """
        with self._wake:
            if self._thread.ident is None and not self._closed:
                self._thread.start()
            if number is None:
                number = self._asked + 1
            if number > self._asked:
                self._asked, self._question = number, (number, question)
                self._wake.notify()
            return number

    def take(self) -> A | None:
        """Return the answer to the last question, once; None until it has come."""
        newest = self.answers.newest(self._taken)
        if newest is None or newest[0] != self._asked:
            return None
        self._taken, answer = newest
        return answer

    @property
    def settled(self) -> bool:
        """Whether the answer to the last question has been taken."""
        return self._taken == self._asked

    @property
    def has_newer(self) -> bool:
        """Whether a question waits, for which the current one may end early."""
        return self._question is not None

    def close(self, timeout_s: float = PATIENCE_S) -> bool:
        """Ask the thread to end after the current question; return whether it ended within ``timeout_s``."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread.ident is None:
            return True
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._closed or self._question is not None)
                if self._closed:
                    return
                assert self._question is not None
                number, question = self._question
                self._question = None
            try:
                answer = self._answer(question)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is reported and logged
                answer = self._failed(question, told(error))
            self.answers.put(answer, number)


def close_all(closings: Iterable[Callable[[float], bool]], timeout_s: float) -> bool:
    """End several threads, each in what is left of the time; return whether all ended within ``timeout_s``."""
    until_s = time.monotonic() + timeout_s
    ends = [close(max(until_s - time.monotonic(), 0.0)) for close in closings]
    return all(ends)

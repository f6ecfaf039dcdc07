"""Questions to a run's network: the newest waits for the network, then a thread answers it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from workbench.data.progress import Cancelled
from workbench.session.worker import LatestWorker

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.data.progress import Progress
    from workbench.session.views.answering import Answering

Q = TypeVar("Q")
A = TypeVar("A")


@dataclass(frozen=True, kw_only=True)
class _Asked(Generic[Q]):
    """A question, its number, and the network to answer it."""

    number: int
    question: Q
    network: Answering


class Questions(Generic[Q, A]):
    """Questions of one kind. Any thread may ask and cancel, at any time.

    ``answer`` is called with the question, the network and what tells progress and may cancel, ``failed`` with the
    question, the step and the reason. A question cancels earlier ones that differ from it, and ``closing`` all;
    ``wake`` is called when one waits for the network.
    """

    def __init__(
        self,
        name: str,
        answer: Callable[[Q, Answering, Progress], A],
        failed: Callable[[Q, int, str], A],
        closing: threading.Event,
        wake: Callable[[], None],
    ) -> None:
        self._answer = answer
        self._failed = failed
        self._worker: LatestWorker[_Asked[Q], A] = LatestWorker(name, self._answered, self._not_answered)
        self.answers = self._worker.answers
        """The newest answer, under the number of its question."""
        self._lock = threading.Lock()
        self._closing, self._wake = closing, wake
        self._last: tuple[int, Q | None] = (0, None)
        self.awaits_network = False
        """Whether the last question waits for the network."""
        self._network: Answering | None = None
        """The one that was given for the last question."""
        self._first = 0
        """Earlier questions are cancelled."""
        self.progress: tuple[int, int, int] = (0, 0, 1)
        """The number of the question that is being answered, how much is done, and of how much."""

    def ask(self, question: Q) -> int:
        """Ask the network as it is now, which ``hand_over`` gives. Return the number that the answer will carry."""
        with self._lock:
            number, before = self._last
            self._last, self.awaits_network = (number + 1, question), True
            if question != before:
                self._first, self._network = number + 1, None
        self._wake()
        return number + 1

    def ask_again(self, question: Q) -> int:
        """Ask the network that was given for this question before; as it is now, if there was none."""
        with self._lock:
            number, before = self._last
            network = None if question != before or self.awaits_network else self._network
            if network is not None:
                self._last = (number + 1, question)
        if network is None:
            return self.ask(question)
        self._worker.ask(_Asked(number=number + 1, question=question, network=network), number + 1)
        return number + 1

    @property
    def has_newer(self) -> bool:
        """Whether a newer question is asked than the one that is being answered."""
        return self._worker.has_newer

    def cancel(self) -> None:
        """Cancel all questions so far."""
        with self._lock:
            self.awaits_network, self._first = False, self._last[0] + 1

    def hand_over(self, network: Answering) -> None:
        """Let this network answer the question that waits, if there is one."""
        with self._lock:
            waits, self.awaits_network = self.awaits_network, False
            number, question = self._last
            self._network = network if waits else self._network
        if waits:
            assert question is not None
            self._worker.ask(_Asked(number=number, question=question, network=network), number)

    def close(self, timeout_s: float) -> bool:
        """End the thread after the current question; return whether it ended within ``timeout_s``."""
        return self._worker.close(timeout_s)

    def _answered(self, asked: _Asked[Q]) -> A:
        """In the worker."""

        def tell(_: str, done: int, total: int) -> None:
            if self._closing.is_set() or asked.number < self._first:
                raise Cancelled
            self.progress = (asked.number, done, total)

        if asked.network.module is None:
            return self._not_answered(asked, asked.network.problem)
        try:
            return self._answer(asked.question, asked.network, tell)
        except Cancelled:
            return self._not_answered(asked, "it was cancelled")

    def _not_answered(self, asked: _Asked[Q], reason: str) -> A:
        return self._failed(asked.question, asked.network.step, reason)

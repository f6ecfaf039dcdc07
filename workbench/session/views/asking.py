"""What is asked of a network and answered in threads: mistakes, attention, features, and what users bring."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from workbench.data.progress import Cancelled
from workbench.session.views.attention import AttentionQuestion, AttentionSeen, attention_seen
from workbench.session.views.features import (
    FeaturesQuestion,
    FeaturesSeen,
    Rankings,
    StrongestSeen,
    features_seen,
)
from workbench.session.views.latent import LatentQuestion, LatentSeen, latent_seen
from workbench.session.views.mistakes.asked import Asked, find_mistakes
from workbench.session.views.own_pictures import OwnPictures
from workbench.session.views.own_rows import OwnRows, RowAnswers, why_no_rows
from workbench.session.views.predictions import Head, heads_asked, why_not
from workbench.session.views.questions import Questions
from workbench.session.views.why import WhyQuestion, WhySeen, why_seen
from workbench.session.worker import close_all

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.data.progress import Progress
    from workbench.session.views.answering import Answering
    from workbench.session.views.network import Network

Q = TypeVar("Q")
A = TypeVar("A")


class Asking(ABC):
    """The questions to one network as it is when they are asked, by kind. Any thread may ask, at any time.

    Questions wait until they are given the network (``_give``); ``_wake`` is called with each.
    """

    def __init__(self, weights: str) -> None:
        self.heads: tuple[Head, ...] = ()
        """What the network answers for pictures of the user's own; none until it is built, or if it cannot be asked."""
        self.why_not = ""
        """Why it cannot be asked about them."""
        self.why_no_rows = ""
        """Why it cannot be asked about rows of the user's own."""
        self.weights = weights
        """What its weights are if they are not those after a step."""
        self.problem = ""
        """Why there is no network to ask."""
        self._closing = threading.Event()
        self._known: Network | None = None
        self._kinds: list[Questions[Any, Any]] = []
        self.mistakes: Questions[str, Asked] = self._kind("mistakes", _evaluate, _not_evaluated)
        """What it predicts for each picture of a split, if that is empty the gallery's."""
        self.pictures: Questions[OwnPictures, None] = self._kind("pictures", self._predict, _not_predicted)
        """What it answers for pictures of the user's own, and what else is wanted of them: their ``latest``."""
        self.rows: Questions[OwnRows, RowAnswers] = self._kind(
            "rows",
            lambda network, rows, progress: rows.answer(network, progress),
            lambda _, step, reason: RowAnswers(step=step, problem=reason),
        )
        """What it answers for the rows of a table of the user's own."""
        self.attention: Questions[AttentionQuestion, AttentionSeen] = self._kind(
            "attention",
            lambda network, question, _: attention_seen(network, question),
            lambda _, step, reason: AttentionSeen(step=step, problem=reason),
        )
        """What it attends to in a picture."""
        self.features: Questions[FeaturesQuestion, FeaturesSeen] = self._kind(
            "features",
            lambda network, question, _: features_seen(network, question),
            lambda _, step, reason: FeaturesSeen(step=step, problem=reason),
        )
        """What a layer makes of a picture."""
        self.strongest: Questions[str, StrongestSeen] = self._kind(
            "strongest",
            Rankings().strongest_seen,
            lambda path, step, reason: StrongestSeen(step=step, path=path, problem=reason),
        )
        """The pictures that excite each channel of a layer the most."""
        self.latent: Questions[LatentQuestion, LatentSeen] = self._kind(
            "latent",
            latent_seen,
            lambda question, step, reason: LatentSeen(step=step, view=question.view, problem=reason),
        )
        """What codes decode to."""
        self.why: Questions[WhyQuestion, WhySeen] = self._kind(
            "why", why_seen, lambda _, step, reason: WhySeen(step=step, problem=reason)
        )
        """Why it answers so for a picture."""

    def _kind(
        self, name: str, answer: Callable[[Network, Q, Progress], A], failed: Callable[[Q, int, str], A]
    ) -> Questions[Q, A]:
        """Return a kind of questions, which ``answer`` answers in a thread."""

        def answered(question: Q, given: Answering, progress: Progress) -> A:
            assert self._known is not None and given.module is not None
            return answer(self._known.after(given.step, given.module), question, progress)

        kind = Questions(name, answered, failed, self._closing, self._wake)
        self._kinds.append(kind)
        return kind

    @abstractmethod
    def _wake(self) -> None:
        """Have the network handed over to a question, now or soon."""

    # The network

    def _know(self, network: Network) -> None:
        """Take what stays the same of the network while its weights change."""
        self.why_not = why_not(network.plan, network.dataset)
        self.why_no_rows = why_no_rows(network)
        self.heads = () if self.why_not else heads_asked(network.plan)
        self._known = network

    @property
    def _is_waiting(self) -> bool:
        """Whether a question waits for the network."""
        return any(each.awaits_network for each in self._kinds)

    def _give(self, network: Answering) -> None:
        """Let this network answer the questions that wait."""
        for kind in self._kinds:
            kind.hand_over(network)

    def _close_questions(self, timeout_s: float) -> bool:
        """End the threads; return whether they ended within ``timeout_s``."""
        self._closing.set()
        return close_all([each.close for each in self._kinds], timeout_s)

    def _predict(self, network: Network, pictures: OwnPictures, progress: Progress) -> None:
        """Predict what is in the user's pictures, until there is a newer question."""

        def tell(what: str, done: int, total: int) -> None:
            progress(what, done, total)
            if self.pictures.has_newer:
                raise Cancelled

        pictures.answer(network, tell)


def _evaluate(network: Network, split: str, progress: Progress) -> Asked:
    return find_mistakes(network.module, network.plan, network.dataset, network.step, progress, split)


def _not_evaluated(_: str, step: int, reason: str) -> Asked:
    return Asked(step=step, problem=f"The network could not be evaluated: {reason}.")


def _not_predicted(pictures: OwnPictures, _: int, reason: str) -> None:
    pictures.fail(f"The network could not be asked: {reason}.")

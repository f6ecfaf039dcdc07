"""What is asked of a network and answered in threads: mistakes, attention, features, pictures of the user's own."""

from __future__ import annotations

import threading
import time
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
from workbench.session.views.predictions import Head, heads_asked, why_not
from workbench.session.views.questions import Questions
from workbench.session.views.why import WhyQuestion, WhySeen, why_seen

if TYPE_CHECKING:
    from workbench.data.progress import Progress
    from workbench.session.slot import LatestSlot
    from workbench.session.views.answering import Answering
    from workbench.session.views.network import Network

Q = TypeVar("Q")


class Asking(ABC):
    """The questions to one network, whose newest answers are slots. Any thread may ask, at any time.

    Questions wait until they are given the network (``_give``); ``_wake`` is called with each.
    """

    def __init__(self, weights: str) -> None:
        self._closing = threading.Event()
        self._mistakes = Questions("mistakes", self._evaluate, _not_evaluated, self._closing)
        self._pictures = Questions("pictures", self._predict, _not_predicted, self._closing)
        self.heads: tuple[Head, ...] = ()
        """What the network answers for pictures of the user's own; none until it is built, or if it cannot be asked."""
        self.why_not = ""
        """Why it cannot be asked about them."""
        self.weights = weights
        """What its weights are if they are not those after a step."""
        self.problem = ""
        """Why there is no network to ask."""
        self._attended = Questions("attention", self._attend, _not_attended, self._closing)
        self._features = Questions("features", self._see_features, _no_features, self._closing)
        self._latent = Questions("latent", self._decode, _not_decoded, self._closing)
        self._why = Questions("why", self._explain, _not_explained, self._closing)
        self._rankings = Rankings()
        self._strongest = Questions("strongest", self._rank, _not_ranked, self._closing)
        self._questions: tuple[Questions[Any, Any], ...] = (
            self._mistakes,
            self._pictures,
            self._attended,
            self._features,
            self._latent,
            self._why,
            self._strongest,
        )
        self._known: Network | None = None

    @abstractmethod
    def _wake(self) -> None:
        """Have the network handed over to a question, now or soon."""

    # Answers

    @property
    def mistakes(self) -> LatestSlot[Asked]:
        """The newest answer to ``ask_mistakes``, under the number of the request."""
        return self._mistakes.answers

    @property
    def evaluated(self) -> tuple[int, int, int]:
        """The number of the request that is being answered, how many pictures are evaluated, and of how many."""
        return self._mistakes.progress

    @property
    def attended(self) -> LatestSlot[AttentionSeen]:
        """The newest answer to ``ask_attention``, under the number of the request."""
        return self._attended.answers

    @property
    def features(self) -> LatestSlot[FeaturesSeen]:
        """The newest answer to ``ask_features``, under the number of the request."""
        return self._features.answers

    @property
    def latent(self) -> LatestSlot[LatentSeen]:
        """The newest answer to ``ask_latent``, under the number of the request."""
        return self._latent.answers

    @property
    def reasons(self) -> LatestSlot[WhySeen]:
        """The newest answer to ``ask_why``, under the number of the request."""
        return self._why.answers

    @property
    def strongest(self) -> LatestSlot[StrongestSeen]:
        """The newest answer to ``ask_strongest``, under the number of the request."""
        return self._strongest.answers

    @property
    def ranked(self) -> tuple[int, int, int]:
        """The number of the request of ``ask_strongest`` that is being answered, how many pictures are compared, and of
        how many.
        """
        return self._strongest.progress

    # Questions

    def ask_mistakes(self, split: str = "") -> int:
        """Request the predictions of the network, as it is now, for each picture of a split, by default the gallery's.
        Returns the number that the answer will carry.

        Requests for another split are cancelled.
        """
        return self._ask(self._mistakes, split)

    def cancel_mistakes(self) -> None:
        """Cancel all requests of ``ask_mistakes`` so far."""
        self._mistakes.cancel()

    def ask_pictures(self, pictures: OwnPictures, *, anew: bool = True) -> None:
        """Request what the network, as it is now, answers for pictures of the user's own, and what else is wanted of
        them; the answers are their ``latest``. Unless ``anew``, the network is the one that was asked before, if any.

        Requests for other pictures are cancelled.
        """
        if anew or not self._pictures.ask_again(pictures):
            self._ask(self._pictures, pictures)

    def cancel_pictures(self) -> None:
        """Cancel all requests of ``ask_pictures`` so far."""
        self._pictures.cancel()

    def ask_attention(self, question: AttentionQuestion) -> int:
        """Request what the network, as it is now, attends to in a picture. Returns the number that the answer will
        carry.
        """
        return self._ask(self._attended, question)

    def ask_features(self, question: FeaturesQuestion) -> int:
        """Request what a layer of the network, as it is now, makes of a picture. Returns the number that the answer
        will carry.
        """
        return self._ask(self._features, question)

    def ask_latent(self, question: LatentQuestion) -> int:
        """Request what codes of the network, as it is now, decode to. Returns the number that the answer will carry."""
        return self._ask(self._latent, question)

    def cancel_latent(self) -> None:
        """Cancel all requests of ``ask_latent`` so far."""
        self._latent.cancel()

    def ask_why(self, question: WhyQuestion) -> int:
        """Request why the network, as it is now, answers so for a picture. Returns the number that the answer will
        carry.

        Other requests than this are cancelled.
        """
        return self._ask(self._why, question)

    def cancel_why(self) -> None:
        """Cancel all requests of ``ask_why`` so far."""
        self._why.cancel()

    def ask_strongest(self, path: str) -> int:
        """Request the pictures that excite each channel of a layer of the network, as it is now, the most. Returns the
        number that the answer will carry.

        Requests for another layer are cancelled.
        """
        return self._ask(self._strongest, path)

    def cancel_strongest(self) -> None:
        """Cancel all requests of ``ask_strongest`` so far."""
        self._strongest.cancel()

    def _ask(self, questions: Questions[Q, Any], question: Q) -> int:
        number = questions.ask(question)
        self._wake()
        return number

    # The network

    def _know(self, network: Network) -> None:
        """Take what stays the same of the network while its weights change."""
        self.why_not = why_not(network.plan, network.dataset)
        self.heads = () if self.why_not else heads_asked(network.plan)
        self._known = network

    @property
    def _is_waiting(self) -> bool:
        """Whether a question waits for the network."""
        return any(each.awaits_network for each in self._questions)

    def _give(self, network: Answering) -> None:
        """Let this network answer the questions that wait."""
        for questions in self._questions:
            questions.hand_over(network)

    def _close_questions(self, timeout_s: float) -> bool:
        """End the threads; return whether they ended within ``timeout_s``."""
        self._closing.set()
        until_s = time.monotonic() + timeout_s
        ends = [each.close(max(until_s - time.monotonic(), 0.0)) for each in self._questions]
        return all(ends)

    # In the workers

    def _network(self, given: Answering) -> Network:
        assert self._known is not None and given.module is not None
        return self._known.after(given.step, given.module)

    def _evaluate(self, split: str, given: Answering, progress: Progress) -> Asked:
        """Predict the class of each picture."""
        network = self._network(given)
        return find_mistakes(network.module, network.plan, network.dataset, network.step, progress, split)

    def _predict(self, pictures: OwnPictures, given: Answering, progress: Progress) -> None:
        """Predict what is in the user's pictures, until there is a newer question."""

        def tell(what: str, done: int, total: int) -> None:
            progress(what, done, total)
            if self._pictures.has_newer:
                raise Cancelled

        pictures.answer(self._network(given), tell)

    def _attend(self, question: AttentionQuestion, given: Answering, _: Progress) -> AttentionSeen:
        """Look at the attention over a picture."""
        return attention_seen(self._network(given), question)

    def _see_features(self, question: FeaturesQuestion, given: Answering, _: Progress) -> FeaturesSeen:
        """Look at a layer's maps of a picture."""
        return features_seen(self._network(given), question)

    def _decode(self, question: LatentQuestion, given: Answering, progress: Progress) -> LatentSeen:
        """Decode codes."""
        return latent_seen(self._network(given), question, progress)

    def _explain(self, question: WhyQuestion, given: Answering, progress: Progress) -> WhySeen:
        """Find out why the network answers so for a picture."""
        return why_seen(self._network(given), question, progress)

    def _rank(self, path: str, given: Answering, progress: Progress) -> StrongestSeen:
        """Find the pictures that excite a layer's channels the most."""
        return self._rankings.strongest_seen(self._network(given), path, progress)


def _not_evaluated(_: str, step: int, reason: str) -> Asked:
    return Asked(step=step, problem=f"The network could not be evaluated: {reason}.")


def _not_predicted(pictures: OwnPictures, _: int, reason: str) -> None:
    pictures.fail(f"The network could not be asked: {reason}.")


def _no_features(_: FeaturesQuestion, step: int, reason: str) -> FeaturesSeen:
    return FeaturesSeen(step=step, problem=reason)


def _not_decoded(question: LatentQuestion, step: int, reason: str) -> LatentSeen:
    return LatentSeen(step=step, view=question.view, problem=reason)


def _not_explained(_: WhyQuestion, step: int, reason: str) -> WhySeen:
    return WhySeen(step=step, problem=reason)


def _not_ranked(path: str, step: int, reason: str) -> StrongestSeen:
    return StrongestSeen(step=step, path=path, problem=reason)


def _not_attended(_: AttentionQuestion, step: int, reason: str) -> AttentionSeen:
    return AttentionSeen(step=step, problem=reason)

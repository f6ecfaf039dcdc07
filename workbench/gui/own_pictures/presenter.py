"""Pictures of the user's own as shown: which, in which order, and a card for each that is in view. No Qt."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.gui.own_pictures.cards import Card, answered_card, broken_card
from workbench.gui.runtime.refresh import Refresh
from workbench.gui.watch.neighbours.presenter import say_distance
from workbench.session.views.album import NEVER, Query
from workbench.session.views.mistakes.drawn import drawn_answer
from workbench.session.views.own_pictures import OwnPictures
from workbench.spec.quantities import percent
from workbench.spec.record import Record
from workbench.spec.words import isolated, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from workbench.events import AnyEvent
    from workbench.session.views.album import Predicted, Similar
    from workbench.session.views.predictions import Head

NO_NETWORK = (
    "No network to ask yet",
    "Draw, open or import a network, then drop pictures of your own here to see what it sees in them.",
)
PREPARED = (
    "The network is being prepared",
    "You can drop pictures here already, or choose files or a folder. They are answered as soon as it is ready.",
)
ANSWERS = {
    "class": "its five likeliest classes",
    "labels": "its likeliest labels",
    "number": "the number that the network answers",
    "keypoints": "the key points that the network finds",
    "mask": "the class of each pixel in its colour",
    "picture": "the picture that the network makes of it",
}
UNNAMED = ". Similar, or Ctrl+F, finds those that the network describes like the chosen one."
"""What is said where an embedding answers, which names nothing."""

EXPLAINED = " A double click on one shows which parts of it the answer comes from."


class Wanted(Record):
    """What is shown: all pictures, those of a class or label by its ``place`` among the names, or similar ones."""

    what: Literal["all", "name", "similar", "training"] = "all"
    place: int = 0


ALL, SIMILAR, TRAINING = Wanted(), Wanted(what="similar"), Wanted(what="training")


class OwnPicturesPresenter:
    """The pictures, the newest answers, what of these is shown, and when to ask again."""

    def __init__(self) -> None:
        self.paths: tuple[Path, ...] = ()
        """The files and folders that were chosen."""
        self.pictures = OwnPictures()
        self._order: NDArray[np.int64] | None = None
        """What is shown; None if that is to be found out."""
        self.begin()

    def begin(self, weights: str = "") -> None:
        """Start on another network, with the same pictures. ``weights`` says what it has if not those after a step."""
        self.head = 0
        self._weights = weights
        self._refresh = Refresh()
        self.look_again()

    def add(self, paths: Iterable[Path]) -> None:
        """Add files and folders before the earlier ones; those that were there already are read again."""
        added = tuple(paths)
        self.paths = tuple(dict.fromkeys((*added, *self.paths)))
        self.pictures.add(added)
        self._asks_more, self._is_cancelled = True, False

    def remove(self, number: int) -> None:
        """Show a picture no more, until its file is added again."""
        assert self.answer is not None
        self.pictures.remove(number, self.answer.file(number))
        self._order = None
        if number == self._query_number:
            self.want(ALL, None)
        waits = self.answer.num_lots < self.pictures.num_lots
        if not len(self.shown) and self.wanted == ALL and not waits:
            self.remove_all()

    def remove_all(self) -> None:
        """Return to no pictures."""
        self.paths = ()
        self.pictures = OwnPictures()
        self.look_again()

    def look_again(self) -> None:
        """Read the files again, dropping earlier answers."""
        self.pictures = OwnPictures(self.paths, self.pictures.removed)
        self.answer: Predicted | None = None
        self._taken = 0
        self.wanted = ALL
        self._order = None
        self._asks_more, self._asks_anew = True, False
        self._is_cancelled = False
        self._refusal = ""

    def cancel(self) -> None:
        """Read and ask no more for now."""
        self.pictures.cancel()
        self._is_cancelled = True

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the run's next events: the network is asked again after each epoch, at a pause and at the end."""
        self._asks_anew |= self._refresh.is_due(events, state)

    def take_question(self) -> bool | None:
        """Return whether the network as it is now is to be asked about the pictures, or the one that was asked before;
        None if there is nothing to ask.
        """
        anew, more = self._asks_anew, self._asks_more
        self._asks_anew = self._asks_more = False
        return anew if self.paths and (anew or more) else None

    def take_answer(self) -> bool:
        """Take the newest answer if there is one, and return whether there is."""
        newest = self.pictures.latest.newest(self._taken)
        if newest is None:
            return False
        self._taken, answer = newest
        before, self.answer = self.answer, answer
        # While answers are updated, the order stays: a picture moves neither while it is looked at nor before a click.
        if answer.is_whole or before is None or len(before) != len(answer) or self._similar is not None:
            self._order = None
        return True

    # What is shown

    @property
    def heads(self) -> tuple[Head, ...]:
        return () if self.answer is None else self.answer.heads

    @property
    def head_titles(self) -> tuple[str, ...]:
        return tuple(head.title for head in self.heads)

    @property
    def head_title(self) -> str:
        """The title of the chosen head; empty if none answers."""
        return self.head_titles[self.head] if self.heads else ""

    @property
    def draws(self) -> bool:
        """Whether the chosen head answers with a mask or a picture."""
        return bool(self.heads) and self.heads[self.head].is_drawn

    @property
    def explains(self) -> bool:
        """Whether it can be asked why the chosen head answers so."""
        return bool(self.heads) and not self.draws

    def strip(self, colours: Sequence[Sequence[int]]) -> partial[NDArray[np.uint8]]:
        """Return what draws a picture by its number as the network sees it and, beside it, what the chosen head
        answers, uint8 [3, H, 2 W]; it runs the network as it is by then, so it is not for the window's thread.
        """
        return partial(_strip, self.pictures, self.heads[self.head], colours)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes or labels that the chosen head tells apart; none for numbers and pictures."""
        return self.heads[self.head].column.names if self.heads else ()

    @property
    def choices(self) -> tuple[tuple[Wanted, str], ...]:
        """What can be shown, with its title."""
        by_name = ((Wanted(what="name", place=place), name) for place, name in enumerate(self.names))
        return (
            (ALL, "All pictures"),
            (SIMILAR, "Similar pictures"),
            (TRAINING, "Similar in training"),
            *by_name,
        )

    def choose_head(self, head: int) -> None:
        """Show the answers of this head."""
        self.head = head
        self._order = None
        if self.wanted.what == "name":
            self.wanted = ALL

    def want(self, wanted: Wanted, number: int | None) -> bool:
        """Show something else, for similar ones those of ``number``; return whether that is possible; if not, ``note``
        says why.
        """
        if wanted in (SIMILAR, TRAINING) and not self.can_be_query(number):
            self._refusal = "this file is no picture that others could be similar to: choose another one"
            return False
        self._refusal = ""
        self.wanted = wanted
        self._order = None
        self.pictures.query = None
        if wanted in (SIMILAR, TRAINING) and number is not None:
            self.pictures.query = Query(number=number, in_training=wanted == TRAINING)
            self._asks_more = True
        return True

    def can_be_query(self, number: int | None) -> bool:
        """Whether similar pictures can be searched for one."""
        return self.answer is not None and number is not None and bool(self.answer.is_readable[number])

    def forget_refusal(self) -> None:
        """Say no more why the chosen file is no query: another is chosen."""
        self._refusal = ""

    @property
    def _query_number(self) -> int | None:
        query = self.pictures.query
        return None if query is None else query.number

    @property
    def _similar(self) -> Similar | None:
        """The answer to the query; None before it has come."""
        similar = None if self.answer is None else self.answer.similar
        return similar if similar is not None and similar.query == self.pictures.query else None

    @property
    def shown(self) -> NDArray[np.int64]:
        """The numbers of the pictures in their order: int64 [n]; of training pictures those in the training split."""
        if self._order is None:
            self._order = self._now_shown()
        return self._order

    def _now_shown(self) -> NDArray[np.int64]:
        answer, similar = self.answer, self._similar
        if answer is None:
            return np.empty(0, np.int64)
        if self.wanted == TRAINING:
            return np.empty(0, np.int64) if similar is None else similar.numbers
        if self.wanted == SIMILAR:
            nearest = [] if similar is None else similar.numbers.tolist()
            shown = np.array([self._query_number, *nearest], np.int64)
        elif self.wanted.what == "name":
            shown = answer.most_confident(self.head, self.wanted.place)
        else:
            shown = answer.order
        gone = self.pictures.gone - answer.gone
        return shown[~np.isin(shown, list(gone))] if gone else shown

    @property
    def shows_cards(self) -> bool:
        """Whether each picture is shown with all its answers, not small."""
        return self.wanted == ALL

    # Words

    @property
    def words(self) -> str:
        """What is shown, in one line."""
        answer = self.answer
        if answer is None or not len(answer):
            return ""
        if self.wanted in (SIMILAR, TRAINING) and self.pictures.query is not None:
            name = self.name(self.pictures.query.number)
            step = "searching…" if self._similar is None else self._weights or f"step {self._similar.step:,}"
            return f"{'Training pictures n' if self.wanted == TRAINING else 'N'}earest to {name} · {step}"
        num_all = int(answer.is_shown.sum()) - len(self.pictures.gone - answer.gone)
        count = plural(num_all, "picture")
        if self.wanted.what == "name":
            name, num_given = isolated(self.names[self.wanted.place]), answer.num_given(self.head, self.wanted.place)
            given = "found in" if self.draws else "answered for"
            return f"{name}: {given} {num_given:,} of {count} · {self._steps(answer)}"
        num_read = int((answer.is_readable & answer.is_shown).sum())
        num_read -= sum(bool(answer.is_readable[number]) for number in self.pictures.gone - answer.gone)
        if num_read < num_all:
            count = f"{num_read:,} of {plural(num_all, 'file')} can be read"
        cancelled = f" · {answer.num_cancelled:,} not read" if answer.num_cancelled else ""
        return f"{count}{cancelled} · {self._steps(answer)}"

    def _steps(self, answer: Predicted) -> str:
        """Return of which step the answers are, or by which weights; while they are being updated, of which steps."""
        if self._weights:
            return self._weights
        steps = answer.steps[answer.steps != NEVER]
        first = int(steps.min()) if len(steps) else answer.step
        return f"step {first:,}" if first == answer.step else f"steps {first:,} to {answer.step:,}"

    @property
    def note(self) -> str:
        """Why there is no more to see."""
        if self._refusal:
            return self._refusal
        if self._similar is not None and self._similar.problem:
            return self._similar.problem
        return "" if self.answer is None else self.answer.problem

    def empty_words(
        self, heads: Sequence[Head], why_not: str, *, has_network: bool, is_starting: bool
    ) -> tuple[str, str]:
        """Return a heading and a sentence in place of pictures. ``heads`` are those of the network; if
        there are none, ``why_not`` says why, or it is not ready.
        """
        if not has_network:
            return PREPARED if is_starting else NO_NETWORK
        if why_not:
            return "No answers from this network", why_not
        if not self.paths:
            return PREPARED if is_starting and not heads else _invitation(heads)
        if self.answer is not None and self.answer.problem:
            return "No answer", self.answer.problem
        if self._is_cancelled:
            num_files = 0 if self.answer is None else self.answer.num_cancelled
            unread = (
                f"{plural(num_files, 'file')} {'is' if num_files == 1 else 'are'}" if num_files else "The files are"
            )
            return "Cancelled", f"{unread} not read. Read again continues."
        return "Asking the network…", "Its answers appear here once its data is ready and the pictures are read."

    # Pictures

    def card(self, number: int) -> Card:
        """Return what is shown of one of the user's pictures."""
        answer = self.answer
        assert answer is not None
        file, problem = answer.file(number), answer.problem_of(number)
        if problem:
            return broken_card(file, self.name(number), problem)
        answers = answer.answers(number)
        if not answers:
            return Card(file=file, name=self.name(number), words="…" if self.explains else "")
        return answered_card(file, self.name(number), answers[self.head], self.names)

    def name(self, number: int) -> str:
        """Return what one of the user's pictures is called: its file, after its folder unless only that was chosen."""
        assert self.answer is not None
        path = Path(self.answer.file(number))
        is_alone = path in self.paths or self.paths == (path.parent,)
        return path.name if is_alone else f"{path.parent.name}/{path.name}"

    def badge(self, number: int) -> str:
        """Return what is written on a small picture: the confidence, or the distance."""
        answer = self.answer
        assert answer is not None
        if self.wanted.what == "name":
            part, place = answer.place(number)
            return percent(float(part.values[self.head][place, self.wanted.place]))
        similar = self._similar
        if number == self._query_number and self.wanted == SIMILAR:
            return "query"
        return "" if similar is None else say_distance(float(similar.distances[similar.numbers == number][0]))

    def tip(self, number: int) -> str:
        """Return everything that is known of a picture."""
        answer = self.answer
        if answer is None:
            return ""
        if self.wanted != TRAINING:
            return self.card(number).told
        training = answer.training
        assert training is not None
        name = f"training picture {number:,}" if training.names is None else str(training.names[number])
        label = "" if training.labels is None else training.class_names[int(training.labels[number])]
        return "\n".join(filter(None, [name, label, f"distance {self.badge(number)}"]))


def _invitation(heads: Sequence[Head]) -> tuple[str, str]:
    kinds = list(dict.fromkeys(head.column.kind for head in heads))
    answers = " and ".join(ANSWERS[kind] for kind in kinds)
    with_answers = f", with {answers}." if answers else UNNAMED
    shown = (
        "Or choose files or a folder of any size. Each is shown as the network sees it, at its size and in its colours"
    )
    return "Drop pictures here", shown + with_answers + EXPLAINED * any(not head.is_drawn for head in heads)


def _strip(pictures: OwnPictures, head: Head, colours: Sequence[Sequence[int]], number: int) -> NDArray[np.uint8]:
    newest = pictures.latest.newest()
    assert newest is not None
    return np.concatenate(drawn_answer(*newest[1].drawn(number, head), colours), axis=1).transpose(2, 0, 1)

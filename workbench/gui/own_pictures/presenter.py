"""What a network answers for the user's own pictures, as shown: a card for each. No Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.gui.runtime.refresh import Refresh
from workbench.session.views.predictions import Answer, OwnPictures, Predicted, Prediction
from workbench.spec.problems import capitalised
from workbench.spec.record import Record
from workbench.spec.words import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.events import AnyEvent


class Bar(Record):
    """A class or label, its probability, and whether it is the answer, or part of it."""

    name: str
    share: float
    is_given: bool

    @property
    def value(self) -> str:
        """Its probability in words."""
        return "–" if np.isnan(self.share) else f"{100 * self.share:.1f} %"


class Card(Record):
    """A picture, uint8 [C, H, W], and its bars, or ``words`` for numbers or for why there is no answer."""

    file: str
    pixels: Any
    bars: tuple[Bar, ...] = ()
    words: str = ""
    is_broken: bool = False
    is_explained: bool = False
    """Whether it is asked where its likeliest answer comes from."""

    falls: Any = None
    """The answer to that, float32 [H, W]: by how much the probability falls where a part is hidden."""

    @property
    def name(self) -> str:
        """The file's name."""
        return Path(self.file).name

    @property
    def heading(self) -> str:
        """The file's name, and what is drawn over the picture."""
        if not self.is_explained or not self.bars:
            return self.name
        if self.falls is None:
            return f"{self.name} · hiding parts…"
        if self.red is None:
            return f"{self.name} · no explanation, the network answers NaN"
        points = round(100 * float(self.falls.max()), 1)
        if points <= 0:
            return f"{self.name} · no part matters by itself"
        return f"{self.name} · {self.bars[0].name} falls by up to {points} points without the red"

    @property
    def red(self) -> Any:
        """The falls to be drawn; None where there are none, or a network that has diverged leaves them undefined."""
        return self.falls if self.falls is not None and np.isfinite(self.falls).all() else None

    def drawn(self, num_rows: int) -> tuple[tuple[Bar, ...], str]:
        """Return the bars for this many rows and, if there are more, words for the last row that say how many."""
        if len(self.bars) <= num_rows:
            return self.bars, ""
        return self.bars[: num_rows - 1], f"+{len(self.bars) - num_rows + 1} more"

    @property
    def told(self) -> str:
        """Everything on it as text."""
        return "\n".join(
            [
                self.file,
                *[self.heading] * self.is_explained,
                *(f"{bar.name} {bar.value}" for bar in self.bars),
                *filter(None, [self.words]),
            ]
        )


class OwnPicturesPresenter:
    """The pictures, the newest answer, and when to ask again."""

    def __init__(self) -> None:
        self.paths: tuple[Path, ...] = ()
        """The files and folders that were chosen."""
        self._removed: set[str] = set()
        """Files among them that are not shown."""
        self.begin()

    def begin(self) -> None:
        """Start on another run, with the same pictures."""
        self.head = 0
        self._refresh = Refresh()
        self.look_again()

    def add(self, paths: Iterable[Path]) -> None:
        """Add files and folders before the earlier ones; those that were there already are read again."""
        added = tuple(paths)
        self.paths = tuple(dict.fromkeys((*added, *self.paths)))
        self._removed = {file for file in self._removed if not any(Path(file).is_relative_to(path) for path in added)}
        self.look_again()

    def remove(self, number: int) -> None:
        """Show a card no more, until its file is added again."""
        self._removed.add(self.cards[number].file)
        if not self.cards:
            self.remove_all()

    def remove_all(self) -> None:
        """Return to no pictures."""
        self.paths = ()
        self._removed = set()
        self.look_again()

    def look_again(self) -> None:
        """Read the files and ask for the first time, dropping earlier answers."""
        self._pictures = OwnPictures(self.paths)
        self.answer: Predicted | None = None
        self._first: int | None = None
        """The first request about these pictures; None before it is made. Answers to earlier ones are dropped."""
        self._wants = True

    def explain(self, number: int) -> None:
        """Ask where the answer of a card comes from; if that is shown, hide it."""
        wanted = (self.cards[number].file, self.head)
        self._pictures.explained = None if self._pictures.explained == wanted else wanted
        self._wants = True

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the run's next events: the network is asked again after each epoch, at a pause and at the end."""
        self._wants |= self._refresh.is_due(events, state)

    def take_question(self) -> OwnPictures | None:
        """Return the pictures to ask about now, and reset; None if there is nothing to ask."""
        wants, self._wants = self._wants, False
        return self._pictures if wants and self.paths else None

    def asked(self, number: int) -> None:
        """Take the number of a request."""
        if self._first is None:
            self._first = number

    def take_answer(self, number: int, answer: Predicted) -> bool:
        """Take an answer, and return whether it is one about these pictures."""
        is_ours = self._first is not None and number >= self._first
        if is_ours:
            self.answer = answer
        return is_ours

    def choose_head(self, head: int) -> None:
        """Show the answers of this head, without an explanation of another's."""
        self.head = head
        self._pictures.explained = None

    @property
    def _shown(self) -> list[Prediction]:
        pictures = () if self.answer is None else self.answer.pictures
        return [each for each in pictures if each.file not in self._removed]

    @property
    def _answered(self) -> list[Prediction]:
        return [each for each in self._shown if each.answers]

    @property
    def head_titles(self) -> tuple[str, ...]:
        """The titles of the heads."""
        return tuple(f"{each.output} → {each.target}" for first in self._answered[:1] for each in first.answers)

    @property
    def words(self) -> str:
        """The answer in one line."""
        num_answered, num_all = len(self._answered), len(self._shown)
        if self.answer is None or not num_all:
            return ""
        first, more = ("", "") if self.answer.are_all else ("the first ", ", more are not shown")
        count = f"{first}{plural(num_all, 'picture')}"
        if num_answered < num_all:
            count = f"{num_answered:,} of {first}{plural(num_all, 'file')} can be read"
        return f"{count}{more} · step {self.answer.step:,}"

    @property
    def cards(self) -> tuple[Card, ...]:
        """A card for each picture, those that cannot be read last."""
        return tuple(self._card(each) for each in sorted(self._shown, key=lambda each: bool(each.problem)))

    def _card(self, found: Prediction) -> Card:
        if found.problem:
            return Card(file=found.file, pixels=None, words=f"{capitalised(found.problem)}.", is_broken=True)
        answer = found.answers[self.head]
        assert self.answer is not None
        is_explained = self._pictures.explained == (found.file, self.head)
        return Card(
            file=found.file,
            pixels=found.pixels,
            bars=_bars(answer),
            words=_numbers(answer),
            is_explained=is_explained,
            falls=found.falls if is_explained and self.answer.explained == self._pictures.explained else None,
        )


def _bars(answer: Answer) -> tuple[Bar, ...]:
    given = answer.given if answer.are_labels else answer.choices[:1]
    return tuple(Bar(name=each.name, share=each.confidence, is_given=each in given) for each in answer.choices)


def _numbers(answer: Answer) -> str:
    return f"{'  '.join(f'{number:,.4g}' for number in answer.numbers)} {answer.unit}".strip()

"""What is shown of one picture of the user's own: its answers as bars, numbers or points. No Qt."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.spec.problems import capitalised
from workbench.spec.quantities import percent
from workbench.spec.record import Record
from workbench.spec.words import plural

if TYPE_CHECKING:
    from workbench.session.views.predictions import Answer


class Bar(Record):
    """A class or label, its probability, and whether it is the answer, or part of it."""

    name: str
    share: float
    is_given: bool

    @property
    def value(self) -> str:
        """Its probability in words."""
        return percent(self.share)


class Card(Record):
    """A picture's bars, or ``words`` for numbers or for why there is no answer."""

    file: str
    bars: tuple[Bar, ...] = ()
    words: str = ""
    points: tuple[tuple[float, float], ...] = ()
    """Key points, x and y as fractions of the picture."""

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
                *(f"x {x:.3f}, y {y:.3f}" for x, y in self.points),
            ]
        )


def broken_card(file: str, problem: str) -> Card:
    """Return the card of a file that cannot be used."""
    return Card(file=file, words=f"{capitalised(problem)}.", is_broken=True)


def answered_card(file: str, answer: Answer, *, is_explained: bool = False, falls: Any = None) -> Card:
    """Return the card of a picture with the answer of a head."""
    given = answer.given if answer.are_labels else answer.choices[:1]
    points = tuple(zip(answer.numbers[::2], answer.numbers[1::2], strict=True)) if answer.are_points else ()
    return Card(
        file=file,
        bars=tuple(Bar(name=each.name, share=each.confidence, is_given=each in given) for each in answer.choices),
        words=plural(len(points), "key point") if points else _numbers(answer),
        points=points,
        is_explained=is_explained,
        falls=falls,
    )


def _numbers(answer: Answer) -> str:
    return f"{'  '.join(f'{number:,.4g}' for number in answer.numbers)} {answer.unit}".strip()

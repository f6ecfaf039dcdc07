"""What is shown of one picture of the user's own: its answers as bars, numbers or points. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.spec.problems import capitalised
from workbench.spec.quantities import numeral, percent
from workbench.spec.record import Record
from workbench.spec.words import isolated, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.session.views.predictions import Answer


class Bar(Record):
    """A class or label, its probability, and whether it is the answer, or part of it; or a class of pixels, their
    share, and its ``place`` among the classes, which says its colour.
    """

    name: str
    share: float
    is_given: bool
    place: int | None = None

    @property
    def value(self) -> str:
        """Its probability in words."""
        return percent(self.share)


class Card(Record):
    """A picture's bars, or ``words`` for numbers or for why there is no answer."""

    file: str
    name: str
    """The file's name; from one of several folders, after that folder's, which often says what the picture shows."""

    bars: tuple[Bar, ...] = ()
    words: str = ""
    points: tuple[tuple[float, float], ...] = ()
    """Key points, x and y as fractions of the picture."""

    is_broken: bool = False

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
                *(f"{isolated(bar.name)} {bar.value}" for bar in self.bars),
                *filter(None, [self.words]),
                *(f"x {numeral(x, '.3f')}, y {numeral(y, '.3f')}" for x, y in self.points),
            ]
        )


def broken_card(file: str, name: str, problem: str) -> Card:
    """Return the card of a file that cannot be used."""
    return Card(file=file, name=name, words=f"{capitalised(problem)}.", is_broken=True)


def answered_card(file: str, name: str, answer: Answer, names: Sequence[str]) -> Card:
    """Return the card of a picture with the answer of a head that tells ``names`` apart."""
    given = {"labels": answer.given, "mask": answer.choices}.get(answer.kind, answer.choices[:1])
    points = tuple(zip(answer.numbers[::2], answer.numbers[1::2], strict=True)) if answer.kind == "keypoints" else ()
    return Card(
        file=file,
        name=name,
        bars=tuple(
            Bar(
                name=each.name,
                share=each.confidence,
                is_given=each in given,
                place=names.index(each.name) if answer.kind == "mask" else None,
            )
            for each in answer.choices
        ),
        words=plural(len(points), "key point") if points else _numbers(answer),
        points=points,
    )


def _numbers(answer: Answer) -> str:
    return f"{'  '.join(numeral(number, ',.4g') for number in answer.numbers)} {answer.unit}".strip()

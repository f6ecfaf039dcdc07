"""A network's mistakes as shown: a matrix, the confused pairs, and the pictures of the choice. No Qt."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.events import AnyEvent
from workbench.gui.runtime.refresh import Refresh
from workbench.session.data_facts import SPLIT_TITLES
from workbench.session.mistakes import Asked, Confusion, Mistakes
from workbench.session.neighbours import Gallery
from workbench.spec.record import Record

MOST_LETTERS = 20
"""Letters of a class's name in the list of confused pairs."""


class Chosen(Record):
    """A cell of the matrix; with one index None, a row or column without its diagonal; with both None, all mistakes."""

    label: int | None = None
    predicted: int | None = None


class MistakesPresenter:
    """The newest answer, the choice in it, and when to ask again."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start on another run."""
        self.gallery: Gallery | None = None
        self.heads: tuple[Mistakes, ...] = ()
        """One for each head that predicts classes."""
        self.head = 0
        self.chosen = Chosen()
        self.problem = ""
        self._refresh = Refresh()
        self._wants = True

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the run's next events."""
        self._wants |= self._refresh.is_due(events, state)

    def want(self) -> None:
        """Request an answer for a viewer that has none yet."""
        self._wants = True

    def take_question(self) -> bool:
        """Return whether to ask now, and reset."""
        wants, self._wants = self._wants, False
        return wants

    def take_answer(self, answer: Asked) -> None:
        """Take the newest answer. A failed one leaves the old answer; its reason is shown only if there is none."""
        self.problem = answer.problem
        if not answer.problem:
            self.heads = answer.heads

    def choose_head(self, head: int) -> None:
        """Choose a head, clearing the choice, since its classes differ."""
        self.head, self.chosen = head, Chosen()

    @property
    def mistakes(self) -> Mistakes | None:
        """The mistakes of the chosen head; None before the first answer."""
        return self.heads[self.head] if self.heads else None

    @property
    def head_titles(self) -> tuple[str, ...]:
        """The titles of the heads."""
        return tuple(f"{each.output} → {each.target}" for each in self.heads)

    @property
    def has_pictures(self) -> bool:
        """Whether the examples are pictures rather than points."""
        return self.gallery is not None and len(self.gallery.shape) == 3

    @property
    def words(self) -> str:
        """The answer in one line."""
        found = self.mistakes
        if found is None:
            return ""
        count = len(found.labels)
        title = SPLIT_TITLES[found.split].capitalize()
        return f"{title} · {found.num_correct:,} of {count:,} correct ({say_share(found.num_correct / count)}) · step {found.step:,}"

    @property
    def pictures(self) -> NDArray[np.int64]:
        """The pictures of the choice: indices [n]."""
        assert self.mistakes is not None
        return self.mistakes.pictures(self.chosen.label, self.chosen.predicted)

    @property
    def chosen_words(self) -> str:
        """A description of the chosen pictures."""
        found, label, predicted = self.mistakes, self.chosen.label, self.chosen.predicted
        if found is None:
            return ""
        names, count = found.class_names, len(self.pictures)
        if label is not None and label == predicted:
            return f"{names[label]}, correct · {count:,}, least confident first"
        if label is not None and predicted is not None:
            return f"{names[label]} predicted as {names[predicted]} · {count:,}, most confident first"
        if label is not None:
            return f"{names[label]} predicted as another class · {count:,}, most confident first"
        if predicted is not None:
            return f"Wrongly predicted as {names[predicted]} · {count:,}, most confident first"
        return f"All mistakes · {count:,}, most confident first" if count else "No mistakes"

    def share(self, label: int, predicted: int) -> float:
        """Return a cell's share of its class's pictures; 0 for a class without pictures."""
        assert self.mistakes is not None
        row = self.mistakes.matrix[label]
        return float(row[predicted] / max(int(row.sum()), 1))

    def cell_tip(self, label: int, predicted: int) -> str:
        """Return the description of a cell."""
        assert self.mistakes is not None
        names, row = self.mistakes.class_names, self.mistakes.matrix[label]
        what = "correct" if label == predicted else f"predicted as {names[predicted]}"
        return (
            f"{names[label]}, {what}\n{row[predicted]:,} of {row.sum():,} ({say_share(self.share(label, predicted))})"
        )

    def class_tip(self, label: int) -> str:
        """Return the recall and precision of a class."""
        assert self.mistakes is not None
        found = self.mistakes
        recall, precision = say_share(found.recall[label]), say_share(found.precision[label])
        return f"{found.class_names[label]}\n{recall} recall\n{precision} precision"

    def picture_tip(self, index: int) -> str:
        """Return the description of a picture."""
        assert self.mistakes is not None
        found = self.mistakes
        label, predicted = int(found.labels[index]), int(found.predicted[index])
        sure = say_share(found.confidence[index])
        what = "correct" if label == predicted else f"predicted as {found.class_names[predicted]}"
        return f"{found.class_names[label]}, {what}\nconfidence {sure}, loss {found.losses[index]:.2f}"

    def confusion_words(self, each: Confusion) -> str:
        """Return ``Shirt → Pullover``; long names are shortened in the middle so that both are visible."""
        assert self.mistakes is not None
        names = self.mistakes.class_names
        return f"{_short(names[each.label])} → {_short(names[each.predicted])}"


def _short(name: str) -> str:
    half = MOST_LETTERS // 2
    return name if len(name) <= MOST_LETTERS else f"{name[:half].rstrip()}…{name[-half:].lstrip()}"


def say_share(share: float) -> str:
    """Return ``93.1 %``, or a dash for NaN."""
    return "–" if np.isnan(share) else f"{100 * share:.1f} %"

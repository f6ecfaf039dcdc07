"""A network's mistakes as shown: a matrix, the confused pairs, and the pictures of the choice. No Qt."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.data.leave_out import has_same_names
from workbench.events import AnyEvent
from workbench.gui.experiment.correction import Labelled, LabelOffer, label_of
from workbench.gui.runtime.refresh import AT_REST, Refresh
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.session.views.attention import OnePicture
from workbench.session.views.mistakes import Asked, Confusion, Mistakes
from workbench.session.views.neighbours import Gallery
from workbench.spec.experiment import DataRecipe, Experiment
from workbench.spec.record import Record
from workbench.spec.words import plural

Mark = Literal["", "out"]
"""How the gallery marks a picture."""

MOST_LETTERS = 20
"""Letters of a class's name in the list of confused pairs."""


class Chosen(Record):
    """A cell of the matrix; with one index None, a row or column without its diagonal; with both None, all mistakes."""

    label: int | None = None
    predicted: int | None = None


class MistakesPresenter:
    """The newest answer, the choice in it, and when to ask again."""

    def __init__(self) -> None:
        self.most: int | None = None
        """How many pictures are shown at most."""
        self.surest_first = False
        """Whether those come first for which the network is most confident."""
        self._open: DataRecipe | None = None
        self._out: frozenset[str] = frozenset()
        self.begin()

    def begin(self, data: DataRecipe | None = None) -> None:
        """Start on another run, on this ``data``."""
        self._data = data
        self.galleries: Mapping[str, Gallery] = {}
        """The pictures of each split, the one shown at first before the others."""
        self.heads: tuple[Mistakes, ...] = ()
        """One for each head that predicts classes."""
        self.head = 0
        self.chosen = Chosen()
        self.problem = ""
        self.split = ""
        """The split that is asked for; empty for the first."""
        self.is_waiting = False
        """Whether its first answer is awaited."""
        self._first: int | None = None
        """The first request for the split; None before it is made. Answers to earlier ones are dropped."""
        self._refresh = Refresh()
        self._wants = True

    # Questions and answers

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the run's next events. After an epoch only the first split is evaluated again, since others may be
        large and take time from the training.
        """
        is_first = self.split in ("", next(iter(self.galleries), ""))
        self._wants |= self._refresh.is_due(events, state) and (is_first or state in AT_REST)

    def choose_split(self, split: str) -> None:
        """Ask for another split. Until its answer is there, the old one is shown."""
        self.split, self._first, self._wants = split, None, True

    def take_question(self) -> bool:
        """Return whether to ask now, and reset."""
        wants, self._wants = self._wants, False
        return wants

    def asked(self, number: int) -> None:
        """Take the number of a request for the split. Its first answer is awaited, not a newer one."""
        if self._first is None:
            self._first, self.is_waiting = number, all(each.split != self.split for each in self.heads)

    def take_answer(self, number: int, answer: Asked) -> bool:
        """Take the newest answer, and return whether it is one for the split. A failed one leaves the old answer."""
        if self._first is None or number < self._first:
            return False
        self.problem, self.is_waiting = answer.problem, False
        if answer.problem:
            self._return()
        else:
            self.heads = answer.heads
        return True

    def progress(self, number: int, done: int, total: int) -> tuple[int, int]:
        """Return how many pictures are evaluated, and of how many; unknown if that is of an earlier request."""
        return (done, total) if self._first is not None and number >= self._first else (0, 1)

    def cancel(self) -> None:
        """Stop waiting for the split, and return to the one that is shown."""
        self.is_waiting, self._first = False, None
        self.problem = "" if self.heads else "The evaluation was cancelled: open the window again to restart it"
        self._return()

    def _return(self) -> None:
        if self.heads:
            self.split = self.heads[0].split

    # What is shown

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
        return any(len(gallery.shape) == 3 for gallery in self.galleries.values())

    @property
    def has_rows(self) -> bool:
        """Whether the examples are rows of a table, which have names, rather than pictures or points."""
        return not self.has_pictures and self.mistakes is not None and self.mistakes.names is not None

    @property
    def thing(self) -> str:
        """What an example is called."""
        return self.heads[0].thing if self.heads else "picture"

    @property
    def split_choices(self) -> list[tuple[str, str]]:
        """The splits and their titles, with the number of pictures in each."""
        return [
            (split, f"{SPLIT_TITLES[split].title()} ({gallery.count:,})") for split, gallery in self.galleries.items()
        ]

    @property
    def asked_words(self) -> str:
        """What is being computed."""
        if not self.heads or not self.split:
            return "Evaluating the network"
        return f"Evaluating the {SPLIT_TITLES[self.split]} {self.thing}s"

    @property
    def shows_first_split(self) -> bool:
        """Whether the pictures shown are those whose neighbours can be found."""
        found = self.mistakes
        return found is not None and found.split == next(iter(self.galleries), "")

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
        """The pictures of the choice, no more than ``most``: indices [n]."""
        return self._all_chosen[: self.most]

    @property
    def _all_chosen(self) -> NDArray[np.int64]:
        assert self.mistakes is not None
        return self.mistakes.pictures(self.chosen.label, self.chosen.predicted, surest_first=self.surest_first)

    @property
    def orders(self) -> tuple[str, str]:
        """What the two orders of the chosen pictures are called. Of correct ones, the least confident are the worst."""
        chosen = self.chosen
        is_right = chosen.label is not None and chosen.label == chosen.predicted
        return "Least confident first" if is_right else "Worst first", "Most confident first"

    @property
    def chosen_words(self) -> str:
        """A description of the chosen pictures."""
        found, label, predicted = self.mistakes, self.chosen.label, self.chosen.predicted
        if found is None:
            return ""
        names, total = found.class_names, len(self._all_chosen)
        count = f"{self.most:,} of {total:,}" if self.most is not None and self.most < total else f"{total:,}"
        if label is not None and label == predicted:
            return f"{names[label]}, correct · {count}"
        if label is not None and predicted is not None:
            return f"{names[label]} predicted as {names[predicted]} · {count}"
        if label is not None:
            return f"{names[label]} predicted as another class · {count}"
        if predicted is not None:
            return f"Wrongly predicted as {names[predicted]} · {count}"
        return f"All mistakes · {count}" if total else f"No mistakes · click the diagonal for correct {self.thing}s"

    # Exclusion and correction

    def take_experiment(self, experiment: Experiment) -> None:
        """Take the open experiment, from whose data pictures are excluded, and whose labels are corrected."""
        self._open, self._out = experiment.data, frozenset(experiment.data.leave_out)

    @property
    def can_exclude(self) -> bool:
        """Whether the pictures are those of the open experiment."""
        is_same = self._data and self._open and has_same_names(self._data.source, self._open.source)
        return (self.has_pictures or self.has_rows) and bool(is_same)

    def names(self, indices: Iterable[int]) -> list[str]:
        """Return the names by which these pictures can be excluded; none if they cannot."""
        found = self.mistakes
        if not self.can_exclude or found is None or found.names is None:
            return []
        return [str(found.names[index]) for index in indices]

    def mark(self, index: int) -> Mark:
        """Return a picture's mark: excluded or not."""
        return "out" if self._out and self._out.intersection(self.names([index])) else ""

    def label_offer(self, indices: Iterable[int]) -> LabelOffer | None:
        """Return what the labels of these pictures can be changed to; None if they cannot be corrected, or if there are
        none.
        """
        pictures, found = self._pictures_labelled(indices), self.mistakes
        if not pictures or found is None:
            return None
        return LabelOffer(pictures=pictures, column=found.target, classes=found.class_names, thing=self.thing)

    def _pictures_labelled(self, indices: Iterable[int]) -> list[Labelled]:
        """Return these pictures with their labels in the open experiment; none if they cannot be corrected."""
        found, indices = self.mistakes, list(indices)
        names = self.names(indices)
        if found is None or self._open is None or not names:
            return []
        pictures = []
        for index, name in zip(indices, names, strict=True):
            own = self._own(index)
            label = label_of(self._open, found.target, name, own)
            predicted = found.class_names[int(found.predicted[index])]
            pictures.append(Labelled(name=name, own=own, label=label, predicted=predicted))
        return pictures

    def _own(self, index: int) -> str:
        """Return a picture's class in the data itself, whatever the run corrected."""
        found = self.mistakes
        assert found is not None
        label = found.class_names[int(found.labels[index])]
        return label if found.names is None else found.own_labels.get(str(found.names[index]), label)

    def label(self, index: int) -> str:
        """Return a picture's class as the open experiment has it or, if it has other data, the run."""
        pictures, found = self._pictures_labelled([index]), self.mistakes
        assert found is not None
        return pictures[0].label if pictures else found.class_names[int(found.labels[index])]

    def badge(self, index: int) -> str:
        """Return the class in the data of a picture whose label is corrected: ``was cat``; empty for others."""
        own = self._own(index)
        return f"was {own}" if own != self.label(index) else ""

    @property
    def note(self) -> str:
        """What the next run does without, or why an answer failed."""
        if not self.heads or self._data is None:
            return ""
        if self.problem or not (self.has_pictures or self.has_rows):
            return self.problem
        if not self.can_exclude:
            things = f"{self.thing}s"
            return (
                f"The open experiment has other data: open this run's experiment to exclude {things} or correct labels."
            )
        excluded, changed = self._out.difference(self._data.leave_out), self._changed_labels()
        told = [f"{plural(len(excluded), self.thing)} excluded from the data"] if excluded else []
        told += [f"{plural(len(changed), 'label')} corrected"] if changed else []
        if not told:
            return ""
        them = "them" if len(excluded) + len(changed) > 1 else "it"
        does = f"does without {them}" if not changed else f"takes {them} so"
        return f"{' and '.join(told)}: the next run {does}{self._incomparable(excluded | changed)}."

    def _changed_labels(self) -> frozenset[str]:
        """Return the names of the pictures that have another label in the open experiment than in the run."""
        assert self.mistakes is not None and self._data is not None and self._open is not None
        target = self.mistakes.target
        before, after = (recipe.relabel.get(target, {}) for recipe in (self._data, self._open))
        return frozenset(name for name, _ in before.items() ^ after.items())

    def _incomparable(self, changed: frozenset[str]) -> str:
        """Return what follows where pictures of a split that measures are changed; empty for those of training."""
        found = self.mistakes
        if found is None or found.split == "train" or found.names is None or changed.isdisjoint(found.names):
            return ""
        return f", so its {SPLIT_TITLES[found.split]} results cannot be compared with earlier ones"

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

    def row_words(self, index: int) -> str:
        """Return the description of a table's row, in a line that may be cut off at its end: what was changed first."""
        assert self.mistakes is not None and self.mistakes.names is not None
        return " · ".join([str(self.mistakes.names[index]), *self._changes(index), *self._prediction(index)])

    def picture_tip(self, index: int) -> str:
        """Return the description of a picture."""
        return "\n".join([*self._prediction(index), *self._changes(index)])

    def picture(self, index: int) -> OnePicture:
        """Return a picture by its number, named by what it is predicted as."""
        assert self.mistakes is not None
        return OnePicture(name=self._prediction(index)[0], split=self.mistakes.split, number=index)

    def _prediction(self, index: int) -> list[str]:
        """Return a picture's class in the run, the predicted one, and how sure the network is of it."""
        assert self.mistakes is not None
        found = self.mistakes
        label, predicted = int(found.labels[index]), int(found.predicted[index])
        what = "correct" if label == predicted else f"predicted as {found.class_names[predicted]}"
        sure = f"confidence {say_share(found.confidence[index])}, loss {found.losses[index]:.2f}"
        return [f"{found.class_names[label]}, {what}", sure]

    def _changes(self, index: int) -> list[str]:
        """Return how a picture's label is corrected, and whether it is excluded."""
        assert self.mistakes is not None
        badge, now = self.badge(index), self.label(index)
        changed = [badge] if badge else []
        if now != self.mistakes.class_names[int(self.mistakes.labels[index])]:
            changed = [f"{'corrected' if badge else 'restored'} to {now}"]
        return [*changed, "excluded from the data"] if self.mark(index) else changed

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

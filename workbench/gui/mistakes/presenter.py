"""A network's mistakes as all pages show them: what is asked and answered, and which pictures are excluded. No Qt."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from workbench.data.leave_out import has_same_names
from workbench.events import AnyEvent, CheckpointSaved
from workbench.gui.runtime.refresh import AT_REST, Refresh
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.session.views.mistakes.asked import Asked
from workbench.session.views.mistakes.head import HeadMistakes
from workbench.session.views.neighbours import Gallery
from workbench.spec.experiment import DataRecipe, Experiment
from workbench.spec.words import plural, several

Mark = Literal["", "out"]
"""How the gallery marks a picture."""


class MistakesPresenter:
    """The newest answer, the choice in it, and when to ask again."""

    def __init__(self) -> None:
        self.most: int | None = None
        """How many pictures are shown at most."""
        self.open_data: DataRecipe | None = None
        """That of the open experiment."""
        self._out: frozenset[str] = frozenset()
        self.begin()

    def begin(self, data: DataRecipe | None = None) -> None:
        """Start on another run, on this ``data``."""
        self._data = data
        self.galleries: Mapping[str, Gallery] = {}
        """The pictures of each split, the one shown at first before the others."""
        self.heads: tuple[HeadMistakes, ...] = ()
        self.head = 0
        self.problem = ""
        self.split = ""
        """The split that is asked for; empty for the first."""
        self.is_waiting = False
        """Whether its first answer is awaited."""
        self._first: int | None = None
        """The first request for the split; None before it is made. Answers to earlier ones are dropped."""
        self._refresh = Refresh()
        self._wants = True
        self._best_step: int | None = None

    # Questions and answers

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the run's next events. After an epoch only the first split is evaluated again, since others may be
        large and take time from the training.
        """
        for event in events:
            if isinstance(event, CheckpointSaved) and event.best:
                self._best_step = event.step
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

    @property
    def mistakes(self) -> HeadMistakes | None:
        """The mistakes of the chosen head; None before the first answer."""
        return self.heads[self.head] if self.heads else None

    @property
    def head_titles(self) -> tuple[str, ...]:
        return tuple(each.title for each in self.heads)

    @property
    def has_pictures(self) -> bool:
        """Whether the examples are pictures rather than points."""
        return any(len(gallery.shape) == 3 for gallery in self.galleries.values())

    @property
    def has_looks(self) -> bool:
        """Whether the examples can be shown: pictures, or the curves of series."""
        return any(len(gallery.shape) > 1 for gallery in self.galleries.values())

    @property
    def has_rows(self) -> bool:
        """Whether the examples are rows of a table, which have names, rather than pictures, series or points."""
        return not self.has_looks and self.mistakes is not None and self.mistakes.names is not None

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
        return f"Evaluating the {SPLIT_TITLES[self.split]} {several(self.thing)}"

    @property
    def shows_first_split(self) -> bool:
        """Whether the pictures shown are those whose neighbours can be found."""
        found = self.mistakes
        return found is not None and found.split == next(iter(self.galleries), "")

    def headed(self, words: str) -> str:
        """Return the answer in one line: what a page says of it, between its split and step.

        A run's last weights may be others than its best, which an earlier run is shown with.
        """
        found = self.mistakes
        if found is None:
            return ""
        best = " (best weights)" if found.step == self._best_step else ""
        return f"{SPLIT_TITLES[found.split].capitalize()} · {words} · step {found.step:,}{best}"

    # Exclusion and correction

    def take_experiment(self, experiment: Experiment) -> None:
        """Take the open experiment, from whose data pictures are excluded, and whose labels are corrected."""
        self.open_data, self._out = experiment.data, frozenset(experiment.data.leave_out)

    @property
    def can_exclude(self) -> bool:
        """Whether the pictures are those of the open experiment."""
        is_same = self._data and self.open_data and has_same_names(self._data.source, self.open_data.source)
        return (self.has_looks or self.has_rows) and bool(is_same)

    def names(self, indices: Iterable[int]) -> list[str]:
        """Return the names by which these pictures can be excluded; none if they cannot."""
        found = self.mistakes
        if not self.can_exclude or found is None or found.names is None:
            return []
        return [str(found.names[index]) for index in indices]

    def mark(self, index: int) -> Mark:
        """Return a picture's mark: excluded or not."""
        return "out" if self._out and self._out.intersection(self.names([index])) else ""

    @property
    def note(self) -> str:
        """What the next run does without, or why an answer failed."""
        if not self.heads or self._data is None:
            return ""
        if self.problem or not (self.has_looks or self.has_rows):
            return self.problem
        if not self.can_exclude:
            things = several(self.thing)
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
        assert self.mistakes is not None and self._data is not None and self.open_data is not None
        target = self.mistakes.target
        before, after = (recipe.relabel.get(target, {}) for recipe in (self._data, self.open_data))
        return frozenset(name for name, _ in before.items() ^ after.items())

    def _incomparable(self, changed: frozenset[str]) -> str:
        """Return what follows where pictures of a split that measures are changed; empty for those of training."""
        found = self.mistakes
        if found is None or found.split == "train" or found.names is None or changed.isdisjoint(found.names):
            return ""
        return f", so its {SPLIT_TITLES[found.split]} results cannot be compared with earlier ones"

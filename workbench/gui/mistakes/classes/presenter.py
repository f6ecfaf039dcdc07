"""The matrix of a classification head, its confused pairs, and the pictures of the choice. No Qt."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from workbench.gui.experiment.correction import Labelled, LabelOffer, label_of
from workbench.gui.mistakes.page_presenter import PagePresenter
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.session.views.mistakes.calibration import NUM_BINS
from workbench.session.views.mistakes.classes import ClassMistakes, Confusion
from workbench.spec.quantities import percent
from workbench.spec.record import Record
from workbench.spec.words import isolated, plural, several

MOST_LETTERS = 20
"""Letters of a class's name in the list of confused pairs."""


class Chosen(Record):
    """A cell of the matrix; with one index None, a row or column without its diagonal; with both None, all mistakes."""

    label: int | None = None
    predicted: int | None = None

    @property
    def of_class(self) -> int | None:
        """The actual class of the pictures, or the one that they are all predicted as."""
        return self.predicted if self.label is None else self.label


class ClassesPresenter(PagePresenter[ClassMistakes]):
    """The choice in the matrix."""

    corrects_labels = True

    def __init__(self, window: MistakesPresenter) -> None:
        super().__init__(window)
        self.chosen = Chosen()

    def choose_all(self) -> None:
        self.chosen = Chosen()

    @property
    def words(self) -> str:
        found, count = self.found, len(self.found.labels)
        return f"{found.num_correct:,} of {count:,} correct ({percent(found.num_correct / count)})"

    @property
    def all_chosen(self) -> NDArray[np.int64]:
        return self.found.pictures(self.chosen.label, self.chosen.predicted, surest_first=self.order == 1)

    @property
    def orders(self) -> tuple[str, str]:
        """What the two orders of the chosen pictures are called. Of correct ones, the least confident are the worst."""
        chosen = self.chosen
        is_right = chosen.label is not None and chosen.label == chosen.predicted
        return "Least confident first" if is_right else "Worst first", "Most confident first"

    @property
    def chosen_words(self) -> str:
        label, predicted = self.chosen.label, self.chosen.predicted
        names, count = tuple(map(isolated, self.found.class_names)), self.count_words
        if label is not None and label == predicted:
            return f"{names[label]}, correct · {count}"
        if label is not None and predicted is not None:
            return f"{names[label]} predicted as {names[predicted]} · {count}"
        if label is not None:
            return f"{names[label]} predicted as another class · {count}"
        if predicted is not None:
            return f"Wrongly predicted as {names[predicted]} · {count}"
        if not len(self.all_chosen):
            return f"No mistakes · click the diagonal for correct {several(self.found.thing)}"
        return f"All mistakes · {count}"

    # The matrix

    def share(self, label: int, predicted: int) -> float:
        """Return a cell's share of its class's pictures; 0 for a class without pictures."""
        row = self.found.matrix[label]
        return float(row[predicted] / max(int(row.sum()), 1))

    def cell_tip(self, label: int, predicted: int) -> str:
        """Return the description of a cell."""
        names, row = tuple(map(isolated, self.found.class_names)), self.found.matrix[label]
        what = "correct" if label == predicted else f"predicted as {names[predicted]}"
        return f"{names[label]}, {what}\n{row[predicted]:,} of {row.sum():,} ({percent(self.share(label, predicted))})"

    def class_tip(self, label: int) -> str:
        found = self.found
        recall, precision = percent(found.recall[label]), percent(found.precision[label])
        return f"{found.class_names[label]}\n{recall} recall\n{precision} precision"

    def confusion_words(self, each: Confusion) -> str:
        """Return ``Shirt → Pullover``; long names are shortened in the middle so that both are visible."""
        names = self.found.class_names
        return " → ".join(isolated(_short(names[label])) for label in (each.label, each.predicted))

    def bin_tip(self, place: int) -> str:
        """Return the description of the pictures in a bin of confidence."""
        calibration = self.found.calibration
        low, high = (f"{100 * edge / NUM_BINS:.1f}" for edge in (place, place + 1))
        words = f"Confidence {low} to {high} %: {plural(int(calibration.counts[place]), self.found.thing)}"
        if not calibration.counts[place]:
            return words
        mean, correct = percent(calibration.confidence[place]), percent(calibration.accuracy[place])
        return f"{words}\n{mean} on average, {correct} correct"

    # A picture

    def prediction(self, index: int) -> list[str]:
        """Return a picture's class in the run, the predicted one, and how sure the network is of it."""
        found = self.found
        label, predicted = int(found.labels[index]), int(found.predicted[index])
        what = "correct" if label == predicted else f"predicted as {isolated(found.class_names[predicted])}"
        sure = f"confidence {percent(found.confidence[index])}, loss {found.losses[index]:.2f}"
        return [f"{isolated(found.class_names[label])}, {what}", sure]

    def label_offer(self, indices: Iterable[int]) -> LabelOffer | None:
        pictures, found = self._pictures_labelled(indices), self.found
        if not pictures:
            return None
        return LabelOffer(pictures=pictures, column=found.target, classes=found.class_names, thing=found.thing)

    def _pictures_labelled(self, indices: Iterable[int]) -> list[Labelled]:
        """Return these pictures with their labels in the open experiment; none if they cannot be corrected."""
        found, data, indices = self.found, self.window.open_data, list(indices)
        names = self.window.names(indices)
        if data is None or not names:
            return []
        pictures = []
        for index, name in zip(indices, names, strict=True):
            own = self._own(index)
            label = label_of(data, found.target, name, own)
            predicted = found.class_names[int(found.predicted[index])]
            pictures.append(Labelled(name=name, own=own, label=label, predicted=predicted))
        return pictures

    def _own(self, index: int) -> str:
        """Return a picture's class in the data itself, whatever the run corrected."""
        found = self.found
        label = found.class_names[int(found.labels[index])]
        return label if found.names is None else found.own_labels.get(str(found.names[index]), label)

    def label(self, index: int) -> str:
        """Return a picture's class as the open experiment has it or, if it has other data, the run."""
        pictures, found = self._pictures_labelled([index]), self.found
        return pictures[0].label if pictures else found.class_names[int(found.labels[index])]

    def badge(self, index: int) -> str:
        """Return the class in the data of a picture whose label is corrected: ``was cat``; empty for others."""
        own = self._own(index)
        return f"was {own}" if own != self.label(index) else ""

    def changes(self, index: int) -> list[str]:
        """Return how a picture's label is corrected, and whether it is excluded."""
        badge, now = self.badge(index), self.label(index)
        changed = [badge] if badge else []
        if now != self.found.class_names[int(self.found.labels[index])]:
            changed = [f"{'corrected' if badge else 'restored'} to {now}"]
        return [*changed, *super().changes(index)]


def _short(name: str) -> str:
    half = MOST_LETTERS // 2
    return name if len(name) <= MOST_LETTERS else f"{name[:half].rstrip()}…{name[-half:].lstrip()}"

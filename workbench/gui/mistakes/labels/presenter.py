"""The labels of a head as shown, the threshold of each, and the pictures that are wrong at it. No Qt."""

from itertools import compress
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from workbench.gui.mistakes.page_presenter import PagePresenter
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.session.views.mistakes.binary import Counts, Curves
from workbench.session.views.mistakes.labels import USUAL_THRESHOLD, LabelMistakes
from workbench.spec.quantities import percent
from workbench.spec.record import Record
from workbench.spec.words import isolated, several

Quarter = Literal["true positives", "false positives", "false negatives", "true negatives"]
QUARTERS: tuple[Quarter, ...] = get_args(Quarter)


class LabelRow(Record):
    """What is said of a label: how well it is told."""

    name: str
    precision: float
    recall: float
    f1: float
    auc: float
    average_precision: float


class LabelsPresenter(PagePresenter[LabelMistakes]):
    """The chosen label, its threshold, and which of its pictures are chosen: the wrong ones, or those of a quarter."""

    def __init__(self, window: MistakesPresenter) -> None:
        super().__init__(window)
        self._label = 0
        self.quarter: Quarter | None = None
        self._thresholds: dict[tuple[str, str], float] = {}
        """By head and label, where they are not the usual one."""

    def choose_all(self) -> None:
        self.quarter = None

    @property
    def label(self) -> int:
        return min(self._label, len(self.found.label_names) - 1)

    def choose_label(self, label: int) -> None:
        """Choose a label, and what is wrong of it."""
        self._label = label
        self.choose_all()

    @property
    def name(self) -> str:
        return self.found.label_names[self.label]

    @property
    def threshold(self) -> float:
        return self._threshold_of(self.label)

    def _threshold_of(self, label: int) -> float:
        return self._thresholds.get((self.found.title, self.found.label_names[label]), USUAL_THRESHOLD)

    def choose_threshold(self, threshold: float) -> None:
        self._thresholds[self.found.title, self.name] = threshold

    @property
    def counts(self) -> Counts:
        return self.found.counts(self.label, self.threshold)

    @property
    def curves(self) -> Curves:
        return self.found.curves[self.label]

    # In words

    @property
    def words(self) -> str:
        found = self.found
        is_right = ((found.probabilities >= self._all_thresholds) == found.actual).all(axis=1)
        return (
            f"mAP {percent(found.mean_average_precision)} · "
            f"{int(is_right.sum()):,} of {len(is_right):,} with all labels correct"
        )

    @property
    def _all_thresholds(self) -> NDArray[np.float64]:
        return np.array([self._threshold_of(label) for label in range(len(self.found.label_names))])

    @property
    def rows(self) -> tuple[LabelRow, ...]:
        """What is said of each label."""
        return tuple(map(self.row, range(len(self.found.label_names))))

    def row(self, label: int) -> LabelRow:
        """Return what is said of a label at its threshold."""
        found = self.found
        counts, curves = found.counts(label, self._threshold_of(label)), found.curves[label]
        return LabelRow(
            name=found.label_names[label],
            precision=counts.precision,
            recall=counts.recall,
            f1=counts.f1,
            auc=curves.auc,
            average_precision=curves.average_precision,
        )

    def label_tip(self, label: int) -> str:
        """Return how many pictures have a label."""
        has = self.found.actual[:, label]
        return f"{self.found.label_names[label]}\n{int(has.sum()):,} of {len(has):,} {several(self.found.thing)}"

    def quarter_words(self, quarter: Quarter) -> str:
        """Return a quarter with its number of pictures: ``12 false positives``."""
        return f"{getattr(self.counts, quarter.replace(' ', '_')):,} {quarter}"

    @property
    def threshold_words(self) -> str:
        return f"Threshold of {isolated(self.name)}: {percent(self.threshold)}"

    def prediction(self, index: int) -> list[str]:
        """Return whether a picture has the label, and with which probability it is said to; then all its labels."""
        found, label = self.found, self.label
        has = "is there" if found.actual[index, label] else "is not there"
        yes = f"{isolated(self.name)} {has}, predicted with {percent(float(found.probabilities[index, label]))}"
        return [yes, f"labels: {self._listed(found.actual[index])}"]

    def _listed(self, has: NDArray[np.bool_]) -> str:
        return ", ".join(map(isolated, compress(self.found.label_names, has))) or "none"

    def badge(self, index: int) -> str:
        return percent(float(self.found.probabilities[index, self.label]))

    # The choice

    @property
    def all_chosen(self) -> NDArray[np.int64]:
        found, label, threshold = self.found, self.label, self.threshold
        says_yes, has = found.probabilities[:, label] >= threshold, found.actual[:, label]
        chosen = says_yes != has
        if self.quarter is not None:
            is_right, is_yes = self.quarter.split()
            chosen = (says_yes == (is_yes == "positives")) & ((says_yes == has) == (is_right == "true"))
        sureness = found.sureness(label, threshold)
        order = np.argsort(sureness if self.order else -sureness, kind="stable")
        indices: NDArray[np.int64] = order[chosen[order]]
        return indices

    @property
    def orders(self) -> tuple[str, str]:
        return "Most confident first", "Least confident first"

    @property
    def chosen_words(self) -> str:
        if self.quarter is None:
            return f"Mistakes of {isolated(self.name)} · {self.count_words}"
        return f"{self.quarter.capitalize()} of {isolated(self.name)} · {self.count_words}"

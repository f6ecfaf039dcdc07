"""What is shown of masks and pictures that a head predicts: the orders, the classes of pixels, the measures. No Qt."""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from workbench.gui.mistakes.page_presenter import PagePresenter
from workbench.gui.mistakes.presenter import MistakesPresenter
from workbench.session.views.mistakes.dense import DenseMistakes, MaskMistakes, Order
from workbench.session.views.mistakes.drawn import strip
from workbench.spec.quantities import percent
from workbench.spec.record import Record
from workbench.spec.words import upper_first
from workbench.training.results.measured import title_of

MOST_LISTED = 4
"""Classes that another's pixels are predicted as."""


class PixelClass(Record):
    """A class of pixels: its intersection over union in the split, NaN where there is none, and its share of the pixels
    that have a class.
    """

    label: int
    name: str
    iou: float
    share: float


class DensePresenter(PagePresenter[DenseMistakes]):
    """The chosen class of pixels, if there is one, and the order."""

    everything = "All pictures"
    everything_tip = "Show the pictures of all classes of pixels"

    def __init__(self, window: MistakesPresenter) -> None:
        super().__init__(window)
        self.label: int | None = None
        """The class whose pictures are shown; None for all."""

    @property
    def words(self) -> str:
        return upper_first(", ".join(_said(self.found.summary)))

    # The choice

    @property
    def has_choice(self) -> bool:
        return isinstance(self.found, MaskMistakes)

    def choose_all(self) -> None:
        self.label = None

    def choose_class(self, label: int) -> None:
        """Choose the pictures in which a class occurs or is predicted; those of all classes if it is chosen already."""
        self.label = None if label == self.label else label

    @property
    def _orders(self) -> list[tuple[str, Order]]:
        orders: tuple[Order, ...] = ("worst", "best")
        return [*((name, order) for name in self.found.measures for order in orders), ("", "data")]

    @property
    def orders(self) -> tuple[str, ...]:
        """What the orders are called: by each measure, and that of the data, in which pictures keep their places while
        the network learns.
        """
        return tuple(
            "As in the data" if order == "data" else f"{order.capitalize()} {self._title(name)} first"
            for name, order in self._orders
        )

    def _title(self, measure: str) -> str:
        return "IoU" if measure == "iou" and self.label is not None else title_of(measure).within_sentence()

    @property
    def all_chosen(self) -> NDArray[np.int64]:
        found, (measure, order) = self.found, self._orders[min(self.order, len(self._orders) - 1)]
        measure = measure or next(iter(found.measures))
        if isinstance(found, MaskMistakes):
            return found.pictures(measure, order, self.label)
        return found.pictures(measure, order)

    @property
    def chosen_words(self) -> str:
        what = "All pictures" if self.label is None else f"With {self.found.column.names[self.label]}"
        return f"{what} · {self.count_words}"

    @property
    def classes(self) -> tuple[PixelClass, ...]:
        """The classes of pixels; none of pictures."""
        found = self.found
        if not isinstance(found, MaskMistakes):
            return ()
        shares = found.matrix.sum(axis=1) / max(found.matrix.sum(), 1)
        each = enumerate(zip(found.class_names, found.class_ious.tolist(), shares.tolist(), strict=True))
        return tuple(PixelClass(label=label, name=name, iou=iou, share=share) for label, (name, iou, share) in each)

    def class_tip(self, label: int) -> str:
        """Return what a class's pixels are predicted as, the most frequent first."""
        found = self.found
        assert isinstance(found, MaskMistakes)
        row = found.matrix[label]
        if not row.any():
            return f"No pixel is {found.class_names[label]}"
        most = [place for place in np.argsort(-row, kind="stable")[:MOST_LISTED].tolist() if row[place]]
        lines = [f"{found.class_names[place]} {percent(row[place] / row.sum())}" for place in most]
        return "\n".join([f"{found.class_names[label]}: {row.sum():,} pixels, of which predicted as", *lines])

    # A picture

    def name(self, index: int) -> str:
        """Return what a picture is called."""
        names = self.found.names
        return f"Picture {index:,}" if names is None else str(names[index])

    def measured(self, index: int) -> list[str]:
        """Return what is measured of a picture, a line each: first the chosen class, or the mean of all."""
        lines = _said({name: float(each[index]) for name, each in self.found.measures.items()})
        found = self.found
        if self.label is not None and isinstance(found, MaskMistakes):
            lines[0] = f"IoU {percent(found.ious[index, self.label])}"
        return list(map(upper_first, lines))

    def prediction(self, index: int) -> list[str]:
        return [self.name(index), *self.measured(index)]

    @property
    def errors_key(self) -> str:
        """What the colours of errors mean."""
        if isinstance(self.found, MaskMistakes):
            return "Errors: red where another class is predicted"
        return "Errors: from none, black, through red and yellow to white, by the square root"

    def strip(self, colours: Sequence[Sequence[int]]) -> "partial[NDArray[np.uint8]]":
        """Return what draws a picture by its number, input, target, output and errors beside each other, uint8 [3, H, 4
        W]; it runs the network, so it is not for the window's thread.
        """
        return partial(_strip, self.found, colours)


def _strip(found: DenseMistakes, colours: Sequence[Sequence[int]], number: int) -> NDArray[np.uint8]:
    (prediction,) = found.predictions([number])
    return strip(prediction, colours).transpose(2, 0, 1)


def _said(measures: Mapping[str, float]) -> list[str]:
    """Return ``PSNR 24.31 dB``, ``pixel accuracy 81.2 %``; a dash where there is no value."""
    titles = {name: title_of(name) for name in measures}
    values = {name: "–" if np.isnan(value) else titles[name].said(value) for name, value in measures.items()}
    return [f"{title.within_sentence()} {values[name]}" for name, title in titles.items()]

"""A glance at the data before training: pictures or curves of each class, or points in the plane."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.data import SOURCES
from workbench.data.dataset import mean_and_std_of_points, standardised
from workbench.data.decoding.pictures import fit_all
from workbench.data.progress import silent
from workbench.data.rows import Values
from workbench.data.source import Loaded, SourceFacts
from workbench.gui.settings.source_facts import PictureShape, value_words
from workbench.gui.widgets import theme
from workbench.gui.widgets.class_colours import class_colours
from workbench.gui.widgets.pictures import draw_picture, image_source, tile_proportions
from workbench.gui.widgets.plate import paint_plate
from workbench.gui.widgets.tiling import Tiling, filled
from workbench.gui.widgets.tips import Tips
from workbench.spec.column import first_class
from workbench.spec.component import Component

TILE, GAP = 36, 4
LEAST, MOST = 8, 24
"""Fewest and most pictures; with few classes, several of each are shown."""

ANY_SHAPE = (3, 2 * TILE, 2 * TILE)
"""Shape of pictures if the network has no shape."""

LARGEST_SIDE = 256
"""Largest side of pictures that a new Input takes unchanged."""

PLANE_HEIGHT = 150
MOST_POINTS = 400


@dataclass(frozen=True, kw_only=True, eq=False)
class Glance:
    """Some examples of a source. ``chosen``, int [n], are the indices of some of each class.

    ``pictures`` are these as the network will see them, uint8 [n, C, H, W]; of series, float32 [n, T, D] standardised
    by channel; None for points.
    """

    loaded: Loaded
    chosen: NDArray[np.int64]
    pictures: Values | None
    in_colour: bool = False
    """Whether any of the files is in colour, regardless of the network."""


def glance(source: Component, shape: PictureShape | None, used: Collection[str], seen: Glance | None) -> Glance | None:
    """Return some examples of a source for a network whose Input takes ``shape``, and whose heads need the columns
    ``used``; None if it would need a download.

    This may take a while. Of an earlier glance ``seen`` for the same columns, data in memory is reused, while files are
    decoded again, in colour, so that it is known whether they have any.
    """
    loaded = None if seen is None or seen.loaded.train.sizes is not None else seen.loaded
    made = SOURCES.of(source)
    loaded = loaded or made.glance(used, ANY_SHAPE if shape is None else (ANY_SHAPE[0], *shape[1:]))
    if loaded is None:
        return None
    look = look_at(loaded.for_heads(used), shape)
    if loaded.train.sizes is None:
        return look
    return replace(look, in_colour=_has_colours(np.asarray(look.loaded.train.inputs)))


def _has_colours(pictures: NDArray[np.uint8]) -> bool:
    return bool((pictures != pictures[:, :1]).any())


def own_shape(found: SourceFacts, seen: Glance | None) -> tuple[int, ...] | None:
    """Return the Input shape that takes the data unchanged; None if unknown, not uniform, or too large for training."""
    if found.numbers_shape is not None:
        return found.numbers_shape
    if found.picture_shape is not None or seen is None or seen.loaded.train.sizes is None:
        return found.picture_shape
    sizes = np.unique(seen.loaded.train.sizes, axis=0)
    if len(sizes) != 1 or sizes.max() > LARGEST_SIDE:
        return None
    ((width, height),) = sizes.tolist()
    return 3 if seen.in_colour else 1, height, width


def look_at(loaded: Loaded, shape: PictureShape | None = None) -> Glance:
    """Return a glance at loaded data, with pictures resized to ``shape``."""
    inputs = np.asarray(loaded.train.inputs)  # few, if they were decoded for this glance
    chosen = some_of_each(loaded)
    return Glance(
        loaded=replace(loaded, train=replace(loaded.train, inputs=inputs)),
        chosen=chosen,
        pictures=_looks(inputs, chosen, shape),
    )


def _looks(inputs: NDArray[Any], chosen: NDArray[np.int64], shape: PictureShape | None) -> Values | None:
    """Return what is shown of the chosen ones of ``inputs``, pictures resized to ``shape``; None for points."""
    match inputs.ndim:
        case 2:
            return None
        case 3:
            return standardised(inputs[chosen], *mean_and_std_of_points(inputs.reshape(-1, inputs.shape[-1])))
    return inputs[chosen] if shape is None else fit_all(inputs[chosen], shape, silent)


def some_of_each(loaded: Loaded) -> np.ndarray:
    """Return the indices of the first examples of every class, in class order, or just the first examples."""
    classes = _classes(loaded)
    if classes is None:
        return np.arange(len(loaded.train))[:MOST]
    names = np.unique(classes)
    each = -(-LEAST // len(names))
    return np.concatenate([np.flatnonzero(classes == name)[:each] for name in names])[:MOST]


def in_plane(points: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the first two numbers of points [N, D], standardised, [N, 2]; 0 for the second if there is only one."""
    plane = np.zeros((len(points), 2))
    plane[:, : points.shape[1]] = points[:, :2]
    std = plane.std(axis=0)
    standardised: NDArray[np.float64] = (plane - plane.mean(axis=0)) / np.where(std > 0, std, 1)
    return standardised


def words_of(loaded: Loaded, index: int) -> str:
    """Return the values of an example's columns, one per line, or only the class if there is no other column."""
    lines = [value_words(column, loaded.train.targets[column.name][index]) for column in loaded.columns]
    lines = list(filter(None, lines))
    return lines[0].partition(": ")[2] if len(loaded.columns) == 1 and lines else "\n".join(lines)


def _classes(loaded: Loaded) -> np.ndarray | None:
    column = first_class(loaded.columns)
    return None if column is None else np.asarray(loaded.train.targets[column.name])


class Samples(QWidget):
    """Paints a few examples."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: Glance | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Examples of the data")
        Tips(self, self._tip)
        theme.changed.connect(self._draw_again)
        self.hide()

    def show_examples(self, seen: Glance | None) -> None:
        """Show some examples; nothing for None."""
        self._seen = seen
        self.setVisible(seen is not None)
        if seen is not None and seen.pictures is not None:
            self._image = image_source(seen.pictures)
        self.updateGeometry()
        self.update()

    def _draw_again(self) -> None:
        """Draw in the colours of another theme."""
        self.show_examples(self._seen)

    def tiling(self) -> Tiling:
        """Return the grid at the current width."""
        assert self._seen is not None and self._seen.pictures is not None
        proportions = tile_proportions(self._seen.pictures.shape[1:])
        return filled(self.width(), TILE * proportions.width() / proportions.height(), TILE, gap=GAP)

    def sizeHint(self) -> QSize:
        """Return a size with as many rows as needed at the current width."""
        pictures = None if self._seen is None else self._seen.pictures
        height = PLANE_HEIGHT if pictures is None else int(self.tiling().size(len(pictures))[1])
        return QSize(200, height)

    def resizeEvent(self, event: QEvent) -> None:
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._seen is not None and self._seen.pictures is not None:
            tiling = self.tiling()
            for place in range(len(self._seen.pictures)):
                tile = QRectF(*tiling.place(place), tiling.width, tiling.height)
                draw_picture(painter, tile, self._image(place))
        elif self._seen is not None:
            self._paint_plane(painter, self._seen.loaded)
        painter.end()

    def _paint_plane(self, painter: QPainter, loaded: Loaded) -> None:
        tokens = theme.current()
        paint_plate(painter, self.rect(), tokens.canvas, tokens.border)
        points = in_plane(np.asarray(loaded.train.inputs[:MOST_POINTS]))
        classes = _classes(loaded)
        labels = np.zeros(len(points), int) if classes is None else classes[:MOST_POINTS]
        reach = max(np.abs(points).max(), 1) * 1.1
        scale = min(self.width(), self.height()) / (2 * reach)
        colours = class_colours(tokens.curves, max(labels.tolist()) + 1)
        painter.setPen(Qt.PenStyle.NoPen)
        for (x, y), label in zip(points.tolist(), labels.tolist(), strict=True):
            painter.setBrush(colours[label])
            painter.drawEllipse(QPointF(self.width() / 2 + scale * x, self.height() / 2 - scale * y), 2.0, 2.0)

    def _tip(self, position: QPointF) -> str:
        """Return the columns' values; nothing for points."""
        if self._seen is None or self._seen.pictures is None:
            return ""
        chosen = self._seen.chosen
        place = self.tiling().tile_at(position.x(), position.y(), len(chosen))
        return "" if place is None else words_of(self._seen.loaded, int(chosen[place]))

"""A look at the data before anything is trained: a picture of each class, or the points in their plane."""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.data import SOURCES
from workbench.data.pictures import fit_all
from workbench.data.progress import silent
from workbench.data.source import Loaded
from workbench.gui import theme
from workbench.gui.pictures import draw_picture, image_source
from workbench.gui.settings.presenter import PictureShape
from workbench.gui.tiling import Tiling
from workbench.spec.column import first_class
from workbench.spec.component import Component

TILE, GAP = 36, 4
LEAST, MOST = 8, 24
"""Pictures; where there are few classes, several of each."""

ANY_SHAPE = (3, 2 * TILE, 2 * TILE)
"""Of pictures for a network that says no shape."""

PLANE_HEIGHT = 150
MOST_POINTS = 400


def glance(source: Component, shape: PictureShape | None) -> Loaded | None:
    """A look at this source for a network whose Input takes ``shape``; None where it would have to be fetched."""
    return SOURCES.make(source.type, source.parameters).glance(shape or ANY_SHAPE)


def some_of_each(loaded: Loaded) -> np.ndarray:
    """The first examples of every class, in the order of the classes, or just the first ones: indices."""
    classes = _classes(loaded)
    if classes is None:
        return np.arange(len(loaded.train))[:MOST]
    names = np.unique(classes)
    each = max(LEAST // len(names), 1)
    return np.concatenate([np.flatnonzero(classes == name)[:each] for name in names])[:MOST]


def words_of(loaded: Loaded, index: int) -> str:
    """What the columns say of an example, a line each; the class alone where there is nothing else."""
    lines = []
    for column in loaded.columns:
        value = loaded.train.targets[column.name][index]
        if column.kind == "class":
            lines.append(f"{column.name}: {column.names[int(value)]}")
        elif column.kind == "number":
            lines.append(f"{column.name}: {float(value[0]):g} {column.unit}".rstrip())
        elif column.kind == "labels":
            held = (name for name, holds in zip(column.names, value, strict=True) if holds)
            lines.append(f"{column.name}: {', '.join(held) or 'none'}")
    return lines[0].partition(": ")[2] if len(loaded.columns) == 1 and lines else "\n".join(lines)


def _classes(loaded: Loaded) -> np.ndarray | None:
    column = first_class(loaded.columns)
    return None if column is None else np.asarray(loaded.train.targets[column.name])


class Samples(QWidget):
    """Paints a few examples."""

    def __init__(self) -> None:
        super().__init__()
        self._loaded: Loaded | None = None
        self._chosen: np.ndarray = np.empty(0, int)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Examples of the data")
        theme.changed.connect(self.update)
        self.hide()

    def show_examples(self, loaded: Loaded | None, shape: PictureShape | None = None) -> None:
        """Show some of these, pictures as they become of ``shape``; nothing for None."""
        self._loaded = loaded
        self.setVisible(loaded is not None)
        if loaded is not None:
            self._chosen = some_of_each(loaded)
            if self._is_pictures():
                pictures = loaded.train.inputs[self._chosen]
                self._image = image_source(fit_all(pictures, shape, silent) if shape else pictures)
        self.updateGeometry()
        self.update()

    def _is_pictures(self) -> bool:
        return self._loaded is not None and self._loaded.train.inputs.ndim == 4

    def tiling(self) -> Tiling:
        """The grid at the present width."""
        return Tiling(columns=max((self.width() + GAP) // (TILE + GAP), 1), width=TILE, height=TILE, gap=GAP)

    def sizeHint(self) -> QSize:
        """As many rows as it takes at the present width."""
        height = int(self.tiling().size(len(self._chosen))[1]) if self._is_pictures() else PLANE_HEIGHT
        return QSize(200, height)

    def resizeEvent(self, event: QEvent) -> None:
        """Another width may take another number of rows."""
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pictures, or the points."""
        painter = QPainter(self)
        if self._is_pictures():
            tiling = self.tiling()
            for place in range(len(self._chosen)):
                draw_picture(painter, QRectF(*tiling.place(place), TILE, TILE), self._image(place))
        elif self._loaded is not None:
            self._paint_plane(painter, self._loaded)
        painter.end()

    def _paint_plane(self, painter: QPainter, loaded: Loaded) -> None:
        tokens = theme.current()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(theme.colour(tokens.border))
        painter.setBrush(theme.colour(tokens.canvas))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.RADIUS_M, theme.RADIUS_M)
        points = loaded.train.inputs[:MOST_POINTS, :2]
        classes = _classes(loaded)
        labels = np.zeros(len(points), int) if classes is None else classes[:MOST_POINTS]
        reach = np.abs(points).max() * 1.1
        scale = min(self.width(), self.height()) / (2 * reach)
        painter.setPen(Qt.PenStyle.NoPen)
        for (x, y), label in zip(points.tolist(), labels.tolist(), strict=True):
            painter.setBrush(theme.colour(tokens.curves[label % len(tokens.curves)]))
            painter.drawEllipse(QPointF(self.width() / 2 + scale * x, self.height() / 2 - scale * y), 2.0, 2.0)

    def event(self, event: QEvent) -> bool:
        """Tips name the classes."""
        if isinstance(event, QHelpEvent) and self._loaded is not None and self._is_pictures():
            place = self.tiling().tile_at(event.pos().x(), event.pos().y(), len(self._chosen))
            words = "" if place is None else words_of(self._loaded, int(self._chosen[place]))
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

"""A preview of the augmentation: some pictures, each unchanged and as the first epochs would show it."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.data.source import Examples
from workbench.gui.experiment.document import Document
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.settings.samples import Glance
from workbench.gui.settings.source_facts import picture_shape
from workbench.gui.widgets import theme
from workbench.gui.widgets.pictures import draw_picture, draw_points, image_source
from workbench.session.editing.preview import Looks, preview
from workbench.spec.column import Column
from workbench.spec.experiment import Experiment
from workbench.spec.record import replace

NUM_PICTURES, NUM_EPOCHS = 4, 6
TILE, GAP = 36, 4
APART = 8
"""Gap between an original picture and its augmented versions."""

DOT = 1.5
"""Radius of a key point."""

TIP = "An original picture, followed by how the first epochs would augment it"
MIXED_TIP = f"{TIP}.\nBelow each: how much of the picture and its label is its own. The rest comes from the row above (for the first row, the last)"


class AugmentationPreview(QWidget):
    """A row for each of a few pictures; follows changes of the augmentation and of the network's Input."""

    def __init__(self, document: Document, pump: EventPump) -> None:
        super().__init__()
        self._document = document
        self._examples: Examples | None = None
        self._columns: tuple[Column, ...] = ()
        self._alone: int | None = None
        """Which augmentation is shown without the others; None for all."""
        self._asked: tuple[Any, ...] | None = None
        self._previews = Newest(pump)
        self.looks: Looks | None = None
        """The pictures shown; None if there is nothing to show."""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Augmentation preview")
        theme.changed.connect(self.update)
        self.hide()

    def show_some_of(self, seen: Glance | None) -> None:
        """Use pictures of another source, of several classes; none for others or None."""
        self._examples, self._asked = None, None
        if seen is not None and seen.pictures is not None and seen.pictures.ndim == 4:
            some = np.linspace(0, len(seen.chosen) - 1, NUM_PICTURES).astype(int)
            self._examples, self._columns = seen.loaded.train.take(seen.chosen[some]), seen.loaded.columns
        self.follow(self._document.experiment)

    def show_alone(self, index: int | None) -> None:
        """Show one of the augmentations without the others and without mixing, or all."""
        self._alone = index
        self.follow(self._document.experiment)

    def follow(self, experiment: Experiment) -> None:
        """Compute the preview again if anything that it depends on has changed."""
        recipe, shape = experiment.data, picture_shape(experiment)
        if self._alone is not None:
            recipe = replace(recipe, augmentation=(recipe.augmentation[self._alone],), mixing=None)
        if self._examples is None or shape is None or not (recipe.augmentation or recipe.mixing):
            self._asked = None
            self._previews.drop()
            self._show(None)
            return
        question = (recipe.augmentation, recipe.mixing, shape, experiment.seed)
        if question != self._asked:
            self._asked = question
            shown = (self._examples, self._columns, shape, experiment.seed, range(NUM_EPOCHS))
            work = partial(preview, recipe, *shown)
            self._previews.background("preview", work, self._show, self._fail)

    def _fail(self, _: Exception) -> None:
        """Show nothing: the run bar says what is wrong with the settings."""
        self._show(None)

    def _show(self, looks: Looks | None) -> None:
        self.looks = looks
        if looks is not None:
            self._image = image_source(looks.pictures.reshape(-1, *looks.pictures.shape[2:]))
            self.setToolTip(TIP if looks.own is None else MIXED_TIP)
        self.setVisible(looks is not None)
        self.updateGeometry()
        self.update()

    def _pitch(self) -> int:
        """Return the distance between rows; with mixing, the shares are written below each picture."""
        is_mixed = self.looks is not None and self.looks.own is not None
        return TILE + GAP + (QFontMetrics(theme.font(theme.TEXT_SMALL)).height() if is_mixed else 0)

    def sizeHint(self) -> QSize:
        """Return a size with a row for each picture."""
        return QSize(200, NUM_PICTURES * self._pitch())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.looks is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme.colour(theme.current().surface))  # settings scroll below it
        painter.setFont(theme.font(theme.TEXT_SMALL))
        painter.setPen(theme.colour(theme.current().text_muted))
        pitch, own = self._pitch(), self.looks.own
        num_rows, num_looks = self.looks.pictures.shape[:2]
        fitting = min((self.width() - APART + GAP) // (TILE + GAP), num_looks)
        for row in range(num_rows):
            for column in range(fitting):
                left = column * (TILE + GAP) + (APART if column else 0)
                tile = QRectF(left, row * pitch, TILE, TILE)
                place = draw_picture(painter, tile, self._image(row * num_looks + column))
                draw_points(painter, place, self.looks.points[row, column].reshape(-1, 2).tolist(), DOT)
                if own is not None and column:
                    below = QRectF(left, row * pitch + TILE, TILE, pitch - GAP - TILE)
                    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{own[row, column]:.0%}")
        painter.end()

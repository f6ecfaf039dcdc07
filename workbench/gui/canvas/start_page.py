"""The start page on an empty canvas: a few presets, and ways to all the others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDragMoveEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from workbench.gui.canvas import dropping
from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.panel import fill, spaced, styled
from workbench.layers.base import Family
from workbench.spec.record import Record

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

TILE = QSize(208, 72)
"""With its border; two are beside each other in a window of 1000 pixels. The style sheet repeats the height, since it
overrides a button's size.
"""
MOST_COLUMNS = 3


class Starter(Record):
    """A preset to start with: its title, and what it shows in a few words."""

    name: str
    title: str
    words: str
    family: Family
    """The family whose icon it has."""


STARTERS = (
    Starter(name="lenet", title="LeNet", words="Convolutions learn ten kinds of clothing", family=Family.CONVOLUTION),
    Starter(name="mlp-xor", title="Hidden layer", words="XOR, which no perceptron can learn", family=Family.LINEAR),
    Starter(name="resnet20", title="ResNet-20", words="Twenty layers, with skips around them", family=Family.JOIN),
    Starter(name="vit_mini", title="Transformer", words="Patches that attend to each other", family=Family.ATTENTION),
    Starter(
        name="autoencoder", title="Autoencoder", words="Each picture in 32 numbers, no labels", family=Family.SHAPE
    ),
    Starter(name="unet-shapes", title="U-Net", words="A class for each pixel, from masks", family=Family.POOLING),
)
"""These train in minutes on a CPU, on shipped data."""


class StartPage(QWidget):
    """The page in the middle of the canvas, with as many tiles as fit."""

    wanted = Signal(str)
    """Emitted with the name of the preset to open."""

    def __init__(self, canvas: CanvasView, presets: QMenu, actions: Sequence[QAction]) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setAcceptDrops(True)
        self._heading = styled(QLabel("Start with a network", alignment=Qt.AlignmentFlag.AlignCenter), "title")
        self.tiles = tuple(Tile(starter) for starter in STARTERS)
        for tile in self.tiles:
            tile.clicked.connect(partial(self.wanted.emit, tile.starter.name))
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.SPACE_M)
        self.buttons = _buttons(presets, actions)
        row = fill(spaced(QHBoxLayout(), theme.SPACE_S), None, *self.buttons, None)
        words = "Or drag a layer here, or press Tab to search for one"
        self._words = styled(QLabel(words, alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True), "muted")
        fill(spaced(QVBoxLayout(self), theme.SPACE_L), self._heading, self._grid, row, self._words)
        self.hide()

    def place(self) -> None:
        """Centre the page on the canvas, beside the messages there, with as much of it as fits: buttons first."""
        margin, (above, below) = theme.SPACE_M, self._canvas.sight.covered
        room = self._canvas.rect().adjusted(margin, above + margin, -margin, -below - margin)
        left = room.width()
        for button in self.buttons:
            left -= button.sizeHint().width()
            button.setVisible(left >= 0)
            left -= theme.SPACE_S
        left = room.height() - self.buttons[0].sizeHint().height()
        for label, height in (
            (self._heading, self._heading.sizeHint().height()),
            (self._words, self._words.heightForWidth(room.width())),
        ):
            fits = height + theme.SPACE_L <= left and label.minimumSizeHint().width() <= room.width()
            label.setVisible(fits)
            left -= fits * (height + theme.SPACE_L)
        columns = min(max((room.width() + theme.SPACE_M) // (TILE.width() + theme.SPACE_M), 1), MOST_COLUMNS)
        for tile in self.tiles:
            self._grid.removeWidget(tile)
            tile.hide()
        num_rows = max((left - theme.SPACE_L + theme.SPACE_M) // (TILE.height() + theme.SPACE_M), 0)
        for place, tile in enumerate(self.tiles[: num_rows * columns]):
            self._grid.addWidget(tile, place // columns, place % columns)
            tile.show()
        width = min(self.sizeHint().width(), room.width())
        height = self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()
        self.resize(width, min(height, room.height()))
        self.move(room.center() - self.rect().center())

    def showEvent(self, event: QShowEvent) -> None:
        """Take the room that the buttons need in their style, which they get when they are first shown."""
        self.place()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a layer, like the canvas around."""
        if dropping.is_layer(event):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass it on to the canvas below, at the same position."""
        place = self.mapTo(self._canvas, event.position())
        below = QDropEvent(place, event.possibleActions(), event.mimeData(), event.buttons(), event.modifiers())
        self._canvas.dropEvent(below)
        event.acceptProposedAction()


class Tile(QPushButton):
    """A preset's icon, its title, and what it shows."""

    def __init__(self, starter: Starter) -> None:
        super().__init__()
        self.starter = starter
        self.setProperty("role", "tile")
        self.setFixedSize(TILE)
        self.setAccessibleName(starter.title)
        self.setAccessibleDescription(starter.words)
        self._icon = QLabel()
        title, words = styled(QLabel(starter.title), "heading"), styled(QLabel(starter.words, wordWrap=True), "small")
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
        grid.setHorizontalSpacing(theme.SPACE_M)
        grid.setVerticalSpacing(theme.SPACE_XS)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(2, 1)
        grid.addWidget(self._icon, 0, 0)
        grid.addWidget(title, 0, 1)
        grid.addWidget(words, 1, 1)
        for label in (self._icon, title, words):
            label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        theme.changed.connect(self._draw_icon)
        self._draw_icon()

    def _draw_icon(self) -> None:
        size = QSize(theme.ICON_SIZE, theme.ICON_SIZE)
        self._icon.setPixmap(icons.entry_icon("", self.starter.family).pixmap(size, self.devicePixelRatioF()))


def _buttons(presets: QMenu, actions: Sequence[QAction]) -> tuple[QPushButton, ...]:
    """Return buttons for all presets and for these actions, the first of which stay longest where it is narrow."""
    every = QPushButton("All presets")
    every.setMenu(presets)
    buttons = [every]
    for action in actions:
        buttons.append(QPushButton(action.text()))
        buttons[-1].clicked.connect(action.trigger)
    return tuple(buttons)

"""The attention window: the picture with red where the query attends to, beside it the same for each head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from workbench.gui.attention.presenter import AttentionPresenter, Map
from workbench.gui.looking.view import PictureWindow
from workbench.gui.widgets import theme
from workbench.gui.widgets.narrow import Sides
from workbench.gui.widgets.panel import choice, column_of, offer, styled
from workbench.gui.widgets.pictures import as_image, draw_border, draw_frame, draw_map, draw_picture, point_in
from workbench.gui.widgets.tile_grid import MARGIN, TileGrid
from workbench.gui.widgets.tiling import Tiling, filled
from workbench.gui.widgets.tips import Tips

if TYPE_CHECKING:
    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.insight.attention import Point
    from workbench.session.views.insight import Insight
    from workbench.session.views.questions import Questions

SIZE = (860, 600)
SIDE = 330
LEAST = QSize(160, 160)
TILE, GAP = 92, 10
LETTERS = 22

LAYER_TIP = "Layer whose attention is shown"


class AttentionWindow(PictureWindow):
    """Asks the network what it attends to in one picture: at once, after each epoch of a run, and at its end."""

    presenter: AttentionPresenter

    def __init__(self, parent: QWidget, pump: EventPump, networks: Networks) -> None:
        super().__init__(parent, "Attention", "family-attention", AttentionPresenter(), pump)
        self.layers = choice(LAYER_TIP, LETTERS)
        self._let_choose(self.layers, self.presenter.choose_layer)
        self.default = QPushButton()
        self.default.setToolTip("Ask about no patch in particular   Home")
        self.default.clicked.connect(lambda: self._choose_query(None))
        self.picture = AttendedPicture(self.presenter)
        self.picture.query_chosen.connect(self._choose_query)
        self.picture.query_moved.connect(self._move_query)
        self.told = styled(QLabel(wordWrap=True), "small")
        self.maps = MapGrid(self.presenter)
        self.maps.chosen.connect(self._choose_map)
        main = column_of((self.picture, 1), self.told)
        content = Sides(main, column_of(self.maps), SIDE)
        self._lay_out([self.pictures, self.layers, self.default], content, SIZE, networks)

    def _questions(self, insight: Insight) -> Questions[Any, Any]:
        return insight.attention

    # Choices

    def _choose_query(self, query: Point | None) -> None:
        self.presenter.choose_query(query)
        self._ask()

    def _move_query(self, rows: int, columns: int) -> None:
        self.presenter.move_query(rows, columns)
        self._ask()

    def _choose_map(self, number: int) -> None:
        self.presenter.choose_map(number)
        self._show()

    def _show_tools(self) -> None:
        presenter = self.presenter
        for widget in (self.layers, self.default):
            widget.setVisible(presenter.is_shown)
        self._offer_pictures(is_shown=presenter.picture is not None)

    def _show_answer(self) -> None:
        presenter = self.presenter
        offer(self.layers, presenter.layers, presenter.path, tips=[path for path, _ in presenter.layers])
        self.layers.setToolTip("\n".join(filter(None, [LAYER_TIP, presenter.path])))
        self.default.setText(presenter.default_title)
        self.default.setEnabled(presenter.query is not None)
        self.told.setText(presenter.told)
        self.picture.show_map()
        self.maps.show_maps()


class AttendedPicture(QWidget):
    """The picture under one map; a click or the arrows choose the patch that is the query, Home none."""

    query_chosen = Signal(object)
    """Emitted with a point of the picture, or None."""

    query_moved = Signal(int, int)
    """Emitted with the number of rows and columns."""

    def __init__(self, presenter: AttentionPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._image = QImage()
        self._covered = QRectF()
        self.setMinimumSize(LEAST)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Attention over the picture")
        Tips(self, self.tip)
        theme.changed.connect(self.update)

    def show_map(self) -> None:
        assert self._presenter.seen is not None
        self._image = as_image(self._presenter.seen.pixels)
        self.setAccessibleDescription(self._presenter.told)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture, the map, and a frame around the query."""
        if not self._presenter.is_shown:
            return
        painter = QPainter(self)
        room = QRectF(self.rect()).adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        self._covered = _draw_map(painter, room, self._image, self._presenter.map)
        tokens, has_focus = theme.current(), self.hasFocus()
        colour = theme.colour(tokens.accent if has_focus else tokens.border_strong)
        draw_border(painter, self._covered, colour, 1 + has_focus)
        if self._presenter.framed is not None:
            draw_frame(painter, self._cell(*self._presenter.framed))
        painter.end()

    def _cell(self, row: int, column: int) -> QRectF:
        """Return the part that a token covers."""
        rows, columns = self._presenter.map.shares.shape
        width, height = self._covered.width() / columns, self._covered.height() / rows
        return QRectF(self._covered.left() + column * width, self._covered.top() + row * height, width, height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        point = point_in(self._covered, event.position())
        if point is not None and event.button() == Qt.MouseButton.LeftButton:
            self.query_chosen.emit(point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer while its button is pressed."""
        point = point_in(self._covered, event.position())
        if point is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self.query_chosen.emit(point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if event.key() == Qt.Key.Key_Home:
            self.query_chosen.emit(None)
        elif event.key() in moves:
            self.query_moved.emit(*moves[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def tip(self, position: QPointF) -> str:
        """Return the share of the patch at a position."""
        point = point_in(self._covered, position)
        return "" if point is None or not self._presenter.is_shown else self._presenter.tip(point)


class MapGrid(TileGrid):
    """A small picture for each map."""

    def __init__(self, presenter: AttentionPresenter) -> None:
        super().__init__("Heads", TILE + GAP, lambda: len(self._maps), lambda: presenter.number)
        self._presenter = presenter
        self._maps: tuple[Map, ...] = ()
        self._image = QImage()
        self.setMinimumWidth(TILE + 4 * GAP)

    def show_maps(self) -> None:
        assert self._presenter.seen is not None
        self._maps, self._image = self._presenter.maps, as_image(self._presenter.seen.pixels)
        self.setAccessibleDescription(f"{self._presenter.map.caption} of {len(self._maps)}")
        self.measure()

    def tiling(self) -> Tiling:
        """Return the grid at the current width, with room for the captions."""
        footer = self.fontMetrics().height() + theme.SPACE_XS
        return filled(self.viewport().width() - 2 * MARGIN, TILE, TILE, gap=GAP, footer=footer)

    def paint_tile(self, painter: QPainter, rect: QRectF, number: int) -> None:
        tokens, is_chosen = theme.current(), number == self._presenter.number
        covered = _draw_map(painter, rect, self._image, self._maps[number])
        colour = theme.colour(tokens.accent if is_chosen else tokens.border_strong)
        draw_border(painter, covered, colour, 1 + is_chosen)
        painter.setPen(theme.colour(tokens.text if is_chosen else tokens.text_muted))
        below = QRectF(rect.left(), rect.bottom() + MARGIN, rect.width(), painter.fontMetrics().height())
        painter.drawText(below, Qt.AlignmentFlag.AlignCenter, self._maps[number].caption)

    def tile_tip(self, number: int) -> str:
        return self._maps[number].tip


def _draw_map(painter: QPainter, rect: QRectF, image: QImage, shown: Map) -> QRectF:
    """Draw a picture and red over what gets more than an even share; return the part covered."""
    covered = draw_picture(painter, rect, image)
    draw_map(painter, covered, shown.above_even.clip(0), shown.strongest)
    return covered

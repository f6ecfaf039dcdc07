"""The window *Why this answer?*: the picture, and beside it the same under a map, with what its colours mean; of a row
of numbers, a bar for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.looking.view import PictureWindow
from workbench.gui.why.bars import ExplainedRow
from workbench.gui.why.presenter import WhyPresenter
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import choice, column_of, offer, styled
from workbench.gui.widgets.pictures import as_image, draw_border, draw_map, draw_picture, point_in
from workbench.gui.widgets.tips import Tips
from workbench.session.views.why import METHODS

if TYPE_CHECKING:
    from typing import Any

    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.views.insight import Insight
    from workbench.session.views.questions import Questions

SIZE = (880, 540)
LEAST = QSize(260, 130)
MARGIN = 2

METHOD_TIP = (
    "How it is found out:\n"
    "Occlusion hides each part in turn\n"
    "Grad-CAM weighs the maps of a layer by their gradients\n"
    "Integrated gradients share out the answer among the pixels\n"
    "Gradient shows which pixels the answer reacts to"
)


class WhyWindow(PictureWindow):
    """Asks the network why it answers so for one picture: at once, after each epoch of a run, and at its end."""

    presenter: WhyPresenter

    def __init__(self, parent: QWidget, pump: EventPump, networks: Networks) -> None:
        super().__init__(parent, "Why this answer?", "search", WhyPresenter(), pump)
        self._make_choices()
        self.picture = ExplainedPicture(self.presenter)
        self.row = ExplainedRow(self.presenter)
        self.told = styled(QLabel(wordWrap=True), "small")
        tools = [self.pictures, self.heads, self.methods, self.places, self.layers]
        self._lay_out(tools, column_of((self.picture, 1), (self.row, 1), self.told), SIZE, networks)

    def _make_choices(self) -> None:
        presenter = self.presenter
        self.heads = OutputChoice("Output whose answer is explained", presenter.choose_head, self._changed)
        self.methods = choice(METHOD_TIP, 16, name="Method")
        for method, title in METHODS.items():
            self.methods.addItem(title, method)
        self._let_choose(self.methods, presenter.choose_method)
        self.places = choice("Class, label or number that is explained", 20)
        self._let_choose(self.places, presenter.choose_place)
        self.layers = choice("Layer whose maps Grad-CAM looks at", 14)
        self._let_choose(self.layers, presenter.choose_layer)

    def _questions(self, insight: Insight) -> Questions[Any, Any]:
        return insight.why

    def _show_tools(self) -> None:
        presenter, is_shown = self.presenter, self.presenter.is_shown
        self._offer_pictures(is_shown=presenter.picture is not None)
        self.heads.offer(presenter.head_titles if is_shown else (), presenter.head)
        self.methods.setCurrentIndex(self.methods.findData(presenter.method))
        self.methods.setVisible(is_shown)
        offer(self.places, presenter.places, presenter.place)
        self.places.setVisible(is_shown and len(presenter.places) > 1)
        offer(self.layers, [(path, path) for path in presenter.layers], presenter.shown_layer)
        self.layers.setVisible(is_shown and bool(presenter.layers))

    def _show_answer(self) -> None:
        self.told.setText(self.presenter.told)
        self.picture.setVisible(not self.presenter.is_row)
        self.row.setVisible(self.presenter.is_row)
        (self.row if self.presenter.is_row else self.picture).show_answer()


class ExplainedPicture(QWidget):
    """A picture, and beside it the same under the map: red for the answer, blue against it."""

    def __init__(self, presenter: WhyPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._image = QImage()
        self._covered = QRectF()
        self.setMinimumSize(LEAST)
        self.setAccessibleName("The picture, and what the answer comes from")
        Tips(self, self.tip)
        theme.changed.connect(self.update)

    def show_answer(self) -> None:
        """Show the presenter's picture and map."""
        assert self._presenter.seen is not None
        self._image = as_image(self._presenter.seen.pixels)
        self.setAccessibleDescription(self._presenter.told)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture twice, the second time under the map."""
        presenter, seen = self._presenter, self._presenter.seen
        if not presenter.is_shown:
            return
        assert seen is not None
        painter = QPainter(self)
        half = (self.width() - theme.SPACE_M) / 2 - 2 * MARGIN
        for left in (MARGIN, self.width() - half - MARGIN):
            room = QRectF(left, MARGIN, half, self.height() - 2 * MARGIN)
            self._covered = draw_picture(painter, room, self._image)
            if left > MARGIN and presenter.map is not None:
                is_smooth = seen.method == "grad-cam"  # its few places are no squares, the others are pixels
                painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
                draw_map(painter, self._covered, presenter.map, seen.largest)
            draw_border(painter, self._covered, theme.colour(theme.current().border_strong))
        painter.end()

    def tip(self, position: QPointF) -> str:
        """Return the number of the map at a position."""
        point = point_in(self._covered, position)
        return "" if point is None else self._presenter.tip(point)

"""The window *Why this answer?*: the picture, and beside it the same under a map, with what its colours mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QLabel, QStackedLayout, QVBoxLayout, QWidget

from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.looking.view import PictureWindow
from workbench.gui.why.presenter import WhyPresenter
from workbench.gui.widgets import theme
from workbench.gui.widgets.narrow import Wrapped
from workbench.gui.widgets.panel import EmptyState, choice, fill, offer, spaced, styled
from workbench.gui.widgets.pictures import as_image, draw_map, draw_picture
from workbench.gui.widgets.tips import Tips
from workbench.session.views.why import METHODS

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from workbench.gui.experiment.networks import Networks
    from workbench.gui.runtime.event_pump import EventPump
    from workbench.session.slot import LatestSlot
    from workbench.session.views.insight import Insight

SIZE = (760, 540)
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
        super().__init__(parent, "Why this answer?", pump)
        self.presenter = WhyPresenter()
        self._make_choices()
        self.picture = ExplainedPicture(self.presenter)
        self.told = styled(QLabel(wordWrap=True), "small")
        self.empty = EmptyState("search", *self.presenter.empty_words)
        self._lay_out()
        self._show()
        self._follow(networks)

    def _make_choices(self) -> None:
        presenter = self.presenter
        self.heads = OutputChoice("Output whose answer is explained", presenter.choose_head, self._changed)
        self.methods = choice(METHOD_TIP, 16, name="Method")
        for method, title in METHODS.items():
            self.methods.addItem(title, method)
        self.methods.activated.connect(lambda: self._choose(presenter.choose_method, self.methods))
        self.places = choice("Class, label or number that is explained", 20)
        self.places.activated.connect(lambda: self._choose(presenter.choose_place, self.places))
        self.layers = choice("Layer whose maps Grad-CAM looks at", 14)
        self.layers.activated.connect(lambda: self._choose(presenter.choose_layer, self.layers))

    def _lay_out(self) -> None:
        top = Wrapped([self.words], [self.pictures, self.heads, self.methods, self.places, self.layers])
        top.setContentsMargins(0, 0, 0, 0)
        body, content = QWidget(), QWidget()
        self._pages = QStackedLayout(body)
        fill(spaced(QVBoxLayout(content), theme.SPACE_S), (self.picture, 1), self.told)
        for page in (self.empty, content):
            self._pages.addWidget(page)
        fill(spaced(QVBoxLayout(self), theme.SPACE_S, *[theme.SPACE_M] * 4), top, (body, 1))
        self.resize(*SIZE)

    # The network

    def _leave(self) -> None:
        if self._network is not None:
            self._network.insight.cancel_why()

    def _channel(self, insight: Insight) -> tuple[Callable[[Any], int], LatestSlot[Any]]:
        return insight.ask_why, insight.reasons

    # Choices

    def _choose(self, choose: Any, box: QComboBox) -> None:
        choose(box.currentData())
        self._changed()

    def _changed(self) -> None:
        self._ask()
        self._show()

    def _show(self) -> None:
        presenter = self.presenter
        is_shown = presenter.is_shown
        self._pages.setCurrentIndex(1 if is_shown else 0)
        self.words.setText(presenter.words)
        self.empty.say(*presenter.empty_words)
        self._offer_pictures(is_shown=presenter.picture is not None)
        self.heads.offer(presenter.head_titles if is_shown else (), presenter.head)
        self.methods.setCurrentIndex(self.methods.findData(presenter.method))
        self.methods.setVisible(is_shown)
        offer(self.places, presenter.places, presenter.place)
        self.places.setVisible(is_shown and len(presenter.places) > 1)
        offer(self.layers, [(path, path) for path in presenter.layers], presenter.shown_layer)
        self.layers.setVisible(is_shown and bool(presenter.layers))
        if is_shown:
            self.told.setText(presenter.told)
            self.picture.show_answer()


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
            painter.setPen(theme.colour(theme.current().border_strong))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._covered)
        painter.end()

    def tip(self, position: QPointF) -> str:
        """Return the number of the map at a position."""
        covered = self._covered
        if covered.isEmpty() or not covered.contains(position):
            return ""
        inside = position - covered.topLeft()
        return self._presenter.tip(inside.x() / covered.width(), inside.y() / covered.height())

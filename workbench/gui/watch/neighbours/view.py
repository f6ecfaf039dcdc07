"""The neighbours panel: choose a picture, and see the twenty nearest to it by the network, or by a statistic."""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSplitter, QWidget

from workbench.events import AnyEvent
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.run_states import ENDED
from workbench.gui.watch.neighbours.map import MapView
from workbench.gui.watch.neighbours.presenter import Neighbour, NeighboursPresenter, has_looks, say_distance
from workbench.gui.watch.panel import WatchPanel
from workbench.gui.widgets import theme
from workbench.gui.widgets.gallery import GalleryView
from workbench.gui.widgets.panel import ElidedLabel, choice, column_of, fill, spaced, stacked, styled, switch
from workbench.gui.widgets.pictures import Images, draw_picture, tile_proportions
from workbench.gui.widgets.tiling import Tiling, fit
from workbench.gui.widgets.tips import Tips
from workbench.session.editing.data_facts import SPLIT_TITLES
from workbench.session.running.run import Run
from workbench.session.views.map import MOST_PICTURES
from workbench.session.views.neighbours import NUM_NEIGHBOURS, NUM_QUERIES, Gallery
from workbench.spec.quantities import significant
from workbench.spec.words import several, thing

GAP = 6
LARGEST_TILE = 56
QUERY_WIDTH = 72
DESCRIPTOR_TIP = (
    "What the pictures are compared by: what the network makes of them, or the pictures alone\n"
    "(the histogram of grey ones is that of their values).\n"
    f"On average: the share of the same class among the {NUM_NEIGHBOURS} nearest, for {NUM_QUERIES} pictures"
)
MAP_TIP = (
    f"Draw up to {MOST_PICTURES} pictures in the plane, similar ones close together (t-SNE).\n"
    "By the last hidden layer or the embedding, the classes come apart as the network learns"
)
NAME_LINES = 2
"""Maximum lines of a class's name below the query, above the summary."""


class NeighboursPanel(WatchPanel):
    """Queries the followed run for one picture's neighbours, repeatedly after each epoch."""

    heading = "Neighbours"
    icon = "neighbours"
    no_run = (
        "No pictures yet",
        "Once a run has its data, click a picture to see which others the network finds similar.",
    )
    share = 420

    asked = Signal(int)
    """Emitted with the number of the query in the gallery."""

    def __init__(self, pump: EventPump) -> None:
        super().__init__(pump)
        self.presenter = NeighboursPresenter()
        self._run: Run | None = None
        self._gallery_number = 0
        self._answer_number = self._precisions_number = self._map_number = 0
        self.gallery = GalleryView()
        self.gallery.chosen.connect(self.ask)
        self.images = Images(self, self.pump, longest=2 * QUERY_WIDTH)
        self.answer = AnswerView(self.presenter, self.images)
        self.map = MapView(self.presenter, self.images)
        self.map.chosen.connect(self.ask)
        self.answer.chosen.connect(self.ask)
        for view in (self.gallery.viewport(), self.answer, self.map):
            self.images.arrived.connect(view.update)
        self._make_tools()
        self.descriptors = choice(DESCRIPTOR_TIP, 13, name="What pictures are compared by")
        self.descriptors.activated.connect(self._choose)
        self.comparison = styled(ElidedLabel(), "small")
        self.answers = stacked(self.answer, self.map)
        self._lay_out()
        pump.ticked.connect(self._look)

    def _make_tools(self) -> None:
        self.classes = choice("Filter by class", 16, name="Class whose pictures are shown")
        self.classes.currentIndexChanged.connect(self._show_class)
        policy = self.classes.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.classes.setSizePolicy(policy)
        self.shows_map = switch("Map", MAP_TIP)
        self.shows_map.toggled.connect(self._show_map)
        for tool in (self.shows_map, self.classes):
            tool.hide()
            self.add_tool(tool)

    def _lay_out(self) -> None:
        """Put the gallery beside the answers, above what the pictures are compared by."""
        split = QSplitter()
        split.addWidget(self.gallery)
        split.addWidget(self.answers)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 5)
        split.setChildrenCollapsible(False)
        split.setSizes([112, 400])
        foot = spaced(QHBoxLayout(), theme.SPACE_S, theme.SPACE_M, 0, theme.SPACE_M, theme.SPACE_XS)
        fill(foot, self.descriptors, (self.comparison, 1))
        self.set_content(column_of((split, 1), foot, spacing=0))

    def begin(self, run: Run) -> None:
        self._run = run
        self._gallery_number = self._answer_number = self._precisions_number = self._map_number = 0
        self.presenter.begin()
        self.empty.say("Pictures appear with the first step", "The data is being prepared.")
        self.show_content(False)
        self.classes.hide()
        self.shows_map.hide()

    def clear(self) -> None:
        self._run = None
        self.presenter.begin()
        self.empty.say(*self.no_run)
        self.show_content(False)
        self.classes.hide()
        self.shows_map.hide()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the gallery, and ask again when it is due."""
        assert self._run is not None
        insight = self._run.insight
        gallery = insight.gallery.newest(self._gallery_number)
        if gallery is not None:
            self._gallery_number = gallery[0]
            self._show_gallery(gallery[1])
        elif not self._gallery_number and state in ENDED:
            self.say_ended("pictures")
        self.presenter.feed(events, state)

    def _look(self) -> None:
        """At each tick: pass on a question and take its answer, for a click waits for nobody's turn."""
        if self._run is None:
            return
        insight = self._run.insight
        presenter = self.presenter
        if presenter.take_question():
            insight.ask_neighbours(presenter.query, presenter.descriptor, draws_map=presenter.shows_map)
        answer = insight.neighbours.newest(self._answer_number)
        if answer is not None:
            self._answer_number = answer[0]
            if self.presenter.take_answer(answer[1]):
                self._update()
        drawn = insight.maps.newest(self._map_number)
        if drawn is not None:
            self._map_number = drawn[0]
            self.presenter.take_map(drawn[1])
            self.map.update()
        precisions = insight.precisions.newest(self._precisions_number)
        if precisions is not None:
            self._precisions_number, self.presenter.precisions = precisions
            self.comparison.setText(self.presenter.comparison)
        if presenter.described != insight.described:
            presenter.described = insight.described
            self._update()
        if presenter.measured != insight.measured:
            presenter.measured = insight.measured
            self.comparison.setText(presenter.comparison)

    def _show_gallery(self, gallery: Gallery) -> None:
        if not gallery.count:
            self.empty.say("No pictures here", "Neighbours need pictures of the data, which has yet to be downloaded.")
            return
        if not has_looks(gallery):
            self.empty.say("This data has no pictures", "Neighbours are found among pictures and series.")
            return
        self.presenter.show_gallery(gallery)
        self.images.show(gallery.picture, gallery.shape)
        self.gallery.shape_tiles(tile_proportions(gallery.shape))
        with QSignalBlocker(self.classes):
            self.classes.clear()
            self.classes.addItem(
                f"All {gallery.count:,} {SPLIT_TITLES[gallery.split]} {several(thing(gallery.shape))}", None
            )
            for index, name in enumerate(gallery.class_names):
                self.classes.addItem(name, index)
        self.descriptors.clear()
        for descriptor in self.presenter.descriptors:
            self.descriptors.addItem(self.presenter.titles[descriptor], descriptor)
        self.descriptors.setCurrentIndex(self.descriptors.findData(self.presenter.descriptor))
        self.classes.show()
        self.shows_map.show()
        self.comparison.setText(self.presenter.comparison)
        self._show_class()
        self.gallery.select(self.presenter.query)
        self.show_content(True)
        self._update()

    def _choose(self) -> None:
        self.presenter.choose(self.descriptors.currentData())
        self.comparison.setText(self.presenter.comparison)
        self._update()

    def _show_map(self, shows_map: bool) -> None:
        self.presenter.show_map(shows_map)
        self.answers.setCurrentWidget(self.map if shows_map else self.answer)

    def _show_class(self) -> None:
        indices = self.presenter.show_class(self.classes.currentData())
        self.gallery.show_pictures(indices, self.images, self.presenter.class_name)
        self.map.update()

    def _update(self) -> None:
        self.answer.update()
        self.map.update()

    def ask(self, index: int) -> None:
        """Find the neighbours of a picture of the gallery."""
        self.presenter.ask(index)
        self.gallery.select(index)
        self._update()
        self.asked.emit(index)


class AnswerView(QWidget):
    """Paints the query and its neighbours with their distances; those of the query's class are framed."""

    chosen = Signal(int)

    def __init__(self, presenter: NeighboursPresenter, images: Images) -> None:
        super().__init__()
        self.presenter = presenter
        self.images = images
        self.setMinimumWidth(240)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Nearest pictures")
        Tips(self, self._tip)
        theme.changed.connect(self.update)

    def tiling(self, count: int) -> tuple[Tiling, QPointF]:
        """Return the grid of the neighbours at the current size, and its corner."""
        corner = QPointF(theme.SPACE_M + QUERY_WIDTH + theme.SPACE_L, theme.SPACE_XS)
        room = self.width() - corner.x() - theme.SPACE_M, self.height() - corner.y() - theme.SPACE_XS
        size = self.images.size
        footer = QFontMetricsF(theme.font(theme.TEXT_SMALL)).height() + 2
        return fit(count, (size.width(), size.height()), room, gap=GAP, largest=LARGEST_TILE, footer=footer), corner

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.presenter.query is None:
            self._say(painter, QRectF(self.rect()), self.presenter.invitation)
        else:
            self._paint_query(painter, self.presenter.query)
            found = self.presenter.neighbours
            if found:
                self._paint_neighbours(painter, found)
            else:
                rest = QRectF(self.rect()).adjusted(QUERY_WIDTH, 0, 0, 0)
                self._say(painter, rest, self.presenter.waiting_words)
        painter.end()

    def _paint_query(self, painter: QPainter, query: int) -> None:
        size = self.images.size.scaled(QUERY_WIDTH, QUERY_WIDTH, Qt.AspectRatioMode.KeepAspectRatio)
        rect = QRectF(theme.SPACE_M, theme.SPACE_XS, size.width(), size.height())
        draw_picture(painter, rect, self.images(query))
        flags = Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        painter.setFont(theme.font(theme.TEXT_BODY))
        painter.setPen(theme.colour(theme.current().text))
        place = QRectF(rect.left(), rect.bottom() + theme.SPACE_XS, QUERY_WIDTH + theme.SPACE_S, self.height())
        name = painter.fontMetrics().elidedText(
            self.presenter.class_name(query), Qt.TextElideMode.ElideRight, NAME_LINES * QUERY_WIDTH
        )
        used = painter.boundingRect(place, flags, name)
        painter.drawText(place, flags, name)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        painter.setPen(theme.colour(theme.current().text_muted))
        painter.drawText(place.translated(0, used.height() + 2), flags, self.presenter.summary)

    def _paint_neighbours(self, painter: QPainter, found: Sequence[Neighbour]) -> None:
        tokens = theme.current()
        tiling, corner = self.tiling(len(found))
        painter.setFont(theme.font(theme.TEXT_SMALL))
        for place, neighbour in enumerate(found):
            left, top = tiling.place(place)
            rect = QRectF(corner.x() + left, corner.y() + top, tiling.width, tiling.height)
            draw_picture(painter, rect, self.images(neighbour.index))
            if neighbour.same_class:
                painter.setPen(QPen(theme.colour(tokens.success), 2))
                painter.drawRect(rect.adjusted(-1, -1, 1, 1))
            footer = QRectF(rect.left() - GAP, rect.bottom() + 1, rect.width() + 2 * GAP, tiling.footer)
            painter.setPen(theme.colour(tokens.text_muted))
            painter.drawText(
                footer, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, say_distance(neighbour.distance)
            )

    def _say(self, painter: QPainter, rect: QRectF, words: str) -> None:
        painter.setPen(theme.colour(theme.current().text_muted))
        inside = rect.adjusted(theme.SPACE_L, 0, -theme.SPACE_L, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)

    def neighbour_at(self, position: QPointF) -> Neighbour | None:
        found = self.presenter.neighbours
        if not found:
            return None
        tiling, corner = self.tiling(len(found))
        place = tiling.tile_at(position.x() - corner.x(), position.y() - corner.y(), len(found))
        return None if place is None else found[place]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        neighbour = self.neighbour_at(event.position())
        if neighbour is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(neighbour.index)

    def _tip(self, position: QPointF) -> str:
        found = self.neighbour_at(position)
        return (
            f"{found.class_name} · distance {significant(found.distance)}\nClick to show its neighbours"
            if found
            else ""
        )

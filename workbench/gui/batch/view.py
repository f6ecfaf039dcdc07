"""The batch window: pictures with answer and loss, optionally largest loss first, and bars of the gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from workbench.events import AnyEvent, RunFailed
from workbench.gui.batch.presenter import DECADES, Bar, BatchPresenter
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.forms.output_choice import OutputChoice
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.runtime.run_states import ENDED
from workbench.gui.widgets import theme
from workbench.gui.widgets.bars import ROW, paint_bar
from workbench.gui.widgets.class_colours import colour_key, pixel_shades
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.narrow import Sides
from workbench.gui.widgets.painted_scroll import PaintedScroll
from workbench.gui.widgets.panel import (
    ElidedLabel,
    EmptyState,
    column_of,
    fill,
    fill_window,
    icon_button,
    styled,
    switch,
)
from workbench.gui.widgets.pictures import Image, draw_border, draw_picture, draw_points, image_source
from workbench.gui.widgets.shared_keys import STEP, with_keys
from workbench.gui.widgets.tiling import Tiling, filled

if TYPE_CHECKING:
    from workbench.session.running.run import Run
    from workbench.session.views.seen_batch import SeenBatch

SIZE = (980, 640)
TILE, GAP, MARGIN = 84, 10, 4
BETWEEN = 3
"""Pixels between the input, the output and the target of one example."""

POINT = 4.5
"""Radius of the ring around a true key point, in pixels."""

NO_BATCH = ("No batch yet", "During training, the latest batch is shown here.")
WATCHED = (
    "Its batches cannot be seen from here",
    "The run is running in another window or command. A run started with train --detach shows its batches here, too.",
)


class BatchWindow(Dialog):
    """Shows the followed run's latest batch, which the run computes only while the window is visible."""

    def __init__(self, parent: QWidget, pump: EventPump) -> None:
        super().__init__(parent, "Batch")
        self.presenter = BatchPresenter()
        self._run: Run | None = None
        self._number = 0
        self._kept = Newest(pump)
        self._reads = False
        """Whether the batch that ended the run is being read."""
        self.words = styled(ElidedLabel(), "heading")
        self.heads = OutputChoice("Output to show losses of", self.presenter.choose_head, self._show)
        self.worst = switch("Worst first", "Show the pictures with the largest loss first")
        self.worst.toggled.connect(self._order)
        self.worst.setEnabled(False)
        self.step = icon_button("step", "Step")
        self.step.setToolTip(with_keys("Train one step, then pause again", STEP))
        self.step.setEnabled(False)
        self.grid = BatchGrid(self.presenter)
        self.key = styled(QLabel(wordWrap=True), "small")
        self.key.setAccessibleName("Classes of pixels")
        self.bars = GradientBars()
        self.empty = EmptyState("filters", *NO_BATCH)
        self._lay_out()
        pump.add(self, until=self.finished)
        pump.ticked.connect(self._look)

    def _lay_out(self) -> None:
        top = fill(QHBoxLayout(), (self.words, 1), self.heads, self.worst, self.step)
        title = styled(QLabel("Gradient norms"), "heading")
        title.setToolTip("Norm of each layer's gradient in this step")
        scale = styled(QLabel(f"log scale: 1/{DECADES} of a bar is ×10"), "small")
        side = column_of(fill(QHBoxLayout(), title, (scale, 1)), (self.bars, 1))
        self.resize(*SIZE)
        main = column_of(self.key, (self.grid, 1), spacing=theme.SPACE_XS)
        self._pages = fill_window(self, top, self.empty, Sides(main, side, 280))

    # Listener

    def begin(self, run: Run) -> None:
        self._leave()
        self._kept.drop()
        self._run, self._number, self._reads = run, 0, False
        run.insight.watches_batch = self.isVisible()
        self.presenter.begin()
        if run.is_watched:
            self.empty.say(*WATCHED)
        else:
            self.empty.say("The batch appears with the next step", "Earlier batches are not kept.")
        self._show()

    def clear(self) -> None:
        self._leave()
        self._kept.drop()
        self._run = None
        self.presenter.begin()
        self.empty.say(*NO_BATCH)
        self._show()

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the newest batch, if there is a newer one."""
        assert self._run is not None
        self.step.setEnabled(state == "paused")
        self._take_newest()
        if self.presenter.seen is None and state in ENDED and not (self._reads or self._run.is_watched):
            self.empty.say(
                "No batch was kept", "The run ended before this window was opened. Run again to see its batches."
            )
        for event in events:
            if isinstance(event, RunFailed) and event.batch:
                self._read(self._run, event.batch)

    def _look(self) -> None:
        """At each tick: take the first batch, for whoever opened the window waits for nobody's turn."""
        if self._run is not None and self.presenter.seen is None:
            self._take_newest()

    def _take_newest(self) -> None:
        assert self._run is not None
        newest = self._run.insight.batch.newest(self._number)
        if newest is not None:
            self._number, self.presenter.seen = newest
            self._show()

    def _read(self, run: Run, kept: str) -> None:
        """Read the batch that ended the run from its folder, in the background, since the network computes it again."""

        def read() -> SeenBatch:
            from workbench.session.views.kept_batch import read_kept

            return read_kept(run.folder / kept, run.experiment, run.log.outline())

        self._reads = True
        self.empty.say("The batch that ended the run", "Reading it from the run's folder and computing it again.")
        self._kept.background("read a kept batch", read, self._take, self._tell)

    def _take(self, kept: SeenBatch) -> None:
        self.presenter.seen = kept
        self.presenter.choose_unsound_head()
        self.worst.setChecked(True)  # NaN comes first
        self._show()

    def _tell(self, error: Exception) -> None:
        self.empty.say("Cannot show the batch that ended the run", sentence(error))

    def showEvent(self, event: QShowEvent) -> None:
        """Request the batch while the window is visible."""
        super().showEvent(event)
        if self._run is not None:
            self._run.insight.watches_batch = True

    def hideEvent(self, event: object) -> None:
        """Tell the run that the batch is not needed."""
        self._leave()

    def _leave(self) -> None:
        if self._run is not None:
            self._run.insight.watches_batch = False

    def _order(self, worst_first: bool) -> None:
        self.presenter.worst_first = worst_first
        self._show()

    def _show(self) -> None:
        self.words.setText(self.presenter.words)
        self.heads.offer(self.presenter.head_titles, self.presenter.chosen)
        self._pages.setCurrentIndex(0 if self.presenter.seen is None else 1)
        self.worst.setEnabled(self.presenter.has_pictures)
        self.key.setText(colour_key(self.presenter.pixel_classes))
        self.key.setVisible(bool(self.presenter.pixel_classes))
        self.grid.show_batch()
        self.bars.show_bars(self.presenter.bars)


class BatchGrid(PaintedScroll):
    """The pictures in rows, each with its class and loss below; a correct class is framed green, a wrong one red.

    Where a head predicts pictures, output and target stand beside the input; so do maps. Key points are drawn on it.
    """

    def __init__(self, presenter: BatchPresenter) -> None:
        super().__init__("The batch's pictures", TILE // 2)
        self._presenter = presenter
        self._images: tuple[Image, ...] = ()
        self.setMinimumWidth(2 * MARGIN + 3 * TILE + 2 * BETWEEN)

    def show_batch(self) -> None:
        pictures = self._presenter.pictures(pixel_shades()) if self._presenter.has_pictures else ()
        self._images = tuple(image_source(each) for each in pictures)
        self.measure()

    def tiling(self) -> Tiling:
        room = self.viewport().width() - 2 * MARGIN
        width = max(len(self._images), 1) * (TILE + BETWEEN) - BETWEEN
        num_lines = 4 if self._captioned and self._presenter.has_words else 3
        return filled(room, width, TILE, gap=GAP, footer=num_lines * self._line() + 2)

    @property
    def _captioned(self) -> bool:
        return len(self._images) > 1

    def _line(self) -> float:
        return QFontMetricsF(theme.font(theme.TEXT_SMALL)).height()

    def index_at(self, position: QPointF) -> int | None:
        """Return the index in the batch of the picture at a position in the viewport."""
        if not self._images:
            return None
        order = self._presenter.order
        y = position.y() - MARGIN + self.verticalScrollBar().value()
        place = self.tiling().tile_at(position.x() - MARGIN, y, len(order))
        return None if place is None else int(order[place])

    def whole_height(self) -> int:
        count = len(self._presenter.order) if self._images else 0
        return int(self.tiling().size(count)[1]) + 2 * MARGIN

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if not self._images:
            painter.setPen(theme.colour(theme.current().text_muted))
            words = "This data has no pictures: only gradients are shown."
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
        else:
            self._paint_tiles(painter)
        painter.end()

    def _paint_tiles(self, painter: QPainter) -> None:
        tiling, top = self.tiling(), self.verticalScrollBar().value() - MARGIN
        painter.setFont(theme.font(theme.TEXT_SMALL))
        for place, index in enumerate(self._presenter.order.tolist()):
            left, y = tiling.place(place)
            if -tiling.pitch[1] <= y - top <= self.viewport().height():
                self._paint_tile(painter, QRectF(MARGIN + left, y - top, tiling.width, TILE), index)

    def _paint_tile(self, painter: QPainter, rect: QRectF, index: int) -> None:
        tokens, wrong = theme.current(), self._presenter.is_wrong(index)
        sound = self._presenter.is_sound(index)
        frame = tokens.success if self._presenter.is_right(index) else tokens.border_strong
        line = QRectF(rect.left(), rect.bottom() + 3, rect.width(), self._line())
        for number, (image, caption) in enumerate(zip(self._images, self._presenter.captions, strict=True)):
            place = QRectF(rect.left() + number * (TILE + BETWEEN), rect.top(), TILE, TILE)
            covered = draw_picture(painter, place, image(index))
            if number == 0 and self._presenter.points is not None:
                wanted, given = self._presenter.points
                draw_points(painter, covered, wanted[index], POINT, as_rings=True)
                draw_points(painter, covered, given[index], POINT / 2)
            border = theme.colour(tokens.danger if wrong or not sound else frame)
            draw_border(painter, place.adjusted(-1, -1, 1, 1), border, 2)
            if self._captioned:
                painter.setPen(theme.colour(tokens.text_muted))
                below = QRectF(place.left(), line.top(), TILE, line.height())
                elided = painter.fontMetrics().elidedText(caption, Qt.TextElideMode.ElideRight, TILE)
                painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, elided)
        if self._captioned and self._presenter.has_words:
            line.translate(0, self._line())
        for words, colour in (
            (self._presenter.label(index), tokens.text_muted),
            (f"loss {self._presenter.loss(index)}", tokens.text_faint if sound else tokens.danger),
            (self._presenter.aside(index), tokens.danger if wrong else tokens.text_muted),
        ):
            painter.setPen(theme.colour(colour))
            elided = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(rect.width()))
            painter.drawText(line, Qt.AlignmentFlag.AlignHCenter, elided)
            line.translate(0, self._line())

    def tip(self, position: QPointF) -> str:
        """Return the class, the answer and the loss."""
        index = self.index_at(position)
        return "" if index is None else self._presenter.tip(index)


class GradientBars(PaintedScroll):
    """A bar for each layer, on a log scale, with the network's first layer on top."""

    def __init__(self) -> None:
        super().__init__("Gradient norm of each layer", ROW)
        self._bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumWidth(160)

    def show_bars(self, bars: tuple[Bar, ...]) -> None:
        self._bars = bars
        self.measure()

    def whole_height(self) -> int:
        return len(self._bars) * ROW

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(theme.TEXT_SMALL))
        width = self.viewport().width() - theme.SPACE_XS
        for place, bar in enumerate(self._bars):
            y = place * ROW - self.verticalScrollBar().value()
            if -ROW <= y <= self.viewport().height():
                parts = [(bar.share, theme.current().accent if bar.is_sound else theme.current().danger)]
                row, elide = QRectF(0, y, width, ROW), Qt.TextElideMode.ElideLeft
                paint_bar(painter, row, name=bar.layer, value=bar.value, parts=parts, elide=elide)
        painter.end()

    def tip(self, position: QPointF) -> str:
        place = int(position.y() + self.verticalScrollBar().value()) // ROW
        return self._bars[place].tip if place < len(self._bars) else ""

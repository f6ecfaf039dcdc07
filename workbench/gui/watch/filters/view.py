"""The filters panel: the first layer's weights as pictures, updated about ten times a second during a run.

For points in the plane it shows the regions of the classes instead.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.events import AnyEvent
from workbench.gui.dialogs.file_dialogs import ask_to_save
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.run_states import ENDED
from workbench.gui.watch.filters.plane import PlaneView
from workbench.gui.watch.filters.presenter import Tiles, tiles
from workbench.gui.watch.panel import WatchPanel
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import on_surface, stacked, switch, tool_button
from workbench.gui.widgets.pictures import draw_border
from workbench.gui.widgets.tiling import Tiling, fit
from workbench.gui.widgets.widget_picture import PICTURES, rendered
from workbench.session.running.run import Run

GAP = 3
LARGEST_TILE = 96


class FiltersPanel(WatchPanel):
    """Follows a run's filters through their latest-only slot, and requests them only while visible."""

    heading = "Filters"
    icon = "filters"
    no_run = (
        "No filters yet",
        "During a run, the filters of the first layer take shape here. Without one, open Feature maps to see them.",
    )
    share = 380

    def __init__(self, pump: EventPump) -> None:
        super().__init__(pump)
        self.grid = FilterGrid()
        self.plane = PlaneView()
        self.pages = stacked(self.grid, self.plane)
        self.set_content(self.pages)
        self.common = switch("Common contrast", "Use one grey scale for all filters instead of one each")
        self.common.toggled.connect(self._draw)
        self.save = tool_button("save", "Save them as PNG or SVG…")
        self.save.clicked.connect(self._save)
        self.add_tool(self.common)
        self.add_tool(self.save, of_content=True)
        self._run: Run | None = None
        self._number = self._plane_number = 0
        self._filters: NDArray[np.float32] | None = None

    def begin(self, run: Run) -> None:
        self._run, self._number, self._plane_number, self._filters = run, 0, 0, None
        self._show_page(self.grid)
        run.insight.watches_filters = self.isVisible()
        self.empty.say("Filters appear with the first step", "The network is being built.")
        self.show_content(False)
        self.caption.setText("")

    def clear(self) -> None:
        self._run, self._filters = None, None
        self._show_page(self.grid)
        self.empty.say(*self.no_run)
        self.show_content(False)
        self.caption.setText("")

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        assert self._run is not None
        newest = self._run.insight.filters.newest(self._number)
        plane = self._run.insight.plane.newest(self._plane_number)
        if plane is not None:
            self._plane_number = plane[0]
            self.plane.show_plane(plane[1])
            self._show_page(self.plane)
            self.caption.setText("The class predicted at each place")
            self.show_content(True)
        elif self._plane_number:
            return
        elif newest is not None:
            self._number, self._filters = newest
            self._draw()
        elif self._filters is None and self._run.insight.gallery.newest() is not None:
            # The run publishes its pictures and filters at the same time, so there are none to come.
            words = "Its first layer is neither a convolution nor a linear layer on the picture."
            self.empty.say("This network has no filters to show", words)
        elif self._filters is None and state in ENDED:
            self.say_ended("filters")

    def _show_page(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        self.common.setVisible(page is self.grid)
        self.entitle(self.heading if page is self.grid else "Regions")

    def _draw(self) -> None:
        if self._filters is None:
            return
        shown = tiles(self._filters, common_contrast=self.common.isChecked())
        num_filters, num_channels, height, width = self._filters.shape
        left_out = f" · {shown.num_left_out:,} more not shown" if shown.num_left_out else ""
        channels = " in colour" if shown.is_colour else "" if num_channels == 1 else f" × {num_channels} channels"
        self.caption.setText(f"{num_filters} of {height}×{width}{channels}{left_out}")
        self.grid.show_tiles(shown)
        self.show_content(True)

    def _save(self) -> None:
        title = self.title.text().lower()
        path = ask_to_save(self, f"Save the {title}", f"{title}.png", PICTURES)
        if path is not None:
            picture = rendered(self.grid if self.pages.currentIndex() == 0 else self.plane, path.suffix)
            self.saving.emit(path, lambda: picture)

    def showEvent(self, event: object) -> None:
        """Request filters while the panel is visible."""
        if self._run is not None:
            self._run.insight.watches_filters = True

    def hideEvent(self, event: object) -> None:
        """Tell the run that filters are not needed."""
        if self._run is not None:
            self._run.insight.watches_filters = False


class FilterGrid(QWidget):
    """Paints tiles without smoothing, as large as possible."""

    def __init__(self) -> None:
        super().__init__()
        self._tiles: Tiles | None = None
        self._image = QImage()
        self._under_pointer: int | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(80, 60)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Filters of the first layer")
        on_surface(self)
        theme.changed.connect(self.update)

    def show_tiles(self, tiles: Tiles) -> None:
        self._tiles = tiles
        count, height, width, _ = tiles.pictures.shape
        # All tiles in one image, one below another; the array must outlive the QImage that refers to its data.
        self._image = QImage(tiles.pictures.data, width, count * height, 3 * width, QImage.Format.Format_RGB888)
        self.update()

    def layout_now(self) -> tuple[Tiling, QPointF]:
        """Return the grid for the current size, and its corner."""
        assert self._tiles is not None
        count, height, width, _ = self._tiles.pictures.shape
        room = self.width() - 2 * theme.SPACE_M, self.height() - theme.SPACE_XS - theme.SPACE_M
        layout = fit(count, (width, height), room, gap=GAP, largest=max(LARGEST_TILE, width, height))
        return layout, QPointF(theme.SPACE_M, theme.SPACE_XS)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw every tile, and a frame around the one under the pointer."""
        if self._tiles is None:
            return
        painter = QPainter(self)
        layout, corner = self.layout_now()
        count, height, width, _ = self._tiles.pictures.shape
        # For SVG: Qt writes whole images, not parts of one, and viewers would smooth the few pixels of a filter.
        times = math.ceil(layout.width / width)
        for index in range(count):
            tile = self._image.copy(0, index * height, width, height).scaled(width * times, height * times)
            painter.drawImage(_tile_rect(layout, corner, index), tile)
        if self._under_pointer is not None and self._under_pointer < count:
            place = _tile_rect(layout, corner, self._under_pointer).adjusted(-1, -1, 0, 0)
            draw_border(painter, place, theme.colour(theme.current().accent))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show the filter under the pointer, and its weights' range, as a tooltip."""
        self._point(event.position())
        if self._tiles is not None and self._under_pointer is not None:
            QToolTip.showText(event.globalPosition().toPoint(), self._tiles.caption(self._under_pointer), self)
        else:
            QToolTip.hideText()

    def leaveEvent(self, event: QEvent) -> None:
        self._under_pointer = None
        self.update()

    def _point(self, position: QPointF) -> None:
        if self._tiles is None:
            return
        layout, corner = self.layout_now()
        place = position - corner
        found = layout.tile_at(place.x(), place.y(), len(self._tiles.pictures))
        if found != self._under_pointer:
            self._under_pointer = found
            self.update()


def _tile_rect(layout: Tiling, corner: QPointF, index: int) -> QRectF:
    left, top = layout.place(index)
    return QRectF(corner.x() + left, corner.y() + top, layout.width, layout.height)

"""Which part of the network is in view: fitting it to the window, scrolling and gliding to cards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, QSizeF
from PySide6.QtGui import QCursor

from workbench.gui.canvas.finding import Match
from workbench.gui.canvas.motion import between, zoom_between
from workbench.gui.canvas.paper import LEAST_ZOOM, READABLE_ZOOM
from workbench.gui.experiment.selected import Place
from workbench.gui.widgets import theme
from workbench.spec.problems import Problem

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView


class Sight:
    """Moves the view to what there is to see."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._presenter = view.presenter
        self.covered = (0, 0)
        """Heights of the upper and the lower part that messages cover, in pixels."""
        self._fitted_between = (0, 0)
        """What was covered when everything was last fitted."""
        self._least = READABLE_ZOOM
        """The zoom below which everything is not fitted as a whole."""

    # Everything

    @property
    def is_whole(self) -> bool:
        """Whether all of the network is in view."""
        return self._view.seen().contains(self._view.canvas_scene.drawn_rect())

    def fit(self) -> None:
        """Show all of the selection, or everything if nothing is selected."""
        selection = self._presenter.selection
        if selection:
            self._view.moved = True
            self._fit(selection, LEAST_ZOOM)
        else:
            self._fit_all(LEAST_ZOOM)

    def fit_all(self) -> None:
        """Show everything, or the beginning of a network that is too long to be readable at once."""
        self._fit_all(READABLE_ZOOM)

    def _fit_all(self, least: float) -> None:
        self._view.moved, self._least = False, least
        self._fit(None, least)

    def fit_again(self) -> None:
        """Fit everything as it was fitted before, now that the window or the network has another size, unless the view
        was moved since.
        """
        if not self._view.moved:
            self._fit(None, self._least)

    def fit_between(self, above: int, below: int) -> None:
        """Fit the network between the ``above`` upper and the ``below`` lower pixels, unless the view was moved; under
        the pointer it waits.
        """
        if (above, below) != self.covered:
            self.covered = above, below
            for part in (self._view.empty, self._view.minimap, self._view.toast):
                part.place()
            if not self._view.underMouse():
                self.catch_up()

    def catch_up(self) -> None:
        """Fit the network beside the messages that came or went while the pointer was over it."""
        if self.covered != self._fitted_between:
            self.fit_again()

    def worked_on(self) -> list[QRect]:
        """Return where the selected cards and notes are in the view, and the pointer."""
        view, scene = self._view, self._view.canvas_scene
        # A message may be placed by a repaint in the middle of a change, before what was renamed is selected anew.
        drawn = self._presenter.selection & (scene.cards.keys() | scene.notes.keys())
        places = [view.mapFromScene(scene.drawn_rect({key})) for key in drawn]
        rects = [place.boundingRect() for place in places]
        return [*rects, QRect(view.mapFromGlobal(QCursor.pos()), QSize(1, 1))] if view.underMouse() else rects

    def _fit(self, keys: Collection[str] | None, least: float) -> None:
        view, self._fitted_between = self._view, self.covered
        view.motion.finish()
        above, below = self.covered
        above = above or (view.breadcrumbs.geometry().bottom() if self._presenter.trail else 0)
        view.fit_rect(view.canvas_scene.drawn_rect(keys), least, above, below)

    # Cards and notes

    def show(self, keys: Collection[str]) -> None:
        """Scroll as little as necessary to show these cards and notes."""
        self._show_rects([self._view.canvas_scene.drawn_rect({key}) for key in keys])

    def show_top(self, key: str) -> None:
        """Scroll as little as necessary to show a card or a note; of a larger one, its upper left corner."""
        rect = self._view.canvas_scene.drawn_rect({key})
        self._show_rects([rect, QRectF(rect.topLeft(), QSizeF(1, 1))])

    def _show_rects(self, rects: Iterable[QRectF]) -> None:
        if self.is_whole:
            return  # a margin for these would only move the network off its middle
        view, before = self._view, self._view.seen()
        for rect in rects:
            view.ensureVisible(rect, theme.SPACE_XL, theme.SPACE_XL)
        if view.seen() != before and not self.is_whole:
            view.moved = True

    def show_problem(self, problem: Problem) -> None:
        """Go to the node of a problem."""
        key = self._presenter.reveal(problem.node)
        if key:
            self.show({key})

    def show_place(self, place: Place) -> None:
        """Go to the node that a line of code stands for, in the open block or else at its block's first use."""
        presenter = self._presenter
        if presenter.level.scope == place.block and place.node in presenter.cards:
            key = place.node
            presenter.select({key})
        else:
            key = presenter.show_node((*place.way, place.node))
        self.show({key})

    def show_way(self, path: Sequence[str]) -> None:
        """Go to a node, given the names of the uses that lead to it and its own."""
        self.show({self._presenter.show_node(path)})

    def glide_to_match(self, match: Match) -> None:
        """Glide to what the search has found."""
        self._glide_to({self._presenter.show_node(match.path)})

    def glide_to(self, keys: Collection[str]) -> None:
        """Glide to these cards and notes if less than half of their area is visible."""
        if keys:
            rect = self._view.canvas_scene.drawn_rect(keys)
            seen = rect & self._view.seen()
            if seen.width() * seen.height() < rect.width() * rect.height() / 2:
                self._glide_to(keys)

    def _glide_to(self, keys: Collection[str]) -> None:
        """Glide until they are centred; the zoom changes only if they would be unreadable or would not fit."""
        view, rect = self._view, self._view.canvas_scene.drawn_rect(keys)
        room = view.viewport().rect()
        start, zoom = view.mapToScene(room.center()), view.zoom()
        fits = min(room.width() / rect.width(), room.height() / rect.height())
        wanted = min(max(zoom, READABLE_ZOOM), max(fits * 0.9, LEAST_ZOOM))

        def step(share: float) -> None:
            view.look_at(between(start, rect.center(), share), zoom_between(zoom, wanted, share))

        view.motion.start(step)

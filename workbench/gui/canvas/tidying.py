"""Tidy up: the layout is computed in the background, then the cards glide to their new positions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QPointF

from workbench.gui.canvas.arranging import Untidy
from workbench.gui.canvas.framed_layout import arrange_framed
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.motion import between

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

MOST_GLIDING = 150
"""With more cards than this, all jump at once: no eye could follow so many."""


class Background(Protocol):
    """Runs work elsewhere and passes its result on in this thread."""

    def __call__(self, name: str, work: Callable[[], Any], done: Callable[[Any], None], /) -> None: ...


def at_once(_name: str, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
    """Run work at once in this thread, for a canvas without background workers."""
    done(work())


class Tidying:
    """Requests layouts, and drops an answer for a graph that has changed in the meantime."""

    def __init__(self, view: CanvasView, background: Background) -> None:
        self._view = view
        self._background = background
        self._asked = 0
        self._goals: Mapping[str, Point] = {}
        """The destinations of the gliding cards; replaced if the network changes during the animation."""
        self._lead: Callable[[Mapping[str, Point]], None] = lambda places: None

    def start(self) -> None:
        """Lay out the selection, or the whole graph."""
        self._asked += 1
        number, untidy = self._asked, self._view.presenter.untidy()
        self._background(
            "tidy up",
            lambda: arrange_framed(untidy.part, untidy.frames),
            lambda places: self._show(number, untidy, places),
        )

    def _show(self, number: int, untidy: Untidy, places: Mapping[str, Point]) -> None:
        view = self._view
        before = dict(view.presenter.positions)
        if number != self._asked or view.interaction is not None or not view.presenter.tidy(untidy, places):
            return
        if untidy.is_all and not untidy.key:
            view.sight.fit_all()
        moved = {key: start for key, start in before.items() if view.presenter.positions.get(key, start) != start}
        if 0 < len(moved) <= MOST_GLIDING:
            self._goals = {}
            view.motion.start(lambda share: self._glide(moved, share))

    def _glide(self, moved: Mapping[str, Point], share: float) -> None:
        scene, goals = self._view.canvas_scene, self._view.presenter.positions
        if share == 1.0:
            scene.sync()
            return
        gliding = moved.keys() & goals.keys()
        if self._goals is not goals:
            self._goals, self._lead = goals, scene.dragging(gliding)
        places = dict(goals)
        for key in gliding:
            places[key] = between(QPointF(*moved[key]), QPointF(*goals[key]), share).toTuple()
            scene.cards[key].setPos(*places[key])
        self._lead(places)

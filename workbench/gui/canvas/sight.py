"""Animated scrolling to cards, until they are centred at a readable size."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from workbench.gui.canvas.motion import between, zoom_between

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

LEAST_ZOOM = 0.6
"""Zoom from which the text on cards is readable."""

FARTHEST = 0.08


def fly_to(view: CanvasView, keys: Collection[str]) -> None:
    """Glide to these cards or notes; the zoom changes only if they would be unreadable or would not fit."""
    rect = view.canvas_scene.drawn_rect(keys)
    room = view.viewport().rect()
    start, zoom = view.mapToScene(room.center()), view.zoom()
    fits = min(room.width() / rect.width(), room.height() / rect.height())
    wanted = min(max(zoom, LEAST_ZOOM), max(fits * 0.9, FARTHEST))

    def show(share: float) -> None:
        view.look_at(between(start, rect.center(), share), zoom_between(zoom, wanted, share))

    view.motion.start(show)

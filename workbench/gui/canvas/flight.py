"""Flying to cards: the paper glides until they are in the middle, at a size at which they can be read."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from workbench.gui.canvas.motion import between, zoom_between

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

LEAST_ZOOM = 0.6
"""Words on cards can be read from here on."""

FARTHEST = 0.08


def fly_to(view: CanvasView, keys: Collection[str]) -> None:
    """Glide to these cards or notes; the zoom changes only where they could not be read or would not fit."""
    rect = view.canvas_scene.drawn_rect(keys)
    room = view.viewport().rect()
    start, zoom = view.mapToScene(room.center()), view.zoom()
    fits = min(room.width() / rect.width(), room.height() / rect.height())
    wanted = min(max(zoom, LEAST_ZOOM), max(fits * 0.9, FARTHEST))

    def show(share: float) -> None:
        view.look_at(between(start, rect.center(), share), zoom_between(zoom, wanted, share))

    view.motion.start(show)

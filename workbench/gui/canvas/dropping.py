"""Dropping layers from the palette onto the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.palette.presenter import MIME_TYPE

if TYPE_CHECKING:
    from PySide6.QtGui import QDropEvent

    from workbench.gui.canvas.view import CanvasView

HOW_TO_CONNECT = "Drag from the circle below one card to the circle above another to connect them"


def is_layer(event: QDropEvent) -> bool:
    """Whether the dragged data comes from the palette."""
    return event.mimeData().hasFormat(MIME_TYPE)


def edge_under(view: CanvasView, event: QDropEvent) -> tuple[str, int] | None:
    """Return the connection that the layer would be inserted into."""
    edge = view.canvas_scene.edge_at(view.mapToScene(event.position().toPoint()))
    return edge.key if edge else None


def add_layer(view: CanvasView, event: QDropEvent) -> None:
    """Add the layer where it was dropped; explain how to connect if nothing is connected yet."""
    kind = bytes(event.mimeData().data(MIME_TYPE).data()).decode()
    place = view.mapToScene(event.position().toPoint())
    view.attempt(view.presenter.add, kind, place.toTuple(), edge_under(view, event))
    if len(view.presenter.cards) > 1 and not view.presenter.edges:
        view.say(HOW_TO_CONNECT)

"""The context menu: commands for the cards, the connection or the paper under the pointer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QMenu

from workbench.gui.canvas.actions import colour_command
from workbench.gui.canvas.mending import mend
from workbench.spec.graph import Colour
from workbench.spec.remedy import Remedy

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

SEPARATOR = "-"
COLOURS = "colours"

ON_CARDS = "rename replace select_alike repeat connect disconnect - features - cut copy duplicate delete - group frame"
ON_BLOCKS = f"enter fold ungroup make_own keep_block - {ON_CARDS}"
ON_COMMENTS = "rename colours - cut copy duplicate delete"
ON_FRAMES = "rename colours select_held - cut copy duplicate delete"
ON_EDGE = "delete"
ON_PAPER = "add comment frame paste - select_all tidy fit"
IN_BLOCK = "leave keep_block - add comment frame paste - select_all tidy fit"


CORNER = QPointF(20, 20)
"""Offset from a card's upper left corner at which the menu opens by keyboard."""


def open_menu(view: CanvasView, point: QPoint, *, by_keys: bool) -> None:
    """Open the menu at a point of the viewport, or if requested ``by_keys``, on the selection."""
    selected = sorted(view.presenter.selection)
    if by_keys and selected:
        point = view.mapFromScene(view.canvas_scene.drawn_rect(selected[:1]).topLeft() + CORNER)
    menu = make(view, point)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(view.viewport().mapToGlobal(point))


def make(view: CanvasView, point: QPoint) -> QMenu:
    """Return the menu for a point of the viewport, after selecting what is there."""
    names = _names(view, point)
    menu = QMenu(view)
    for remedy in _remedies(view):
        menu.addAction(remedy.words, partial(view.attempt, mend, view.presenter.document, remedy))
    if not menu.isEmpty():
        menu.addSeparator()
    for name in names.split():
        if name == SEPARATOR:
            menu.addSeparator()
        elif name == COLOURS:
            colours = menu.addMenu("Colour")
            colours.addActions([view.commands[colour_command(colour)] for colour in get_args(Colour)])
        else:
            menu.addAction(view.commands[name])
    return menu


def _remedies(view: CanvasView) -> list[Remedy]:
    """Return the remedies for the problems of the selected card, if exactly one is selected."""
    presenter = view.presenter
    key = presenter.only_card()
    problems = presenter.cards[key].problems if key is not None else ()
    return [problem.remedy for problem in problems if problem.remedy is not None]


def _names(view: CanvasView, point: QPoint) -> str:
    presenter, place = view.presenter, view.mapToScene(point)
    card = view.canvas_scene.card_at(place)
    if card:
        if card.card.key not in presenter.selection:
            presenter.select({card.card.key})
        return ON_BLOCKS if any(map(presenter.is_use, presenter.selection)) else ON_CARDS
    note, edge = view.canvas_scene.note_at(place, view.zoom()), view.canvas_scene.edge_at(place)
    if note and not (note.is_frame and edge):
        if note.key not in presenter.selection:
            presenter.select({note.key})
        return ON_FRAMES if note.is_frame else ON_COMMENTS
    if edge:
        presenter.select((), edge.key)
        return ON_EDGE
    return IN_BLOCK if presenter.trail else ON_PAPER

"""The canvas's commands and their shortcuts, as actions for menus and tool bars."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence

from workbench.gui.canvas.alignment import Axis, Side
from workbench.gui.canvas.name_editor import repeat_selected
from workbench.gui.widgets.icons import icon, note_icon
from workbench.spec.graph import Colour

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

ZOOM_STEP = 1.25

ALIGNMENTS: tuple[tuple[Side, str, str], ...] = (
    ("left", "Align left", "Alt+A"),
    ("centre", "Align centres", "Alt+C"),
    ("right", "Align right", "Alt+D"),
    ("top", "Align top", "Alt+W"),
    ("middle", "Align middles", "Alt+M"),
    ("bottom", "Align bottom", "Alt+S"),
)
DISTRIBUTIONS: tuple[tuple[Axis, str, str], ...] = (
    ("horizontal", "Distribute horizontally", "Ctrl+Alt+H"),
    ("vertical", "Distribute vertically", "Ctrl+Alt+V"),
)

ANYWHERE = ("find", "tidy", "zoom_in", "zoom_out", "actual_size")
"""Actions whose shortcuts no text field uses, so they work wherever the focus is in the window."""


Entry = tuple[str, str | None, list[QKeySequence.StandardKey | str], Callable[[], object]]
"""Title, icon, shortcuts and handler."""


def make_actions(view: CanvasView) -> dict[str, QAction]:
    """Return the actions by name.

    Except for ``ANYWHERE``, they work only while the canvas has the focus, not while typing.
    """
    actions: dict[str, QAction] = {}
    table = _editing(view) | _blocks(view) | _searches(view) | _notes(view) | _order(view) | _sight(view)
    for name, (title, picture, keys, run) in table.items():
        action = QAction(title, view)
        if picture:
            action.setIcon(icon(picture))
        action.setShortcuts([QKeySequence(key) for key in keys])
        context = Qt.ShortcutContext.WindowShortcut if name in ANYWHERE else Qt.ShortcutContext.WidgetShortcut
        action.setShortcutContext(context)
        action.triggered.connect(lambda _checked=False, run=run: run())
        actions[name] = action
    for colour in get_args(Colour):
        actions[colour_command(colour)].setIcon(note_icon(colour))
    return actions


def _editing(view: CanvasView) -> dict[str, Entry]:
    standard = QKeySequence.StandardKey
    return {
        "cut": ("Cut", None, [standard.Cut], view.cut),
        "copy": ("Copy", "copy", [standard.Copy], view.copy),
        "paste": ("Paste", None, [standard.Paste], view.paste),
        "duplicate": ("Duplicate", None, ["Ctrl+D"], view.duplicate),
        "delete": ("Delete", "trash", [standard.Delete, "Backspace"], partial(view.attempt, view.presenter.delete)),
        "select_all": ("Select all", None, [standard.SelectAll], view.presenter.select_all),
        "select_alike": ("Select all of this type", None, ["T"], view.presenter.select_alike),
        "rename": ("Rename or edit text", None, ["F2"], view.rename_selected),
    }


def _blocks(view: CanvasView) -> dict[str, Entry]:
    return {
        "group": ("Group into a block", "block", ["Ctrl+G"], partial(view.attempt, view.presenter.group)),
        "ungroup": ("Ungroup", None, ["Ctrl+Shift+G"], partial(view.attempt, view.presenter.ungroup)),
        "fold": ("Expand or collapse", "chevron-down", ["U"], view.blocks.toggle_selected),
        "enter": ("Open block", None, ["Shift+Return", "Shift+Enter"], view.blocks.enter_selected),
        "repeat": ("Repeat…", None, ["R"], lambda: repeat_selected(view)),
        "make_own": ("Make unique", None, [], view.blocks.make_own),
        "keep_block": ("Save to my library", None, [], view.blocks.keep),
        "remove_unused": ("Remove unused blocks", None, [], view.blocks.remove_unused),
        "leave": ("Leave block", None, ["Alt+Up"], view.blocks.leave),
    }


def _searches(view: CanvasView) -> dict[str, Entry]:
    return {
        "add": ("Add a layer…", "plus", ["Tab"], view.searches.add_after),
        "replace": ("Replace with…", None, ["Ctrl+H"], view.searches.replace),
        "connect": ("Connect to…", "link", ["L"], view.searches.connect),
        "disconnect": ("Remove a connection…", None, ["Shift+L"], view.searches.disconnect),
        "find": ("Find…", "search", ["Ctrl+F"], view.find_bar.open),
    }


def _notes(view: CanvasView) -> dict[str, Entry]:
    return {
        "comment": ("Add a comment", "comment", ["C"], view.notes.comment),
        "frame": ("Add a frame", "frame", ["Shift+C"], view.notes.frame),
        "select_held": ("Select the frame's contents", None, ["Ctrl+Shift+A"], view.presenter.select_held),
        "next_note": ("Next comment or frame", None, ["N"], lambda: view.notes.step(1)),
        "previous_note": ("Previous comment or frame", None, ["Shift+N"], lambda: view.notes.step(-1)),
        **{
            colour_command(colour): (colour.title(), None, [], partial(view.attempt, view.presenter.colour, colour))
            for colour in get_args(Colour)
        },
    }


def _order(view: CanvasView) -> dict[str, Entry]:
    return {
        "tidy": ("Tidy up", "layout", ["Ctrl+Shift+F"], view.tidying.start),
        **{
            f"align_{side}": (title, None, [key], partial(view.attempt, view.presenter.align, side))
            for side, title, key in ALIGNMENTS
        },
        **{
            f"distribute_{axis}": (title, None, [key], partial(view.attempt, view.presenter.distribute, axis))
            for axis, title, key in DISTRIBUTIONS
        },
    }


def _sight(view: CanvasView) -> dict[str, Entry]:
    return {
        "fit": ("Fit to window", "fit", ["."], view.sight.fit),
        "zoom_in": ("Zoom in", "zoom-in", ["Ctrl++", "Ctrl+="], lambda: view.zoom_by(ZOOM_STEP)),
        "zoom_out": ("Zoom out", "zoom-out", ["Ctrl+-"], lambda: view.zoom_by(1 / ZOOM_STEP)),
        "features": ("Feature maps…", "filters", [], lambda: _ask_for_features(view)),
        "actual_size": ("Actual size", None, ["Ctrl+0"], view.actual_size),
    }


def _ask_for_features(view: CanvasView) -> None:
    selected = view.presenter.selected()
    if selected.names:
        view.features_wanted.emit(f"{selected.prefix}{min(selected.names)}")


def colour_command(colour: Colour) -> str:
    """Return the name of the command that gives notes this colour."""
    return f"colour_{colour}"

"""The canvas's commands for comments and frames: adding, writing in place, stepping through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QSize

from workbench.gui.canvas.note_places import TITLE_HEIGHT
from workbench.gui.forms.note_editor import NoteEditor
from workbench.spec.notes import LONGEST_TEXT
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.gui.canvas.view import CanvasView

LEAST_EDITOR = QSize(180, 34)
"""In pixels: a note on screen may be smaller than what one can write in."""


BESIDE = QPointF(24, 0)


class NoteView:
    """The canvas's commands for notes."""

    def __init__(self, view: CanvasView) -> None:
        self._view = view
        self._presenter = view.presenter

    def comment(self) -> None:
        """Add a comment and edit it, at the pointer; or beside a card if the pointer is on it, and beside the selection
        if it is elsewhere.
        """
        view, keys = self._view, set(self._presenter.selection)
        self._finish_others()
        place = view.mapToScene(view.pointer())
        card = view.canvas_scene.card_at(place)
        if view.underMouse():
            keys = set() if card is None or card.card.unfolded else {card.card.key}
        if keys:
            place = view.canvas_scene.drawn_rect(keys).topRight() + BESIDE
        self._write(self._presenter.add_comment(place.toTuple()), new=True)

    def frame(self) -> None:
        """Add a frame around the selection or at the pointer, and edit its title."""
        self._finish_others()
        place = self._view.mapToScene(self._view.pointer())
        self._write(self._presenter.add_frame(place.toTuple()), new=True)

    def write_selected(self) -> bool:
        """Edit the text of the selected note. Return whether exactly one note is selected."""
        self._finish_others()
        key = self._presenter.only_note()
        if key is not None:
            self._write(key)
        return key is not None

    def _finish_others(self) -> None:
        """Finish other editing first: an empty new note is removed then, which changes the keys of the others."""
        for editor in self._view.viewport().findChildren(NoteEditor):
            editor.enter()

    def _write(self, key: str, *, new: bool = False) -> None:
        view, note = self._view, self._presenter.notes[key]
        view.sight.show_top(key)
        box = self._presenter.box(key)
        corner = view.mapFromScene(box.left, box.top)
        height = box.height if note.size is None else TITLE_HEIGHT
        size = QSize(round(box.width * view.zoom()), round(height * view.zoom()))
        place = QRect(corner, size.expandedTo(LEAST_EDITOR))

        def write(text: str) -> bool:
            try:
                if key in self._presenter.notes:
                    self._presenter.write(key, text, new=new)
            except SpecError as error:
                view.say(str(error))
                return False
            return True

        def discard(typed: str) -> bool:
            if typed in ("", note.text) or len(typed) > LONGEST_TEXT:
                return write(note.text)
            # Written and undone, so that redo has it; a new frame stays, without a title.
            self._presenter.write(key, typed, new=new and note.size is None)
            self._presenter.document.undo()
            view.say("The text is discarded; Redo brings it back")
            return True

        editor = NoteEditor(view.viewport(), note.text, place, write=write, discard=discard, leave=view.setFocus)
        # The editor would stay in place while the canvas scrolls beneath it.
        for bar in (view.horizontalScrollBar(), view.verticalScrollBar()):
            bar.valueChanged.connect(editor.enter)

    def step(self, by: int) -> None:
        """Go to the next or previous note."""
        key = self._presenter.step_to_note(by)
        if key is None:
            self._view.say("No comments or frames here: press C or Shift+C to add one")
        else:
            self._view.sight.show({key})

"""Edits of comments and frames: adding, writing, colouring, resizing. No Qt.

Selecting, moving, copying and deleting notes is part of the edits of cards.
"""

from workbench.gui.canvas.alignment import Box, around
from workbench.gui.canvas.card_keys import is_note, name, note_index, note_under
from workbench.gui.canvas.editing import Editing, snapped
from workbench.gui.canvas.geometry import Point
from workbench.gui.canvas.levels import Level
from workbench.gui.canvas.note_places import (
    CLEAR,
    LEAST_FRAME,
    NEW_FRAME,
    card_box,
    follow,
    frame_boxes,
    framing,
    held,
    note_box,
)
from workbench.gui.canvas.stretch import pushed_down
from workbench.spec import edits, notes
from workbench.spec.graph import Colour, Graph, Note
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.spec.scopes import with_graph_at


class NoteEdits(Editing):
    """Edits of notes by their keys, each as one undo step."""

    def add_comment(self, at: Point) -> str:
        """Add an empty comment with its upper left corner at ``at``, in the graph shown there. Return its key."""
        level = self.level_at(at)
        return self._add_note(
            "comment", level, level.graph, Note(position=snapped(level.place_of(at)), colour="yellow")
        )

    def add_frame(self, at: Point) -> str:
        """Add a frame around the selection, moving other cards out of the way; an empty one at ``at`` if none."""
        if not self.selection:
            level = self.level_at(at)
            note = Note(position=snapped(level.place_of(at)), size=NEW_FRAME, colour="blue")
            return self._add_note("frame", level, level.graph, note)
        level = self.selected_level()
        boxes = [card_box(level.places[each]) for each in self.selected_names()]
        chosen = self.with_held(self.selection)
        chosen_notes = [level.graph.notes[note_index(key)] for key in chosen if is_note(key)]
        boxes += [note_box(note, self.places.size_of_comment) for note in chosen_notes]
        frame = framing(around(boxes))
        graph, frame = self._with_room(level, frame, {name(key) for key in chosen if not is_note(key)})
        note = Note(position=(frame.left, frame.top), size=(frame.width, frame.height), colour="blue")
        return self._add_note("frame", level, graph, note)

    def _add_note(self, what: str, level: Level, graph: Graph, note: Note) -> str:
        key = note_under(level.key, len(level.graph.notes))
        # Automatic positions are stored only with its first text, so that a note discarded at once leaves no trace.
        architecture = with_graph_at(self.architecture(), level.scope, notes.add_note(graph, note))
        self.document.apply_architecture(f"add a {what}", architecture, merge=f"new note {key}")
        self.select({key})
        return key

    def _with_room(self, level: Level, frame: Box, inside: set[str]) -> tuple[Graph, Box]:
        """Return the graph with its cards moved out of the frame's way, and the frame's resulting position.

        The frame's contents move down as far as what is above requires, and what is below as far as the frame requires.
        """
        before = {each: card_box(place) for each, place in level.places.items()}
        middle = frame.top + frame.height / 2
        near = [
            each
            for each, box in before.items()
            if each not in inside and box.left < frame.right and frame.left < box.right
        ]
        above = [before[each].bottom for each in near if before[each].top + before[each].height / 2 < middle]
        cards = {each: before[each] for each in near}
        above += [box.bottom for box in frame_boxes(level.graph.notes) if box.bottom <= middle and held(box, cards)]
        down = max(max(above, default=frame.top - CLEAR) + CLEAR - frame.top, 0.0)
        first = min((before[each].top for each in inside), default=frame.top)
        places = pushed_down(level.places, frame.left, frame.width, first, down)
        frame = frame.shifted(0, down)
        below = [places[each][1] for each in near if before[each].top + before[each].height / 2 >= middle]
        if below:
            further = max(frame.bottom + CLEAR - min(below), 0.0)
            places = pushed_down(places, frame.left, frame.width, min(below), further)
        after = {each: card_box(place) for each, place in places.items()}
        followed = follow(level.graph.notes, self.places.size_of_comment, before, after)
        return replace(edits.move(level.graph, places), notes=followed), frame

    def write(self, key: str, text: str, *, new: bool = False) -> None:
        """Set a note's text; a comment without text is deleted.

        The first text of a ``new`` note merges into its undo step.
        """
        level, index, note = self.level_of(key), note_index(key), self.notes[key]
        what = "frame" if note.size else "comment"
        label, merge = (f"add a {what}", f"new note {key}") if new else (f"write a {what}", None)
        if text or note.size:
            self._apply(label, level, notes.write_note(level.graph, index, text), merge)
        else:
            without = notes.remove_notes(level.graph, {index})
            self.document.apply_architecture(
                "delete a comment", with_graph_at(self.architecture(), level.scope, without), merge=merge
            )

    def colour(self, colour: Colour) -> None:
        level, chosen = self.selected_level(), self.selected_notes()
        if not chosen:
            raise SpecError("select a comment or frame to colour it")
        self._apply(f"colour {self._what()}", level, notes.colour_notes(level.graph, chosen, colour))

    def resize(self, key: str, box: Box) -> None:
        """Give a frame another shown rectangle."""
        level, index = self.level_of(key), note_index(key)
        size = (float(max(box.width, LEAST_FRAME[0])), float(max(box.height, LEAST_FRAME[1])))
        shown = replace(self.notes[key], position=(box.left, box.top), size=size)
        (own,) = level.own_notes([shown], {})
        assert own.size is not None
        self._apply("resize a frame", level, notes.resize_frame(level.graph, index, own.position, own.size))

    def select_held(self) -> None:
        """Add the contents of the selected frames to the selection."""
        self.select(self.with_held(self.selection))

    def step_to_note(self, by: int) -> str | None:
        """Select the next or previous note of the graph, cyclically, and return its key."""
        level = self.selected_level()
        keys = sorted(self._notes_of(level), key=lambda key: (self.box(key).top, self.box(key).left, key))
        if not keys:
            return None
        here = [number for number, key in enumerate(keys) if key in self.selection]
        key = keys[(here[0] + by) % len(keys) if here else 0]
        self.select({key})
        return key

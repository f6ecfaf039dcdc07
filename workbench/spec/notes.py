"""Edits of a graph's notes: pure functions from a graph to the changed graph, as in ``edits``.

A note has no name; it is identified by its index in ``Graph.notes``. New notes are appended, so an index stays valid
until an earlier note is removed.
"""

from collections.abc import Callable, Collection, Mapping

from workbench.spec.graph import Colour, Graph, Note
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

LONGEST_TEXT = 20_000
"""The maximum number of characters in a note."""


def note_of(graph: Graph, index: int) -> Note:
    """Return the note at ``index``. Raises SpecError if there is none."""
    if not 0 <= index < len(graph.notes):
        raise SpecError("this note no longer exists")
    return graph.notes[index]


def add_note(graph: Graph, note: Note) -> Graph:
    """Return the graph with one more note, at the end."""
    return replace(graph, notes=(*graph.notes, note))


def remove_notes(graph: Graph, indices: Collection[int]) -> Graph:
    """Return the graph without these notes; the nodes in a frame stay."""
    for index in indices:
        note_of(graph, index)
    return replace(graph, notes=tuple(note for index, note in enumerate(graph.notes) if index not in indices))


def write_note(graph: Graph, index: int, text: str) -> Graph:
    """Return the graph with the text of one note changed."""
    if len(text) > LONGEST_TEXT:
        raise SpecError(f"a note can have {LONGEST_TEXT:,} characters, and this one has {len(text):,}; shorten it")
    return _change(graph, {index}, lambda _, note: replace(note, text=text))


def colour_notes(graph: Graph, indices: Collection[int], colour: Colour) -> Graph:
    """Return the graph with these notes in another colour."""
    return _change(graph, indices, lambda _, note: replace(note, colour=colour))


def move_notes(graph: Graph, positions: Mapping[int, tuple[float, float]]) -> Graph:
    """Return the graph with these notes at other positions."""
    return _change(graph, positions, lambda index, note: replace(note, position=positions[index]))


def resize_frame(graph: Graph, index: int, position: tuple[float, float], size: tuple[float, float]) -> Graph:
    """Return the graph with one frame moved and resized."""
    if note_of(graph, index).size is None:
        raise SpecError("a comment is sized by its text")
    return _change(graph, {index}, lambda _, note: replace(note, position=position, size=size))


def renumbered(before: Graph, after: Graph) -> dict[int, int]:
    """Return old index -> new index of each note, so that a selection survives an edit and its undo.

    If their number is unchanged, indices are too; otherwise unchanged notes are found by equality.
    """
    if len(before.notes) == len(after.notes):
        return {index: index for index in range(len(before.notes))}
    return {index: after.notes.index(note) for index, note in enumerate(before.notes) if note in after.notes}


def _change(graph: Graph, indices: Collection[int], edit: Callable[[int, Note], Note]) -> Graph:
    for index in indices:
        note_of(graph, index)
    notes = (edit(index, note) if index in indices else note for index, note in enumerate(graph.notes))
    return replace(graph, notes=tuple(notes))

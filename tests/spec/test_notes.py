"""Editing notes leaves the network unchanged, and editing the network leaves notes unchanged."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.spec import edits, notes
from workbench.spec.graph import Graph, Node, Note
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

POINTS = st.tuples(st.integers(-2000, 2000).map(float), st.integers(-2000, 2000).map(float))
NOTES = st.builds(
    Note,
    position=POINTS,
    text=st.text(max_size=20),
    size=st.none() | POINTS,
    colour=st.sampled_from(["grey", "blue", "green", "yellow", "red", "purple"]),
)
GRAPHS = st.lists(NOTES, max_size=6).map(
    lambda found: Graph(nodes=(Node(name="a", type="ReLU", position=(0.0, 0.0)),), notes=tuple(found))
)


@given(GRAPHS, NOTES)
def test_what_is_added_is_at_the_end_and_can_be_removed_again(graph: Graph, note: Note) -> None:
    added = notes.add_note(graph, note)
    assert added.notes == (*graph.notes, note) and added.nodes is graph.nodes
    assert notes.remove_notes(added, {len(graph.notes)}) == graph


@given(GRAPHS, st.data())
def test_an_edit_changes_the_notes_it_names_and_no_other(graph: Graph, data: st.DataObject) -> None:
    chosen = data.draw(st.sets(st.integers(0, 5))) & set(range(len(graph.notes)))
    point = data.draw(POINTS)
    moved = notes.move_notes(graph, dict.fromkeys(chosen, point))
    painted = notes.colour_notes(graph, chosen, "red")
    for index, note in enumerate(graph.notes):
        if index in chosen:
            assert moved.notes[index] == replace(note, position=point)
            assert painted.notes[index] == replace(note, colour="red")
        else:
            assert moved.notes[index] is note and painted.notes[index] is note


@given(GRAPHS, st.sets(st.integers(0, 5)), POINTS)
def test_notes_are_copied_with_the_nodes_and_keep_their_distance(
    graph: Graph, chosen: set[int], offset: tuple[float, float]
) -> None:
    pasted = edits.paste(graph, edits.extract(graph, ["a"], chosen), offset)
    copies = [note for index, note in enumerate(graph.notes) if index in chosen]
    assert pasted.notes[: len(graph.notes)] == graph.notes
    for copy, note in zip(pasted.notes[len(graph.notes) :], copies, strict=True):
        assert copy.position == (note.position[0] + offset[0], note.position[1] + offset[1])
        assert (copy.text, copy.size, copy.colour) == (note.text, note.size, note.colour)
    assert pasted.nodes[-1].position == offset
    assert edits.duplicate(graph, ["a"], offset, chosen).notes == pasted.notes


@pytest.mark.parametrize(
    "edit",
    [
        partial(notes.write_note, index=3, text=""),
        partial(notes.remove_notes, indices={3}),
        partial(notes.colour_notes, indices={3}, colour="red"),
        partial(notes.move_notes, positions={3: (0.0, 0.0)}),
        partial(notes.resize_frame, index=3, position=(0.0, 0.0), size=(1.0, 1.0)),
    ],
)
def test_a_note_that_is_not_there_is_said(edit: Callable[[Graph], Graph]) -> None:
    with pytest.raises(SpecError, match="no longer exists"):
        edit(Graph())


def test_only_frames_have_a_size_and_no_text_is_endless() -> None:
    graph = Graph(notes=(Note(position=(0.0, 0.0)), Note(position=(0.0, 0.0), size=(100.0, 50.0))))
    framed = notes.resize_frame(graph, 1, (8.0, 8.0), (200.0, 60.0))
    assert (framed.notes[1].position, framed.notes[1].size) == ((8.0, 8.0), (200.0, 60.0))
    with pytest.raises(SpecError, match="sized by its text"):
        notes.resize_frame(graph, 0, (8.0, 8.0), (200.0, 60.0))
    with pytest.raises(SpecError, match="shorten it"):
        notes.write_note(graph, 0, "x" * 20_001)

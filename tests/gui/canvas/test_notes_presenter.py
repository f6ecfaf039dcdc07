"""Comments and frames move with the cards they belong to."""

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gui.canvas.networks import chain, experiment
from workbench.gui.canvas import finding
from workbench.gui.canvas.alignment import Box
from workbench.gui.canvas.framed_layout import arrange_framed
from workbench.gui.canvas.geometry import CARD_WIDTH, ROW
from workbench.gui.canvas.note_places import follow, note_box, rough_size
from workbench.gui.canvas.presenter import Presenter
from workbench.gui.experiment.document import Document
from workbench.spec.experiment import Experiment
from workbench.spec.files import from_json, read_architecture, to_json
from workbench.spec.graph import Graph, Note
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


def drawn(*types: str) -> Presenter:
    return Presenter(Document(experiment(chain(*types))))


def framed(presenter: Presenter, *names: str) -> str:
    presenter.select(names)
    return presenter.add_frame((0.0, 0.0))


def below(presenter: Presenter, upper: str, lower: str) -> float:
    return presenter.box(lower).top - presenter.box(upper).bottom


def test_a_frame_surrounds_what_was_selected_and_finds_room_among_the_others() -> None:
    presenter = drawn("ReLU", "Tanh", "ReLU")
    key = framed(presenter, "n0", "n1")
    assert presenter.with_held({key}) == {key, "n0", "n1"} and presenter.selection == {key}
    assert below(presenter, "input", key) > 0 and below(presenter, key, "n2") > 0
    presenter.document.undo()
    assert presenter.notes == {} and below(presenter, "input", "n0") == ROW - presenter.box("n0").height


def test_frames_beside_each_other_keep_a_distance() -> None:
    presenter = drawn("ReLU", "Tanh", "ReLU")
    first, second = framed(presenter, "n0"), framed(presenter, "n1", "n2")
    assert below(presenter, first, second) > 0
    both = framed(presenter, first, second)
    assert {first, second, "n0", "n1", "n2"} < presenter.with_held({both})


def test_a_new_comment_is_one_step_with_its_words_and_none_without_any() -> None:
    presenter = drawn("ReLU")
    key = presenter.add_comment((501.0, 77.0))
    presenter.write(key, "why", new=True)
    assert presenter.notes[key].position == (504.0, 80.0)
    assert presenter.document.undo_label == "add a comment"
    presenter.write(key, "why not")
    presenter.document.undo()
    assert presenter.notes[key].text == "why"
    presenter.document.undo()
    assert presenter.notes == {} and not presenter.document.can_undo
    presenter.write(presenter.add_comment((0.0, 0.0)), "", new=True)
    assert presenter.notes == {} and not presenter.document.can_undo


def test_what_a_frame_holds_goes_with_it_in_one_step() -> None:
    presenter = drawn("ReLU", "Tanh", "ReLU")
    inner = framed(presenter, "n0")
    outer = framed(presenter, inner, "n1")
    comment = presenter.add_comment((presenter.box("n1").left + 8, presenter.box("n1").top + 4))
    presenter.write(comment, "?")
    presenter.select({outer})
    before = {key: presenter.box(key) for key in (inner, outer, comment, "n0", "n1", "n2")}
    presenter.nudge(16, 8)
    for key, box in before.items():
        assert presenter.box(key) == (box if key == "n2" else box.shifted(16, 8))
    presenter.document.undo()
    assert {key: presenter.box(key) for key in before} == before


def test_notes_are_copied_between_windows_with_the_nodes() -> None:
    presenter, other = drawn("ReLU", "Tanh"), drawn("ReLU")
    key = framed(presenter, "n0", "n1")
    presenter.write(key, "Pair")
    presenter.select_held()
    distance = presenter.box("n0").top - presenter.box(key).top
    other.paste(presenter.copy(), (1000.0, 500.0))
    (pasted,) = other.notes
    assert other.notes[pasted].text == "Pair" and len(other.selection) == 3
    (first,) = {name for name in other.selected_names() if other.node(name).type == "ReLU"}
    assert other.box(first).top - other.box(pasted).top == distance
    assert other.with_held({pasted}) == set(other.selection)
    other.duplicate()
    assert len(other.notes) == 2 and len(other.selection) == 3
    other.delete()
    assert list(other.notes) == [pasted]


def test_aligned_frames_take_along_what_they_hold() -> None:
    presenter = drawn("ReLU", "Tanh", "ReLU")
    first, second = framed(presenter, "n0"), framed(presenter, "n2")
    presenter.select({first})
    presenter.nudge(200, 0)
    presenter.select({first, second})
    presenter.align("left")
    assert presenter.box(first).left == presenter.box(second).left
    assert presenter.box("n0").left == presenter.box("n2").left
    assert presenter.with_held({first}) == {first, "n0"}


GROUPED = ("n1", "n2")


@pytest.mark.parametrize(
    "framing",
    [("n1", "n2"), ("n1",), ("n0", "n1"), ("n0", "n1", "n2"), ("n2", "n3"), ("n3",), ("n0", "n1", "n2", "n3")],
)
def test_what_is_grouped_with_its_notes_comes_back_as_it_was(framing: tuple[str, ...]) -> None:
    presenter = drawn("ReLU", "Tanh", "ReLU", "Tanh")
    for name in ("n2", "n3"):
        box = presenter.box(name)
        presenter.write(presenter.add_comment((box.right + 24, box.top + 8)), f"beside {name}")
    presenter.write(framed(presenter, *framing), "Frame")
    before = to_json(presenter.document.experiment)
    presenter.select(GROUPED)
    use = presenter.group()
    comments = {note.text for note in presenter.notes.values() if note.size is None}
    assert comments == {"beside n3"}
    outside = {note.text for note in presenter.notes.values() if note.size}
    assert outside == (set() if set(framing) <= set(GROUPED) else {"Frame"})
    assert below(presenter, use, "n3") < 2 * ROW
    presenter.set_unfolded(use, unfolded=True)
    presenter.ungroup()
    assert to_json(presenter.document.experiment) == before


def test_what_was_moved_since_it_was_grouped_stays_where_it_was_moved_to() -> None:
    presenter = drawn("ReLU", "Tanh", "ReLU", "Tanh")
    presenter.write(framed(presenter, "n0", "n1"), "Frame")
    presenter.select(GROUPED)
    use = presenter.group()
    presenter.nudge(96.0, 0.0)
    (left, _) = presenter.positions[use]
    presenter.ungroup()
    assert {presenter.positions[name][0] for name in GROUPED} == {left}


def test_what_is_unfolded_stays_in_its_frame_and_beside_its_comment() -> None:
    presenter = Presenter(Document(experiment(Graph())))
    resnet = read_architecture("resnet20")
    presenter.document.apply("open", replace(presenter.document.experiment, architecture=resnet))
    key = framed(presenter, "layer1", "layer2")
    layer2 = presenter.box("layer2")
    comment = presenter.add_comment((layer2.right + 40, layer2.top))
    presenter.write(comment, "wide")
    before = {each: presenter.box(each) for each in (key, comment)}
    presenter.set_unfolded("layer2", unfolded=True)
    assert {"layer1", "layer2"} <= presenter.with_held({key}) and "relu" not in presenter.with_held({key})
    assert presenter.box(key).height > before[key].height
    assert presenter.box(comment).left - presenter.box("layer2").right == pytest.approx(40)
    moved = {each: presenter.box(each) for each in presenter.with_held({key})}
    presenter.move({each: (box.left, box.top + 16) for each, box in moved.items()})
    assert presenter.box(key).top == pytest.approx(moved[key].top + 16)
    assert presenter.with_held({key}) >= {"layer1", "layer2"}
    presenter.set_unfolded("layer2", unfolded=False)
    assert presenter.box(key).height == pytest.approx(before[key].height)
    assert presenter.with_held({key}) == {key, "layer1", "layer2"}


def test_notes_in_a_block_are_seen_where_it_is_unfolded_and_counted_to_its_size() -> None:
    presenter = drawn("ReLU", "Tanh")
    presenter.select({"n0", "n1"})
    use = presenter.group()
    presenter.enter(use)
    key = presenter.add_comment((900.0, 0.0))
    presenter.write(key, "inside")
    presenter.leave()
    assert presenter.notes == {}
    presenter.set_unfolded(use, unfolded=True)
    (inner,) = presenter.notes
    assert inner == f"{use}/#0" and presenter.box(use).holds(presenter.box(inner))
    presenter.select({inner})
    presenter.nudge(8, 8)
    assert presenter.architecture().blocks["Block"].notes[0].position == (904.0, 8.0)


def test_tidying_keeps_frames_around_their_nodes_and_no_others() -> None:
    presenter = drawn(*["ReLU", "Tanh"] * 10)
    presenter.move({name: (0.0, ROW * row) for row, name in enumerate(presenter.cards)})
    held = [("n1", "n2", "n3"), ("n8", "n9"), ("n15", "n16", "n17")]
    frames = [framed(presenter, *names) for names in held]
    outer = framed(presenter, frames[1], "n10")
    for frame, dx, dy in ((frames[0], 700.0, 300.0), (frames[2], 1500.0, -900.0)):
        going = {key: presenter.box(key).shifted(dx, dy) for key in presenter.with_held({frame})}
        presenter.move({key: (box.left, box.top) for key, box in going.items()})
    untidy = presenter.untidy()
    assert presenter.tidy(untidy, arrange_framed(untidy.part, untidy.frames))
    for frame, names in zip(frames, held, strict=True):
        assert presenter.with_held({frame}) == {frame, *names}
    assert presenter.with_held({outer}) == {outer, frames[1], *held[1], "n10"}
    boxes = [
        presenter.box(key) for key in (frames[0], frames[2], outer, "n0", "n4", "n7", "n11", "n14", "n18", "output")
    ]
    for first, second in combinations(boxes, 2):
        assert first.right <= second.left or second.right <= first.left or apart(first, second)


def apart(first: Box, second: Box) -> bool:
    return first.bottom <= second.top or second.bottom <= first.top


def test_a_frame_around_both_ends_of_a_way_is_not_forced_together() -> None:
    presenter = drawn("ReLU", "Tanh", "ReLU")
    presenter.move({"n1": (900.0, 0.0)})
    key = framed(presenter, "n0", "n2")
    untidy = presenter.untidy()
    assert presenter.tidy(untidy, arrange_framed(untidy.part, untidy.frames))
    heights = [presenter.box(name).top for name in ("input", "n0", "n1", "n2", "output")]
    assert heights == sorted(heights) and {"n0", "n2"} <= presenter.with_held({key})


def test_words_are_found_inside_blocks_too() -> None:
    presenter = drawn("ReLU", "Tanh")
    presenter.select({"n0"})
    use = presenter.group()
    presenter.enter(use)
    presenter.write(presenter.add_comment((0.0, 0.0)), "Ask Yann about this")
    presenter.leave()
    (match,) = finding.find(presenter.architecture(), "yann ask")
    assert match.path == (use, "#0") and match.why == "Ask Yann about this"
    assert presenter.show_node(match.path) == "#0" and presenter.trail == (use,)
    assert presenter.selection == {"#0"}


def test_a_file_keeps_notes() -> None:
    presenter = drawn("ReLU")
    presenter.write(framed(presenter, "n0"), "Ünïcode ✓\nin two lines")
    presenter.colour("purple")
    saved = presenter.document.experiment
    assert from_json(to_json(saved), Experiment) == saved


def test_a_card_has_no_colour_to_choose() -> None:
    presenter = drawn("ReLU")
    presenter.select({"n0"})
    with pytest.raises(SpecError, match="select a comment or frame"):
        presenter.colour("red")


BOXES = st.builds(
    Box,
    left=st.integers(-500, 500).map(float),
    top=st.integers(-500, 500).map(float),
    width=st.just(CARD_WIDTH),
    height=st.just(48.0),
)
NOTES = st.builds(
    Note,
    position=st.tuples(st.integers(-600, 600).map(float), st.integers(-600, 600).map(float)),
    size=st.none() | st.tuples(st.integers(100, 900).map(float), st.integers(100, 900).map(float)),
    text=st.text(max_size=30),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(NOTES, max_size=4), st.dictionaries(st.sampled_from("abcde"), BOXES, min_size=1), st.data())
def test_notes_follow_cards_that_go_together_and_come_back(
    notes: list[Note], before: dict[str, Box], data: st.DataObject
) -> None:
    dx, dy = data.draw(st.integers(-400, 400)), data.draw(st.integers(-400, 400))
    after = {name: box.shifted(dx, dy) for name, box in before.items()}
    moved = follow(notes, rough_size, before, after)
    assert follow(moved, rough_size, after, before) == tuple(notes) or any(
        note_box(note, rough_size) == note_box(other, rough_size) for note, other in zip(notes, moved, strict=True)
    )
    for note, other in zip(notes, moved, strict=True):
        way = (other.position[0] - note.position[0], other.position[1] - note.position[1])
        assert other.size == note.size and way in ((dx, dy), (0.0, 0.0))
    assert follow(notes, rough_size, before, before) == tuple(notes)

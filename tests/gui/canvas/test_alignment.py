"""Alignment of cards, computed on rectangles alone."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.canvas.alignment import Axis, Box, Guides, Side, align, around, distribute
from workbench.gui.canvas.geometry import GRID

NUMBERS = st.integers(-500, 500).map(lambda number: number * GRID)
SIZES = st.integers(1, 40).map(lambda number: number * 2 * GRID)
BOXES = st.builds(Box, left=NUMBERS, top=NUMBERS, width=SIZES, height=SIZES)
SOME = st.dictionaries(st.sampled_from("abcdefgh"), BOXES, min_size=2)


def placed(boxes: dict[str, Box], places: dict[str, tuple[float, float]]) -> dict[str, Box]:
    return {
        name: Box(left=x, top=y, width=boxes[name].width, height=boxes[name].height) for name, (x, y) in places.items()
    }


def line(box: Box, side: Side) -> float:
    return {
        "left": box.left,
        "centre": box.left + box.width / 2,
        "right": box.right,
        "top": box.top,
        "middle": box.top + box.height / 2,
        "bottom": box.bottom,
    }[side]


@given(SOME, st.sampled_from(["left", "centre", "right", "top", "middle", "bottom"]))
def test_aligned_boxes_have_one_line_move_one_way_only_and_stay_when_aligned_again(
    boxes: dict[str, Box], side: Side
) -> None:
    after = placed(boxes, align(boxes, side))
    assert len({line(box, side) for box in after.values()}) == 1
    upright = side in ("left", "centre", "right")
    for name, box in after.items():
        assert (box.top == boxes[name].top) if upright else (box.left == boxes[name].left)
    assert placed(after, align(after, side)) == after
    if side in ("left", "right", "top", "bottom"):
        assert line(around(boxes.values()), side) == line(around(after.values()), side)


@given(SOME, st.sampled_from(["horizontal", "vertical"]))
def test_distributed_boxes_have_equal_gaps_between_the_first_and_the_last(boxes: dict[str, Box], axis: Axis) -> None:
    after = placed(boxes, distribute(boxes, axis))
    flat = axis == "horizontal"
    order = sorted(after, key=lambda name: (line(boxes[name], "centre" if flat else "middle"), name))
    spans = [(after[n].left, after[n].right) if flat else (after[n].top, after[n].bottom) for n in order]
    gaps = [later[0] - earlier[1] for earlier, later in itertools.pairwise(spans)]
    assert max(gaps) - min(gaps) <= 2
    first, last = boxes[order[0]], boxes[order[-1]]
    assert spans[0][0] == (first.left if flat else first.top)
    assert abs(spans[-1][1] - (last.right if flat else last.bottom)) <= 1


@given(st.lists(BOXES, min_size=1, max_size=6), BOXES, st.floats(1, 20))
def test_a_dragged_box_goes_to_a_line_within_reach_and_else_to_the_grid(
    staying: list[Box], box: Box, reach: float
) -> None:
    x, y = Guides(staying).hold(box.shifted(0.7, -1.3), reach)
    held = Box(left=x, top=y, width=box.width, height=box.height)
    for moved, sides, corner in (
        (x - box.left - 0.7, ("left", "centre", "right"), held.left),
        (y - box.top + 1.3, ("top", "middle", "bottom"), held.top),
    ):
        first, middle, last = sides
        edges = {line(other, side) for other in staying for side in (first, last)}  # type: ignore[arg-type]
        middles = {line(other, middle) for other in staying}  # type: ignore[arg-type]
        ways = [abs(line(held, side) - value) for side in (first, last) for value in edges]  # type: ignore[arg-type]
        ways += [abs(line(held, middle) - value) for value in middles]  # type: ignore[arg-type]
        assert abs(moved) <= max(reach, GRID / 2) + 1e-6
        assert min(ways) < 1e-6 or corner % GRID == 0


def test_the_lines_lead_to_the_boxes_in_line_and_edges_are_not_drawn_beside_the_middle() -> None:
    card = Box(left=0, top=0, width=304, height=48)
    guides = Guides([card, card.shifted(0, 144), card.shifted(400, 72)])
    (upright, level) = guides.lines(card.shifted(0, 72))
    assert (upright.start, upright.end) == ((152, 0), (152, 192))
    assert (level.start, level.end) == ((0, 96), (704, 96))
    assert guides.lines(card.shifted(13, 31)) == []


@pytest.mark.parametrize(
    ("inner", "inside"),
    [(Box(left=8, top=8, width=8, height=8), True), (Box(left=8, top=8, width=99, height=8), False)],
)
def test_a_box_holds_what_lies_in_it(inner: Box, inside: bool) -> None:
    assert Box(left=0, top=0, width=100, height=100).holds(inner) is inside

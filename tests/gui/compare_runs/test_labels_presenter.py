"""Labels beside bubbles: on nothing else, within the frame."""

import math
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.compare_runs.labels import Box, Disc, along, leading, place_labels

FRAME = Box(0, 0, 400, 300)
DISCS = st.builds(Disc, st.floats(0, 400), st.floats(0, 300), st.floats(3, 25))
LABELLED = st.lists(st.tuples(DISCS, st.tuples(st.floats(5, 160), st.just(14.0))), max_size=14)


def apart(one: Box, other: Box) -> bool:
    return one.right <= other.left or other.right <= one.left or one.bottom <= other.top or other.bottom <= one.top


def away(disc: Disc, box: Box) -> float:
    """The distance of a label from a bubble's edge."""
    x, y = max(box.left - disc.x, disc.x - box.right, 0.0), max(box.top - disc.y, disc.y - box.bottom, 0.0)
    return math.hypot(x, y) - disc.radius


@given(LABELLED)
def test_labels_cover_nothing_and_stay_within_the_frame(labelled: list[tuple[Disc, tuple[float, float]]]) -> None:
    discs, sizes = [disc for disc, _ in labelled], [size for _, size in labelled]
    placed = place_labels(discs, sizes, FRAME)
    boxes = [box for box in placed if box is not None]
    assert all(apart(one, other) for one, other in combinations(boxes, 2))
    assert all(away(disc, box) > 0 for disc in discs for box in boxes)
    assert all(min(box) >= 0 and box.right <= 400 and box.bottom <= 300 for box in boxes)
    for box, (width, height) in zip(placed, sizes, strict=True):
        assert box is None or (math.isclose(box.right - box.left, width) and math.isclose(box.bottom - box.top, height))


@given(st.builds(Disc, st.floats(40, 360), st.floats(40, 260), st.floats(3, 25)))
def test_a_bubble_alone_has_its_label_beside_it(disc: Disc) -> None:
    (box,) = place_labels([disc], [(60.0, 14.0)], FRAME)
    assert box is not None and away(disc, box) < 4 and not leading(disc, box)


def test_a_label_is_at_the_right_or_else_at_the_left() -> None:
    middle, edge = Disc(200, 150, 10), Disc(395, 150, 10)
    (right,) = place_labels([middle], [(60.0, 14.0)], FRAME)
    (left,) = place_labels([edge], [(60.0, 14.0)], FRAME)
    assert right == Box(213, 143, 273, 157)
    assert left is not None and left.right < edge.x - edge.radius and left.top == 143


def test_what_is_avoided_is_covered_only_if_there_is_no_other_room() -> None:
    disc = Disc(200, 150, 10)
    across = along([(0, 150), (400, 150)])
    (box,) = place_labels([disc], [(60.0, 14.0)], FRAME, across)
    assert box is not None and all(apart(box, part) for part in across)
    low = Box(0, 140, 400, 160)
    (box,) = place_labels([disc], [(60.0, 14.0)], low, across)
    assert box is not None and not all(apart(box, part) for part in across)


def test_a_distant_label_is_led_to_and_one_without_room_is_left_out() -> None:
    disc = Disc(200, 150, 10)
    around = [Disc(200 + 26 * math.cos(angle), 150 + 26 * math.sin(angle), 12) for angle in range(7)]
    box, *_ = place_labels([disc, *around], [(60.0, 14.0)] * 8, FRAME)
    assert box is not None
    (x, y), end = leading(disc, box)
    assert math.isclose(math.hypot(x - disc.x, y - disc.y), disc.radius)
    assert box.left <= end[0] <= box.right and box.top <= end[1] <= box.bottom
    assert place_labels([disc], [(500.0, 14.0)], FRAME) == [None]
    assert place_labels([Disc(-20, 150, 10)], [(60.0, 14.0)], FRAME) == [None], "which is out of sight"

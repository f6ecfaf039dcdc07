"""Cards make room for each other."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.canvas import geometry
from workbench.gui.canvas.alignment import Box
from workbench.gui.canvas.free_room import CLEAR, way_to_room
from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, COLUMN, ROW

CARDS = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 8)), unique=True, min_size=2, max_size=15)


@given(CARDS, st.tuples(st.integers(-3, 3), st.integers(0, 8)))
def test_room_is_made_for_one_more_card(cells: list[tuple[int, int]], cell: tuple[int, int]) -> None:
    places = {str(index): (column * COLUMN, row * ROW) for index, (column, row) in enumerate(cells)}
    place = (cell[0] * COLUMN, cell[1] * ROW)
    moved = {**places, **geometry.make_room(places, place)}
    assert not any(geometry.overlaps(other, place) for other in moved.values())
    assert len(set(moved.values())) == len(moved)


def test_only_the_column_makes_room_and_what_joins_it() -> None:
    beside, half = 2 * COLUMN, COLUMN / 2
    places = {"above": (0.0, 0.0), "below": (0.0, ROW), "branch": (half, 2 * ROW), "other": (half + beside, 2 * ROW)}
    assert geometry.make_room(places, (0.0, ROW)) == {"below": (0.0, 2 * ROW), "branch": (half, 3 * ROW)}


BOXES = st.builds(
    Box,
    left=st.integers(-50, 50).map(lambda cell: cell * 8.0),
    top=st.integers(-50, 50).map(lambda cell: cell * 8.0),
    width=st.sampled_from([CARD_WIDTH, 80.0]),
    height=st.sampled_from([CARD_HEIGHT, 200.0]),
)


def clear(box: Box, others: list[Box]) -> bool:
    return all(
        box.right + CLEAR <= other.left
        or other.right + CLEAR <= box.left
        or box.bottom + CLEAR <= other.top
        or other.bottom + CLEAR <= box.top
        for other in others
    )


@given(BOXES, st.lists(BOXES, max_size=12))
def test_the_way_to_room_is_the_shortest_straight_one(box: Box, others: list[Box]) -> None:
    dx, dy = way_to_room(box, others)
    assert clear(box.shifted(dx, dy), others) and 0.0 in (dx, dy)
    for step in range(int(abs(dx) + abs(dy)) // 8):
        for x, y in ((1, 0), (0, 1), (-1, 0), (0, -1)):
            assert not clear(box.shifted(x * step * 8.0, y * step * 8.0), others)

"""Cards make room for each other."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.canvas import geometry
from workbench.gui.canvas.geometry import COLUMN, ROW

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


@given(st.lists(st.tuples(st.floats(-2000, 2000), st.floats(-500, 500)), max_size=30), st.floats(-2000, 2000))
def test_spots_hide_what_any_of_them_hides(places: list[geometry.Point], x: float) -> None:
    spots = geometry.Spots(places)
    for y in range(-500, 500, 10):
        assert spots.hides((x, y)) == any(geometry.hides((x, y), place) for place in places)

"""Every card can be reached with the keys."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.canvas.key_navigation import Way, step

DIAMOND = {
    "top": (0.0, 0.0),
    "left": (-200.0, 72.0),
    "right": (200.0, 72.0),
    "sum": (0.0, 144.0),
    "loose": (0.0, 400.0),
}
LINKS = [("top", "left"), ("top", "right"), ("left", "sum"), ("right", "sum")]


def test_down_and_up_follow_connections_and_sideways_goes_to_the_branch_beside() -> None:
    assert step("left", "down", DIAMOND, LINKS) == "sum"
    assert step("sum", "up", DIAMOND, LINKS) in ("left", "right")
    assert step("left", "right", DIAMOND, LINKS) == "right"
    assert step("right", "left", DIAMOND, LINKS) == "left"
    assert step("left", "left", DIAMOND, LINKS) is None


def test_where_no_connection_leads_the_nearest_card_that_way_is_next() -> None:
    assert step("sum", "down", DIAMOND, LINKS) == "loose"
    assert step("loose", "up", DIAMOND, LINKS) == "sum"
    assert step(None, "down", DIAMOND, LINKS) == "top"
    assert step("gone", "up", DIAMOND, LINKS) == "top"
    assert step(None, "down", {}, ()) is None


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=12, unique=True),
    st.sampled_from(["up", "down", "left", "right"]),
)
def test_every_step_on_unconnected_cards_goes_the_way_it_says(cells: list[tuple[int, int]], way: Way) -> None:
    places = {f"n{index}": (x * 40.0, y * 40.0) for index, (x, y) in enumerate(cells)}
    for name, (x, y) in places.items():
        found = step(name, way, places, ())
        ahead = [
            other
            for other, (there_x, there_y) in places.items()
            if {"up": there_y < y, "down": there_y > y, "left": there_x < x, "right": there_x > x}[way]
        ]
        assert (found in ahead) if ahead else found is None

"""Connections go around cards, each in a lane of its own."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.canvas import geometry
from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, COLUMN, ROW, Link
from workbench.gui.canvas.lanes import kept_between, with_lanes

COLUMN_OF_FOUR = [(0.0, row * ROW) for row in range(4)]


def link(first: tuple[float, float], last: tuple[float, float]) -> Link:
    return Link(start=geometry.output_point(first, 0, 1), end=geometry.input_point(last, 0, 1))


def crossed(lane: float, way: Link, cards: list[tuple[float, float]]) -> bool:
    top, bottom = sorted((way.start[1], way.end[1]))
    return any(x < lane < x + CARD_WIDTH and y < bottom - 1 and y + CARD_HEIGHT > top + 1 for x, y in cards)


def test_a_link_to_the_next_card_is_straight() -> None:
    (result,) = with_lanes([link(COLUMN_OF_FOUR[0], COLUMN_OF_FOUR[1])], COLUMN_OF_FOUR)
    assert result.lane is None


def test_a_skip_goes_around_the_cards_it_skips() -> None:
    (result,) = with_lanes([link(COLUMN_OF_FOUR[0], COLUMN_OF_FOUR[3])], COLUMN_OF_FOUR)
    assert result.lane is not None
    assert result.lane > CARD_WIDTH


def test_nested_skips_have_lanes_of_their_own() -> None:
    outer, inner = link(COLUMN_OF_FOUR[0], COLUMN_OF_FOUR[3]), link(COLUMN_OF_FOUR[0], COLUMN_OF_FOUR[2])
    results = with_lanes([outer, inner], COLUMN_OF_FOUR)
    assert None not in {results[0].lane, results[1].lane}
    assert results[0].lane != results[1].lane


def test_a_branch_runs_down_its_own_column() -> None:
    cards = [*COLUMN_OF_FOUR, (COLUMN, ROW)]
    (result,) = with_lanes([link((COLUMN, ROW), COLUMN_OF_FOUR[3])], cards)
    assert result.lane == COLUMN + CARD_WIDTH / 2


CARDS = st.lists(st.tuples(st.integers(-3, 3), st.integers(0, 8)), unique=True, min_size=2, max_size=15)


@given(CARDS, st.data())
def test_no_lane_ever_crosses_a_card(cells: list[tuple[int, int]], data: st.DataObject) -> None:
    cards = [(column * COLUMN, row * ROW) for column, row in cells]
    ends = data.draw(st.tuples(st.sampled_from(cards), st.sampled_from(cards)).filter(lambda pair: pair[0] != pair[1]))
    (result,) = with_lanes([link(*ends)], cards)
    assert result.lane is None or not crossed(result.lane, result, cards)


def test_skips_within_a_block_stay_within_it() -> None:
    column = [(0.0, row * ROW) for row in range(12)]
    links = with_lanes([link(column[row], column[11]) for row in range(10)], column)
    left, right, margin = -40.0, CARD_WIDTH + 40.0, 40.0
    assert not all(left < way.lane < right for way in links if way.lane is not None)
    inside = kept_between(links, left, right, margin)
    lanes = [way.lane for way in inside if way.lane is not None]
    assert all(left < lane < right for lane in lanes)
    assert len(set(lanes)) == len(lanes) == 10
    assert not any(crossed(way.lane, way, column) for way in inside if way.lane is not None)
    assert kept_between(inside, left, right, margin) == inside

"""Connections are routed around cards, each in its own lane."""

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.canvas.geometry import CARD_HEIGHT, CARD_WIDTH, COLUMN, ROW, Link, Point
from workbench.gui.canvas.lanes import Columns, Lanes, kept_between

COLUMN_OF_FOUR = [(0.0, row * ROW) for row in range(4)]


def link(first: tuple[float, float], last: tuple[float, float]) -> Link:
    """A link from the middle of a card's lower edge to the middle of another's upper edge."""
    middle = CARD_WIDTH / 2
    return Link(start=(first[0] + middle, first[1] + CARD_HEIGHT), end=(last[0] + middle, last[1]))


def with_lanes(links: Sequence[Link], cards: Iterable[Point]) -> list[Link]:
    """The links as routed from scratch."""
    led = Lanes[int]().lead(dict(enumerate(links)), Columns(cards))
    return [led[index] for index in range(len(links))]


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


CELLS = st.dictionaries(st.integers(0, 11), st.tuples(st.integers(-2, 2), st.integers(0, 8)), min_size=2, max_size=12)


@given(CELLS, st.data())
def test_lanes_kept_from_before_are_those_that_are_chosen_now(
    before: dict[int, tuple[int, int]], data: st.DataObject
) -> None:
    def ways(cells: dict[int, tuple[int, int]], ends: list[tuple[int, int]]) -> dict[tuple[int, int], Link]:
        places = {name: (column * COLUMN, row * ROW) for name, (column, row) in cells.items()}
        known = [pair for pair in ends if pair[0] in places and pair[1] in places]
        return {pair: link(places[pair[0]], places[pair[1]]) for pair in known}

    names = st.integers(0, 11)
    ends = data.draw(st.lists(st.tuples(names, names).filter(lambda pair: pair[0] != pair[1]), unique=True))
    after = {**before, **data.draw(CELLS)}
    for name in data.draw(st.sets(names, max_size=2)):
        after.pop(name, None)
    lanes = Lanes[tuple[int, int]]()
    kept: dict[tuple[int, int], Link] = {}
    for cells in (before, after):
        # Unchanged links are the same objects, as on the canvas.
        kept = {pair: kept[pair] if kept.get(pair) == way else way for pair, way in ways(cells, ends).items()}
        columns = Columns((column * COLUMN, row * ROW) for column, row in cells.values())
        assert lanes.lead(kept, columns) == dict(zip(kept, with_lanes(list(kept.values()), columns.cards), strict=True))

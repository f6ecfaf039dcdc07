"""Where the ticks of the charts' axes are, and what they say."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.watch.curves.ticks import Ticks, log_ticks, round_spacing, step_ticks, value_ticks, whole_ticks


def words(ticks: Ticks) -> list[str]:
    return [text for _, text in ticks]


@pytest.mark.parametrize(
    ("least", "spacing"), [(1, 1), (1.01, 2), (2, 2), (2.1, 5), (5.1, 10), (0.003, 0.005), (7e9, 1e10), (0.2, 0.2)]
)
def test_distances_are_round(least: float, spacing: float) -> None:
    assert round_spacing(least) == pytest.approx(spacing)


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6), st.integers(1, 20), st.sampled_from([1, 100]))
def test_ticks_are_within_the_axis_and_as_many_as_fit(low: float, length: float, most: int, scale: int) -> None:
    high, room, slack = low + length, length / most, 1e-6 * length
    places = [place for place, _ in value_ticks(low, high, room=room, scale=scale)]
    assert all(low - slack <= place <= high + slack for place in places)
    assert all(after - before >= room - slack for before, after in pairwise(places))
    assert len(places) >= math.floor(most / 2.5), "of 1, 2, 5 and 10 each is at most 2.5 times as large as the last"


@given(st.integers(0, 10**6), st.floats(0.1, 1e6), st.integers(1, 20))
def test_whole_numbers_are_apart(low: int, length: float, most: int) -> None:
    places = [place for place, _ in whole_ticks(low, low + length, room=length / most)]
    assert all(place == round(place) for place in places)
    assert all(after - before >= max(1, length / most - 1e-6 * length) for before, after in pairwise(places))


def test_whole_numbers_have_the_minus_sign_of_others() -> None:
    said = ["−2,000", "0", "2,000"]
    assert words(whole_ticks(-2500, 2500, room=2000)) == words(value_ticks(-2500, 2500, room=2000)) == said


@pytest.mark.parametrize(
    ("high", "room", "said"),
    [
        (2.5, 0.6, ["0", "1", "2"]),
        (2.5, 0.3, ["0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
        (0.05, 0.02, ["0", "0.02", "0.04"]),
        (3_200, 800, ["0", "1,000", "2,000", "3,000"]),
        (15_000, 5_000, ["0", "5,000", "10,000", "15,000"]),
        (150_000, 50_000, ["0", "5e4", "1e5", "1.5e5"]),
        (3.2e17, 1e17, ["0", "1e17", "2e17", "3e17"]),
        (4e-4, 2e-4, ["0", "0.0002", "0.0004"]),
        (4e-5, 2e-5, ["0", "2e-5", "4e-5"]),
    ],
)
def test_numbers_of_any_size_are_short(high: float, room: float, said: list[str]) -> None:
    assert words(value_ticks(0.0, high, room=room)) == said


@pytest.mark.parametrize(
    ("low", "high", "room", "said"),
    [
        (2.302584, 2.302596, 5e-6, ["2.302585", "2.302590", "2.302595"]),
        (95_000, 110_000, 5_000, ["95,000", "100,000", "105,000", "110,000"]),
        (950_000, 1_100_000, 50_000, ["9.5e5", "1e6", "1.05e6", "1.1e6"]),
        (100_000, 100_004, 2, ["100,000", "100,002", "100,004"]),
        (9.5e-13, 1.1e-12, 5e-14, ["9.5e-13", "1e-12", "1.05e-12", "1.1e-12"]),
        (-450, -150, 100, ["−400", "−300", "−200"]),
        (-1.0002e-7, -1e-7, 1e-11, ["−1.0002e-7", "−1.0001e-7", "−1e-7"]),
    ],
)
def test_numbers_have_the_digits_by_which_they_differ(low: float, high: float, room: float, said: list[str]) -> None:
    assert words(value_ticks(low, high, room=room)) == said


@given(st.floats(-10, 10), st.integers(-15, 15), st.floats(-17, 0), st.integers(1, 20), st.sampled_from([1, 100]))
def test_no_two_ticks_say_the_same(first: float, power: int, share: float, most: int, scale: int) -> None:
    """Neither far away, nor where the shown part is far smaller than its values."""
    low = first * 10.0**power
    length = max(10.0 ** (power + share), 20 * math.ulp(low))
    said = words(value_ticks(low, low + length, room=length / most, scale=scale))
    assert len(set(said)) == len(said)


def test_shares_are_in_percent() -> None:
    assert value_ticks(0.4, 1.02, room=0.15, scale=100) == [
        (pytest.approx(share), text) for share, text in ((0.4, "40"), (0.6, "60"), (0.8, "80"), (1.0, "100"))
    ]


@pytest.mark.parametrize(
    ("low", "high", "room", "said"),
    [
        (-4.05, 0.4, 0.9, ["10⁻⁴", "0.001", "0.01", "0.1", "1"]),
        (-10.3, 0.4, 2.4, ["10⁻¹⁰", "10⁻⁵", "1"]),
        (-0.05, 0.8, 0.15, ["1", "2", "5"]),
        (-5.05, -4.1, 0.15, ["10⁻⁵", "2·10⁻⁵", "5·10⁻⁵"]),
        (4.2, 5.1, 0.2, ["2·10⁴", "5·10⁴", "10⁵"]),
        (0.31, 0.45, 0.03, ["2.2", "2.4", "2.6", "2.8"]),
        (-1.0, 0.5, 0.7, ["0.1", "1"]),
        (-0.05, 1.0, 0.15, ["1", "2", "5", "10"]),
        (-0.05, 1.0, 0.35, ["1", "10"]),
        (-1.05, 1.0, 0.3, ["0.1", "0.2", "0.5", "1", "2", "5", "10"]),
        (-12.05, -11.95, 0.02, ["9e-13", "9.5e-13", "1e-12", "1.05e-12", "1.1e-12"]),
        (309.2, 309.4, 0.02, []),
        (-340.4, -340.2, 0.02, []),
        (-400.0, 400.0, 100.0, ["10⁻³⁰⁰", "10⁻²⁰⁰", "10⁻¹⁰⁰", "1", "10¹⁰⁰", "10²⁰⁰", "10³⁰⁰"]),
    ],
)
def test_a_log_axis_has_powers_of_ten_or_what_lies_between(
    low: float, high: float, room: float, said: list[str]
) -> None:
    ticks = log_ticks(low, high, room=room)
    assert words(ticks) == said
    assert all(low <= place <= high for place, _ in ticks)


def test_ticks_of_a_log_axis_are_where_their_numbers_are() -> None:
    for low, high in ((-3.3, 0.4), (-0.05, 0.8), (0.31, 0.45)):
        for place, text in log_ticks(low, high, room=0.05):
            assert 10**place == pytest.approx(float(text))


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (0.4, 2.6), (0.0, 21.0), (3.0, 6_300.0)])
def test_each_step_is_named_once(low: float, high: float) -> None:
    ticks = step_ticks(low, high, room=(high - low) / 4)
    said = [int(text.removeprefix("step ").replace(",", "")) for text in words(ticks)]
    assert said and said == [place for place, _ in ticks] and len(set(said)) == len(said)
    assert [text.startswith("step ") for text in words(ticks)] == [place == 0 for place in range(len(ticks))]

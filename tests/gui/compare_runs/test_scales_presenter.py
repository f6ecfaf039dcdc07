"""Axes, areas and words of the chart of bubbles."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.compare_runs.scales import (
    SMALLEST,
    areas_shown,
    ends_for,
    radius_of,
    said,
    spans_decades,
    tick_said,
)


def test_values_further_apart_than_a_decade_are_on_a_log_scale() -> None:
    assert spans_decades([1.0, 10.1]) and not spans_decades([1.0, 10.0])
    assert not spans_decades([0.0, 10.1]) and not spans_decades([])


@given(st.lists(st.floats(-1e6, 1e6), min_size=1), st.floats(1, 2000), st.floats(0, 60))
def test_values_keep_their_distance_from_the_ends(values: list[float], size: float, margin: float) -> None:
    low, high = ends_for(values, size, margin)
    assert low < high
    kept = min(margin, size / 4) * (high - low) / size
    slack = 1e-6 * (high - low) + 1e-9
    assert min(values) - low >= kept - slack and high - max(values) >= kept - slack


def test_before_a_chart_has_a_size_its_ends_are_the_values() -> None:
    assert ends_for([1.0, 3.0], 0.0, 20.0) == (1.0, 3.0)


def test_areas_are_proportional_to_parameters_down_to_what_can_be_seen() -> None:
    assert radius_of(400, 400, 20) == 20 and radius_of(100, 400, 20) == 10
    assert radius_of(1, 400, 20) == SMALLEST


@given(st.integers(1, 10**12), st.floats(8, 30))
def test_the_legend_has_round_numbers_at_their_size(most: int, largest: float) -> None:
    shown = areas_shown(most, largest)
    assert 1 <= len(shown) <= 3
    for number, radius in shown:
        assert number <= most and int(str(int(number))[0]) in (1, 2, 5) and set(str(int(number))[1:]) <= {"0"}
        assert math.isclose(math.pi * radius**2 / number, math.pi * largest**2 / most)
    assert all(before[0] < after[0] for before, after in pairwise(shown))


def test_there_is_no_legend_for_nothing() -> None:
    assert areas_shown(0, 20) == ()


@pytest.mark.parametrize(
    ("value", "is_time", "words"),
    [
        (4e7, False, "40 M"),
        (0, False, "0"),
        (0, True, "0"),
        (100, True, "100 s"),
        (90, True, "1.5 min"),
        (7200, True, "2 h"),
        (0.25, True, "250 ms"),
        (2e-5, True, "20 µs"),
        (1.23456e-3, True, "1.23 ms"),
    ],
)
def test_ticks_are_in_the_largest_unit_in_which_they_are_round(value: float, is_time: bool, words: str) -> None:
    assert tick_said(value, is_time=is_time) == words


def test_costs_in_words() -> None:
    assert said(200.4, is_time=True) == "3 min 20 s" and said(0.0012, is_time=True) == "1.2 ms"
    assert said(40_813_184, is_time=False) == "40.8 M"

"""Series and smoothing against plain definitions."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.watch.curves.growing import GrowingSteps
from workbench.gui.watch.curves.series import Series, Smoothing


def series_of(y: np.ndarray, *, chunks: int = 7) -> Series:
    series = Series()
    x = np.arange(1, len(y) + 1, dtype=float)
    for part in np.array_split(np.arange(len(y)), chunks):
        series.extend(x[part], y[part])
    return series


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 4096, 70_001])
def test_outline_keeps_the_extremes_of_every_pixel_column(count: int) -> None:
    y = np.random.default_rng(count).normal(size=count)
    series = series_of(y)
    columns = 50
    x_drawn, y_drawn = series.outline(0, count + 1, columns)
    edges = np.linspace(0, count + 1, columns + 1)
    assert np.all(np.diff(x_drawn) >= 0)
    if count:
        assert (y_drawn.min(), y_drawn.max()) == (y.min(), y.max())
        assert (x_drawn[0], x_drawn[-1]) == pytest.approx((1, count), abs=count / columns)
    # A block is no wider than a column, so a column's points are drawn in it or right next to it.
    for left, right in pairwise(edges):
        inside = series.y[(series.x > left) & (series.x <= right)]
        near = y_drawn[(x_drawn > left - (right - left)) & (x_drawn <= right + (right - left))]
        if len(inside):
            assert near.max() >= inside.max() and near.min() <= inside.min()


def test_outline_is_as_long_as_the_pixels_and_not_as_the_points() -> None:
    series = series_of(np.random.default_rng(0).normal(size=1_000_000), chunks=3)
    x_drawn, _ = series.outline(0, 1e6, 800)
    assert 2 * 800 <= len(x_drawn) <= 8 * 800 + 64
    x_drawn, _ = series.outline(500_000, 500_400, 800)
    assert list(x_drawn) == list(range(499_999, 500_402))


def test_one_spike_among_a_million_points_is_drawn() -> None:
    y = np.zeros(1_000_000)
    y[123_456] = 5.0
    x_drawn, y_drawn = series_of(y).outline(0, 1e6, 400)
    assert x_drawn[y_drawn == 5.0].tolist() == [123_457]


def test_a_stretch_may_lie_anywhere() -> None:
    series = series_of(np.arange(5.0))
    for left, right in ((-9.5, -1.0), (-1e30, 1e30), (1.5, 3.5), (2.0, 4.0), (7.0, 1e12)):
        x_drawn, _ = series.outline(left, right, 50)
        inside = [x for x in range(1, 6) if left <= x <= right]
        beside = [
            max((x for x in range(1, 6) if x < left), default=0),
            min((x for x in range(1, 6) if x > right), default=0),
        ]
        assert x_drawn.tolist() == sorted({*inside, *beside} - {0})


def test_a_spike_is_an_outlier_and_what_goes_on_is_none() -> None:
    steps = np.arange(1, 1001)
    falling = 2.3 * np.exp(-steps / 300) + 0.1
    spike, diverging = falling.copy(), falling.copy()
    spike[500] = 400.0
    diverging[900:] = np.linspace(1.0, 5.0, 100)
    for values, highest in ((falling, falling.max()), (diverging, 5.0), (np.zeros(1000), 0.0), (spike[480:510], 400.0)):
        series = Series()
        series.extend(steps[: len(values)], values)
        assert series.usual_bounds == series.bounds == (values.min(), pytest.approx(highest))
    series = Series()
    series.extend(steps, spike)
    assert series.bounds == (spike.min(), 400.0)
    low, high = series.usual_bounds or (0.0, 0.0)
    assert low == spike.min() and falling.max() <= high < 4 * falling.max()


def test_points_that_are_no_numbers_are_kept_apart() -> None:
    series = Series()
    series.extend([1, 2, 3, 4], [0.5, np.nan, np.inf, 0.25])
    assert series.x.tolist() == [1, 4]
    assert series.y.tolist() == [0.5, 0.25]
    assert series.lost.tolist() == [2, 3]


@given(st.sets(st.integers(0, 60)), st.integers(1, 5), st.integers(-2, 70))
def test_steps_are_counted_however_they_are_fed_and_wherever_some_are_missing(
    chosen: set[int], chunk: int, asked: int
) -> None:
    expected = np.array(sorted(chosen), dtype=np.int64)
    steps = GrowingSteps()
    for start in range(0, len(expected), chunk):
        steps.extend(expected[start : start + chunk])
    assert len(steps) == len(expected)
    assert steps.at(np.arange(len(expected))).tolist() == expected.tolist()
    assert steps.num_before(asked) == (expected < asked).sum()


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=300),
    st.integers(2, 100),
    st.integers(1, 299),
)
def test_smoothing_is_the_debiased_mean_however_it_is_fed(values: list[float], steps: int, cut: int) -> None:
    y = np.array(values)
    smoothing = Smoothing(steps)
    smooth = np.concatenate([smoothing.extend(y[:cut]), smoothing.extend(y[cut:])])
    beta = 1 - 1 / steps
    for n in range(1, len(y) + 1):
        weights = beta ** np.arange(n)[::-1]
        assert smooth[n - 1] == pytest.approx((weights @ y[:n]) / weights.sum(), abs=1e-6)


def test_smoothing_of_a_constant_is_that_constant_from_the_first_step() -> None:
    assert Smoothing(100).extend(np.full(500, 2.3)) == pytest.approx(np.full(500, 2.3))

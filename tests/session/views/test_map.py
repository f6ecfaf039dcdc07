"""Maps of a run's gallery."""

import contextlib
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from tests.session.waiting import DEADLINE_S, wait_for
from workbench.search.nearest import NeighbourIndex
from workbench.session.views.map import LEAST_PICTURES, MOST_PICTURES, Map, Maps


@contextlib.contextmanager
def drawing() -> Iterator[Maps]:
    maps = Maps()
    try:
        yield maps
    finally:
        assert maps.close(DEADLINE_S)


def groups(num: int, shift: float = 0) -> NeighbourIndex:
    """Descriptors of two groups far apart, in turns."""
    descriptors = torch.randn(num, 8, generator=torch.Generator().manual_seed(0))
    descriptors[::2] += 20
    return NeighbourIndex(descriptors + shift)


def drawn(maps: Maps, descriptor: str, step: int, index: NeighbourIndex) -> Map:
    number = (maps.latest.newest() or (0, None))[0]
    maps.ask(descriptor, step, index)
    wait_for(lambda: maps.latest.newest(number) is not None)
    newest = maps.latest.newest()
    assert newest is not None
    return newest[1]


def corners(wide: float, high: float) -> NeighbourIndex:
    """Descriptors of four groups, in turns, at the corners of a rectangle."""
    descriptors = torch.randn(100, 8, generator=torch.Generator().manual_seed(0))
    corner = torch.arange(100) % 4
    descriptors[:, 0] += wide * (corner % 2)
    descriptors[:, 1] += high * (corner // 2)
    return NeighbourIndex(descriptors)


def alike(one: Map, other: Map) -> float:
    """The correlation of where the four groups are in two maps."""
    first, second = (np.stack([each.places[corner::4].mean(axis=0) for corner in range(4)]) for each in (one, other))
    return float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def test_groups_stay_where_they_are_from_step_to_step() -> None:
    wide, high = corners(30, 15), corners(15, 30)
    with drawing() as maps:
        first = drawn(maps, "network", 1, wide)
        by_pixels = drawn(maps, "pixels", 1, high)
        second = drawn(maps, "network", 2, corners(15, 30))
    assert (first.step, second.step, by_pixels.descriptor) == (1, 2, "pixels")
    assert np.array_equal(first.indices, np.arange(100))
    for each in (first, second, by_pixels):
        within = max(each.places[corner::4].std(axis=0).max() for corner in range(4))
        assert each.places.std() > 2 * within, "the groups are apart"
    assert alike(first, second) > 0.7 > 0.4 > alike(first, by_pixels), "the other one was drawn anew"


def test_pictures_that_were_all_alike_come_apart_again() -> None:
    with drawing() as maps:
        collapsed = drawn(maps, "network", 1, NeighbourIndex(torch.zeros(20, 4)))
        after = drawn(maps, "network", 2, groups(20))
    assert not collapsed.problem and not collapsed.places.any()
    assert after.places[::2].mean(axis=0).any()


def test_of_many_pictures_the_same_ones_are_drawn_each_time() -> None:
    with drawing() as maps:
        first, second = (drawn(maps, "network", step, groups(MOST_PICTURES + 50)) for step in (1, 2))
    assert len(first.indices) == MOST_PICTURES and np.array_equal(first.indices, second.indices)
    assert np.array_equal(np.unique(first.indices), first.indices)


def test_an_index_is_drawn_once() -> None:
    index = groups(20)
    with drawing() as maps:
        drawn(maps, "network", 1, index)
        maps.ask("network", 1, index)
        other = drawn(maps, "network", 2, groups(20))
        assert other.step == 2 and maps.latest.newest() == (2, other)


@pytest.mark.parametrize(("later", "problem"), [("network", ""), ("pixels", "No map: it was cancelled.")])
def test_a_map_is_drawn_to_its_end_however_fast_the_network_learns_unless_another_descriptor_is_wanted(
    later: str, problem: str
) -> None:
    with drawing() as maps:
        maps.ask("network", 1, groups(300))
        wait_for(lambda: not maps._worker.has_newer)
        maps.ask(later, 2, groups(300))
        wait_for(lambda: maps.latest.newest() is not None)
        newest = maps.latest.newest()
    assert newest is not None and newest[0] == 1 and newest[1].problem == problem


@pytest.mark.parametrize("num", [1, LEAST_PICTURES - 1])
def test_few_pictures_have_no_map(num: int) -> None:
    with drawing() as maps:
        found = drawn(maps, "network", 1, groups(num))
    assert found.problem == "No map: it takes at least 10 pictures." and not len(found.indices)


def test_the_fewest_pictures_have_one() -> None:
    with drawing() as maps:
        found = drawn(maps, "network", 1, groups(LEAST_PICTURES))
    assert not found.problem and found.places.shape == (LEAST_PICTURES, 2) and np.isfinite(found.places).all()

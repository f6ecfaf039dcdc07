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


def test_groups_come_apart_and_stay_where_they_are_from_step_to_step() -> None:
    with drawing() as maps:
        first = drawn(maps, "network", 1, groups(100))
        second = drawn(maps, "network", 2, groups(100, shift=1))
        by_pixels = drawn(maps, "pixels", 2, groups(100))
    assert (first.step, second.step, by_pixels.descriptor) == (1, 2, "pixels")
    assert np.array_equal(first.indices, np.arange(100))
    for each in (first, second, by_pixels):
        even, odd = each.places[::2], each.places[1::2]
        apart = np.linalg.norm(even.mean(axis=0) - odd.mean(axis=0))
        assert apart > 2 * max(even.std(), odd.std())
    turned = (first.places[::2].mean(axis=0) * second.places[::2].mean(axis=0)).sum()
    assert turned > 0, "the second begins from the first"


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


@pytest.mark.parametrize("num", [1, LEAST_PICTURES - 1])
def test_few_pictures_have_no_map(num: int) -> None:
    with drawing() as maps:
        found = drawn(maps, "network", 1, groups(num))
    assert found.problem == "No map: it takes at least 10 pictures." and not len(found.indices)


def test_the_fewest_pictures_have_one() -> None:
    with drawing() as maps:
        found = drawn(maps, "network", 1, groups(LEAST_PICTURES))
    assert not found.problem and found.places.shape == (LEAST_PICTURES, 2) and np.isfinite(found.places).all()

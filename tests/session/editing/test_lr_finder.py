"""The search for a learning rate in its own thread: followed point by point, and stopped at any of them."""

import pytest

from tests.session.waiting import DEADLINE_S
from tests.training.experiments import data_of, digits
from workbench.data.progress import Cancelled
from workbench.session.editing.lr_finder import RateSearch
from workbench.training import beginning
from workbench.training.lr_finder import range_test


def test_what_is_found_is_the_range_tests_and_its_points_are_followed():
    search = RateSearch(digits())
    assert search.join(DEADLINE_S) and search.ended
    found = search.result()
    assert search.points == (found.rates, found.losses)
    plan, state = beginning.prepare(digits(), data_of(digits()))
    assert found == range_test(plan, state, lambda rates, losses: None)


class StoppedSearch(RateSearch):
    """A search that is stopped right after its ``num_points``-th point."""

    def __init__(self, num_points):
        self._num_points = num_points
        super().__init__(digits())

    def _follow(self, rates, losses):
        super()._follow(rates, losses)
        if len(rates) == self._num_points:
            self.stop()


def test_a_search_that_is_stopped_says_no_more_than_that():
    """Also before there are enough points to read a rate from, and after the last."""
    plan, state = beginning.prepare(digits(), data_of(digits()))
    for num_points in (1, len(range_test(plan, state, lambda rates, losses: None).rates)):
        search = StoppedSearch(num_points)
        assert search.join(DEADLINE_S)
        with pytest.raises(Cancelled):
            search.result()

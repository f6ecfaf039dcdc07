"""The search for a learning rate in its own thread: followed point by point, and stopped at any of them."""

import pytest

from tests.session.waiting import DEADLINE_S, wait_for
from tests.training.experiments import data_of, digits
from workbench.data.progress import Cancelled
from workbench.session.lr_finder import RateSearch
from workbench.training import beginning
from workbench.training.lr_finder import range_test


def test_what_is_found_is_the_range_tests_and_its_points_are_followed():
    search = RateSearch(digits())
    assert search.join(DEADLINE_S) and search.ended
    found = search.result()
    assert search.points == (found.rates, found.losses)
    plan, state = beginning.prepare(digits(), data_of(digits()))
    assert found == range_test(plan, state, lambda rates, losses: None)


@pytest.mark.parametrize("num_points", [0, 1])
def test_a_search_that_is_stopped_says_no_more_than_that(num_points):
    """Also before there are enough points to read a rate from."""
    search = RateSearch(digits())
    wait_for(lambda: len(search.points[0]) >= num_points)
    search.stop()
    assert search.join(DEADLINE_S)
    with pytest.raises(Cancelled):
        search.result()

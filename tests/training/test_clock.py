"""The clock of a run, against the machine's."""

import time

from workbench.training.clock import Clock


def test_a_run_goes_on_from_the_time_it_had_and_its_work_is_without_its_rests():
    began_s = time.perf_counter()
    clock = Clock(100.0)
    clock.rest(30.0)
    clock.rest(10.0)
    first_s, worked_s, last_s = clock.now_s(), clock.worked_s(), clock.now_s()
    assert 100 <= first_s <= last_s <= 100 + time.perf_counter() - began_s
    assert first_s - 40 <= worked_s <= last_s - 40

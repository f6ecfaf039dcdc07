"""A task in a thread: its result or error comes back to the caller."""

import threading

import pytest

from workbench.session.task import Task


def test_the_result_comes_back_from_another_thread() -> None:
    task = Task("reading", threading.get_ident)
    assert task.join(10)
    assert task.result() != threading.get_ident()


def test_an_error_is_raised_where_the_result_is_asked_for() -> None:
    task = Task("dividing", lambda: 1 / 0)
    assert task.join(10)
    with pytest.raises(ZeroDivisionError):
        task.result()


def test_work_under_way_has_not_ended() -> None:
    go = threading.Event()
    task = Task("waiting", go.wait)
    assert not task.ended
    go.set()
    assert task.join(10) and task.ended

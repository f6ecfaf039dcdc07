"""A worker answers every question it takes, even if that fails."""

import threading

import pytest

from tests.session.waiting import wait_for
from workbench.session.worker import LatestWorker
from workbench.spec.problems import SpecError


def reciprocal(number: int) -> str:
    if number < 0:
        raise SpecError("only from 0 on")
    return str(1 / number)


@pytest.fixture
def worker():
    worker = LatestWorker("reciprocals", reciprocal, lambda number, sentence: f"{number}: {sentence}")
    yield worker
    assert worker.close()


def answer(worker, question):
    number = worker.ask(question)
    wait_for(lambda: worker.answers.newest(number - 1) is not None)
    return worker.answers.newest(number - 1)


def test_the_thread_begins_with_the_first_question_and_not_after_the_end(worker):
    assert "reciprocals" not in {thread.name for thread in threading.enumerate()}
    answer(worker, 4)
    assert "reciprocals" in {thread.name for thread in threading.enumerate()}
    assert worker.close()
    worker.ask(2)
    assert "reciprocals" not in {thread.name for thread in threading.enumerate()}


def test_the_answer_to_the_last_question_is_taken_once(worker):
    assert worker.settled and worker.take() is None
    answer(worker, 4)
    number = worker.ask(2)
    assert not worker.settled
    wait_for(lambda: worker.answers.newest(number - 1) is not None)
    assert worker.take() == "0.5" and worker.settled and worker.take() is None


def test_what_goes_wrong_is_the_answer_under_its_number_and_the_next_question_is_answered(worker, caplog):
    assert answer(worker, 4) == (1, "0.25")
    assert answer(worker, -1) == (2, "-1: only from 0 on") and not caplog.records
    fault = "an internal error (ZeroDivisionError: division by zero); see the log for details"
    assert answer(worker, 0) == (3, f"0: {fault}")
    assert "in reciprocal" in caplog.text
    assert answer(worker, 2) == (4, "0.5")


def test_of_the_questions_that_wait_only_the_newest_is_answered():
    taken, turns = [], threading.Semaphore(0)

    def answer(question):
        taken.append(question)
        assert turns.acquire(timeout=60)
        return question

    worker = LatestWorker("one by one", answer, lambda question, sentence: sentence)
    worker.ask("first")
    wait_for(lambda: taken == ["first"])
    worker.ask("second")
    worker.ask("third")
    turns.release()
    wait_for(lambda: taken == ["first", "third"])
    assert worker.take() is None and not worker.settled, "the answer to the first is not one to the last"
    assert not worker.close(0.0), "it is answering"
    turns.release()
    assert worker.close() and worker.take() == "third" and worker.settled


def test_a_question_that_is_overtaken_by_a_later_one_is_dropped(worker):
    worker.ask(4, 7)
    worker.ask(2, 5)
    wait_for(lambda: worker.answers.newest(6) is not None)
    assert answer(worker, 1) == (8, "1.0"), "nothing waits before it"
    assert worker.answers.newest() == (8, "1.0")

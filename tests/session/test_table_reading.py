"""A long table is read in a child process, with the same answers and the same words as here."""

import sys
import threading

import numpy as np
import psutil
import pytest

from workbench.data.progress import Cancelled, Following, silent
from workbench.data.source import DataError, WrongColumn
from workbench.data.sources.table_file import Question, TableFile, answer
from workbench.session import leash, table_reading
from workbench.spec.remedy import GuessColumns


@pytest.fixture
def table(tmp_path):
    """A table just long enough."""
    path = tmp_path / "ä b.csv"
    lines = ["x,y,kind"] + [f"{row},{row / 8},{'cat' if row % 3 else 'dog'}" for row in range(9000)]
    path.write_text("\n".join(lines) + "\n" * (table_reading.LEAST_BYTES - sum(map(len, lines))))
    return path


@pytest.fixture
def ask(monkeypatch):
    """``ask_apart``, with children that end with the test."""
    readers = table_reading.Readers()
    monkeypatch.setattr(table_reading, "_readers", readers)
    yield lambda question, progress=silent: table_reading.ask_apart(question, progress)
    readers.close()


def told(monkeypatch):
    """Return a list that gets the modules of the children started from now on."""
    started, command = [], leash.command
    monkeypatch.setattr(leash, "command", lambda *words: (started.append(words[0]), command(*words))[1])
    return started


def children():
    return [each for each in psutil.Process().children() if "workbench.session.table_child" in each.cmdline()]


def test_a_long_table_is_read_by_a_child_and_a_short_one_here(table, ask, monkeypatch):
    started, source = told(monkeypatch), TableFile(file=str(table), types=("x=number", "y=skip", "kind=feature"))
    facts = Question(table=source, about="facts")
    assert ask(facts) == answer(facts, silent)
    for about in ("glance", "load"):
        question = Question(table=source, about=about, used=("x",), shape=(2,))
        found, expected = ask(question), answer(question, silent)
        assert found.columns == expected.columns and found.num_usable == expected.num_usable
        np.testing.assert_array_equal(found.train.inputs, expected.train.inputs)
        assert found.train.names.tolist() == expected.train.names.tolist()
    assert started == ["workbench.session.table_child"], "one child answers all"
    table.write_text(table.read_text().rstrip())
    assert ask(facts) == answer(facts, silent) and len(started) == 1


def test_what_is_wrong_is_said_in_the_same_words_and_the_child_answers_on(table, ask, monkeypatch):
    started = told(monkeypatch)
    wrong = Question(table=TableFile(file=str(table), split="nowhere"), about="facts")
    with pytest.raises(WrongColumn) as found:
        ask(wrong)
    with pytest.raises(WrongColumn) as expected:
        answer(wrong, silent)
    assert str(found.value) == str(expected.value) and isinstance(found.value.remedy, GuessColumns)
    assert ask(Question(table=TableFile(file=str(table)), about="facts")).num_train == 9000 and len(started) == 1
    with pytest.raises(DataError, match="cannot be read: No such file"):
        ask(Question(table=TableFile(file=str(table.with_name("gone.csv"))), about="facts"))


WAITING = """
import runpy, threading
import workbench.data.tables.opening as opening
opening.open_table = lambda *_: threading.Event().wait()
runpy.run_module("workbench.session.table_child", run_name="__main__")
"""
"""A child that never has read the table."""


def test_who_loses_interest_ends_the_child_and_whoever_waits_is_answered_by_another(table, ask, monkeypatch):
    question, following, errors = Question(table=TableFile(file=str(table)), about="facts"), Following(), []

    def read():
        try:
            ask(question, following)
        except Cancelled as error:
            errors.append(error)

    with monkeypatch.context() as patched:
        patched.setattr(leash, "command", lambda name: [sys.executable, "-c", WAITING, name])
        thread = threading.Thread(target=read)
        thread.start()
        while not children():
            thread.join(0.01)

    def hear(*_):
        following.stop()

    assert ask(question, hear) == answer(question, silent)
    thread.join()
    assert len(errors) == 1 and len(children()) == 1, "the one that was asked in vain has ended"


def test_a_child_that_the_system_ended_is_replaced_and_none_outlives_the_window(table, ask):
    question = Question(table=TableFile(file=str(table)), about="facts")
    ask(question)
    (child,) = children()
    child.kill()
    child.wait()
    assert ask(question) == answer(question, silent) and len(children()) == 1
    ask(question, lambda *_: table_reading._readers.close())
    assert not children()


@pytest.mark.parametrize(
    ("program", "error", "words"),
    [
        ("import os; os.kill(os.getpid(), 9)", DataError, "ended early .code -9.: it may need more memory"),
        ("raise MemoryError", DataError, "it may need more memory than is free; close other programs"),
        ("import numpy; numpy.zeros(10**15)", DataError, "it may need more memory than is free"),
        ("raise KeyError('x')", RuntimeError, "KeyError: 'x'"),
    ],
)
def test_a_child_that_gives_no_answer_is_explained(table, ask, monkeypatch, program, error, words):
    monkeypatch.setattr(leash, "command", lambda *_: [sys.executable, "-c", program])
    with pytest.raises(error, match=words):
        ask(Question(table=TableFile(file=str(table)), about="facts"))

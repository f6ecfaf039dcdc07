"""A long table is read in a child process, with the same result and the same words as here."""

import sys

import pytest

from workbench.data.source import DataError, WrongColumn
from workbench.data.tables.opening import TableRequest, open_table
from workbench.session import leash, table_reading
from workbench.session.table_reading import open_apart
from workbench.spec.remedy import GuessColumns


@pytest.fixture
def table(tmp_path):
    """A table just long enough."""
    path = tmp_path / "ä b.csv"
    lines = ["x,y,kind"] + [f"{row},{row / 8},{'cat' if row % 3 else 'dog'}" for row in range(9000)]
    path.write_text("\n".join(lines) + "\n" * (table_reading.LEAST_BYTES - sum(map(len, lines))))
    return path


def told(monkeypatch):
    """Return a list that gets the modules of the children started from now on."""
    started, command = [], leash.command
    monkeypatch.setattr(leash, "command", lambda *words: (started.append(words[0]), command(*words))[1])
    return started


def test_a_long_table_is_read_by_a_child_and_a_short_one_here(table, monkeypatch):
    started = told(monkeypatch)
    wanted = TableRequest(path=table, types=("x=number", "y=skip"))
    found, expected = open_apart(wanted), open_table(wanted)
    assert started == ["workbench.session.table_child"]
    assert found.layout == expected.layout and list(found.columns["kind"]) == list(expected.columns["kind"])
    table.write_text(table.read_text().rstrip())
    assert open_apart(wanted).num_rows == expected.num_rows and len(started) == 1


def test_what_is_wrong_is_said_in_the_same_words(table):
    with pytest.raises(WrongColumn) as found:
        open_apart(TableRequest(path=table, split="nowhere"))
    with pytest.raises(WrongColumn) as expected:
        open_table(TableRequest(path=table, split="nowhere"))
    assert str(found.value) == str(expected.value) and isinstance(found.value.remedy, GuessColumns)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        open_apart(TableRequest(path=table.with_name("gone.csv")))


@pytest.mark.parametrize(
    ("program", "error", "words"),
    [
        ("import os; os.kill(os.getpid(), 9)", DataError, "ended early .code -9.: it may need more memory"),
        ("raise MemoryError", DataError, "it may need more memory than is free; close other programs"),
        ("raise KeyError('x')", RuntimeError, "KeyError: 'x'"),
    ],
)
def test_a_child_that_hands_nothing_over_is_explained(table, monkeypatch, program, error, words):
    monkeypatch.setattr(leash, "command", lambda *_: [sys.executable, "-c", program])
    with pytest.raises(error, match=words):
        open_apart(TableRequest(path=table))

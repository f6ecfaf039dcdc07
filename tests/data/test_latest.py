"""What was read last is read once, and a file whose reading hangs holds up no other."""

import os
import threading

import numpy as np
import pytest

from tests.session.waiting import DEADLINE_S, wait_for
from workbench.data.sources.array_file import ArrayFile
from workbench.session.task import Task


@pytest.fixture
def hanging(tmp_path):
    """A file that is being read, in a thread, and whose content does not come before the test's end."""
    file = tmp_path / "hanging.npz"
    os.mkfifo(file)
    reading = Task("reads what hangs", ArrayFile(file=str(file)).facts)
    writing = []

    def is_opened():
        """Return whether the reader waits for a writer; this is one."""
        try:
            writing.append(os.open(file, os.O_WRONLY | os.O_NONBLOCK))
        except OSError:
            return False
        return True

    wait_for(is_opened)
    yield reading
    os.close(writing[0])
    assert reading.join(DEADLINE_S)


def test_a_file_that_hangs_holds_up_no_other(tmp_path, hanging):
    np.savez(tmp_path / "pictures.npz", x=np.zeros((10, 8, 8), np.uint8), y=np.arange(10))
    facts = Task("reads another", ArrayFile(file=str(tmp_path / "pictures.npz")).facts)
    assert facts.join(10) and facts.result().title
    assert not hanging.ended


def test_threads_that_want_the_same_file_read_it_once(tmp_path, monkeypatch):
    np.savez(tmp_path / "pictures.npz", x=np.zeros((10, 8, 8), np.uint8), y=np.arange(10))
    source, load, loaded = ArrayFile(file=str(tmp_path / "pictures.npz")), np.load, []
    all_ask = threading.Barrier(4)

    def counted(*given, **how):
        loaded.append(given)
        return load(*given, **how)

    def ask():
        all_ask.wait(DEADLINE_S)
        return source.facts()

    monkeypatch.setattr(np, "load", counted)
    asking = [Task("reads the same", ask) for _ in range(4)]
    assert all(each.join(DEADLINE_S) and each.result() for each in asking) and len(loaded) == 1

"""Jobs in a child process: what is heard of them, and how they end."""

import os

import pytest

from tests.session.waiting import wait_for
from workbench.session.child_job import ChildJob

DEAF = """
import signal, sys, threading

signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", file=sys.stderr, flush=True)
threading.Event().wait(600)
"""


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Return a function that starts a script as a job; it is closed after the test."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    jobs = []

    def begin(script):
        (tmp_path / "script_of_a_job.py").write_text(script)
        jobs.append(ChildJob([], module="script_of_a_job"))
        return jobs[-1]

    yield begin
    for job in jobs:
        job.close()


@pytest.mark.parametrize(
    ("script", "phase", "message", "report"),
    [
        ("print('words'); print('{\"a\": 1}')", "done", "", {"a": 1}),
        ("print('words')", "failed", "the job ended without a report", None),
        ("", "failed", "the job ended without a report", None),
        ("raise SystemExit(3)", "failed", "the job ended with code 3", None),
        ("import sys; print('a step', file=sys.stderr); sys.exit('why not\\n \\n')", "failed", "why not", None),
    ],
)
def test_how_it_ends_is_known_from_its_last_lines(begin, script, phase, message, report):
    job = begin(script)
    assert job.wait(60)
    state = job.poll()
    assert (state.phase, state.message, state.report) == (phase, message, report)


def test_a_job_that_does_not_hear_is_killed_when_it_is_closed(begin):
    job = begin(DEAF)
    wait_for(lambda: job.poll().message == "deaf")
    assert not job.wait(0.0) and job.poll().phase == "running"
    job.cancel()
    assert not job.wait(0.05)
    job.close(0.05)
    assert job.poll().phase == "cancelled"

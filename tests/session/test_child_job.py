"""Jobs in a child process: what is heard of them, and how they end."""

import os

import pytest

from tests.session.waiting import wait_for
from workbench.session import child_job
from workbench.session.child_job import ChildJob

DEAF = """
import signal, sys, threading

signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", file=sys.stderr, flush=True)
threading.Event().wait(600)
"""


LATE = """
import os, time
from pathlib import Path

if os.fork() == 0:
    while not Path(__file__).with_suffix(".go").exists():
        time.sleep(0.01)
    print("{}")
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
    (tmp_path / "script_of_a_job.go").touch()  # what a job has left behind ends
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


def test_output_that_comes_after_the_end_is_waited_for(begin, tmp_path, monkeypatch):
    """Here that of a process which the job has started and left behind."""
    monkeypatch.setattr(child_job, "GRACE_S", 60.0)
    job = begin(LATE)
    wait_for(lambda: job._process.poll() == 0)
    assert job.poll().phase == "running"
    (tmp_path / "script_of_a_job.go").touch()
    wait_for(lambda: job.poll().phase != "running")
    assert (job.poll().phase, job.poll().report) == ("done", {})


def test_a_job_that_does_not_hear_is_killed_when_it_is_closed(begin):
    job = begin(DEAF)
    wait_for(lambda: job.poll().message == "deaf")
    assert not job.wait(0.0) and job.poll().phase == "running"
    job.cancel()
    assert not job.wait(0.05)
    job.close(0.05)
    assert job.poll().phase == "cancelled"

"""The log on a disk that accepts only part of a line."""

import os
import resource
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from workbench.durable import write_bytes
from workbench.events import CheckpointSaved, RunStopped, StepFinished
from workbench.runs.log import LogTail, RunLog, as_left, each_event, encode, num_events, read_outline, read_steps
from workbench.runs.store import BEST, LAST
from workbench.spec.problems import SpecError

EVENTS = [RunStopped(at=float(step), step=step) for step in range(3)]


def test_half_of_a_line_does_not_stay_and_what_comes_after_is_read(tmp_path):
    file = tmp_path / "events.jsonl"
    log = RunLog(file)
    log.append(EVENTS[0])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 10, limits[1]))
    try:
        for _ in range(2):  # what ends the run, and its ending
            with pytest.raises(SpecError, match=r"events\.jsonl"):
                log.append(EVENTS[1])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == encode(EVENTS[:1])
    log.append(EVENTS[2])
    log.close()
    assert tuple(each_event(file)) == (EVENTS[0], EVENTS[2])
    assert tuple(log.since(0)) == (EVENTS[0], EVENTS[1], EVENTS[1], EVENTS[2]), "whoever watches has seen all"


def test_a_log_up_to_a_last_checkpoint_outlives_a_power_cut(tmp_path, monkeypatch):
    log, synced, fsync = RunLog(tmp_path / "events.jsonl"), [], os.fsync

    def remember(descriptor):
        synced.append(os.fstat(descriptor).st_size)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", remember)
    saved = [CheckpointSaved(at=1.0, file=name, step=1, sha256="0", best=name == BEST) for name in (BEST, LAST)]
    step = StepFinished(at=0.0, step=1, loss=2.0, accuracy=None, learning_rate=0.1)
    for event in (step, *saved):
        log.append(event)
    log.close()
    assert synced == [len(encode([step, *saved]))], "best ones are followed by a last one"


@pytest.mark.parametrize("damaged", [b"RunStopxed", b"RunStop\xffed"])
def test_a_damaged_line_takes_no_other_event_with_it(tmp_path, damaged):
    file = tmp_path / "events.jsonl"
    first, second, third = (encode([event]) for event in EVENTS)
    file.write_bytes(first + second.replace(b"RunStopped", damaged) + third + third[:-5])
    assert tuple(each_event(file)) == (EVENTS[0], EVENTS[2])


def test_the_steps_of_a_long_log_are_read_in_the_memory_of_their_numbers(tmp_path):
    file = tmp_path / "events.jsonl"
    num = 20_000
    steps = [StepFinished(at=0.0, step=step, loss=1 / step, accuracy=None, learning_rate=0.1) for step in range(1, num)]
    file.write_bytes(encode([*EVENTS[:1], *steps]) + b'{"event":"StepFinished","at":')
    del steps
    tracemalloc.start()
    found = read_steps(file)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.step.tolist() == [*range(1, num)] and found.loss.tolist() == [1 / step for step in range(1, num)]
    assert np.isnan(found.accuracy).all()
    assert most < 80 * num
    assert read_outline(file) == (EVENTS[0],) and num_events(file) == num


def test_a_log_that_the_disk_cannot_read_is_named(tmp_path):
    file = tmp_path / "events.jsonl"
    file.symlink_to("/proc/self/mem")  # a file whose first byte is an I/O error
    for read in (read_outline, read_steps, num_events, lambda file: [*as_left(file)]):
        with pytest.raises(SpecError, match=r"events\.jsonl: the run's log cannot be read: Input/output error"):
            read(file)


@pytest.mark.parametrize("line", [b"nonsense\n", b'{"event": "\xff"}\n'])
def test_who_follows_a_log_that_is_none_is_told_where(tmp_path, line):
    file = tmp_path / "events.jsonl"
    file.write_bytes(encode(EVENTS[:1]))
    tail = LogTail(file)
    assert tail.take() == EVENTS[:1]
    with file.open("ab") as opened:
        opened.write(line)
    with pytest.raises(SpecError, match=r"events\.jsonl: the rest of the log cannot be read"):
        tail.take()


def test_a_log_that_is_cut_back_at_this_very_moment_is_read_from_its_beginning(tmp_path, monkeypatch):
    file, shorter = tmp_path / "events.jsonl", tmp_path / "cut back"
    file.write_bytes(encode(EVENTS[:2]))
    tail = LogTail(file)
    assert tail.take() == EVENTS[:2]
    shorter.write_bytes(encode([EVENTS[0], EVENTS[2]]))
    opened = Path.open

    def open_the_other(path, *how):
        if path == file and shorter.exists():
            shorter.replace(file)
        return opened(path, *how)

    monkeypatch.setattr(Path, "open", open_the_other)
    assert tail.take() == [EVENTS[0], EVENTS[2]]


def of_steps(first, last, at=0.0):
    return [
        StepFinished(at=at, step=step, loss=1.0, accuracy=0.5, learning_rate=0.1) for step in range(first, last + 1)
    ]


def test_a_log_that_is_cut_back_twice_between_two_looks_is_read_from_its_beginning(tmp_path):
    """File systems give the second file the number of the one that the first replaced."""
    file = tmp_path / "events.jsonl"
    write_bytes(file, encode(of_steps(1, 3)))
    tail = LogTail(file)
    assert tail.take() == of_steps(1, 3)
    again = of_steps(3, 9, at=1.25)
    write_bytes(file, b"")
    write_bytes(file, encode([*of_steps(1, 1), *of_steps(2, 2, at=1.125), *again]))
    assert tail.take() == again[1:]


def test_steps_that_were_shown_are_not_shown_again_however_often_the_log_is_cut_back(tmp_path):
    file = tmp_path / "events.jsonl"
    tail, seen = LogTail(file), []
    for kept, made in ((0, 50), (20, 30), (10, 60)):
        write_bytes(file, encode([*of_steps(1, kept), *of_steps(kept + 1, made, at=float(kept))]))
        seen += tail.take()
    assert [event.step for event in seen] == list(range(1, 61))


def test_a_log_that_cannot_be_opened_is_one_sentence(tmp_path):
    with pytest.raises(SpecError, match="cannot be written: Is a directory"):
        RunLog(tmp_path)

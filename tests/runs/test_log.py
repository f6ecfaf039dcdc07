"""The log on a disk that accepts only part of a line."""

import resource
from pathlib import Path

import pytest

from workbench.events import RunStopped
from workbench.runs.log import LogTail, RunLog, encode, read_events
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
    assert read_events(file) == (EVENTS[0], EVENTS[2])
    assert tuple(log.since(0)) == (EVENTS[0], EVENTS[1], EVENTS[1], EVENTS[2]), "whoever watches has seen all"


def test_a_damaged_line_takes_no_other_event_with_it(tmp_path):
    file = tmp_path / "events.jsonl"
    first, second, third = (encode([event]) for event in EVENTS)
    file.write_bytes(first + second.replace(b"RunStopped", b"RunStopxed") + third + third[:-5])
    assert read_events(file) == (EVENTS[0], EVENTS[2])


def test_who_follows_a_log_that_is_none_is_told_where(tmp_path):
    file = tmp_path / "events.jsonl"
    file.write_bytes(encode(EVENTS[:1]))
    tail = LogTail(file)
    assert tail.take() == EVENTS[:1]
    with file.open("ab") as opened:
        opened.write(b"nonsense\n")
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


def test_a_log_that_cannot_be_opened_is_one_sentence(tmp_path):
    with pytest.raises(SpecError, match="cannot be written: Is a directory"):
        RunLog(tmp_path)

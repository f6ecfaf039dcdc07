"""A full disk at every point of every kind of write: nothing old is damaged, and the message says what is needed."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.session.waiting import wait_for
from tests.training.experiments import digits
from workbench.durable import keep_folder, make_folder, write_text, write_together
from workbench.events import AnyEvent, RunPaused, RunResumed, RunStopped
from workbench.places import weights_dir
from workbench.runs.changes import keep_change, read_edited
from workbench.runs.log import RunLog, read_outline
from workbench.runs.mailbox import Command, Inbox, Status, read_status, send, write_status
from workbench.runs.queue import add, read_queue
from workbench.runs.store import EVENTS, create_run
from workbench.session.editing.drafts import DraftKeeper, read_draft
from workbench.session.exchange import arrivals
from workbench.spec.change import Change
from workbench.spec.files import read_experiment, to_json
from workbench.spec.problems import SpecError

Writing = tuple[Callable[[], object], Callable[[], Any]]
"""A function that writes something new, and one that describes what is on the disk."""


def document(folder: Path) -> Writing:
    file = folder / "mine.json"
    write_text(file, to_json(digits(epochs=1)))
    return lambda: write_text(file, to_json(digits(epochs=2))), lambda: read_experiment(file)


def draft(folder: Path) -> Writing:
    keeper = DraftKeeper(folder)

    def keep(epochs: int) -> None:
        number = keeper.keep(digits(epochs=epochs), None)
        wait_for(lambda: keeper.answers.newest(number - 1))
        answer = keeper.answers.newest(number - 1)
        assert answer is not None
        if answer[1]:
            raise SpecError(answer[1])

    def keep_and_end() -> None:
        try:
            keep(2)
        finally:
            assert keeper._worker.close()
            keeper._lock.release()

    keep(1)
    return keep_and_end, lambda: read_draft(keeper.file).experiment


def queue(folder: Path) -> Writing:
    add(folder, digits(epochs=1))
    return lambda: add(folder, digits(epochs=2)), lambda: read_queue(folder)


def new_run(folder: Path) -> Writing:
    create_run(folder, digits())
    return lambda: create_run(folder, digits()), lambda: sorted(path.name for path in folder.iterdir())


def change(folder: Path) -> Writing:
    run = create_run(folder, digits())
    edit = Change(step=3, path="training.optimizer.lr", before=0.1, after=0.5)
    return lambda: keep_change(run, edit), lambda: read_edited(run)


def rewound(folder: Path) -> Writing:
    run = create_run(folder, digits())
    log = RunLog(run / EVENTS)
    log.append(RunStopped(at=1.0, step=0))
    log.close()

    def rewind() -> None:
        log = RunLog()
        log.keep_in(run / EVENTS)
        log.close()

    return rewind, lambda: read_outline(run / EVENTS)


def log(folder: Path) -> Writing:
    file = folder / EVENTS

    def tell(event: AnyEvent) -> None:
        log = RunLog(file)
        try:
            log.append(event)
        finally:
            log.close()

    tell(RunPaused(at=1.0, step=3))
    return lambda: tell(RunResumed(at=2.0, step=3)), lambda: read_outline(file)


def arrived(folder: Path) -> Writing:
    """Imported weights, moved to their permanent place."""
    staged = folder / "weights.safetensors"
    make_folder(weights_dir())
    write_text(staged, "weights")
    name, digest = f"{folder.parent.name}-{folder.name}", "0" * 12
    kept = weights_dir() / f"{name}-{digest}.safetensors"
    return lambda: arrivals.keep(staged, name, digest), lambda: (staged.is_file(), kept.is_file())


def status(folder: Path) -> Writing:
    run = create_run(folder, digits())
    write_status(run, Status(pid=1, state="running"))
    return lambda: write_status(run, Status(pid=1, state="paused")), lambda: read_status(run)


def command(folder: Path) -> Writing:
    inbox, heard = Inbox(folder), list[Command]()
    send(folder, Command(do="pause"))

    def all_heard() -> list[Command]:
        heard.extend(inbox.take())
        return list(heard)

    return lambda: send(folder, Command(do="stop")), all_heard


def prepared(folder: Path) -> Writing:
    """Decoded pictures, whose folder is renamed once it is complete."""
    staging, kept = folder / "staging", folder / "kept"
    staging.mkdir()
    for name in ("inputs", "targets"):
        (staging / name).write_bytes(name.encode())
    return lambda: keep_folder(staging, kept, lambda *_: None), lambda: sorted(path.name for path in kept.glob("*"))


class Full:
    """The operating system, where call number ``refused`` fails with a full disk; a write then writes half."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refused: int) -> None:
        self._num_calls = 0
        self._refused = refused
        for name in ("fsync", "replace", "link", "mkdir"):
            monkeypatch.setattr(os, name, self._refusing(getattr(os, name)))
        for owner in (os, Path):
            monkeypatch.setattr(owner, "open", self._opening(owner.open))  # type: ignore[attr-defined]  # both have one

    @property
    def has_refused(self) -> bool:
        return self._num_calls > self._refused

    def count(self) -> None:
        """Count one call. Raises OSError if it is the refused one."""
        self._num_calls += 1
        if self._num_calls - 1 == self._refused:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _refusing(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            self.count()
            return original(*arguments, **options)

        return call

    def _opening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if "rb" in (*arguments, options.get("mode")):
                return original(*arguments, **options)  # reading still works
            self.count()
            opened = original(*arguments, **options)
            return opened if isinstance(opened, int) else File(self, opened)

        return call


class File:
    """An open file on the full disk."""

    def __init__(self, disk: Full, file: Any) -> None:
        self._disk = disk
        self._file = file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> "File":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        try:
            self._disk.count()
        except OSError:
            self._file.write(data[: len(data) // 2])
            raise
        return int(self._file.write(data))


WRITINGS = [document, draft, queue, new_run, change, rewound, log, arrived, status, command, prepared]


@pytest.mark.parametrize("writing", WRITINGS)
def test_whatever_the_full_disk_refuses_the_old_stays_or_the_new_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writing: Callable[[Path], Writing]
) -> None:
    states, told, refused = [], [], 0
    while True:
        folder = tmp_path / str(refused)
        folder.mkdir()
        write, state = writing(folder)
        states.append(state())
        with monkeypatch.context() as patched:
            disk = Full(patched, refused)
            try:
                write()
            except SpecError as error:
                told.append(str(error))
        states.append(state())
        assert not list(folder.rglob("*.tmp"))
        if not disk.has_refused:
            break
        refused += 1
    old, new = states[0], states[-1]
    assert old != new and all(found in (old, new) for found in states)
    full = re.compile(r"the disk is full: ([\d,]+ bytes are needed and )?[\d,]+ are free")
    assert told and all(full.search(sentence) for sentence in told), told


def test_of_files_that_belong_together_a_full_disk_leaves_no_script_with_others_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script exists together with the files it was written with, or not at all."""
    refused, left, told = 0, set(), []
    while True:
        files = [tmp_path / str(refused) / name for name in ("script", "module", "data")]
        write_together(dict.fromkeys(files, b"old"))
        with monkeypatch.context() as patched:
            disk = Full(patched, refused)
            try:
                write_together(dict.fromkeys(files, b"new"))
            except SpecError as error:
                told.append(str(error))
        found = {file.name: file.read_bytes() for file in files if file.exists()}
        assert "script" not in found or (len(found) == 3 and len(set(found.values())) == 1)
        assert not list(tmp_path.rglob("*.tmp"))
        left.add(found.get("script"))
        if not disk.has_refused:
            break
        refused += 1
    assert left == {b"old", None, b"new"} and all("the disk is full" in sentence for sentence in told)

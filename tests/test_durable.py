"""Every write is complete or has no effect, whatever the disk does."""

import errno
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench.durable import (
    LEFT_AFTER_S,
    check_room,
    check_writable,
    clear_leftovers,
    keep_as,
    keep_folder,
    move,
    refusals_told,
    replacing,
    sha256,
    write_bytes,
    write_together,
    write_within,
)
from workbench.spec.problems import SpecError


def test_it_writes_what_it_says(tmp_path):
    digest = write_bytes(tmp_path / "new" / "file", b"content")
    assert (tmp_path / "new" / "file").read_bytes() == b"content"
    assert sha256(tmp_path / "new" / "file") == digest
    assert os.listdir(tmp_path / "new") == ["file"]


@pytest.mark.parametrize("call", ["open", "write", "fsync", "replace"])
def test_whatever_fails_the_old_file_is_unharmed_and_nothing_is_left(tmp_path, monkeypatch, call):
    path = tmp_path / "file"
    write_bytes(path, b"old")

    def full(*arguments, **options):
        raise OSError(errno.ENOSPC, "No space left on device")

    if call == "write":
        monkeypatch.setattr(Path, "open", lambda path, mode: open("/dev/full", "wb"))
    elif call == "open":
        monkeypatch.setattr(Path, "open", full)
    else:
        monkeypatch.setattr(os, call, full)
    with pytest.raises(SpecError, match=r"the disk is full: 3 bytes are needed and [\d,]+ are free; .* unharmed"):
        write_bytes(path, b"new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_what_the_half_written_file_takes_is_told_as_free(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=0))
    with pytest.raises(SpecError, match="300,000 bytes are needed") as caught:
        write_bytes(tmp_path / "file", os.urandom(300_000))
    free = int(re.search(r"([\d,]+) are free", str(caught.value))[1].replace(",", ""))
    assert 300_000 <= free < 400_000
    assert os.listdir(tmp_path) == []


def test_what_a_killed_writer_of_the_same_file_left_goes_with_the_next_write_once_it_is_old(tmp_path):
    old, new, other = (tmp_path / name for name in (".[a].json.1.tmp", ".[a].json.2.tmp", ".a.json.1.tmp"))
    for leftover in (old, new, other):
        leftover.write_bytes(b"half")
    day_before = time.time() - LEFT_AFTER_S - 1
    for leftover in (old, other):
        os.utime(leftover, (day_before, day_before))
    write_bytes(tmp_path / "[a].json", b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {"[a].json", new.name, other.name}


def test_a_block_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "file"
    write_bytes(path, b"old")
    with pytest.raises(KeyError), replacing(path) as file:
        file.write(b"half")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("a file, not a folder")
    with pytest.raises(SpecError, match="cannot be written"):
        write_bytes(tmp_path / "file" / "inside", b"x")


@pytest.mark.parametrize("error", [ssl.SSLError(1, "bad record mac"), ConnectionResetError(errno.ECONNRESET, "reset")])
def test_what_goes_wrong_in_the_block_is_not_the_disk(tmp_path, error):
    with pytest.raises(type(error)) as caught, replacing(tmp_path / "file") as file:
        file.write(b"half")
        raise error
    assert caught.value is error
    assert os.listdir(tmp_path) == []


def test_a_disk_that_is_full_in_the_middle_of_the_block(tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "open", lambda path, mode: open("/dev/full", "wb"))
    with pytest.raises(SpecError, match="the disk is full"), replacing(tmp_path / "file") as file:
        for _ in range(100):
            file.write(bytes(100_000))


@pytest.fixture
def synced(monkeypatch):
    """The inodes that were synced, in order."""
    inodes, fsync = [], os.fsync

    def remember(descriptor):
        inodes.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", remember)
    return inodes


def inode(path):
    return path.stat().st_ino


def test_new_folders_are_synced_like_the_file(tmp_path, synced):
    path = tmp_path / "a" / "b" / "file"
    write_bytes(path, b"x")
    assert synced == [inode(tmp_path), inode(tmp_path / "a"), inode(path), inode(tmp_path / "a" / "b")]


@pytest.mark.parametrize("has_links", [True, False])
def test_a_second_name_outlives_the_first_also_where_there_are_no_links(tmp_path, synced, monkeypatch, has_links):
    if not has_links:

        def refuse(*_):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))  # as FAT does

        monkeypatch.setattr(os, "link", refuse)
    path, kept = tmp_path / "last", tmp_path / "previous"
    for content in (b"first", b"second"):
        write_bytes(path, content)
        keep_as(path, kept)
        assert kept.read_bytes() == content and inode(kept) in synced and synced[-1] == inode(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["last", "previous"]


def test_a_folder_that_is_gone_is_not_made_again_and_those_in_it_are(tmp_path):
    (tmp_path / "run").mkdir()
    assert write_within(tmp_path / "run", "new/file", b"x") == sha256(tmp_path / "run" / "new" / "file")
    with pytest.raises(SpecError, match="cannot be written: No such file or directory"):
        write_within(tmp_path / "gone", "new/file", b"x")
    assert os.listdir(tmp_path) == ["run"]


def test_where_not_even_the_root_is_there_nobody_looks_for_ever(tmp_path, monkeypatch):
    """As on a Windows drive that is gone; here writing succeeds all the same."""
    monkeypatch.setattr(Path, "exists", lambda path: False)
    write_bytes(tmp_path / "file", b"x")
    check_room(tmp_path / "file", need=1)
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_folder_gets_its_name_when_all_in_it_is_synced(tmp_path, synced):
    staging = tmp_path / ".set.1"
    files = [staging / "labels", staging / "train" / "0", staging / "train" / "1"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    inodes = {inode(path) for path in (*files, staging, staging / "train")}
    told = []
    keep_folder(staging, tmp_path / "set", lambda done, total: told.append((done, total)))
    assert set(synced[:-1]) == inodes and synced[-1] == inode(tmp_path)
    assert told == [(0, 3), (1, 3), (2, 3)]
    assert os.listdir(tmp_path) == ["set"]


def test_what_killed_processes_left_is_cleared_after_a_day(tmp_path):
    long_ago = time.time() - LEFT_AFTER_S - 1
    for name in ("old", "new"):
        (tmp_path / f".file.{name}.tmp").write_bytes(b"half")
        (tmp_path / f".set.{name}").mkdir()
        (tmp_path / f".set.{name}" / "part").write_bytes(b"half")
    (tmp_path / ".set.busy").mkdir()
    (tmp_path / ".set.busy" / "part").write_bytes(b"half")
    for old in (".file.old.tmp", ".set.old/part", ".set.old", ".set.busy"):
        os.utime(tmp_path / old, (long_ago, long_ago))
    clear_leftovers(tmp_path, ".*.tmp")
    clear_leftovers(tmp_path, ".set.*")
    assert sorted(os.listdir(tmp_path)) == [".file.new.tmp", ".set.busy", ".set.new"]


def test_what_could_not_be_written_is_told_before(tmp_path):
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "folder").mkdir()
    check_writable(tmp_path / "file")
    check_writable(tmp_path / "new" / "deep" / "file")
    for path, reason in (("file/below", "Not a directory"), ("folder", "Is a directory"), ("n" * 300, "too long")):
        with pytest.raises(SpecError, match=f"cannot be written: .*{reason}"):
            check_writable(tmp_path / path)
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"] and (tmp_path / "file").read_bytes() == b"old"


WRITE_TWICE = """
import os, sys
from pathlib import Path
from workbench.durable import write_together

folder, last = Path(sys.argv[1]), int(sys.argv[2])
names = ("script", "module", "data")
write_together({folder / name: b"old" for name in names})
renames = 0

def die(event, arguments):
    global renames
    if event == "os.rename":
        if renames == last:
            os._exit(9)
        renames += 1

sys.addaudithook(die)
write_together({folder / name: b"new" for name in names})
"""


@pytest.mark.parametrize("last", range(4))
def test_files_that_belong_together_are_never_used_with_others(tmp_path, last):
    """Killed before each rename in turn: the first file exists only if all are from the same write."""
    done = subprocess.run([sys.executable, "-c", WRITE_TWICE, str(tmp_path), str(last)], cwd=Path(__file__).parents[1])
    assert done.returncode == (9 if last < 3 else 0)
    found = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".tmp"}
    assert ("script" in found) == (last == 3)
    if last == 3:
        assert set(found.values()) == {b"new"}


def test_files_that_belong_together_are_staged_before_any_changes(tmp_path):
    files = {tmp_path / name: b"old" for name in ("script", "module")}
    write_together(files)
    (tmp_path / "data").mkdir()
    with pytest.raises(SpecError, match="data: cannot be written"):
        write_together(dict.fromkeys((*files, tmp_path / "data"), b"new"))
    assert {path.name for path in tmp_path.iterdir()} == {"script", "module", "data"}
    assert {path: path.read_bytes() for path in files} == files


def test_a_file_that_somebody_reads_is_replaced(tmp_path):
    """On Windows, only once the reader has closed it; a reader for good is told to the user."""
    (tmp_path / "x").write_bytes(b"old")
    reading = (tmp_path / "x").open("rb")
    writer = threading.Thread(target=write_bytes, args=(tmp_path / "x", b"new"))
    writer.start()
    assert reading.read() == b"old"
    reading.close()
    writer.join(timeout=30)
    assert (tmp_path / "x").read_bytes() == b"new" and sorted(os.listdir(tmp_path)) == ["x"]


def test_a_folder_that_may_not_be_written_to_has_a_way_out(tmp_path):
    words = "x: cannot be written: Permission denied; choose another folder, or allow writing there"
    with pytest.raises(SpecError, match=words), refusals_told(tmp_path / "x"):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="no second disk")
def test_a_file_is_moved_also_to_another_disk(tmp_path):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as memory:
        there = Path(memory) / "part"
        there.write_bytes(b"content")
        for new in (tmp_path / "new" / "file", tmp_path / "renamed"):
            move(there, new)
            assert new.read_bytes() == b"content" and not there.exists()
            there = new

"""Every write is whole or not at all, whatever the disk does."""

import errno
import os
from pathlib import Path

import pytest

from workbench.durable import replacing, sha256, write_bytes
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

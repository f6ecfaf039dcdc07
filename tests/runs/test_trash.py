"""Deleted runs: where they are, what brings them back, and when they are gone."""

import os
import sys
import time
from pathlib import Path

import pytest

from tests.training.experiments import digits
from workbench.durable import rename
from workbench.runs.store import DELETED, LOCK, create_run, held, is_held, list_runs
from workbench.runs.trash import KEPT_DAYS, MARK, delete_run, deleted_bytes, remove_old, remove_run, restore_run
from workbench.spec.problems import SpecError


def names(runs):
    return [run.folder.name for run in list_runs(runs)]


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_deleted_run_is_restored_as_it_was(tmp_path):
    folder = create_run(tmp_path, digits())
    (folder / "checkpoints").mkdir()
    (folder / "checkpoints" / "last.safetensors").write_bytes(b"weights")
    before = contents(folder)
    deleted = delete_run(folder)
    assert not folder.exists() and names(tmp_path) == [] and names(tmp_path / DELETED) == [folder.name]
    assert deleted_bytes(tmp_path) == sum(len(each) for each in contents(deleted).values()) >= len(b"weights")
    assert restore_run(deleted) == folder
    assert {path: data for path, data in contents(folder).items() if path.name != ".lock"} == before
    assert deleted_bytes(tmp_path) == 0


def test_the_name_of_a_deleted_run_stays_its_own(tmp_path):
    deleted = delete_run(create_run(tmp_path, digits()))
    other = create_run(tmp_path, digits())
    assert other.name != deleted.name
    other.rename(other.with_name(deleted.name))
    with pytest.raises(SpecError, match="another run of this name now; rename its folder, then restore this one"):
        restore_run(deleted)
    assert names(tmp_path) == names(tmp_path / DELETED) == [deleted.name]
    remove_run(deleted)
    assert names(tmp_path / DELETED) == []


def test_what_is_no_run_is_neither_deleted_nor_restored(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    with pytest.raises(SpecError, match="not a run"):
        delete_run(photos)
    assert list(photos.iterdir()) == []
    with pytest.raises(SpecError, match="not a run"):
        restore_run(tmp_path / DELETED / "gone")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_what_a_link_in_a_removed_run_leads_to_stays(tmp_path):
    (tmp_path / "data").mkdir()
    folder = create_run(tmp_path, digits())
    for name in ("data", "nowhere"):
        (folder / name).symlink_to(tmp_path / name)
    deleted = delete_run(folder)
    assert deleted_bytes(tmp_path) > 0, "what leads nowhere has no size"
    remove_run(deleted)
    assert not deleted.exists() and (tmp_path / "data").is_dir()


def test_a_running_run_is_not_deleted(tmp_path):
    folder = create_run(tmp_path, digits())
    with held(folder), pytest.raises(SpecError, match="running in another window or command"):
        delete_run(folder)
    assert names(tmp_path) == [folder.name] and not (folder / MARK).exists()


def test_nobody_can_start_a_run_while_it_is_moved(tmp_path, monkeypatch):
    if sys.platform == "win32":
        pytest.skip("Windows renames no folder with an open file, such as a lock")
    was_held = []

    def watched(path, new):
        was_held.append(is_held(path))
        rename(path, new)

    monkeypatch.setattr("workbench.runs.trash.rename", watched)
    deleted = delete_run(create_run(tmp_path, digits()))
    assert was_held == [True] and not is_held(deleted)


def test_a_name_that_a_deleted_run_has_is_refused_with_what_to_do(tmp_path):
    first = delete_run(create_run(tmp_path, digits()))
    other = create_run(tmp_path, digits())
    folder = other.rename(other.with_name(first.name))
    with pytest.raises(SpecError, match="there is a deleted run of this name: delete that for good, or rename"):
        delete_run(folder)
    assert not (folder / MARK).exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no folder that refuses even root")
def test_a_run_that_the_disk_refuses_to_move_bears_no_mark(tmp_path):
    folder = create_run(tmp_path, digits())
    (tmp_path / DELETED).symlink_to("/proc/self")
    with pytest.raises(SpecError):
        delete_run(folder)
    assert not (folder / MARK).exists() and names(tmp_path) == [folder.name]


def test_a_removal_that_stopped_midway_goes_on_the_next_time(tmp_path, monkeypatch):
    """The mark by which it is found is what goes last."""
    deleted = delete_run(create_run(tmp_path, digits()))
    for name in "abcdefghijklmnopqrstuvwxyz":
        (deleted / name).mkdir()
        (deleted / name / "weights").write_bytes(b"weights")
    long_ago = time.time() - (KEPT_DAYS + 1) * 24 * 3600
    os.utime(deleted / MARK, (long_ago, long_ago))

    unlink, left = os.unlink, [MARK]

    def refuse(path, **where):
        """Remove files until the mark alone is left."""
        left[:] = [each.name for each in deleted.iterdir()]
        if left == [MARK]:
            raise PermissionError(f"{path} is open in another program")
        unlink(path, **where)

    with monkeypatch.context() as patch:
        patch.setattr("os.unlink", refuse)
        assert remove_old(tmp_path) == 0 and left == [MARK]
        with pytest.raises(SpecError):
            remove_run(deleted)
    assert remove_old(tmp_path) == 1 and not deleted.exists()


@pytest.mark.parametrize("goes_on", [False, True])
def test_who_lists_a_run_as_it_is_removed_leaves_no_folder_behind(tmp_path, monkeypatch, goes_on):
    deleted, rmdir, times = delete_run(create_run(tmp_path, digits())), Path.rmdir, []

    def looked_at(folder):
        if folder == deleted and (goes_on or not times):
            times.append(folder)
            (folder / LOCK).touch()
        rmdir(folder)

    monkeypatch.setattr(Path, "rmdir", looked_at)
    if goes_on:
        with pytest.raises(SpecError, match="not empty"):
            remove_run(deleted)
    else:
        remove_run(deleted)
    assert times and deleted.exists() == goes_on


def test_a_lock_that_goes_as_a_run_is_removed_ends_nothing(tmp_path, monkeypatch):
    """Whoever lists the runs takes one and gives it back at once."""
    deleted, unlink = delete_run(create_run(tmp_path, digits())), Path.unlink
    (deleted / LOCK).touch()

    def gone_before(path, **how):
        if path == deleted / LOCK:
            unlink(path)
        unlink(path, **how)

    monkeypatch.setattr(Path, "unlink", gone_before)
    remove_run(deleted)
    assert not deleted.exists()


def test_who_looks_at_a_run_as_it_is_removed_may_take_the_empty_folder_away(tmp_path, monkeypatch):
    deleted, rmdir = delete_run(create_run(tmp_path, digits())), Path.rmdir

    def gone_before(folder):
        rmdir(folder)
        rmdir(folder)

    monkeypatch.setattr(Path, "rmdir", gone_before)
    remove_run(deleted)
    assert not deleted.exists()


def test_a_run_moved_back_by_hand_does_not_age_by_its_old_mark(tmp_path):
    deleted = delete_run(create_run(tmp_path, digits()))
    long_ago = time.time() - (KEPT_DAYS + 1) * 24 * 3600
    os.utime(deleted / MARK, (long_ago, long_ago))
    back = deleted.rename(tmp_path / deleted.name)
    with held(back):
        assert remove_old(tmp_path) == 0 and (back / MARK).exists()
    assert remove_old(tmp_path) == 0 and back.is_dir() and not (back / MARK).exists()
    back.rename(deleted)
    assert remove_old(tmp_path) == 0 and deleted.is_dir()


def test_only_what_was_deleted_long_ago_is_removed(tmp_path):
    new, old, older, by_hand = (delete_run(create_run(tmp_path, digits())) for _ in range(4))
    for folder, num_days in (
        (new, KEPT_DAYS - 1),
        (old, KEPT_DAYS + 1),
        (older, 2 * KEPT_DAYS),
        (by_hand, KEPT_DAYS + 1),
    ):
        then = time.time() - num_days * 24 * 3600
        os.utime(folder / MARK, (then, then))
        os.utime(folder, (then, then))
    (by_hand / MARK).unlink()
    assert remove_old(tmp_path) == 2
    assert new.is_dir() and by_hand.is_dir() and not old.exists() and not older.exists()

"""What a run's folder says of it: whether it can be resumed, its epochs, and its place among others."""

import os
import shutil
from pathlib import Path

import pytest

from tests.training.experiments import digits
from workbench.events import (
    AdviceGiven,
    CheckpointSaved,
    EpochFinished,
    RunFailed,
    RunFinished,
    RunStarted,
    RunStopped,
    StepFinished,
)
from workbench.runs.log import encode
from workbench.runs.store import (
    BEST,
    EVENTS,
    EXPERIMENT,
    LAST,
    PREVIOUS,
    check_resumable,
    create_run,
    holds_runs,
    list_runs,
    open_run,
    open_runs,
)
from workbench.spec.problems import SpecError

STEP = StepFinished(at=1.0, step=1, loss=1.0, accuracy=None, learning_rate=0.1)
SAVED = CheckpointSaved(at=2.0, file=LAST, step=1, sha256="", best=True)
STOPPED = RunStopped(at=3.0, step=1)
FAILED = RunFailed(at=3.0, what="the disk is full", advice="free some space", step=1)
FINISHED = RunFinished(at=3.0, epochs=1, metrics={})


def run_of(runs, *events, files=()):
    folder = create_run(runs, digits())
    (folder / EVENTS).write_bytes(encode(events))
    for name in files:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def test_the_folder_of_a_new_run_outlives_a_power_cut(tmp_path, monkeypatch):
    synced, fsync = [], os.fsync

    def remember(descriptor):
        there = Path(f"/proc/self/fd/{descriptor}").readlink()
        synced.append((there, sorted(os.listdir(there)) if there.is_dir() else []))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", remember)
    folder = create_run(tmp_path, digits())
    assert (tmp_path, [folder.name]) in synced and (folder, [EXPERIMENT]) in synced


@pytest.mark.parametrize(
    ("events", "files", "resumable", "begins_again"),
    [
        ((), (), True, True),
        ((STEP,), (), True, True),
        ((STEP, STOPPED), (), True, True),
        ((STEP, SAVED), (LAST,), True, False),
        ((STEP, SAVED, STOPPED), (PREVIOUS,), True, False),
        ((STEP, SAVED, STOPPED), (BEST,), True, False),
        ((STEP,), (LAST,), True, False),  # killed before its log said so
        ((STEP, SAVED, STOPPED), (), False, False),  # the checkpoints were deleted
        ((STEP, FAILED), (), False, False),
        ((STEP, SAVED, FAILED), (LAST,), True, False),
        ((STEP, SAVED, FINISHED), (LAST,), False, False),
    ],
)
def test_a_run_goes_on_from_a_checkpoint_or_starts_again_if_it_never_had_one(
    tmp_path, events, files, resumable, begins_again
):
    folder = run_of(tmp_path, *events, files=files)
    run = open_run(folder)
    assert (run.resumable, run.begins_again) == (resumable, begins_again)
    if files or begins_again:
        check_resumable(folder)
    else:
        with pytest.raises(SpecError, match="this run has no checkpoint to resume from; start it again"):
            check_resumable(folder)


def epoch(number, **metrics):
    return EpochFinished(at=number, epoch=number, step=number, metrics=metrics, seconds=1.0)


def test_the_best_epoch_is_that_of_the_lowest_validation_loss(tmp_path):
    advice = AdviceGiven(at=4.0, epoch=4, kind="overfitting", what="", advice="")
    epochs = [epoch(number, **{"val/loss": loss}) for number, loss in ((1, 0.9), (2, 0.5), (3, 0.7))]
    run = open_run(run_of(tmp_path, *epochs, advice, STEP))
    assert run.best_epoch == epochs[1] and run.num_epochs == 3
    without_validation = open_run(run_of(tmp_path, epoch(1, **{"train/loss": 0.9}), epoch(2, **{"train/loss": 0.5})))
    assert without_validation.best_epoch is None and without_validation.num_epochs == 2
    assert open_run(run_of(tmp_path)).num_epochs == 0


def test_runs_are_opened_in_the_order_in_which_they_were_made(tmp_path):
    folders = [run_of(tmp_path) for _ in range(3)]
    assert [folder.name.rpartition("-")[2] for folder in folders] == ["1", "2", "3"]
    for made_s, folder in zip((3, 1, 2), folders, strict=True):
        os.utime(folder / EXPERIMENT, (made_s, made_s))
    assert [run.folder for run in open_runs(folders)] == [folders[1], folders[2], folders[0]]


def begun_at(began_s: float) -> RunStarted:
    return RunStarted(
        at=0, num_parameters=1, steps_per_epoch=1, epochs=1, first_step=1, device="cpu", environment={}, began_s=began_s
    )


def test_runs_copied_without_the_times_of_their_files_keep_their_order(tmp_path):
    newer, older = (run_of(tmp_path / "here", begun_at(began_s)) for began_s in (2e9, 1e9))
    resumed = run_of(tmp_path / "here", begun_at(1.5e9), STOPPED, begun_at(3e9))
    shutil.copytree(tmp_path / "here", tmp_path / "there", copy_function=shutil.copyfile)
    order = [newer.name, resumed.name, older.name]
    assert [run.folder.name for run in list_runs(tmp_path / "there")] == order
    copies = [tmp_path / "there" / name for name in order]
    assert [run.folder for run in open_runs(copies)] == copies[::-1]


@pytest.mark.skipif(os.name == "nt", reason="which has another limit")
def test_a_folder_that_cannot_be_looked_into_is_no_run_and_hides_no_other(tmp_path):
    """The name of what is in it would be too long, which the disk refuses to everyone, root included."""
    most = os.pathconf(tmp_path, "PC_PATH_MAX")
    runs = tmp_path
    while (left := most - 265 - len(str(runs))) > 0:
        runs /= "r" * min(left, 100)
    (runs / ("x" * 254)).mkdir(parents=True)
    assert not holds_runs(runs)
    made = create_run(runs, digits())
    assert holds_runs(runs) and [run.folder for run in list_runs(runs)] == [made]


def test_pictures_are_not_asked_whether_they_are_runs(tmp_path, monkeypatch):
    """Of a folder with millions of them, that would take minutes."""
    (tmp_path / "cat.png").touch()
    made = create_run(tmp_path, digits())
    asked = []
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda path: asked.append(path.parent) or is_file(path))
    assert [run.folder for run in list_runs(tmp_path)] == [made] and tmp_path / "cat.png" not in asked

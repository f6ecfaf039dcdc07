"""Of a table of numbers, rows are spoken of, and nowhere pictures."""

import re

import numpy as np
import pytest
import torch

from tests.data.sources.test_table_numbers import experiment_on, prepared, write_csv, write_set
from tests.training.trained import run
from workbench.__main__ import main
from workbench.cli.training_progress import TrainingProgress
from workbench.data import facts, source_from_text
from workbench.data.batches import Batch
from workbench.data.preparation import prepare
from workbench.data.source import DataError
from workbench.gui.run_bar.presenter import RunBarPresenter
from workbench.gui.runtime.run_states import State
from workbench.runs.store import create_run
from workbench.session.prepared import data_prepared, dataset_of
from workbench.spec.column import Column
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.training import LOSSES
from workbench.training.checking.habits import check_steps
from workbench.training.heads import ResolvedHead
from workbench.training.trouble.culprit import bad_target


def test_notes_on_a_table(tmp_path):
    rows = [[1, 2, "ab"[number % 2], "test" if number > 30 else "train"] for number in range(40)]
    path = write_csv(tmp_path / "a.csv", ["a", "b", "kind", "split"], [*rows, [1, 2, "c", "train"]])
    told = " ".join(prepared(path).notes)
    assert "training rows are the same" in told and "There is only one row of c" in told and "picture" not in told


def test_notes_on_torn_groups_of_a_table(tmp_path):
    rows = [
        [number, number % 5, "ab"[number % 2], f"p{number // 8}", "test" if number % 8 == 7 else "train"]
        for number in range(40)
    ]
    path = write_csv(tmp_path / "a.csv", ["a", "b", "kind", "patient", "split"], rows)
    (told,) = (note for note in prepared(path, group="patient").notes if "and in test" in note)
    assert re.match("Rows of . groups are in training and in test", told) and "keep the rows of a group" in told


def test_what_is_said_of_arrays_of_rows(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=np.full((9, 4), np.nan), y_train=[0, 1, 2] * 3)
    source = source_from_text(str(tmp_path / "a.npz"))
    with pytest.raises(DataError, match="no training rows are left"):
        prepare(DataRecipe(source=source), input_shape=(4,), seed=0)


def test_a_run_on_points_speaks_of_points(tmp_path, capsys):
    experiment = override(override(read_experiment("mlp-moons"), "training.epochs", "5"), "training.device", "cpu")
    data = dataset_of(experiment)
    folder = create_run(tmp_path / "runs", experiment)
    events = [data_prepared(data, 0.0), *run(experiment, data, folder)[0]]
    progress, bar = TrainingProgress(5), RunBarPresenter()
    bar.begin(8)
    progress.feed(events)
    bar.feed(events)
    bar.state = State.RUNNING
    assert "points/s" in progress.line() and "points/s" in bar.appearance().detail
    assert main(["mistakes", str(folder)]) == 0
    assert "test points after step" in capsys.readouterr().out
    few = override(experiment, "data.source.num_points", "12")
    told = [*dataset_of(few).notes, *(each.what for each in check_steps(few, facts(few.data.source)))]
    assert "9 training points" in told[-1] and not any("row" in each or "picture" in each for each in told)


def test_mistakes_and_speed_of_a_run_on_a_table(tmp_path, capsys):
    experiment = experiment_on(write_set(tmp_path, "wine"), **{"training.epochs": 5, "training.batch_size": 8})
    data = dataset_of(experiment)
    folder = create_run(tmp_path / "runs", experiment)
    events = [data_prepared(data, 0.0), *run(experiment, data, folder)[0]]
    progress, bar = TrainingProgress(5), RunBarPresenter()
    bar.begin(8)
    progress.feed(events)
    bar.feed(events)
    bar.state = State.RUNNING
    assert "rows/s" in progress.line() and "rows/s" in bar.appearance().detail
    assert main(["mistakes", str(folder)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("test rows after step") and "picture" not in said


def test_a_row_without_a_valid_target_is_named_so():
    column = Column(name="price", kind="number")
    head = ResolvedHead(output="output", column=column, loss=LOSSES.make("MSE", {}), weight=1.0, measures=())
    targets = {"price": torch.tensor([[1.0], [torch.nan]])}
    batch = Batch(indices=torch.tensor([3, 4]), inputs=torch.zeros(2, 5), targets=targets, num_pictures=2)
    found = bad_target(batch, [head])
    assert found.what.startswith("row 4 of the training split has the price nan") and "exclude the row" in found.advice

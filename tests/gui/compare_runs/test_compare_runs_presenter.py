"""Groups of runs, their curves and their table."""

import csv
import io
import statistics
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from workbench.events import AnyEvent, EpochFinished, FinalTest, RunStarted, RunStopped, StepFinished
from workbench.gui.compare_runs.presenter import MOST_POINTS, RESULTS, ComparedRuns, read_step_curves, step_curves
from workbench.runs.log import Steps, encode
from workbench.runs.notes import Notes
from workbench.runs.store import EVENTS, SavedRun, create_run, open_run
from workbench.spec.component import Component
from workbench.spec.files import read_experiment
from workbench.spec.record import replace

LENET = read_experiment("lenet")
STARTED = RunStarted(
    at=0.0, num_parameters=61_706, steps_per_epoch=2, epochs=2, first_step=1, device="CPU", environment={}
)

STEP = StepFinished(at=0.0, step=1, loss=1.0, accuracy=None, learning_rate=0.1)


def run(name: str, optimizer: str, seed: int, top1: tuple[float, ...]) -> SavedRun:
    """A run with these validation accuracies after its epochs, the last of which is also its test accuracy."""
    recipe = replace(LENET.training, optimizer=Component(type=optimizer), epochs=2)
    experiment = replace(LENET, training=recipe, seed=seed)
    events: list[AnyEvent] = [STARTED]
    for epoch, share in enumerate(top1, 1):
        metrics = {"val/loss": 1 - share, "val/top1": share}
        events.append(EpochFinished(at=1.0, epoch=epoch, step=2 * epoch, metrics=metrics, seconds=1.0))
    events.append(FinalTest(at=2.0, metrics={"test/top1": top1[-1]}))
    return SavedRun(folder=Path("/runs") / name, experiment=experiment, events=tuple(events))


SEEDS = [run(f"sgd-{seed}", "SGD", seed, (0.5, share)) for seed, share in enumerate((0.6, 0.7, 0.8))]
ADAM = run("adam-1", "Adam", 0, (0.7, 0.9))
MACS = {each.folder: 416_520 for each in (*SEEDS, ADAM)}


def steps_of(run: SavedRun) -> Steps:
    """The steps of its epochs, each with half of the loss before, and without the accuracy of the last."""
    step = np.arange(1, 1 + 2 * run.num_epochs)
    return Steps(step, 0.5**step, np.where(step == len(step), np.nan, 0.5))


def in_fold(run: SavedRun, fold: str) -> SavedRun:
    experiment = run.experiment
    return replace(run, experiment=replace(experiment, data=replace(experiment.data, fold=fold)))


def compare(runs: Sequence[SavedRun]) -> ComparedRuns:
    return ComparedRuns(runs, MACS, {run.folder: step_curves(run, steps_of(run), 1) for run in runs})


def test_runs_that_differ_in_the_seed_alone_are_a_group_with_mean_and_deviation() -> None:
    compared = compare([*SEEDS, ADAM])
    assert compared.columns() == (
        "Runs",
        "Optimizer",
        "Epochs trained",
        "Validation",
        "Test (last weights)",
        "Parameters",
        "MACs",
        "Training time",
    )
    assert compared.rows() == (
        ("3 seeds", "SGD", "2 of 2", "70.0 ± 10.0 %", "70.0 ± 10.0 %", "61,706", "416,520", "2 s"),
        ("adam-1", "Adam", "2 of 2", "90.0 %", "90.0 %", "61,706", "416,520", "2 s"),
    )
    assert [group.label for group in compared.groups] == ["SGD", "Adam"]


def test_notes_and_tags_stand_beside_the_results() -> None:
    first, second = (replace(each, notes=Notes(note=f"try\n{n}", tags=("rates",))) for n, each in enumerate(SEEDS[:2]))
    compared = compare([first, second, ADAM])
    assert compared.columns()[-2:] == ("Tags", "Note")
    assert [row[-2:] for row in compared.rows()] == [("rates", "try 0 · try 1"), ("", "")]
    assert [compared.columns()[place] for place in compared.numbers] == list(RESULTS)


def test_a_group_is_drawn_as_its_mean_between_its_lowest_and_its_highest() -> None:
    compared = compare(SEEDS)
    (group,) = compared.groups
    curve = compared.curve(group, "val", "top1")
    assert curve is not None
    assert curve.x.tolist() == [1, 2]
    assert curve.y.tolist() == pytest.approx([0.5, 0.7])
    assert curve.low.tolist() == pytest.approx([0.5, 0.6])
    assert curve.high.tolist() == pytest.approx([0.5, 0.8])
    assert curve.at(1.8) == pytest.approx(0.7)


def test_the_losses_of_heads_are_compared_by_epoch_on_both_splits() -> None:
    metrics = {"train/age/loss": 5.0, "val/loss": 7.0, "val/age/mae": 2.0, "val/age/loss": 4.0}
    one = replace(ADAM, events=(STARTED, EpochFinished(at=1.0, epoch=1, step=2, metrics=metrics, seconds=1.0)))
    compared = compare([one])
    assert compared.measures == ("val/age/mae", "val/age/loss") and compared.head_losses == ("val/age/loss",)
    (group,) = compared.groups
    drawn = [compared.curve(group, split, "age/loss") for split in ("train", "val")]
    assert [(curve.x.tolist(), curve.y.tolist()) for curve in drawn if curve] == [([1], [5]), ([1], [4])]
    assert "train,age/loss,1.0,5.0,5.0,5.0" in compared.csv()
    assert not compare(SEEDS).head_losses


def test_the_results_of_several_heads_are_told_by_their_measures() -> None:
    metrics = {"val/which/f1": 0.5, "val/covered/mae": 2.0, "val/loss": 7.0}
    one = replace(ADAM, events=(STARTED, EpochFinished(at=1.0, epoch=1, step=2, metrics=metrics, seconds=1.0)))
    (row,) = compare([one]).rows()
    assert row[-5:-3] == ("F1 50.0 %, MAE 2", "")


def test_a_seed_that_failed_or_ran_twice_is_told() -> None:
    """The newest run of a seed counts; counting a seed twice would underestimate the spread."""
    failed = SavedRun(folder=Path("/runs/failed"), experiment=SEEDS[0].experiment, events=(STARTED,))
    again = run("again", "SGD", 1, (0.5, 0.9))
    compared = compare([failed, *SEEDS[1:], again])
    (row,) = compared.rows()
    values = (0.8, 0.9)
    spread = f"{100 * statistics.mean(values):.1f} ± {100 * statistics.stdev(values):.1f} % (2 of 3)"
    assert (row[0], row[-5], row[-4]) == ("4 runs, 3 seeds", spread, spread)


def test_folds_are_averaged_but_not_with_those_of_another_cross_validation() -> None:
    halves = [in_fold(each, fold) for each, fold in zip(SEEDS[:2], ("1/2", "2/2"), strict=True)]
    both = [replace(each, experiment=replace(each.experiment, seed=0)) for each in halves]
    compared = compare(both)
    (row,) = compared.rows()
    found = dict(zip(compared.columns(), row, strict=True))
    assert (found["Runs"], found["Test (last weights)"]) == (
        "2 folds",
        f"65.0 ± {100 * statistics.stdev((0.6, 0.7)):.1f} %",
    )
    compared = compare([*halves, in_fold(SEEDS[2], "1/3"), SEEDS[0]])
    assert compared.settings == ("folds",)
    assert [(row[0], row[1]) for row in compared.rows()] == [
        ("2 seeds, 2 folds", "2"),
        (SEEDS[2].folder.name, "3"),
        (SEEDS[0].folder.name, "none"),
    ]
    again = compare([*both, replace(both[0], folder=Path("/runs/again"))])
    assert [row[0] for row in again.rows()] == ["3 runs, 2 folds"]


def test_epochs_that_one_seed_lacks_are_not_filled_with_its_next() -> None:
    whole, gap = (run(f"seed-{seed}", "SGD", seed, (0.1, 0.2, 0.3)) for seed in (0, 1))
    events = tuple(
        replace(event, metrics={"val/loss": 0.5}) if isinstance(event, EpochFinished) and event.epoch == 2 else event
        for event in gap.events
    )
    compared = compare([whole, replace(gap, events=events)])
    curve = compared.curve(compared.groups[0], "val", "top1")
    assert curve is not None
    assert curve.x.tolist() == [1, 3] and curve.y.tolist() == curve.low.tolist() == [0.1, 0.3]


def test_all_curves_are_a_table() -> None:
    first = replace(SEEDS[0], notes=Notes(note="try\n1, 2", tags=("rates", "low")))
    table = list(csv.DictReader(io.StringIO(compare([first, *SEEDS[1:], ADAM]).csv())))
    keys = ("runs", "split", "measure")
    (last,) = [row for row in table if [*map(row.get, keys), row["epoch"]] == ["SGD", "val", "top1", "2.0"]]
    assert [float(last[name]) for name in ("mean", "least", "greatest")] == pytest.approx([0.7, 0.6, 0.8])
    assert {tuple(map(row.get, keys)) for row in table} == {
        (runs, split, measure) for runs in ("SGD", "Adam") for split in ("val", "train") for measure in ("loss", "top1")
    }
    assert {(row["runs"], row["tags"], row["note"]) for row in table} == {
        ("SGD", "rates, low", "try 1, 2"),
        ("Adam", "", ""),
    }


def test_steps_stand_at_their_place_in_the_epochs_and_end_with_the_shortest_run() -> None:
    short = run("sgd-short", "SGD", 9, (0.5,))
    compared = compare([SEEDS[0], short])
    (group,) = compared.groups
    curve = compared.curve(group, "train", "loss")
    assert curve is not None
    assert curve.x.tolist() == [0.5, 1.0] and curve.y[0] == pytest.approx(0.5)
    accuracy = compared.curve(group, "train", "top1")
    assert accuracy is not None and accuracy.x.tolist() == [0.5], "the shorter run knows no other"
    assert group.epochs() == "1 of 2"
    assert compared.curve(group, "train", "f1") is None


def test_of_very_many_steps_every_so_many_are_drawn_and_smoothed_over_as_many() -> None:
    step = np.arange(1, 100_001)
    x, y = step_curves(SEEDS[0], Steps(step, 1.0 + step % 2, np.full(len(step), np.nan)), 100)["loss"]
    assert x.tolist() == [*range(50, 50_001, 50)], "an epoch has two steps"
    assert np.abs(y[10:] - 1.5).max() < 0.01


def test_a_run_of_few_steps_has_them_all_beside_one_of_very_many(tmp_path: Path) -> None:
    runs = []
    for name, num_steps in (("SGD", 2 * MOST_POINTS), ("Adam", 3)):
        folder = create_run(tmp_path, run(name, name, 0, (1.0,)).experiment)
        steps = (replace(STEP, step=step) for step in range(1, num_steps + 1))
        (folder / EVENTS).write_bytes(encode((STARTED, *steps, RunStopped(at=0.0, step=num_steps))))
        runs.append(open_run(folder))
    many, few = (curves["loss"] for curves in read_step_curves(runs).values())
    assert len(many[0]) == MOST_POINTS and few[0].tolist() == [0.5, 1.0, 1.5]


def test_a_run_that_never_came_to_a_step_has_a_row_and_no_curve() -> None:
    compared = compare([SavedRun(folder=Path("r"), experiment=LENET, events=())])
    (row,) = compared.rows()
    assert row[-3:] == ("", "", "")
    assert compared.curve(compared.groups[0], "val", "loss") is None

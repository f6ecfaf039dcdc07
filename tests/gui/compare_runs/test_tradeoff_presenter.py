"""What runs reach for what they cost: the bubbles, the Pareto front, and who is not shown."""

import csv
import io
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.events import AnyEvent, DataPrepared, EpochFinished, FinalTest, RunFailed, RunFinished, RunStarted
from workbench.gui.compare_runs.presenter import ComparedRuns
from workbench.gui.compare_runs.tradeoff import Missing, Result, Spread, pareto_front, told
from workbench.runs.store import SavedRun
from workbench.spec.component import Component
from workbench.spec.files import read_experiment
from workbench.spec.record import replace
from workbench.training.results.repeats import brief_names, with_its_name

LENET = read_experiment("lenet")
ACCURACY = Result(metric="val/top1")
NUM_TRAIN = 500


def run(
    name: str,
    network: str = "lenet",
    *,
    seed: int = 0,
    epochs: tuple[dict[str, float], ...] = (),
    ending: tuple[AnyEvent, ...] = (RunFinished(at=9.0, epochs=2, metrics={}),),
    num_parameters: int = 61_706,
    seconds: float = 5.0,
) -> SavedRun:
    """A run of a preset's network with these metrics after its epochs."""
    experiment = replace(LENET, architecture=read_experiment(network).architecture, seed=seed)
    started = RunStarted(
        at=0.0, num_parameters=num_parameters, steps_per_epoch=2, epochs=2, first_step=1, device="CPU", environment={}
    )
    prepared = DataPrepared(
        at=0.0, num_train=NUM_TRAIN, num_val=9, num_test=9, class_names=(), picture_shape=(1, 28, 28), fingerprint=""
    )
    told = [
        EpochFinished(at=1.0, epoch=epoch, step=2 * epoch, metrics=metrics, seconds=seconds)
        for epoch, metrics in enumerate(epochs, 1)
    ]
    return SavedRun(folder=Path("/runs") / name, experiment=experiment, events=(prepared, started, *told, *ending))


def reached(*accuracies: float) -> tuple[dict[str, float], ...]:
    return tuple({"train/loss": 1.0, "val/loss": 1 - share, "val/top1": share} for share in accuracies)


FIRST, SECOND = (run(f"lenet-{seed}", seed=seed, epochs=reached(0.9, share)) for seed, share in ((1, 0.6), (2, 0.8)))
LARGE = run("resnet-1", "resnet20", epochs=reached(0.85), num_parameters=271_098, seconds=20.0)
MACS = {FIRST.folder: 416_520, SECOND.folder: 416_520, LARGE.folder: 40_813_184}


@given(st.lists(st.tuples(st.integers(0, 6) | st.floats(0, 10), st.integers(-6, 6) | st.floats(-10, 10))))
def test_the_front_is_what_no_other_dominates(points: list[tuple[float, float]]) -> None:
    def dominated(cost: float, result: float) -> bool:
        return any(c <= cost and r >= result and (c < cost or r > result) for c, r in points)

    front = pareto_front(points)
    assert set(front) == {place for place, point in enumerate(points) if not dominated(*point)}
    assert len(set(front)) == len(front) and sorted(points[place][0] for place in front) == [
        points[place][0] for place in front
    ]


def test_repeats_are_a_bubble_in_the_middle_of_their_error_bars() -> None:
    compared = ComparedRuns([FIRST, SECOND, LARGE], MACS, {})
    shown = compared.tradeoff(ACCURACY, "macs")
    assert [each.number for each in shown.bubbles] == [0, 1] and not shown.missing
    small, large = shown.bubbles
    assert small.result == pytest.approx((0.7, 0.6, 0.8)) and small.cost == Spread(416_520, 416_520, 416_520)
    assert large.result == Spread(0.85, 0.85, 0.85) and (small.parameters, large.parameters) == (61_706, 271_098)
    assert shown.front == (0, 1)
    assert compared.names == ("LeNet-5", "ResNet-20")
    assert told(small, True, ACCURACY, "macs", "MACs per picture") == (
        ("Validation accuracy", "70.0 % (60.0 % to 80.0 %)"),
        ("MACs per picture", "417 k"),
        ("Parameters", "61.7 k"),
        ("Pareto front", "no other reaches more for less"),
    )


def test_the_best_epoch_is_that_of_the_lowest_loss_and_may_turn_the_front_around() -> None:
    compared = ComparedRuns([FIRST, SECOND, LARGE], MACS, {})
    assert compared.results[:2] == (ACCURACY, Result(metric="val/top1", at="best"))
    shown = compared.tradeoff(compared.results[1], "macs")
    assert shown.bubbles[0].result == Spread(0.9, 0.9, 0.9)
    assert shown.front == (0,), "the large one reaches less for more"
    assert [each.words for each in compared.results] == [
        "Validation accuracy",
        "Validation accuracy, best epoch",
        "Validation loss",
        "Validation loss, best epoch",
        "Training loss",
    ]


def test_of_a_loss_less_is_better() -> None:
    shown = ComparedRuns([FIRST, SECOND, LARGE], MACS, {}).tradeoff(Result(metric="val/loss"), "macs")
    assert [each.result.mean for each in shown.bubbles] == pytest.approx([0.3, 0.15])
    assert shown.front == (0, 1)


def test_time_is_that_of_the_epochs_as_a_whole_or_per_picture() -> None:
    compared = ComparedRuns([FIRST, SECOND, LARGE], MACS, {})
    whole = [each.cost.mean for each in compared.tradeoff(ACCURACY, "training_s").bubbles]
    assert whole == [10.0, 20.0]
    each = [each.cost.mean for each in compared.tradeoff(ACCURACY, "example_s").bubbles]
    assert each == pytest.approx([5 / NUM_TRAIN, 20 / NUM_TRAIN])
    assert compared.cost_names["example_s"] == "Time per picture"
    column = compared.columns().index("Training time")
    assert [row[column] for row in compared.rows()] == ["10 s", "20 s"]


def test_runs_that_lack_a_number_are_named_with_the_reason() -> None:
    failed = run("failed", "vgg_small", ending=(RunFailed(at=1.0, what="broke", advice="mend it", step=1),))
    points = run("points", "plain20", epochs=({"val/loss": 1.0, "val/mae": 2.0},))
    lost = run("lost", "resnet18", epochs=({"val/loss": math.nan, "val/top1": math.nan},))
    unknown = run("unknown", "vit_mini", epochs=reached(0.7))
    untested = run("untested", "densenet_mini", epochs=reached(0.7))
    compared = ComparedRuns([LARGE, failed, points, lost, unknown], MACS | {lost.folder: 1, failed.folder: 1}, {})
    shown = compared.tradeoff(ACCURACY, "macs")
    assert [each.number for each in shown.bubbles] == [0]
    assert shown.missing == (
        Missing(run="failed", why="it failed"),
        Missing(run="points", why="it measures MAE instead of accuracy"),
        Missing(run="lost", why="its accuracy is not a finite number"),
        Missing(run="unknown", why="its network has errors"),
    )
    tested = replace(LARGE, events=(*LARGE.events, FinalTest(at=9.0, metrics={"test/top1": 0.8})))
    shown = ComparedRuns([tested, untested], MACS, {}).tradeoff(Result(metric="test/top1"), "parameters")
    assert shown.missing == (Missing(run="untested", why="it has no test accuracy"),)


def test_without_any_number_something_can_still_be_chosen() -> None:
    never = SavedRun(folder=Path("/runs/never"), experiment=LENET, events=())
    compared = ComparedRuns([never], {}, {})
    (result,) = compared.results
    shown = compared.tradeoff(result, "macs")
    assert not shown.bubbles and shown.missing == (Missing(run="never", why="it was stopped"),)


def test_names_are_as_brief_as_they_can_be() -> None:
    assert brief_names([("LeNet", "SGD"), ("VGG", "SGD")]) == ("LeNet", "VGG")
    assert brief_names([("LeNet", "SGD"), ("LeNet", "Adam")]) == ("SGD", "Adam")
    assert brief_names([("A", "1", "x"), ("A", "2", "x"), ("B", "1", "y")]) == ("A · 1", "A · 2", "B · 1")
    assert brief_names([("A", "1", "x"), ("A", "1", "y"), ("A", "2", "y"), ("B", "1", "x"), ("B", "1", "y")]) == (
        "A · 1 · x",
        "A · 1 · y",
        "A · 2 · y",
        "B · 1 · x",
        "B · 1 · y",
    )
    assert brief_names([()]) == brief_names([]) == ()
    recipe = replace(LENET.training, optimizer=Component(type="Adam"))
    other = replace(FIRST, folder=Path("/runs/adam"), experiment=replace(FIRST.experiment, training=recipe))
    assert ComparedRuns([FIRST, other], MACS, {}).names == ("SGD (lr 0.05, momentum 0.9)", "Adam")
    assert ComparedRuns([FIRST], MACS, {}).names == (LENET.name,)
    shorter = replace(FIRST.experiment, training=replace(LENET.training, epochs=3))
    names = ComparedRuns([FIRST, replace(FIRST, folder=Path("/runs/3"), experiment=shorter)], MACS, {}).names
    assert names == (f"{LENET.training.epochs} epochs", "3 epochs")
    assert with_its_name("batch size", "64") == "batch size 64" and with_its_name("optimizer", "SGD") == "SGD"
    assert with_its_name("augmentation", "none") == "augmentation none"


def test_the_bubbles_are_a_table() -> None:
    compared = ComparedRuns([FIRST, SECOND, LARGE], MACS, {})
    rows = list(csv.DictReader(io.StringIO(compared.tradeoff_csv(ACCURACY, "macs"))))
    assert [row["runs"] for row in rows] == ["LeNet-5", "ResNet-20"]
    numbers = ("mean val/top1", "least val/top1", "greatest val/top1", "mean MACs per picture", "parameters")
    assert [float(rows[0][name]) for name in numbers] == pytest.approx([0.7, 0.6, 0.8, 416_520, 61_706])
    assert [row["on the front"] for row in rows] == ["yes", "yes"]

"""The curves of a run, computed from its events."""

import csv
import io
import math

import pytest

from workbench.events import (
    AnyEvent,
    CheckpointSaved,
    DataPrepared,
    EpochFinished,
    RecipeChanged,
    RunStarted,
    StepFinished,
)
from workbench.gui.watch.curves.presenter import CurvesPresenter, epoch_ticks
from workbench.spec.column import Column
from workbench.spec.files import read_experiment
from workbench.spec.record import replace


def run_of(epochs: int, steps_per_epoch: int = 10) -> list[AnyEvent]:
    events: list[AnyEvent] = [
        RunStarted(
            at=0.0,
            num_parameters=1,
            steps_per_epoch=steps_per_epoch,
            epochs=epochs,
            first_step=1,
            device="cpu",
            environment={},
        )
    ]
    for epoch in range(1, epochs + 1):
        for step in range((epoch - 1) * steps_per_epoch + 1, epoch * steps_per_epoch + 1):
            events.append(StepFinished(at=step, step=step, loss=1 / step, accuracy=1 - 1 / step, learning_rate=0.1))
        metrics = {"val/loss": 2 / epoch, "val/top1": 0.5}
        events.append(EpochFinished(at=step, epoch=epoch, step=step, metrics=metrics, seconds=1.0))
        events.append(
            CheckpointSaved(at=step, file="checkpoints/best.safetensors", step=step, sha256="", best=epoch == 1)
        )
    return events


@pytest.fixture
def presenter() -> CurvesPresenter:
    presenter = CurvesPresenter()
    presenter.feed(run_of(3))
    return presenter


def test_points_stand_at_their_steps(presenter: CurvesPresenter) -> None:
    assert presenter.loss.train.raw.x.tolist() == list(range(1, 31))
    assert presenter.loss.validation.x.tolist() == [10, 20, 30]
    assert presenter.loss.validation.y.tolist() == pytest.approx([2, 1, 2 / 3])
    assert presenter.measure.train.raw.y[-1] == pytest.approx(1 - 1 / 30)


@pytest.mark.parametrize(
    ("validations", "highest"),
    [((15.6, 0.7, 0.5, 0.4), 1.0), ((0.5, 0.4, 0.9, 9.0), 9.0), ((15.6,), 15.6), ((0.9, 0.8, 2.9, 0.7), 2.9)],
)
def test_a_first_validation_far_above_all_else_does_not_flatten_the_loss(
    validations: tuple[float, ...], highest: float
) -> None:
    """As with batch normalisation, whose statistics lag behind. What has just happened is always shown."""
    presenter = CurvesPresenter()
    events = run_of(len(validations))
    found = iter(validations)
    presenter.feed(
        [replace(e, metrics={"val/loss": next(found)}) if isinstance(e, EpochFinished) else e for e in events]
    )
    assert presenter.loss.usual_bounds == (pytest.approx(1 / (10 * len(validations))), highest)
    assert presenter.loss.bounds is not None and presenter.loss.bounds[1] == max(*validations, 1.0)


def test_feeding_in_pieces_gives_the_same_curves(presenter: CurvesPresenter) -> None:
    piecewise = CurvesPresenter()
    for event in run_of(3):
        piecewise.feed([event])
    assert piecewise.points().csv() == presenter.points().csv()
    assert piecewise.loss.train.shown.y.tolist() == pytest.approx(presenter.loss.train.shown.y.tolist())


def test_the_best_epoch_is_the_one_whose_checkpoint_was_kept(presenter: CurvesPresenter) -> None:
    assert presenter.best_epoch == 1


def test_smoothing_leaves_the_steps_as_they_are(presenter: CurvesPresenter) -> None:
    raw = presenter.loss.train.raw.y.tolist()
    presenter.smooth_over(0)
    assert presenter.loss.train.shown is presenter.loss.train.raw
    presenter.smooth_over(10)
    assert presenter.loss.train.raw.y.tolist() == raw
    assert presenter.loss.train.shown.y[-1] != raw[-1]


def test_the_csv_holds_every_point_and_says_where_the_loss_was_lost() -> None:
    presenter = CurvesPresenter()
    presenter.feed([*run_of(1), StepFinished(at=11, step=11, loss=math.inf, accuracy=0.1, learning_rate=0.1)])
    rows = list(csv.DictReader(io.StringIO(presenter.points().csv())))
    assert [row["step"] for row in rows] == [str(step) for step in range(1, 12)]
    assert rows[9]["epoch"] == "1" and rows[9]["val_loss"] == "2.0"
    assert rows[10]["train_loss"] == "nan" and rows[10]["train_accuracy"] == "0.1"


def test_what_is_written_are_the_points_of_the_moment(presenter: CurvesPresenter) -> None:
    """They are written in another thread while the run continues."""
    points, before = presenter.points(), presenter.points().csv()
    step = presenter.last_step + 1
    presenter.feed([StepFinished(at=9, step=step, loss=math.nan, accuracy=0.1, learning_rate=0.1)])
    assert presenter.points().csv() != before == points.csv()
    presenter.begin()
    assert points.csv() == before


def test_another_run_begins_empty(presenter: CurvesPresenter) -> None:
    presenter.begin()
    assert presenter.is_empty and not len(presenter.loss.train.raw) and presenter.best_epoch is None


def test_the_nearest_point_is_told(presenter: CurvesPresenter) -> None:
    assert presenter.loss.validation.nearest(14) == pytest.approx((10, 2))
    assert presenter.loss.validation.nearest(1e9) == pytest.approx((30, 2 / 3))
    assert CurvesPresenter().loss.validation.nearest(3) is None


def test_many_epochs_get_few_round_ticks() -> None:
    ticks = epoch_ticks([(epoch, 100 * epoch) for epoch in range(1, 91)], shown=(0, 9000), room=900)
    assert [label for _, label in ticks] == ["epoch 10", "20", "30", "40", "50", "60", "70", "80", "90"]
    assert ticks[0][0] == 1000


def test_epochs_that_stand_close_do_not_run_into_each_other() -> None:
    """Few epochs on a narrow part of the chart are as close together as many on all of it."""
    epochs = [(epoch, 71 * epoch) for epoch in range(1, 9)]
    assert epoch_ticks(epochs, shown=(0, 800), room=150) == [(355.0, "epoch 5")]
    assert [label for _, label in epoch_ticks(epochs, shown=(0, 800), room=140)] == ["epoch 2", "4", "6", "8"]
    assert [label for _, label in epoch_ticks(epochs, shown=(300, 500), room=30)] == ["epoch 5", "6", "7"]
    assert epoch_ticks([], shown=(0, 800), room=30) == []


def test_with_several_heads_the_first_is_shown() -> None:
    presenter = CurvesPresenter()
    metrics = {"train/loss": 9.0, "val/loss": 1.0, "val/age/top1": 0.25, "val/gender/top1": 0.75}
    presenter.feed([EpochFinished(at=1.0, epoch=1, step=10, metrics=metrics, seconds=1.0)])
    assert presenter.loss.validation.y.tolist() == [1.0]
    assert presenter.measure.validation.y.tolist() == [0.25]


AGE_AND_KIND = {"train/loss": 9.0, "train/age/loss": 5.0, "train/kind/loss": 4.0}
VALIDATED = {"val/loss": 7.0, "val/age/loss": 4.0, "val/kind/loss": 3.0, "val/age/mae": 2.0, "val/kind/top1": 0.5}


def test_the_losses_of_several_heads_can_be_looked_at_after_the_measures() -> None:
    presenter = CurvesPresenter()
    for epoch, scale in ((1, 1.0), (2, 0.5)):
        metrics = {name: scale * value for name, value in (AGE_AND_KIND | VALIDATED).items()}
        presenter.feed([EpochFinished(at=epoch, epoch=epoch, step=10 * epoch, metrics=metrics, seconds=1.0)])
    assert presenter.names == ("val/age/mae", "val/kind/top1", "val/age/loss", "val/kind/loss")
    assert presenter.measure.title == "MAE · age"
    presenter.choose("val/kind/loss")
    assert (presenter.measure.title, presenter.measure.is_share) == ("Loss · kind", False)
    assert presenter.measure.train.shown.x.tolist() == [10, 20]
    assert presenter.measure.train.shown.y.tolist() == [4.0, 2.0]
    assert presenter.measure.validation.y.tolist() == [3.0, 1.5]
    first, _ = csv.DictReader(io.StringIO(presenter.points().csv()))
    assert (first["train_age_loss"], first["val_age_loss"], first["val_loss"]) == ("5.0", "4.0", "7.0")
    presenter.begin()
    assert presenter.names == ("val/top1",) and presenter.measure.title == "Accuracy"


def test_without_validation_the_losses_of_heads_stand_beside_the_accuracy_of_the_steps() -> None:
    presenter = CurvesPresenter()
    presenter.feed([StepFinished(at=0.5, step=10, loss=1.0, accuracy=0.5, learning_rate=0.1)])
    presenter.feed([EpochFinished(at=1.0, epoch=1, step=10, metrics=AGE_AND_KIND, seconds=1.0)])
    assert presenter.names == ("val/top1", "val/age/loss", "val/kind/loss")
    assert presenter.measure.train.raw.y.tolist() == [0.5]
    presenter.choose("val/age/loss")
    assert presenter.measure.train.raw.y.tolist() == [5.0] and not len(presenter.measure.validation)


def test_changes_are_marked_where_they_were_made() -> None:
    presenter = CurvesPresenter()
    presenter.feed(
        (
            RunStarted(
                at=0.0, num_parameters=1, steps_per_epoch=10, epochs=2, first_step=1, device="cpu", environment={}
            ),
            RecipeChanged(at=0.1, step=4, path="training.optimizer.lr", before=0.05, after=0.01),
            RecipeChanged(at=0.1, step=4, path="training.epochs", before=2, after=5),
            RecipeChanged(at=0.2, step=7, path="data.augmentation", before=[], after=[{"type": "Shift", "parameters": {}}]),
        )
    )  # fmt: skip
    told = {step: [(mark.labels, mark.words) for mark in marks] for step, marks in presenter.changes.items()}
    assert told == {
        4: [
            (("learning rate 0.05 → 0.01", "learning rate → 0.01", "learning rate"), "learning rate 0.05 → 0.01"),
            (("epochs 2 → 5", "epochs → 5", "epochs"), "epochs 2 → 5"),
        ],
        7: [(("augmentation",), "augmentation none → Shift")],
    }
    assert presenter.num_steps == 50
    presenter.begin()
    assert presenter.changes == {}


def test_every_measure_can_be_looked_at() -> None:
    presenter = CurvesPresenter()
    assert presenter.measure.title == "Accuracy"
    step = StepFinished(at=0.5, step=1, loss=1.0, accuracy=None, learning_rate=0.1)
    metrics = {"train/loss": 9.0, "val/loss": 1.0, "val/psnr": 24.0, "val/ssim": 0.5}
    presenter.feed([step, EpochFinished(at=1.0, epoch=1, step=1, metrics=metrics, seconds=1.0)])
    assert list(presenter.measures) == ["val/psnr", "val/ssim"]
    assert (presenter.measure.title, presenter.measure.is_share) == ("PSNR", False)
    assert presenter.measure.validation.y.tolist() == [24.0] and not len(presenter.measure.train.raw)
    presenter.choose("val/ssim")
    assert (presenter.measure.title, presenter.measure.is_share) == ("SSIM", True)
    assert presenter.measure.validation.y.tolist() == [0.5]
    presenter.feed([EpochFinished(at=2.0, epoch=2, step=2, metrics=metrics | {"val/ssim": 0.75}, seconds=1.0)])
    assert presenter.measure.validation.y.tolist() == [0.5, 0.75], "the choice stays"
    (row, second) = csv.DictReader(io.StringIO(presenter.points().csv()))
    assert (row["val_psnr"], row["val_ssim"], row["train_accuracy"], second["val_ssim"]) == ("24.0", "0.5", "", "0.75")
    presenter.begin()
    assert presenter.measure.title == "Accuracy" and not presenter.measures


@pytest.mark.parametrize(
    ("preset", "column", "title"),
    [
        ("regression-shapes", Column(name="covered", kind="number"), "MAE"),
        ("lenet", Column(name="class", kind="class"), "Accuracy"),
        ("super-resolution", Column(name="picture", kind="picture"), "PSNR"),
    ],
)
def test_the_chart_beside_the_loss_has_its_title_before_the_first_epoch_ends(
    preset: str, column: Column, title: str
) -> None:
    presenter = CurvesPresenter()
    presenter.begin(read_experiment(preset))
    presenter.feed([prepared(column, num_val=10)])
    assert (presenter.measure.title, presenter.measure.absence) == (title, "after each epoch")
    assert len(presenter.names) == 1


def test_the_title_names_the_first_of_several_heads_and_keeps_its_name() -> None:
    presenter = CurvesPresenter()
    presenter.begin(read_experiment("two-heads-shapes"))
    columns = Column(name="class", kind="class"), Column(name="covered", kind="number")
    step = StepFinished(at=0.5, step=1, loss=1.0, accuracy=0.5, learning_rate=0.1)
    presenter.feed([prepared(*columns, num_val=10), step])
    before = presenter.measure.title, presenter.measure.train.raw.y.tolist()
    first, *_ = presenter.names
    presenter.feed([EpochFinished(at=1.0, epoch=1, step=1, metrics={"val/loss": 1.0, first: 0.25}, seconds=1.0)])
    assert (presenter.measure.title, presenter.measure.train.raw.y.tolist()) == before
    assert presenter.measure.validation.y.tolist() == [0.25]


def test_without_validation_the_chart_beside_the_loss_says_why_it_is_empty() -> None:
    presenter = CurvesPresenter()
    presenter.begin(read_experiment("regression-shapes"))
    presenter.feed([prepared(Column(name="covered", kind="number"), num_val=0)])
    assert (presenter.measure.title, presenter.measure.absence) == ("MAE", "only with validation pictures")
    presenter.feed([StepFinished(at=0.5, step=1, loss=1.0, accuracy=0.5, learning_rate=0.1)])
    assert presenter.names == ("val/top1",), "the accuracy of the steps is all there will be"


def prepared(*columns: Column, num_val: int) -> DataPrepared:
    return DataPrepared(
        at=0.0,
        num_train=1,
        num_val=num_val,
        num_test=0,
        class_names=(),
        picture_shape=(1, 32, 32),
        fingerprint="",
        columns=columns,
    )


def test_the_steps_accuracy_goes_with_the_first_heads_alone() -> None:
    presenter = CurvesPresenter()
    step = StepFinished(at=0.5, step=1, loss=1.0, accuracy=0.5, learning_rate=0.1)
    metrics = {"val/loss": 1.0, "val/age/top1": 0.25, "val/gender/top1": 0.75}
    presenter.feed([step, EpochFinished(at=1.0, epoch=1, step=1, metrics=metrics, seconds=1.0)])
    assert presenter.measure.train.raw.y.tolist() == [0.5]
    presenter.choose("val/gender/top1")
    assert not len(presenter.measure.train.raw) and presenter.measure.validation.y.tolist() == [0.75]


def test_a_place_is_told_by_step_and_epoch_and_the_best_is_named_near_it(presenter: CurvesPresenter) -> None:
    assert presenter.place(1, near=0) == "step 1, epoch 1"
    assert presenter.place(10, near=0) == "step 10, epoch 1: best weights"
    assert presenter.place(11, near=0) == "step 11, epoch 2"
    assert presenter.place(11, near=2) == "step 11, epoch 2: best weights"

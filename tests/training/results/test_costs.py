"""What a run cost, by its log."""

from pathlib import Path

import pytest

from workbench.events import AnyEvent, DataPrepared, EpochFinished, RunStarted
from workbench.runs.store import SavedRun
from workbench.spec.files import read_experiment
from workbench.training.results.costs import Costs, costs_of, logged_macs
from workbench.training.results.measured import title_of

STARTED = RunStarted(
    at=0.0,
    num_parameters=61_706,
    steps_per_epoch=2,
    epochs=2,
    first_step=1,
    device="CPU",
    environment={},
    macs=416_520,
)


def saved(*events: AnyEvent) -> SavedRun:
    return SavedRun(folder=Path("run"), experiment=read_experiment("lenet"), events=events)


def test_time_is_that_of_the_epochs_and_a_picture_takes_its_share_of_a_typical_one() -> None:
    prepared = DataPrepared(
        at=0.0, num_train=50, num_val=9, num_test=9, class_names=(), picture_shape=(1, 28, 28), fingerprint=""
    )
    epochs = [
        EpochFinished(at=100.0 * epoch, epoch=epoch, step=epoch, metrics={}, seconds=seconds)
        for epoch, seconds in enumerate((20.0, 1.0, 3.0), 1)  # the first compiled, the second was resumed within
    ]
    run = saved(prepared, STARTED, *epochs)
    assert logged_macs(run) == 416_520
    costs = costs_of(run, logged_macs(run))
    assert (costs.parameters, costs.macs, costs.training_s) == (61_706, 416_520, 24.0)
    assert costs.example_s == pytest.approx(3 / 50)


def test_a_run_that_never_began_cost_nothing_that_is_known() -> None:
    assert costs_of(saved(), logged_macs(saved())) == Costs(parameters=None, macs=None, training_s=None, example_s=None)


def test_of_losses_and_errors_less_is_better() -> None:
    errors = {
        name for name in ("loss", "top1", "top5", "mae", "maxerror", "cs5", "psnr", "iou") if title_of(name).is_error
    }
    assert errors == {"loss", "mae", "maxerror"}

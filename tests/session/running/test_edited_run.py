"""A run whose folder or data was edited since its last checkpoint: what was edited is named, and it asks."""

import json

import numpy as np

from tests.session.waiting import DEADLINE_S, steps, wait_for
from tests.training.experiments import digits, endless
from workbench.runs.changes import EXPERIMENT, move_data, read_changes
from workbench.session.running.in_thread import resume, start
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.record import replace


def edit(folder, change):
    """Edit the experiment's file of a run, as with a text editor."""
    file = folder / EXPERIMENT
    found = json.loads(file.read_text())
    change(found)
    file.write_text(json.dumps(found))


def stopped_run(experiment, folder):
    run = start(experiment, folder)
    wait_for(lambda: len(steps(run)) >= 3)
    run.stop()
    assert run.join(DEADLINE_S) and run.state == "stopped"
    return run


def test_an_edited_experiment_file_is_named_as_a_difference(tmp_path):
    run = stopped_run(digits(epochs=500), tmp_path)
    faster = {"type": "SGD", "parameters": {"lr": 0.5, "momentum": 0.9}}
    edit(run.folder, lambda found: found["training"].update(optimizer=faster))
    asked = resume(run.folder)
    wait_for(lambda: asked.asking)
    assert asked.differences == ("experiment.json was edited: learning rate from 0.05 to 0.5",)
    asked.stop()
    assert asked.join(DEADLINE_S)


def test_an_edit_after_which_the_checkpoint_fits_no_longer_is_named_as_the_reason(tmp_path):
    def widen(found):
        (conv,) = (node for node in found["architecture"]["graph"]["nodes"] if node["name"] == "conv")
        conv["parameters"]["out_channels"] = 9

    run = stopped_run(digits(epochs=500), tmp_path)
    edit(run.folder, widen)
    failed = resume(run.folder)
    assert failed.join(DEADLINE_S) and failed.state == "failed"
    assert failed.log.since(0)[-1].what == (
        "experiment.json was edited: out channels of conv from 8 to 9: its checkpoint no longer fits the network; "
        "undo this, or start a new run"
    )


def test_an_edited_batch_size_is_named_rather_than_the_data(tmp_path):
    run = stopped_run(digits(epochs=500), tmp_path)
    edit(run.folder, lambda found: found["training"].update(batch_size=32))
    failed = resume(run.folder)
    assert failed.join(DEADLINE_S) and failed.state == "failed"
    ending = failed.log.since(0)[-1]
    assert (ending.what, ending.advice) == (
        "experiment.json was edited: batch size from 64 to 32: an epoch had 21 steps and now has 41, so the run cannot "
        "resume within it; undo this, or start a new run",
        "",
    )


def test_a_class_that_is_gone_from_the_data_is_the_reason_why_the_checkpoint_fits_no_longer(tmp_path):
    file = tmp_path / "pictures.npz"
    pictures = np.random.default_rng(0).integers(0, 256, (100, 8, 8), np.uint8)
    np.savez(file, x=pictures, y=np.arange(100) % 10)
    source = Component(type="ArrayFile", parameters={"file": str(file)})
    run = stopped_run(replace(endless(), data=DataRecipe(source=source)), tmp_path)
    np.savez(file, x=pictures, y=np.arange(100) % 9)
    failed = resume(run.folder)
    assert failed.join(DEADLINE_S) and failed.state == "failed"
    assert failed.log.since(0)[-1].what == (
        "the data differs from what it started with: its checkpoint no longer fits the network; undo this, or "
        "start a new run"
    )


def test_changes_during_a_run_and_data_that_moved_are_no_edits(tmp_path):
    file = tmp_path / "pictures.npz"
    np.savez(file, x=np.random.default_rng(0).integers(0, 256, (100, 8, 8), np.uint8), y=np.arange(100) % 10)
    source = Component(type="ArrayFile", parameters={"file": str(file)})
    run = start(replace(endless(), data=DataRecipe(source=source)), tmp_path)
    wait_for(lambda: len(steps(run)) >= 3)
    run.change("training.optimizer.weight_decay", 0.001)
    run.change("architecture.graph.nodes.dropout.p", 0.4)
    wait_for(lambda: len(read_changes(run.folder)) == 2)
    run.stop()
    assert run.join(DEADLINE_S)
    move_data(run.folder, file.rename(tmp_path / "moved.npz"))
    again = resume(run.folder, {"training.optimizer.lr": 0.01, "training.epochs": 6000})
    wait_for(lambda: len(read_changes(run.folder)) == 4)
    again.stop()
    assert again.join(DEADLINE_S) and again.differences == ()
    last = resume(run.folder)
    wait_for(lambda: last.state == "running" or last.asking)
    last.stop()
    assert last.join(DEADLINE_S) and last.differences == ()

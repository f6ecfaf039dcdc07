"""Runs on corrected labels equal those on right labels, learn more than those on wrong ones, and say what they do."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from tests.session.running.test_edited_run import edit, stopped_run
from tests.session.waiting import DEADLINE_S, wait_for
from tests.training.experiments import data_of, digits
from workbench import cli
from workbench.data.progress import silent
from workbench.data.relabel import relabelling
from workbench.events import DataPrepared, EpochFinished, FinalTest
from workbench.runs.store import BEST
from workbench.session.editing.network_facts import analyse_experiment
from workbench.session.running.in_thread import resume, start
from workbench.session.views.mistakes.asked import mistakes_of_run
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.files import to_json
from workbench.spec.mending import apply_remedy
from workbench.spec.record import replace

WRONG_SHARE = 0.1


@pytest.fixture(scope="module")
def arrays(tmp_path_factory):
    """The digits in files: with right labels, and with a share of the training labels drawn anew; the wrong ones."""
    folder, data = tmp_path_factory.mktemp("digits"), data_of(digits())
    pictures, labels = data.train.inputs.numpy(), data.train.targets["class"].numpy()
    random = np.random.default_rng(0)
    drawn = random.permutation(len(labels))[: int(WRONG_SHARE * len(labels))]
    wrong = labels.copy()
    wrong[drawn] = random.integers(0, 10, len(drawn))
    held_out = {"x_val": data.val.inputs.numpy(), "y_val": data.val.targets["class"].numpy()}
    held_out |= {"x_test": data.test.inputs.numpy(), "y_test": data.test.targets["class"].numpy()}
    np.savez(folder / "right.npz", x_train=pictures, y_train=labels, **held_out)
    np.savez(folder / "wrong.npz", x_train=pictures, y_train=wrong, **held_out)
    return folder, {f"train/{row}": str(labels[row]) for row in np.flatnonzero(wrong != labels)}


def on(file, epochs, **labels):
    source = Component(type="ArrayFile", parameters={"file": str(file)})
    return replace(digits(epochs=epochs), data=DataRecipe(source=source, **labels))


def trained(experiment, folder):
    run = start(experiment, folder)
    assert run.join(DEADLINE_S) and run.state == "finished"
    return run


def of_kind(run, kind):
    return [event for event in run.log.since(0) if isinstance(event, kind)]


def test_a_run_on_corrected_labels_is_bit_for_bit_that_on_right_ones(arrays, tmp_path):
    folder, right = arrays
    clean = trained(on(folder / "right.npz", 2), tmp_path)
    corrected = trained(on(folder / "wrong.npz", 2, relabel={"class": right}), tmp_path)
    for kind in (EpochFinished, FinalTest):
        assert [event.metrics for event in of_kind(clean, kind)] == [
            event.metrics for event in of_kind(corrected, kind)
        ]
    weights, others = (load_file(run.folder / BEST) for run in (clean, corrected))
    assert weights.keys() == others.keys() and all((weights[name] == others[name]).all() for name in weights)
    (told,), (untold,) = of_kind(corrected, DataPrepared), of_kind(clean, DataPrepared)
    assert told.fingerprint == untold.fingerprint
    assert (told.num_relabelled, untold.num_relabelled) == (len(right), 0)


def test_labels_corrected_to_what_the_network_is_sure_of_make_validation_better(arrays, tmp_path):
    folder, right = arrays
    noisy = on(folder / "wrong.npz", 8)
    before = trained(noisy, tmp_path)
    (found,) = mistakes_of_run(before.folder, silent, "train").heads
    data = noisy.data
    for row in found.pictures():
        if found.confidence[row] > 0.8:
            data = relabelling(data, "class", {found.names[row]: found.class_names[found.predicted[row]]})
    labels = data.relabel["class"]
    assert len(labels) > len(right) / 2
    assert np.mean([right.get(name) == label for name, label in labels.items()]) > 0.9
    after = trained(replace(noisy, data=data), tmp_path)
    losses = [min(event.metrics["val/loss"] for event in of_kind(run, EpochFinished)) for run in (before, after)]
    assert losses[1] < 0.8 * losses[0]
    (again,) = mistakes_of_run(after.folder, silent, "train").heads
    assert again.own_labels.keys() == labels.keys()


def test_labels_corrected_since_the_checkpoint_are_named(arrays, tmp_path):
    folder, right = arrays
    run = stopped_run(on(folder / "wrong.npz", 500), tmp_path)
    edit(run.folder, lambda found: found["data"].update(relabel={"class": right}))
    asked = resume(run.folder)
    wait_for(lambda: asked.asking)
    assert asked.differences == (
        f"experiment.json was edited: labels corrected from none to {len(right)}",
        "the data differs from what it started with",
    )
    asked.stop()
    assert asked.join(DEADLINE_S)


def test_the_commands_tell_of_corrected_labels(arrays, tmp_path, capsys):
    folder, right = arrays
    (tmp_path / "mine.json").write_text(to_json(on(folder / "wrong.npz", 1)))
    corrected = f"data.relabel={json.dumps({'class': right})}"
    for settings in ([], ["--set", corrected]):
        assert cli.main(["train", str(tmp_path / "mine.json"), "--runs", str(tmp_path / "runs"), *settings]) == 0
        told = capsys.readouterr()
        assert (f"labels corrected: {len(right)}" in told.out + told.err) == bool(settings)
    first, second = sorted(map(str, (tmp_path / "runs").iterdir()))
    assert cli.main(["diff", first, second]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("labels corrected"))
    assert line.split() == ["labels", "corrected", "none", str(len(right))]
    assert cli.main(["mistakes", second, "--split", "train", "--worst", "1300"]) == 0
    assert capsys.readouterr().out.count(" (was ") == len(right)


def test_a_class_that_the_data_lacks_is_a_problem_that_a_button_mends(arrays):
    folder, _ = arrays
    experiment = on(folder / "wrong.npz", 1, relabel={"class": {"train/3": "ten", "train/4": "1"}})
    (problem,) = analyse_experiment(experiment).problems
    assert problem.what == "the label of train/3 is corrected to ten, which is no class of class"
    mended = apply_remedy(experiment, problem.remedy)
    assert mended.data.relabel == {"class": {"train/4": "1"}} and not analyse_experiment(mended).problems


def test_a_class_that_the_data_lacks_is_said_before_a_run_begins(arrays, tmp_path, capsys):
    folder, _ = arrays
    (tmp_path / "mine.json").write_text(to_json(on(folder / "wrong.npz", 1, relabel={"class": {"train/3": "ten"}})))
    assert cli.main(["train", str(tmp_path / "mine.json"), "--runs", str(tmp_path / "runs")]) == 2
    assert "train/3 is corrected to ten, which is no class of class: choose" in capsys.readouterr().err
    assert not (tmp_path / "runs").exists()

"""Feature maps of a run's network, while it runs and from its folder, and the pictures that excite its channels."""

import numpy as np
import pytest
import torch

from tests.session.waiting import DEADLINE_S, wait_for
from tests.training.experiments import data_of, digits, endless
from workbench.data.progress import Cancelled
from workbench.runs.store import open_run
from workbench.session.running.in_thread import start
from workbench.session.running.replay import Replay
from workbench.session.views.attention import OnePicture
from workbench.session.views.feature_sheet import NOT_A_NUMBER, ZERO, colours, levels
from workbench.session.views.features import FeaturesQuestion, Rankings
from workbench.session.views.network import network_of_run
from workbench.spec.component import Component
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.record import replace
from workbench.training import beginning


def seen(run, path, **picture):
    number = run.insight.features.ask(FeaturesQuestion(picture=OnePicture(name="7", **picture), path=path))
    wait_for(lambda: run.insight.features.answers.newest(number - 1) is not None)
    return run.insight.features.answers.newest()[1]


def ranked(run, path):
    number = run.insight.strongest.ask(path)
    wait_for(lambda: run.insight.strongest.answers.newest(number - 1) is not None)
    return run.insight.strongest.answers.newest()[1]


def hooked(module, path, inputs):
    found = []
    handle = module.get_submodule(path).register_forward_hook(lambda _m, _i, output: found.append(output.clone()))
    with torch.no_grad():
        module(inputs)
    handle.remove()
    return found[0].numpy()


def test_maps_and_strongest_pictures_are_those_of_the_best_checkpoint_in_evaluation(tmp_path):
    experiment = digits(epochs=1)
    experiment = replace(experiment, data=replace(experiment.data, corruption=Component(type="Noise")))
    run = start(experiment, tmp_path)
    assert seen(run, "relu", split="val", number=7).layers, "while it learns or just after"
    wait_for(lambda: run.state == "finished")
    replay = Replay(run.folder)
    plan, state = beginning.of_checkpoint(experiment, data_of(experiment), open_run(run.folder).checkpoint)
    batch = next(plan.splits["val"].in_order())
    expected = hooked(state.module.eval(), "relu", batch.inputs[7:8])[0]
    for each in (seen(run, "relu", split="val", number=7), seen(replay, "relu", split="val", number=7)):
        assert each.step == state.step and each.layer.path == "relu" and not each.problem
        np.testing.assert_allclose(each.values, expected, atol=1e-5)
    assert seen(replay, "nowhere", split="val", number=7).layer.path == "conv", (
        "the first, if there is none of the name"
    )

    assert seen(replay, "output", split="val", number=7).layer.path == "fc", "what the Output gives out"

    found = ranked(run, "relu")
    split, batches = plan.shown
    every = np.concatenate([hooked(state.module, "relu", each.inputs) for each in batches.in_order()])
    largest = every.reshape(*every.shape[:2], -1).max(axis=2)
    np.testing.assert_allclose(found.found.by_largest.responses, -np.sort(-largest, axis=0)[:16], atol=1e-5)
    assert found.split == split and found.patches.pixels(3, 0) == (2, 0, 4, 1)
    assert ranked(run, "relu") is found, "kept until the weights change"
    assert ranked(replay, "fc").patches is None

    def cancelling(_, done, total):
        raise Cancelled

    network, rankings = network_of_run(run.folder, lambda *_: None), Rankings()
    with pytest.raises(Cancelled):
        rankings.strongest_seen(network, "relu", cancelling)
    again = rankings.strongest_seen(network, "relu", lambda *_: None)
    assert np.array_equal(again.found.by_mean.numbers, found.found.by_mean.numbers), "what was cancelled is not kept"
    assert run.join(DEADLINE_S) and replay.join(DEADLINE_S)


def test_the_strongest_pictures_are_computed_again_once_the_weights_have_changed(tmp_path):
    run = start(endless(), tmp_path)
    first, second = ranked(run, "conv"), ranked(run, "relu")
    assert not first.problem and not second.problem
    wait_for(lambda: ranked(run, "conv").step > first.step)
    run.stop()
    assert run.join(DEADLINE_S)


def test_tables_have_vectors_and_no_picture(tmp_path):
    experiment = override(read_experiment("mlp-xor"), "training.epochs", "1")
    run = start(experiment, tmp_path)
    wait_for(lambda: run.state == "finished")
    found = seen(run, "fc1", split="val", number=0)
    assert (
        not found.problem and found.values.shape[1:] == (1, 1) and {each.layout for each in found.layers} == {"vector"}
    )
    assert ranked(run, "fc1").found.by_mean.numbers.shape[1] == len(found.values)
    assert run.join(DEADLINE_S)


def test_zero_is_neutral_on_any_scale():
    values = np.array([[-2.0, 0.0, 1.0, np.nan, np.inf]], np.float32)
    assert levels(values, 2.0).tolist() == [[0, ZERO, 190, NOT_A_NUMBER, 254]]
    assert levels(np.zeros((1, 2), np.float32), 0.0).tolist() == [[ZERO, ZERO]]
    table = colours((0, 0, 255), (250, 250, 250), (255, 0, 0), (9, 9, 9))
    ends = [table[at].tolist() for at in (0, ZERO, 254, NOT_A_NUMBER)]
    assert ends == [[0, 0, 255], [250, 250, 250], [255, 0, 0], [9, 9, 9]]

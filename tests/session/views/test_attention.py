"""The attention over a picture of a run's data is that of its network in evaluation."""

import numpy as np
import pytest

from tests.session.waiting import DEADLINE_S, wait_for
from tests.training.experiments import data_of, digits
from workbench.insight.attention import attention
from workbench.runs.store import open_run
from workbench.session.running.in_thread import start
from workbench.session.running.replay import Replay
from workbench.session.views.attention import AttentionQuestion, OnePicture, attends
from workbench.spec.component import Component
from workbench.spec.files import read_architecture
from workbench.spec.override import override
from workbench.spec.record import replace
from workbench.training import beginning


def seen(run, **picture):
    number = run.insight.attention.ask(AttentionQuestion(picture=OnePicture(name="7", **picture), query=(0.5, 0.5)))
    wait_for(lambda: run.insight.attention.answers.newest(number - 1) is not None)
    return run.insight.attention.answers.newest()[1]


def test_a_picture_of_the_data_is_looked_at_as_in_evaluation_while_it_runs_and_from_its_folder(tmp_path):
    experiment = digits(epochs=1)
    data = replace(experiment.data, corruption=Component(type="Noise"))
    experiment = replace(experiment, architecture=read_architecture("vit_mini"), data=data)
    experiment = override(experiment, "architecture.graph.nodes.input.shape", "[1, 8, 8]")
    run = start(experiment, tmp_path)
    assert seen(run, split="val", number=7).layers, "while it learns or just after"
    wait_for(lambda: run.state == "finished")
    found = seen(run, split="val", number=7)
    assert run.join(DEADLINE_S)

    dataset = data_of(experiment)
    plan, state = beginning.of_checkpoint(experiment, dataset, open_run(run.folder).checkpoint)
    batch = next(plan.splits["val"].in_order())
    expected = attention(state.module.eval(), batch.inputs[7], (0.5, 0.5))
    assert np.array_equal(found.pixels, plan.train.pictures(batch.inputs[7:8])[0].numpy())
    assert not np.array_equal(found.pixels, dataset.val.inputs[7].numpy()), "with its own noise"
    replay = Replay(run.folder)
    for each in (found, seen(replay, split="val", number=7), seen(replay, read=lambda: found.pixels)):
        assert each.step == state.step and not each.problem
        assert [layer.path for layer in each.layers] == [layer.path for layer in expected.layers]
        np.testing.assert_allclose(each.layers[-1].shares, expected.layers[-1].shares, atol=1e-5)
        np.testing.assert_allclose(each.rollout.shares, expected.rollout.shares, atol=1e-5)
    assert replay.join(DEADLINE_S)


def test_a_network_that_attends_to_no_places_says_so(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    wait_for(lambda: run.state == "finished")
    found = seen(run, split="test", number=0)
    assert found.problem == "this network attends to nothing whose place in the picture is known" and not found.layers
    assert run.join(DEADLINE_S)


@pytest.mark.parametrize(
    ("name", "expected"), [("vit_mini", True), ("swin_mini", True), ("convnext_mini", False), ("seresnet20", False)]
)
def test_whether_a_network_attends_is_known_from_its_layers(name, expected):
    assert attends(read_architecture(name)) == expected

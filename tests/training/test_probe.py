"""Looks into the layers: what they see is torch's, they change nothing, and they are far apart."""

import pytest
import torch

from tests.training.experiments import data_of, digits, with_training
from tests.training.trained import run, stopping_at
from workbench.events import LayerProbe, LayersProbed, StepFinished
from workbench.spec.component import Component
from workbench.training import beginning, loop
from workbench.training.control import Control
from workbench.training.probe import is_due, probe
from workbench.training.state import read_generators


def test_a_look_into_the_layers_changes_nothing_of_the_training():
    experiment = digits()
    plan, state = beginning.prepare(experiment, data_of(experiment))
    batch = next(plan.train.epoch(0))
    before = {name: tensor.clone() for name, tensor in state.module.state_dict().items()}
    generator = read_generators(plan.device)["cpu"]
    state.module.train()
    layers = probe(state.module, plan.heads, batch)
    after = state.module.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    assert torch.equal(generator, read_generators(plan.device)["cpu"])
    assert all(parameter.grad is None for parameter in state.module.parameters())
    assert all(module.training for module in state.module.modules())
    assert [layer.layer for layer in layers] == ["conv", "fc", "relu"]


def test_a_run_stopped_after_an_epochs_last_step_tells_the_rate_of_its_layers_as_if_it_had_not_been(tmp_path):
    chosen = Component(type="Plateau", parameters={"patience": 0, "threshold": 0.9})
    experiment = with_training(digits(epochs=3, batch_size=16), schedule=chosen)
    data = data_of(experiment)
    whole, _ = run(experiment, data, tmp_path / "whole")
    last = next(event.step for event in reversed(whole) if isinstance(event, StepFinished))
    stopped, _ = run(experiment, data, tmp_path / "stopped", on_event=stopping_at(last))
    resumed, _ = run(experiment, data, tmp_path / "stopped", resuming=True)
    told = [event.learning_rate for event in whole if isinstance(event, LayersProbed)]
    assert told == [event.learning_rate for event in stopped + resumed if isinstance(event, LayersProbed)]
    assert told[-1] == pytest.approx(0.1 * told[0])


def test_what_is_seen_in_the_layers_is_torchs():
    experiment = digits()
    plan, state = beginning.prepare(experiment, data_of(experiment))
    batch = next(plan.train.epoch(0))
    state.module.get_parameter("norm.bias").data[:4] = -1e3
    conv, fc, relu = probe(state.module, plan.heads, batch)
    state.module.eval()
    loss = torch.nn.functional.cross_entropy(state.module(batch.inputs)["output"], batch.targets["class"])
    loss.backward()
    for layer, name in ((conv, "conv.weight"), (fc, "fc.weight")):
        weight = state.module.get_parameter(name)
        assert layer.weight == pytest.approx(weight.detach().norm().item() / weight.numel() ** 0.5)
        assert layer.gradient == pytest.approx(weight.grad.norm().item() / weight.numel() ** 0.5)
    assert relu == LayerProbe(layer="relu", dead=0.5)


@pytest.mark.parametrize(("num_pictures", "layers"), [(15, ["conv", "fc"]), (16, ["conv", "fc", "relu"])])
def test_among_few_pictures_no_unit_is_called_dead(num_pictures, layers):
    experiment = digits(batch_size=num_pictures)
    plan, state = beginning.prepare(experiment, data_of(experiment))
    probed = probe(state.module, plan.heads, next(plan.train.epoch(0)))
    assert [layer.layer for layer in probed] == layers


def test_frozen_layers_are_not_looked_into():
    experiment = digits()
    plan, state = beginning.prepare(experiment, data_of(experiment))
    batch = next(plan.train.epoch(0))
    for parameter in state.module.get_submodule("conv").parameters():
        parameter.requires_grad_(False)
    assert [layer.layer for layer in probe(state.module, plan.heads, batch)] == ["fc", "relu"]
    state.module.get_parameter("fc.weight").requires_grad_(False)
    assert [layer.layer for layer in probe(state.module, plan.heads, batch)] == ["relu"]


def test_looks_are_a_function_of_the_place_and_far_apart():
    assert [epoch for epoch in range(1, 30) if is_due(4 * epoch, 4)] == [13, 25]
    assert all(is_due(200 * epoch, 200) for epoch in range(1, 9))


def test_a_run_probes_once_an_epoch_of_enough_steps(tmp_path):
    experiment = digits(epochs=6)
    plan, state = beginning.prepare(experiment, data_of(experiment))
    probed = [event.epoch for event in loop.train(plan, state, tmp_path, Control()) if isinstance(event, LayersProbed)]
    assert probed == [epoch for epoch in range(1, 7) if is_due(epoch * plan.steps_per_epoch, plan.steps_per_epoch)]


# How far each sign is from what a healthy run does

"""Networks of sequences in training: several weights in one layer, and channels that are no tokens."""

import torch
from torch import nn

from tests.compiler.networks import network, node
from tests.training.experiments import data_of, digits, with_training
from tests.training.trained import equal_weights, losses, run, stopping_at
from workbench.compiler.analysis import resolve
from workbench.compiler.places import feature_layers
from workbench.spec import edits
from workbench.spec.component import Component
from workbench.spec.record import replace
from workbench.training import INITIALISERS, beginning
from workbench.training.changing.changes import checked
from workbench.training.changing.steering import steered
from workbench.training.initialisation import draw, output_variances
from workbench.training.initialiser import mixing_layers
from workbench.training.probe import probe
from workbench.training.trouble.culprit import find_culprit


def reading(**training):
    """Digits read row by row: an LSTM of two layers with dropout between them, whose outputs a GRU reads."""
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("rows", "Flatten", "input", end_dim=2),
        node("lstm", "LSTM", "rows", hidden_size=12, num_layers=2, dropout=0.2, bidirectional=True),
        node("gru", "GRU", "lstm", hidden_size=12, output="last"),
        node("fc", "Linear", "gru", out_features=10),
        node("output", "Output", "fc"),
    )
    return with_training(replace(digits(), architecture=architecture), **training)


def test_a_stopped_run_resumes_to_the_bit_with_its_average(tmp_path):
    experiment = reading(average=0.9)
    data = data_of(experiment)
    whole, done = run(experiment, data, tmp_path / "whole")
    begun, _ = run(experiment, data, tmp_path / "two", on_event=stopping_at(27))
    rest, resumed = run(experiment, data, tmp_path / "two", resuming=True)
    assert losses(begun) + losses(rest) == losses(whole) and len(losses(begun)) == 27
    assert equal_weights(done, resumed)
    averaged = zip(done.learnt.parameters(), resumed.learnt.parameters(), strict=True)
    assert all(torch.equal(one, other) for one, other in averaged)
    assert losses(whole)[-1][1] < losses(whole)[0][1]


def test_frozen_all_its_weights_stay(tmp_path):
    experiment = reading(epochs=1)
    graph = edits.set_treatment(experiment.architecture.graph, ["gru"], frozen=True)
    experiment = replace(experiment, architecture=replace(experiment.architecture, graph=graph))
    data = data_of(experiment)
    _, before = beginning.prepare(experiment, data)
    _, after = run(experiment, data, tmp_path)
    was, now = before.module.state_dict(), after.module.state_dict()
    stayed = {name for name in was if torch.equal(was[name], now[name])}
    assert stayed == {f"gru.{name}_l0" for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")}


def test_each_matrix_is_drawn_and_biases_are_zero():
    """Keras begins its recurrent matrices the same way. Outputs of at most 1 cannot be scaled to variance 1."""
    _, state = beginning.prepare(reading(), data_of(reading()))
    module = state.module
    chosen = {path: INITIALISERS.make("LSUV", {}) for path, _ in mixing_layers(module)}
    assert set(chosen) == {"lstm", "gru", "fc"}
    torch.manual_seed(5)
    inputs = torch.randn(64, 1, 8, 8)
    draw(module, chosen, inputs)
    for layer in (module.lstm, module.gru):
        for name, weight in layer.named_parameters():
            if name.startswith("bias"):
                assert not weight.any()
            elif weight.shape[0] >= weight.shape[1]:
                torch.testing.assert_close(weight.T @ weight, torch.eye(weight.shape[1]))
    variances = output_variances(module, inputs)
    assert abs(variances["fc"] - 1) < 0.1 and variances["lstm"] < 1


def test_its_dropout_changes_while_it_trains():
    plan, state = beginning.prepare(reading(), data_of(reading()))
    edited = checked(plan.experiment, "architecture.graph.nodes.lstm.dropout", 1.0)
    steered(plan, state, edited)
    state.module.train()
    inputs = next(plan.train.epoch(0)).inputs.flatten(1, 2)
    state.module.lstm(inputs).sum().backward()
    assert not state.module.lstm.weight_ih_l0.grad.any(), "nothing of the first layer reaches the second"


def test_its_gradients_are_told_once_for_all_its_weights():
    experiment = reading()
    plan, state = beginning.prepare(experiment, data_of(experiment))
    batch = next(plan.train.epoch(0))
    told = {layer.layer: layer for layer in probe(state.module, plan.heads, batch)}
    assert list(told) == ["lstm", "gru", "fc"] and all(layer.dead is None for layer in told.values())
    module = state.module.eval()
    nn.functional.cross_entropy(module(batch.inputs)["output"], batch.targets["class"]).backward()
    weights = [weight for name, weight in module.lstm.named_parameters() if name.startswith("weight")]
    squares = torch.cat([weight.grad.flatten().square() for weight in weights])
    assert len(weights) == 8
    torch.testing.assert_close(told["lstm"].gradient, squares.mean().sqrt().item())


def test_a_fault_in_it_is_found():
    experiment = reading(optimizer=Component(type="Adam"))
    plan, state = beginning.prepare(experiment, data_of(experiment))
    batch = next(plan.train.epoch(0))
    state.module.get_parameter("gru.weight_hh_l0").data[3, 2] = torch.nan
    culprit = find_culprit(state.module, plan.heads, [batch], "training", experiment.training.speed)
    assert (culprit.kind, culprit.node) == ("weights", "gru") and "gru.weight_hh_l0" in culprit.what


def along():
    """Digits as series: eight channels, the rows, of eight numbers."""
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("rows", "Flatten", "input", end_dim=2),
        node("conv", "Conv1d", "rows", out_channels=64, kernel_size=3, padding=1),
        node("norm", "BatchNorm", "conv", series=True),
        node("relu", "ReLU", "norm"),
        node("pool", "MaxPool1d", "relu", kernel_size=2),
        node("flatten", "Flatten", "pool"),
        node("fc", "Linear", "flatten", out_features=10),
        node("output", "Output", "fc"),
    )
    return replace(digits(epochs=1), architecture=architecture)


def test_dead_units_of_a_series_are_its_channels_and_its_maps_no_tokens():
    experiment = along()
    plan, state = beginning.prepare(experiment, data_of(experiment))
    state.module.norm.bias.data[:16] = -1e3
    told = {layer.layer: layer for layer in probe(state.module, plan.heads, next(plan.train.epoch(0)))}
    assert told["relu"].dead == 0.25 and list(told) == ["conv", "fc", "relu"]
    layers = {each.path: each for each in feature_layers(resolve(experiment.architecture))}
    assert layers["conv"].layout == layers["relu"].layout == "series" and layers["rows"].layout == "tokens"
    assert layers["conv"].sides is layers["relu"].sides is None and layers["conv"].num_channels == 1


def test_what_reads_a_series_as_tokens_gives_tokens():
    reads = network(
        node("input", "Input", shape=[3, 8]),
        node("conv", "Conv1d", "input", out_channels=4, kernel_size=3),
        node("lstm", "LSTM", "conv", hidden_size=6),
        node("output", "Output", "lstm"),
    )
    assert [each.layout for each in feature_layers(resolve(reads))] == ["tokens", "series", "tokens"]


def test_dead_units_after_a_sum_of_series_are_its_channels():
    graph = along().architecture.graph
    sums = (node("conv_2", "Conv1d", "rows", out_channels=64, kernel_size=1), node("sum", "Add", "norm", "conv_2"))
    kept = [replace(each, inputs=("sum",)) if each.name == "relu" else each for each in graph.nodes]
    experiment = replace(along(), architecture=network(*kept, *sums))
    plan, state = beginning.prepare(experiment, data_of(experiment))
    state.module.norm.bias.data[:16] = -1e3
    told = {layer.layer: layer for layer in probe(state.module, plan.heads, next(plan.train.epoch(0)))}
    assert told["relu"].dead == 0.25


def test_kernels_along_a_series_are_drawn():
    _, state = beginning.prepare(along(), data_of(along()))
    torch.manual_seed(5)
    inputs = torch.randn(64, 1, 8, 8)
    draw(state.module, {path: INITIALISERS.make("LSUV", {}) for path, _ in mixing_layers(state.module)}, inputs)
    variances = output_variances(state.module, inputs)
    assert variances.keys() == {"conv", "fc"} and all(abs(variance - 1) < 0.1 for variance in variances.values())

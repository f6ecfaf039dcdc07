"""Frozen layers and layers with their own learning rates: against torch by hand, and exact when resumed."""

import copy

import pytest
import torch
from torch import nn, optim

from tests.compiler.networks import network, node
from tests.training.experiments import digits, with_training
from tests.training.trained import equal_weights, losses, run, stopping_at
from workbench.compiler.module import build
from workbench.spec import edits
from workbench.spec.component import Component
from workbench.spec.files import read_architecture
from workbench.spec.grouping import group, ungroup
from workbench.spec.problems import ProblemsFound
from workbench.spec.record import replace
from workbench.spec.treatment import Treatment, treatments
from workbench.training import beginning
from workbench.training.treated import freeze, treated_weights


def treated(experiment, **nodes):
    """The experiment with some nodes treated: ``conv={"frozen": True}``."""
    graph = experiment.architecture.graph
    for name, changes in nodes.items():
        graph = edits.set_treatment(graph, [name], **changes)
    return replace(experiment, architecture=replace(experiment.architecture, graph=graph))


def test_frozen_weights_and_statistics_stay_and_the_others_learn(data, tmp_path):
    experiment = treated(digits(epochs=1), conv={"frozen": True}, norm={"frozen": True})
    _, before = beginning.prepare(experiment, data)
    _, state = run(experiment, data, tmp_path)
    was, now = before.module.state_dict(), state.module.state_dict()
    changed = {name for name in was if not torch.equal(was[name], now[name])}
    assert changed == {"fc.weight", "fc.bias"}


def test_what_has_nothing_to_learn_may_be_treated_too(data):
    """As when all nodes are selected on the canvas, including the Input."""
    experiment = treated(digits(), input={"lr_factor": 0.5}, relu={"frozen": True}, conv={"lr_factor": 0.5})
    _, state = beginning.prepare(experiment, data)
    assert treated_weights(state.module, experiment.architecture).keys() == {"conv.weight", "conv.bias"}


def test_rates_and_frozen_layers_are_torchs_groups(data, tmp_path):
    experiment = treated(
        digits(epochs=1), norm={"frozen": True}, fc={"lr_factor": 0.1}, conv={"frozen": False, "lr_factor": 3.0}
    )
    plan, begun = beginning.prepare(experiment, data)
    module = copy.deepcopy(begun.module)
    groups = [
        {"params": list(module.get_submodule("conv").parameters())},
        {"params": list(module.get_submodule("fc").parameters())},
    ]
    optimizer = optim.SGD(groups, lr=0.05, momentum=0.9, fused=True)
    torch.manual_seed(experiment.seed)
    found = []
    for step, batch in enumerate(plan.train.epoch(0)):
        module.train()
        module.get_submodule("norm").eval()
        rate = plan.optimizer.lr * plan.schedule.factor(step, plan.steps_per_epoch, plan.num_steps)
        optimizer.param_groups[0]["lr"], optimizer.param_groups[1]["lr"] = rate * 3.0, rate * 0.1
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(module(batch.inputs)["output"], batch.targets["class"])
        loss.backward()
        optimizer.step()
        found.append((step + 1, loss.item()))
    events, state = run(experiment, data, tmp_path)
    assert losses(events) == found
    ours, theirs = state.module.state_dict(), module.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("recipe", [{}, {"decay_all": False, "optimizer": Component(type="AdamW")}])
def test_a_treated_run_resumes_exactly(data, tmp_path, recipe):
    experiment = with_training(digits(epochs=1), **recipe)
    experiment = treated(experiment, conv={"frozen": True}, fc={"lr_factor": 0.5})
    whole, state = run(experiment, data, tmp_path / "whole")
    first, _ = run(experiment, data, tmp_path / "parts", on_event=stopping_at(5))
    rest, resumed = run(experiment, data, tmp_path / "parts", resuming=True)
    assert losses(first) + losses(rest) == losses(whole) and equal_weights(state, resumed)


def test_a_network_treated_plainly_has_the_groups_it_always_had(data):
    plain, spared = digits(), with_training(digits(), decay_all=False)
    assert [len(beginning.prepare(e, data)[1].optimizer.param_groups) for e in (plain, spared)] == [1, 2]
    names = [name for name, _ in beginning.prepare(spared, data)[1].module.named_parameters()]
    assert names == ["conv.weight", "conv.bias", "norm.weight", "norm.bias", "fc.weight", "fc.bias"]


def block_net():
    inner = network(
        node("input", "Input"),
        node("conv", "Conv2d", "input", out_channels=4, kernel_size=3, padding=1),
        node("token", "BatchNorm", "conv"),
        node("output", "Output", "token"),
    ).graph
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("stem", "Block", "input", repeat=2),
        node("flatten", "Flatten", "stem"),
        node("fc", "Linear", "flatten", out_features="$classes"),
        node("output", "Output", "fc"),
        classes=10,
    )
    return replace(architecture, blocks={"Block": inner})


def test_a_blocks_treatment_goes_for_all_that_is_in_it():
    architecture = block_net()
    graph = edits.set_treatment(architecture.graph, ["stem"], lr_factor=0.5)
    inner = edits.set_treatment(architecture.blocks["Block"], ["token"], frozen=True, lr_factor=0.5)
    architecture = replace(architecture, graph=graph, blocks={"Block": inner})
    own, frozen = Treatment(lr_factor=0.5), Treatment(frozen=True, lr_factor=0.25)
    expected = {"stem0.conv": own, "stem0.token": frozen, "stem1.conv": own, "stem1.token": frozen}
    assert treatments(architecture) == expected
    # Taken out of its block, or put into another, a layer keeps its treatment.
    apart, _ = ungroup(architecture, "", "stem")
    assert sorted(map(str, treatments(apart).values())) == sorted(map(str, expected.values()))
    together, _ = group(architecture, "", ["stem"], "Whole")
    assert {str(each) for each in treatments(together).values()} == {str(own), str(frozen)}


def test_weights_beside_a_layer_are_treated_with_it():
    vit = read_architecture("vit_b_16")
    token = next(node.name for node in vit.graph.nodes if node.type == "ClassToken")
    architecture = replace(vit, graph=edits.set_treatment(vit.graph, [token], frozen=True))
    with torch.device("meta"):
        module = build(architecture, classes=10)
    assert set(treated_weights(module, architecture)) == {token}


def test_a_layer_with_a_constant_beside_it_is_frozen():
    swin = read_architecture("swin_mini")
    place, bias = next(
        (place, each.name)
        for place, graph in swin.blocks.items()
        for each in graph.nodes
        if each.type == "RelativePositionBias"
    )
    frozen = edits.set_treatment(swin.blocks[place], [bias], frozen=True)
    architecture = replace(swin, blocks={**swin.blocks, place: frozen})
    module = build(architecture, classes=10)
    freeze(module, architecture)
    still = [name for name, weight in module.named_parameters() if not weight.requires_grad]
    assert still and all(name.endswith("relative_position_bias_table") for name in still)


def test_a_network_frozen_as_a_whole_is_refused_in_words(data):
    all_frozen = {name: {"frozen": True} for name in ("conv", "norm", "fc")}
    with pytest.raises(ProblemsFound, match="nothing in the network can be trained: all its layers are frozen"):
        beginning.prepare(treated(digits(), **all_frozen), data)

"""Accumulated batches, clipped gradients, averaged weights and norms without decay, against torch by hand."""

import copy

import pytest
import torch
from torch import nn, optim
from torch.optim.swa_utils import AveragedModel

from tests.compiler.networks import network, node
from tests.training.experiments import digits, with_training
from tests.training.trained import equal_weights, kinds, losses, run, stopping_at
from workbench.events import CheckpointSaved, EpochFinished, RunFinished, StepFinished, WeightsDrawn
from workbench.runs.store import BEST, LAST
from workbench.spec.component import Component
from workbench.spec.record import replace
from workbench.training import beginning, loop
from workbench.training.checkpoint import load_weights_into
from workbench.training.control import Control
from workbench.training.trouble.failures import Diverged


def plain(**training):
    """Without dropout and batch norm, so that a sum of batches can be compared with one."""
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("flatten", "Flatten", "input"),
        node("hidden", "Linear", "flatten", out_features=20),
        node("relu", "ReLU", "hidden"),
        node("fc", "Linear", "relu", out_features=10),
        node("output", "Output", "fc"),
    )
    return with_training(replace(digits(epochs=1), architecture=architecture), **training)


def test_several_batches_are_learnt_from_as_one_large_one(data, tmp_path):
    one, state = run(plain(batch_size=96), data, tmp_path / "one")
    several, accumulated = run(plain(batch_size=32, accumulate=3), data, tmp_path / "several")
    assert len(losses(one)) == len(losses(several))
    assert dict(losses(several)) == pytest.approx(dict(losses(one)), rel=1e-4)
    assert accuracies(several) == pytest.approx(accuracies(one)) and len(set(accuracies(one))) > 5
    for name, weight in state.module.state_dict().items():
        assert torch.allclose(weight, accumulated.module.state_dict()[name], atol=1e-5)


def accuracies(events):
    return [event.accuracy for event in events if isinstance(event, StepFinished)]


def reference(experiment, data, change):
    """The textbook loop over the same batches; ``change`` acts between backward and step."""
    plan, state = beginning.prepare(experiment, data)
    module = copy.deepcopy(state.module)
    optimizer = change(module, None)
    torch.manual_seed(experiment.seed)
    for step, batch in enumerate(plan.train.epoch(0)):
        for group in optimizer.param_groups:
            group["lr"] = plan.optimizer.lr * plan.schedule.factor(step, plan.steps_per_epoch, plan.num_steps)
        optimizer.zero_grad()
        nn.functional.cross_entropy(module(batch.inputs)["output"], batch.targets["class"]).backward()
        change(module, optimizer)
        optimizer.step()
    return module


def test_gradients_are_cut_as_torch_cuts_them(data, tmp_path):
    def change(module, optimizer):
        if optimizer is None:
            return optim.SGD(module.parameters(), lr=0.05, momentum=0.9)
        return nn.utils.clip_grad_norm_(module.parameters(), 0.1)

    experiment = plain(clip_norm=0.1)
    _, state = run(experiment, data, tmp_path)
    theirs = reference(experiment, data, change)
    assert all(
        torch.allclose(one, other, atol=1e-6)
        for one, other in zip(state.module.parameters(), theirs.parameters(), strict=True)
    )


def test_biases_are_spared_from_weight_decay(data, tmp_path):
    def change(module, optimizer):
        if optimizer is None:
            weights = [parameter for name, parameter in module.named_parameters() if "weight" in name]
            biases = [parameter for name, parameter in module.named_parameters() if "bias" in name]
            groups = [{"params": weights, "weight_decay": 0.5}, {"params": biases, "weight_decay": 0.0}]
            return optim.SGD(groups, lr=0.05, momentum=0.9)
        return None

    decaying = Component(type="SGD", parameters={"lr": 0.05, "momentum": 0.9, "weight_decay": 0.5})
    experiment = plain(decay_all=False, optimizer=decaying)
    _, state = run(experiment, data, tmp_path)
    theirs = reference(experiment, data, change)
    assert all(
        torch.allclose(one, other, atol=1e-6)
        for one, other in zip(state.module.parameters(), theirs.parameters(), strict=True)
    )


def test_the_average_follows_the_weights_and_is_what_answers(data, tmp_path):
    experiment = with_training(digits(epochs=1), average=0.9)
    plan, state = beginning.prepare(experiment, data)
    theirs = AveragedModel(
        state.module,
        avg_fn=lambda mean, weight, n: torch.lerp(mean, weight, 1 - min(0.9, (1 + int(n)) / (10 + int(n)))),
    )
    for event in loop.train(plan, state, tmp_path, Control()):
        if isinstance(event, StepFinished):
            theirs.update_parameters(state.module)
        if isinstance(event, EpochFinished):
            val_loss = event.metrics["val/loss"]
    ours, averaged = state.average.module.state_dict(), theirs.module.state_dict()
    assert all(torch.allclose(ours[name], averaged[name], atol=1e-6) for name in ours)
    assert not all(torch.equal(ours[name], value) for name, value in state.module.state_dict().items())
    fresh = beginning.prepare(experiment, data)[1].module
    load_weights_into(fresh, tmp_path / LAST)
    assert all(torch.equal(ours[name], value) for name, value in fresh.state_dict().items())
    theirs.module.eval()
    with torch.no_grad():
        inputs = list(plan.val.in_order())
        total = sum(
            nn.functional.cross_entropy(theirs.module(b.inputs)["output"], b.targets["class"], reduction="sum").item()
            for b in inputs
        )
    assert val_loss == pytest.approx(total / sum(len(b.inputs) for b in inputs), rel=1e-5)


@pytest.mark.parametrize("stop_after", [1, 4, 9])
def test_all_of_it_together_resumes_exactly(data, tmp_path, stop_after):
    decaying = Component(type="AdamW", parameters={"lr": 0.01, "weight_decay": 0.1})
    experiment = with_training(
        digits(epochs=2, batch_size=48),
        accumulate=3,
        clip_norm=0.5,
        average=0.99,
        decay_all=False,
        optimizer=decaying,
        initialiser=Component(type="LSUV"),
    )
    whole, state = run(experiment, data, tmp_path / "whole")
    assert isinstance(whole[1], WeightsDrawn)
    first, _ = run(experiment, data, tmp_path / "parts", on_event=stopping_at(stop_after))
    rest, resumed = run(experiment, data, tmp_path / "parts", resuming=True)
    assert "WeightsDrawn" not in kinds(rest)
    assert losses(first) + losses(rest) == losses(whole)
    assert equal_weights(state, resumed)
    averages = state.average.module.state_dict(), resumed.average.module.state_dict()
    assert all(torch.equal(averages[0][name], averages[1][name]) for name in averages[0])


def test_a_run_without_progress_ends_early_and_keeps_its_best(data, tmp_path):
    still = Component(type="SGD", parameters={"lr": 1e-30, "momentum": 0.0})
    experiment = with_training(plain(), epochs=9, patience=2, optimizer=still)
    events, _ = run(experiment, data, tmp_path)
    assert kinds(events).count("EpochFinished") == 3
    assert isinstance(events[-1], RunFinished) and events[-1].early and events[-1].epochs == 3
    best = [event for event in events if isinstance(event, CheckpointSaved) and event.file == BEST]
    assert [event.step for event in best] == [events[0].steps_per_epoch]


def test_a_gradient_that_is_no_number_ends_the_run_before_it_is_believed(data, tmp_path):
    experiment = plain(clip_norm=1.0)
    plan, state = beginning.prepare(experiment, data)
    state.module.get_parameter("hidden.weight").register_hook(lambda gradient: gradient * float("inf"))
    with pytest.raises(Diverged, match="Step 1.*the gradient of its weights became (inf|nan) in hidden"):
        list(loop.train(plan, state, tmp_path, Control()))

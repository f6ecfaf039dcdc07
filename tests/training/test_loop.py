"""The training loop: its exact sequences of events, its numbers, and that resuming changes nothing."""

import dataclasses
import hashlib
import math
import time
from itertools import pairwise

import pytest
import torch
from torch import nn

from tests.compiler.networks import network, node
from tests.training.experiments import chain, digits, with_training
from tests.training.trained import equal_weights, kinds, losses, run, stopping_at
from workbench.compiler.module import build
from workbench.compiler.weights import part
from workbench.events import CheckpointSaved, EpochFinished, FinalTest, RunFinished, RunStopped, StepFinished
from workbench.runs.store import BEST, LAST
from workbench.spec.component import Component
from workbench.spec.experiment import Head, Speed
from workbench.spec.problems import ProblemsFound, SpecError
from workbench.spec.record import replace
from workbench.training import OPTIMIZERS, beginning, loop
from workbench.training.checkpoint import load_weights_into, newest, read_checkpoint
from workbench.training.control import Control
from workbench.training.trouble.failures import Diverged


@pytest.fixture(scope="module")
def unbroken(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unbroken")
    return (*run(digits(epochs=3), data, folder), folder)


def test_a_run_says_by_the_clock_when_it_began(data, tmp_path):
    before_s = time.time()
    events, *_ = run(digits(epochs=1), data, tmp_path)
    assert before_s <= events[0].began_s <= time.time()


def test_the_sequence_of_a_whole_run(unbroken):
    events, _, _ = unbroken
    steps = events[0].steps_per_epoch
    names = kinds(events)
    assert names[0] == "RunStarted"
    assert names[-2:] == ["FinalTest", "RunFinished"]
    epoch = [f"StepFinished*{steps}", "EpochFinished", "CheckpointSaved"]
    without_best = kinds([event for event in events if not getattr(event, "best", False)])
    assert without_best[1:-2] == [*epoch * 2, epoch[0], "LayersProbed", *epoch[1:]]
    assert [event.step for event in events if isinstance(event, StepFinished)] == list(range(1, 3 * steps + 1))


def test_it_learns(unbroken):
    events, _, _ = unbroken
    metrics = events[-1].metrics
    assert metrics["val/top1"] > 0.8 and metrics["test/top1"] > 0.8
    assert metrics["val/top1"] <= metrics["val/top5"] <= 1
    assert metrics["train/loss"] < losses(events)[0][1] / 2


def test_a_checkpoint_is_what_its_event_says(unbroken):
    events, state, folder = unbroken
    last = [event for event in events if isinstance(event, CheckpointSaved) and not event.best][-1]
    assert last.file == LAST and hashlib.sha256((folder / LAST).read_bytes()).hexdigest() == last.sha256
    saved = part(read_checkpoint(folder / LAST).tensors, "model.")
    assert all(torch.equal(tensor, saved[name]) for name, tensor in state.module.state_dict().items())
    assert (folder / BEST).is_file()


def test_the_same_seed_gives_the_same_curve_and_another_seed_another(data, unbroken, tmp_path):
    events, state, _ = unbroken
    again, same = run(digits(epochs=3), data, tmp_path / "again")
    assert losses(again) == losses(events)
    assert equal_weights(state, same)

    other = replace(digits(epochs=1), seed=4)
    assert losses(run(other, data, tmp_path / "other")[0])[0] != losses(events)[0]


@pytest.mark.parametrize("stop_after", [1, 7, "epoch", "before validation"])
def test_a_stopped_run_goes_on_as_if_it_had_not_been(data, unbroken, tmp_path, stop_after):
    whole, state, _ = unbroken
    steps = whole[0].steps_per_epoch
    last = {"epoch": None, "before validation": steps}.get(stop_after, stop_after)

    def stop(event, control):
        if isinstance(event, EpochFinished) if last is None else getattr(event, "step", 0) == last:
            control.stop()

    first, _ = run(digits(epochs=3), data, tmp_path, on_event=stop)
    assert isinstance(first[-1], RunStopped) and isinstance(first[-2], CheckpointSaved)
    rest, resumed = run(digits(epochs=3), data, tmp_path, resuming=True)
    assert losses(first) + losses(rest) == losses(whole)
    epochs = [[e.metrics for e in part if isinstance(e, EpochFinished)] for part in (first, rest, whole)]
    assert epochs[0] + epochs[1] == epochs[2]
    assert rest[-1].metrics == whole[-1].metrics
    assert equal_weights(state, resumed)


@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS.table))
def test_every_optimizer_resumes_exactly(data, tmp_path, optimizer):
    experiment = with_training(digits(epochs=1), optimizer=Component(type=optimizer))
    whole, state = run(experiment, data, tmp_path / "whole")
    run(experiment, data, tmp_path / "parts", on_event=stopping_at(5))
    rest, resumed = run(experiment, data, tmp_path / "parts", resuming=True)
    assert losses(rest) == losses(whole)[5:]
    assert equal_weights(state, resumed)


def test_a_checkpoint_can_be_asked_for_between_two_steps(data, tmp_path):
    def save(event, control):
        if getattr(event, "step", 0) == 3 and isinstance(event, StepFinished):
            control.save()

    events, _ = run(digits(epochs=1), data, tmp_path, on_event=save)
    place = next(i for i, event in enumerate(events) if isinstance(event, CheckpointSaved))
    assert events[place].step == events[place - 1].step == 3


def test_the_first_loss_is_that_of_the_untrained_network(data, tmp_path):
    """Against torch's own loss on the same pictures, computed here."""
    experiment = digits()
    plan, state = beginning.prepare(experiment, data)
    batch = next(iter(plan.train.epoch(0)))
    torch.manual_seed(experiment.seed)
    expected = nn.CrossEntropyLoss()(state.module(batch.inputs)["output"], batch.targets["class"]).item()
    plan, state = beginning.prepare(experiment, data)
    events = loop.train(plan, state, tmp_path, Control())
    next(events)
    assert next(events).loss == expected
    events.close()


def mse(experiment, lr):
    optimizer = Component(type="SGD", parameters={"lr": lr})
    return with_training(experiment, optimizer=optimizer, heads=(Head(output="output", loss=Component(type="MSE")),))


def test_a_divergence_is_named(data, tmp_path):
    with pytest.raises(
        Diverged, match=r"Step \d+, at a learning rate of 1?\d\d?\.?\d*, gave non-finite numbers"
    ) as raised:
        run(mse(digits(), lr=100.0), data, tmp_path)
    assert "learning rate" in raised.value.advice


def test_a_divergence_seen_in_validation_leaves_the_last_sound_checkpoint(data, tmp_path):
    """One weight is made so large after the first epoch that the validation pass overflows."""
    experiment = digits(epochs=2)
    plan, state = beginning.prepare(experiment, data)
    events = loop.train(plan, state, tmp_path, Control())
    for event in events:
        if isinstance(event, CheckpointSaved) and not event.best:
            break
    before = (tmp_path / LAST).read_bytes()
    with pytest.raises(Diverged, match="the pass over the validation split gave non-finite numbers: fc made inf"):
        for event in events:
            if isinstance(event, StepFinished) and event.step == 2 * plan.steps_per_epoch:
                state.module.get_parameter("fc.weight").data.fill_(1e38)
    assert (tmp_path / LAST).read_bytes() == before


def test_metrics_of_two_heads_bear_their_outputs_names(data, tmp_path):

    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("flatten", "Flatten", "input"),
        node("one", "Linear", "flatten", out_features=10),
        node("two", "Linear", "flatten", out_features=10),
        node("out1", "Output", "one"),
        node("out2", "Output", "two"),
    )

    experiment = replace(digits(epochs=1), architecture=architecture)
    experiment = with_training(
        experiment, heads=(Head(output="out1"), Head(output="out2", loss=Component(type="MSE"), weight=0.5))
    )
    events, _ = run(experiment, data, tmp_path)
    assert {"val/loss", "val/out1/top1", "val/out2/top5"} <= events[-1].metrics.keys()


def test_a_network_that_does_not_fit_the_classes_says_how_many(data):

    experiment = digits()
    nodes = [
        replace(n, parameters={"out_features": 7}) if n.name == "fc" else n for n in experiment.architecture.graph.nodes
    ]
    graph = replace(experiment.architecture.graph, nodes=tuple(nodes))
    wrong = replace(experiment, architecture=replace(experiment.architecture, graph=graph))
    with pytest.raises(ProblemsFound, match="output: 7 numbers come out, but the data has 10 classes: make the last"):
        beginning.prepare(wrong, data)


def test_a_device_that_is_not_there_is_one_sentence(data):
    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    with pytest.raises(SpecError, match="device cuda: torch finds none on this machine; there is cpu"):
        beginning.prepare(with_training(digits(), device="cuda"), data)


def test_two_heads_on_one_output_are_one_measure(data, tmp_path):
    heads = (Head(output="output"), Head(output="output", loss=Component(type="MSE")))
    events, _ = run(with_training(digits(epochs=1), heads=heads), data, tmp_path)
    assert 0 < events[-1].metrics["val/top1"] <= 1


def test_a_run_cut_off_after_its_last_epoch_still_has_that_epochs_metrics(data, unbroken, tmp_path):
    whole, _, _ = unbroken

    def stop(event, control):
        if isinstance(event, CheckpointSaved) and event.step == whole[-2 - 1].step:
            control.stop()

    first, _ = run(digits(epochs=3), data, tmp_path, on_event=stop)
    assert isinstance(first[-1], RunStopped)
    rest, _ = run(digits(epochs=3), data, tmp_path, resuming=True)
    assert kinds(rest) == ["RunStarted", "FinalTest", "RunFinished"]
    assert rest[-1].metrics == whole[-1].metrics


def test_a_kill_between_the_best_and_the_last_checkpoint_loses_neither(data, unbroken, tmp_path):
    """The run ends just after the best checkpoint of the second epoch is written, and before the last."""
    whole, _, folder = unbroken
    plan, state = beginning.prepare(digits(epochs=3), data)
    events = loop.train(plan, state, tmp_path, Control())
    for event in events:
        if isinstance(event, CheckpointSaved) and event.best and event.step == 2 * plan.steps_per_epoch:
            break
    events.close()
    rest, _ = run(digits(epochs=3), data, tmp_path, resuming=True)
    assert rest[-1].metrics == whole[-1].metrics
    ours, theirs = read_checkpoint(tmp_path / BEST), read_checkpoint(folder / BEST)
    assert ours.state["step"] == theirs.state["step"]
    assert all(torch.equal(ours.tensors[name], theirs.tensors[name]) for name in theirs.tensors)


def test_a_changed_bit_in_a_checkpoint_is_noticed(data, tmp_path):
    run(digits(epochs=1), data, tmp_path)
    for damaged in (LAST, BEST):
        content = bytearray((tmp_path / damaged).read_bytes())
        content[-100] ^= 1
        (tmp_path / damaged).write_bytes(content)
        plan, state = beginning.prepare(digits(epochs=1), data)
        if damaged == LAST:
            assert beginning.resume(plan, state, newest(tmp_path)[0]) == ()
            assert newest(tmp_path)[0].path == tmp_path / BEST and "this checkpoint is damaged" in newest(tmp_path)[1]
    with pytest.raises(SpecError, match=r"this checkpoint is damaged.*this checkpoint is damaged"):
        beginning.resume(plan, state, newest(tmp_path)[0])


def test_other_pictures_are_named_and_another_number_of_them_refused(data, tmp_path):
    run(digits(epochs=1), data, tmp_path)
    other = dataclasses.replace(data, fingerprint="other")
    plan, state = beginning.prepare(digits(epochs=1), other)
    assert beginning.resume(plan, state, newest(tmp_path)[0]) == ("the data differs from what it started with",)
    plan, state = beginning.prepare(with_training(digits(epochs=1), batch_size=32), data)
    with pytest.raises(SpecError, match="an epoch had .* steps and now has .* start a new run"):
        beginning.resume(plan, state, newest(tmp_path)[0])


def test_a_damaged_best_checkpoint_that_hides_the_last_says_how_to_use_that(data, tmp_path):
    run(digits(epochs=1), data, tmp_path)
    best, (_, state) = tmp_path / BEST, beginning.prepare(digits(epochs=1), data)
    content = best.read_bytes()
    best.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(
        SpecError, match="checksum mismatch; move this file away, and the last checkpoint is used instead"
    ):
        load_weights_into(state.module, best)
    (tmp_path / LAST).write_bytes(best.read_bytes())
    with pytest.raises(SpecError, match="checksum mismatch$"):
        load_weights_into(state.module, best)
    (tmp_path / LAST).unlink()
    with pytest.raises(SpecError, match="checksum mismatch$"):
        load_weights_into(state.module, best)


def test_a_network_is_inspected_wherever_it_was_trained(data, tmp_path):
    experiment = digits(epochs=1)
    _, state = run(experiment, data, tmp_path)
    for changed in ({"device": "mps"}, {"speed": Speed(compile="cuda_graphs")}):
        elsewhere = with_training(experiment, **changed)
        _, seen = beginning.of_checkpoint(elsewhere, data, tmp_path / LAST)
        assert equal_weights(seen, state)
        beginning.untrained(elsewhere, data)


def test_a_checkpoint_of_another_network_is_refused_in_one_line(data, tmp_path):
    run(digits(epochs=1), data, tmp_path)
    edited = replace(digits(epochs=1), architecture=chain().architecture)
    plan, state = beginning.prepare(edited, data)
    words = rf"{LAST}: this checkpoint does not fit its experiment: .* (size mismatch|Unexpected key).*$"
    with pytest.raises(SpecError, match=words):
        beginning.resume(plan, state, newest(tmp_path)[0])
    with pytest.raises(SpecError, match=words):
        load_weights_into(state.module, tmp_path / LAST)


def test_without_a_checkpoint_a_run_is_to_be_started_again(tmp_path):
    with pytest.raises(SpecError, match="has no checkpoint to resume from; start it again"):
        newest(tmp_path)


def test_preparing_another_network_leaves_a_run_alone(data, unbroken, tmp_path):
    whole, _, _ = unbroken

    def disturb(event, control):
        if getattr(event, "step", 0) == 3:
            beginning.prepare(digits(), data)

    events, _ = run(digits(epochs=3), data, tmp_path, on_event=disturb)
    assert losses(events) == losses(whole)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heads": (Head(output="output", target="age"),)}, "a head needs the column age"),
    ],
)
def test_a_recipe_that_cannot_work_is_refused_before_it_begins(data, change, message):
    with pytest.raises(ProblemsFound, match=message):
        beginning.prepare(with_training(digits(), **change), data)


def test_a_single_picture_has_a_variance_within_its_channels_alone(data, tmp_path):
    """torch cannot normalise one value per channel, but it can normalise a single larger picture."""
    split = data.train
    targets = {name: values[:1] for name, values in split.targets.items()}
    one = dataclasses.replace(data, train=dataclasses.replace(split, inputs=split.inputs[:1], targets=targets))
    events, _ = run(digits(epochs=1), one, tmp_path)
    assert isinstance(events[-1], RunFinished)
    flat = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("flatten", "Flatten", "input"),
        node("norm", "BatchNorm", "flatten"),
        node("fc", "Linear", "norm", out_features=10),
        node("output", "Output", "fc"),
    )
    beginning.prepare(replace(digits(), architecture=flat), data)
    with pytest.raises(ProblemsFound, match="from one value per channel, and there is a single training picture: add"):
        beginning.prepare(replace(digits(), architecture=flat), one)


@pytest.mark.parametrize("is_frozen", [False, True])
@pytest.mark.parametrize("flattened", [False, True])
def test_batches_of_one_picture_are_refused_where_torch_refuses_them(data, tmp_path, flattened, is_frozen):
    """Batch norm finds a variance within a channel of several pixels, and in a frozen layer it needs none."""
    norm = replace(node("norm", "BatchNorm", "flatten" if flattened else "conv"), frozen=is_frozen)
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("conv", "Conv2d", "input", out_channels=2, kernel_size=3),
        *([node("flatten", "Flatten", "conv"), norm] if flattened else [norm, node("flatten", "Flatten", "norm")]),
        node("fc", "Linear", "norm" if flattened else "flatten", out_features=10),
        node("output", "Output", "fc"),
    )
    few = dataclasses.replace(
        data.train, inputs=data.train.inputs[:3], targets={"class": data.train.targets["class"][:3]}
    )
    experiment = replace(digits(epochs=1, batch_size=1), architecture=architecture)
    module = build(architecture).train()
    module.get_submodule("norm").train(not is_frozen)
    if flattened and not is_frozen:
        with pytest.raises(ValueError, match="more than 1 value per channel"):
            module(torch.zeros(1, 1, 8, 8))
        with pytest.raises(ProblemsFound, match="from one value per channel, and the batch size is 1: raise the batch"):
            beginning.prepare(experiment, data)
    else:
        module(torch.zeros(1, 1, 8, 8))
        events, _ = run(experiment, dataclasses.replace(data, train=few), tmp_path)
        assert len(losses(events)) == 3 and isinstance(events[-1], RunFinished)


def test_networks_that_cannot_be_trained_are_refused_before_they_begin(data):
    nothing = network(node("input", "Input", shape=[1, 8, 8]), node("a", "Flatten", "input"), node("o", "Output", "a"))
    two = network(
        node("one", "Input", shape=[1, 8, 8]),
        node("two", "Input", shape=[1, 8, 8]),
        node("add", "Add", "one", "two"),
        node("a", "Flatten", "add"),
        node("fc", "Linear", "a", out_features=10),
        node("o", "Output", "fc"),
    )
    with pytest.raises(ProblemsFound, match="nothing in the network can be trained"):
        beginning.prepare(replace(digits(), architecture=nothing), data)
    with pytest.raises(ProblemsFound, match="the network has 2 Inputs"):
        beginning.prepare(replace(digits(), architecture=two), data)


def test_without_held_out_pictures_the_best_is_the_best_in_training(data, tmp_path):

    bare = dataclasses.replace(data, val=None, test=None)
    events, state = run(digits(epochs=1), bare, tmp_path)
    assert isinstance(events[-1], RunFinished) and not any(isinstance(event, FinalTest) for event in events)
    assert state.best is not None and math.isfinite(state.best) and (tmp_path / BEST).is_file()


def test_the_best_has_the_least_loss_held_out_and_patience_counts_from_it(data, tmp_path):
    experiment = with_training(digits(epochs=40, lr=0.1), schedule=Component(type="Constant"), patience=3)
    events, _ = run(experiment, data, tmp_path)
    steps, epochs = events[0].steps_per_epoch, [event for event in events if isinstance(event, EpochFinished)]
    records = {}
    for split in ("train", "val"):
        scores = [epoch.metrics[f"{split}/loss"] for epoch in epochs]
        records[split] = [n for n, score in enumerate(scores, 1) if score < min(scores[: n - 1], default=math.inf)]
    assert records["val"] != records["train"], "else this shows nothing"
    saved = [event for event in events if isinstance(event, CheckpointSaved)]
    assert all(last.step == best.step and not last.best for best, last in pairwise(saved) if best.best), (
        "the best first"
    )
    best = [event.step // steps for event in saved if event.best]
    assert best == records["val"] and read_checkpoint(tmp_path / BEST).step == best[-1] * steps
    since = [n - max(record for record in best if record <= n) for n in range(1, len(epochs) + 1)]
    assert max(since) == since[-1] == 3 and 2 in since[: best[-1]] and events[-1].early


def test_patience_goes_on_counting_after_a_stop(data, tmp_path):
    """Nothing is learnt here, so the first epoch stays the best."""
    experiment = with_training(digits(epochs=9, lr=1e-30), schedule=Component(type="Constant"), patience=3)

    steps = beginning.prepare(experiment, data)[0].steps_per_epoch
    run(experiment, data, tmp_path, on_event=stopping_at(2 * steps + 3))
    rest, _ = run(experiment, data, tmp_path, resuming=True)
    assert rest[-1].epochs == 4 and rest[-1].early


def test_a_rate_that_hangs_on_the_epochs_is_resumed_exactly(data, tmp_path):
    schedule = Component(type="Plateau", parameters={"gamma": 0.5, "patience": 0, "threshold": 0.3, "warmup_epochs": 1})
    experiment = with_training(digits(epochs=5), schedule=schedule)
    whole, state = run(experiment, data, tmp_path / "whole")
    rates = {event.learning_rate for event in whole if isinstance(event, StepFinished)}
    assert {0.05, 0.025} <= rates and min(rates) < 0.05 / (whole[0].steps_per_epoch)
    first, _ = run(experiment, data, tmp_path / "parts", on_event=stopping_at(4 * whole[0].steps_per_epoch + 3))
    rest, resumed = run(experiment, data, tmp_path / "parts", resuming=True)
    assert losses(first) + losses(rest) == losses(whole)
    assert equal_weights(state, resumed) and resumed.scores == state.scores

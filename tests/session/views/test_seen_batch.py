"""Single steps and the view of the latest batch: it shows the run's own tensors, and watching changes nothing."""

import contextlib
import copy
import math
import threading

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from tests.session.waiting import DEADLINE_S, act_at, steps, wait_for
from tests.training.columns import digits_with_columns, many_heads, only
from tests.training.experiments import data_of, digits, with_training
from tests.training.faults import gradient, inputs, label, plain, run_until
from tests.training.trained import kinds
from workbench.compiler.module import build
from workbench.compiler.weights import part
from workbench.events import EpochFinished, RunPaused, StepFinished
from workbench.gui.batch.presenter import BatchPresenter
from workbench.runs.store import LAST
from workbench.session.prepared import data_prepared
from workbench.session.running.in_thread import start
from workbench.session.views.insight import Insight
from workbench.session.views.kept_batch import read_kept
from workbench.session.views.seen_batch import latest_batch, seen_heads, seen_maps
from workbench.spec.component import Component
from workbench.spec.experiment import Speed
from workbench.spec.files import read_experiment
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import beginning, loop
from workbench.training.checkpoint import read_checkpoint
from workbench.training.control import Control


@pytest.fixture
def held(tmp_path):
    """A run that was paused in its first epoch."""
    run = start(digits(epochs=500), tmp_path)
    act_at(run, 1, run.pause)
    wait_for(lambda: run.log.since(0) and isinstance(run.log.since(0)[-1], RunPaused))
    yield run
    run.stop()
    assert run.join(DEADLINE_S)


def pauses(run):
    return sum(isinstance(event, RunPaused) for event in run.log.since(0))


def step_once(run):
    """Make one step; return the new events."""
    before, paused = len(run.log), pauses(run)
    run.step()
    wait_for(lambda: pauses(run) > paused)
    return list(run.log.since(before))


def test_a_step_is_exactly_one(held):
    told = len(steps(held))
    for number in range(1, 4):
        assert kinds(step_once(held)) == ["RunResumed", "StepFinished", "RunPaused"]
        assert len(steps(held)) == told + number and held.state == "paused"


def test_a_step_over_an_epochs_end_brings_what_belongs_to_it(held):
    events = []
    while not any(isinstance(event, EpochFinished) for event in events):
        events = step_once(held)
    assert kinds(events) == [
        "RunResumed", "EpochFinished", "CheckpointSaved", "CheckpointSaved", "StepFinished", "RunPaused",
    ]  # fmt: skip


def test_where_losses_are_fetched_many_at_a_time_a_step_is_one_too(tmp_path, monkeypatch):
    """As on a GPU; on the CPU each loss is fetched by itself."""
    plan, state = beginning.prepare(digits(epochs=1), data_of(digits()))
    control = Control()
    events = loop.train(plan, state, tmp_path, control)
    next(events)
    run = events.gi_frame.f_locals["run"]
    run.readback_steps = 16
    control.watch_each_step(True)
    for number in range(1, 4):
        assert next(events).step == state.step == number
    control.watch_each_step(False)
    assert next(events).step == 4 and state.step == 19


def test_of_several_batches_in_a_step_it_says_which_is_seen(tmp_path):
    plan, state = beginning.prepare(digits(epochs=1, accumulate=2), data_of(digits()))
    events = loop.train(plan, state, tmp_path, Control())
    assert isinstance([next(events), next(events)][-1], StepFinished)
    assert latest_batch(plan, state).title == "Step 1, the last of its batches"


def seen_at(run, step):
    wait_for(lambda: (seen := run.insight.batch.newest()) is not None and seen[1].step == step)
    return run.insight.batch.newest()[1]


def test_the_latest_batch_is_what_the_step_was_made_of(held):
    """Against torch by hand: the step before, from its checkpoint, forward and backward again."""
    held.insight.watches_batch = True
    held.save_checkpoint()
    (made,) = (event for event in step_once(held) if isinstance(event, StepFinished))
    saved = read_checkpoint(held.folder / LAST)
    seen = seen_at(held, made.step)
    assert saved.state["step"] == made.step - 1

    plan, state = beginning.prepare(held.experiment, data_of(held.experiment))
    state.module.load_state_dict(part(saved.tensors, "model."))
    torch.set_rng_state(part(saved.tensors, "generator.")["cpu"])
    batch = next(plan.train.epoch(0, start=made.step - 1))
    outputs = state.module.train()(batch.inputs)["output"]
    nn.functional.cross_entropy(outputs, batch.targets["class"]).backward()
    each = nn.functional.cross_entropy(outputs, batch.targets["class"], reduction="none")
    assert np.allclose(seen.heads[0].losses, each.detach().numpy(), atol=1e-6)
    assert seen.heads[0].losses.mean() == pytest.approx(made.loss, abs=1e-5)
    assert (seen.heads[0].answers == outputs.argmax(1).numpy()).all() and (
        seen.heads[0].labels == batch.targets["class"].numpy()
    ).all()
    assert [layer.layer for layer in seen.gradients] == ["conv", "norm", "fc"]
    for layer in seen.gradients:
        weights = list(state.module.get_submodule(layer.layer).parameters())
        length = torch.linalg.vector_norm(torch.cat([weight.grad.flatten() for weight in weights]))
        assert layer.gradient == pytest.approx(length.item(), rel=1e-4)


def test_of_mixed_pictures_both_classes_and_their_shares_are_known(tmp_path):
    """Against the batch itself: a class is mixed with that of the picture before it."""
    experiment = digits(epochs=500)
    run = start(replace(experiment, data=replace(experiment.data, mixing=Component(type="Mixup"))), tmp_path)
    run.insight.watches_batch = True
    wait_for(lambda: run.insight.batch.newest() is not None)
    _, seen = run.insight.batch.newest()
    run.stop()
    assert run.join(DEADLINE_S)
    plan, _ = beginning.prepare(run.experiment, data_of(run.experiment))
    epoch, place = divmod(seen.step - 1, plan.steps_per_epoch)
    targets = next(plan.train.epoch(epoch, start=place)).targets["class"].numpy()
    head, rows = seen.heads[0], np.arange(len(targets))
    assert np.array_equal(head.shares, targets.max(1)) and np.array_equal(targets[rows, head.labels], head.shares)
    mixed = head.shares < 0.999
    assert mixed.any() and np.allclose((targets[rows, head.others] + head.shares)[mixed], 1)


def test_what_is_predicted_of_pictures_and_masks_stands_beside_their_targets():
    plan, state = beginning.prepare(many_heads(), digits_with_columns())
    batch = next(plan.train.epoch(0, start=0))
    outputs = state.module(batch.inputs)
    seen = {head.target: head for head in seen_heads(plan.heads, outputs, batch.targets)}
    assert {name for name, head in seen.items() if head.given is not None} == {"picture", "stroke"}
    picture, stroke = seen["picture"], seen["stroke"]
    assert picture.wanted.dtype == np.uint8
    assert (picture.wanted == plan.train.pictures(batch.inputs).numpy()).all()
    output = outputs["picture"].detach().clamp(0, 1).numpy()
    assert np.allclose(picture.given / 255, output, atol=0.5 / 255 + 1e-6)
    wanted, chosen = batch.targets["stroke"].numpy(), outputs["stroke"].argmax(1).numpy()
    assert (stroke.given == chosen + 1).all() and (stroke.wanted == np.where(wanted < 0, 0, wanted + 1)).all()
    assert (stroke.wanted == 0).any() and stroke.pixel_names == ("paper", "ink")


def test_true_and_predicted_key_points_are_fractions_of_the_picture_as_augmented():
    plan, state = beginning.prepare(many_heads(), digits_with_columns())
    batch = next(plan.train.epoch(0, start=0))
    outputs = state.module(batch.inputs)
    (head,) = [each for each in seen_heads(plan.heads, outputs, batch.targets) if each.given_points is not None]
    pictures = plan.train.pictures(batch.inputs)[:, 0].numpy()
    assert head.target == "brightest" and head.wanted_points.shape == (len(pictures), 1, 2)
    x, y = np.floor(head.wanted_points[:, 0] * 8).astype(int).T
    inside = (x >= 0) & (x < 8) & (y >= 0) & (y < 8)
    rows = np.arange(len(pictures))[inside]
    assert inside.mean() > 0.8 and (pictures[rows, y[inside], x[inside]] == pictures.max((1, 2))[inside]).all()
    assert np.array_equal(head.given_points[:, 0], outputs["brightest"].detach().numpy())


def test_of_outputs_without_a_head_those_are_shown_that_have_a_value_for_each_pixel():
    plan, state = beginning.prepare(only("digit"), digits_with_columns())
    batch = next(plan.train.epoch(0, start=0))
    outputs = state.module(batch.inputs)
    outputs["digits"] = torch.randn(len(batch.inputs), 10, 4, 4, generator=torch.Generator().manual_seed(0))
    outputs["mean"] = outputs["digits"].mean((2, 3), keepdim=True)
    maps = {each.output: each for each in seen_maps(plan.heads, outputs)}
    assert list(maps) == ["stroke", "picture", "digits"]
    assert (maps["stroke"].given == outputs["stroke"].argmax(1).numpy() + 1).all() and not maps["stroke"].names
    assert np.allclose(maps["picture"].given / 255, outputs["picture"].detach().clamp(0, 1).numpy(), atol=0.0021)
    assert (maps["digits"].given == outputs["digits"].argmax(1).numpy() + 1).all()
    assert maps["digits"].names == tuple("0123456789")


def test_a_map_of_more_classes_than_a_byte_has_none_without_a_class():
    classes = torch.arange(300)
    (seen,) = seen_maps((), {"many": torch.eye(300)[classes].T.reshape(1, 300, 15, 20)})
    assert (seen.given.ravel() == classes.numpy() % 255 + 1).all() and not seen.names


def test_labels_are_predicted_where_half_a_chance_is_given_to_them():
    plan, state = beginning.prepare(many_heads(), digits_with_columns())
    batch = next(plan.train.epoch(0, start=0))
    outputs = state.module(batch.inputs)
    (head,) = [each for each in seen_heads(plan.heads, outputs, batch.targets) if each.label_names]
    assert (head.labels == (batch.targets[head.target].numpy() == 1)).all() and head.labels.any()
    assert (head.answers == (torch.sigmoid(outputs[head.output]).detach().numpy() > 0.5)).all()


def test_the_last_batch_of_a_run_that_nobody_watched_is_there_afterwards(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "finished"
    _, seen = run.insight.batch.newest()
    assert seen.step == steps(run)[-1].step


def test_its_pictures_are_as_the_network_saw_them(held):
    held.insight.watches_batch = True
    step = steps(held)[-1].step
    seen = seen_at(held, step)
    data = data_of(held.experiment)
    plain, _ = beginning.prepare(
        replace(held.experiment, data=replace(held.experiment.data, augmentation=())),
        data,
    )
    varied, _ = beginning.prepare(held.experiment, data)
    indices = next(varied.train.epoch(0, start=step - 1)).indices
    unvaried = data.train.inputs[indices].numpy()
    assert seen.pictures.shape == unvaried.shape and seen.pictures.dtype == np.uint8
    shifts = [np.roll(unvaried, (down, across), (2, 3)) for down in (-1, 0, 1) for across in (-1, 0, 1)]
    inner = (..., slice(1, -1), slice(1, -1))
    as_shifted = [(seen.pictures[inner] == shifted[inner]).all((1, 2, 3)) for shifted in shifts]
    assert np.any(as_shifted, axis=0).all() and not as_shifted[4].all()
    batch = next(plain.train.epoch(0, start=step - 1))
    assert (plain.train.pictures(batch.inputs).numpy() == unvaried).all()


@pytest.mark.parametrize(
    "fault", [inputs(math.nan), label(4711), gradient("conv.weight", math.nan, "conv")], ids=lambda fault: fault.name
)
def test_the_batch_that_ended_a_run_is_gone_over_once_more(fault, tmp_path):
    """From its file alone, compared with torch by hand, picture by picture."""
    experiment = fault.experiment()
    events, end = run_until(experiment, tmp_path, fault.plant)
    data = data_of(experiment)
    seen = read_kept(tmp_path / end.batch, experiment, [data_prepared(data, 0.0), *events])
    assert seen.title == "Step 3, not made" and seen.num_pictures == len(seen.heads[0].losses) == 64
    tensors = load_file(tmp_path / end.batch)
    module = build(experiment.architecture, classes=10).train()
    module.load_state_dict(part(tensors, "model."))
    if fault.kind != "target":  # its file is written before random numbers are drawn
        torch.set_rng_state(tensors["generator.cpu"])
        outputs = module(tensors["inputs"])["output"].detach()
        each = nn.functional.cross_entropy(outputs, tensors["target.class"], reduction="none").numpy()
        assert np.allclose(seen.heads[0].losses, each, atol=1e-6, equal_nan=True)
    presenter = BatchPresenter()
    presenter.seen = seen
    if fault.kind == "gradient":  # planted in torch's hook, so in no file
        assert np.isfinite(seen.heads[0].losses).all() and [layer.layer for layer in seen.gradients] == [
            "conv",
            "norm",
            "fc",
        ]
    else:
        assert np.isnan(seen.heads[0].losses).any()
        presenter.worst_first = True
        assert np.isnan(seen.heads[0].losses[presenter.order[0]])
    if fault.kind == "target":
        assert presenter.label(presenter.order[0]) == "class 4711" and np.isnan(seen.heads[0].losses).sum() == 1
        assert not seen.gradients
        assert seen.pictures.dtype == np.uint8 and seen.pictures.shape == (64, 1, 8, 8)


def test_a_held_out_batch_that_ended_a_run_is_evaluated_and_not_learnt_from(tmp_path):
    experiment = with_training(digits(epochs=1), average=0.9)

    def plant(plan, state):
        state.average.module.get_parameter("conv.bias").data.fill_(math.nan)

    events, end = run_until(experiment, tmp_path, plant)
    seen = read_kept(tmp_path / end.batch, experiment, [data_prepared(data_of(experiment), 0.0), *events])
    assert seen.title == "Of the validation split, after step 21"
    assert np.isnan(seen.heads[0].losses).all() and not seen.gradients


def test_a_held_out_batch_is_gone_over_in_float32_as_it_was_measured(tmp_path):
    experiment = plain(epochs=1, speed=Speed(precision="bf16"))

    def plant(plan, state):
        plan.val.inputs = plan.val.inputs.float()
        plan.val.inputs[7] = math.nan

    events, end = run_until(experiment, tmp_path, plant)
    seen = read_kept(tmp_path / end.batch, experiment, [data_prepared(data_of(experiment), 0.0), *events])
    tensors = load_file(tmp_path / end.batch)
    module = build(experiment.architecture, classes=10).eval()
    module.load_state_dict(part(tensors, "model."))
    with torch.no_grad():
        outputs = module(tensors["inputs"])["output"]
    each = nn.functional.cross_entropy(outputs, tensors["target.class"], reduction="none").numpy()
    assert np.isnan(each).sum() == 1
    np.testing.assert_allclose(seen.heads[0].losses, each, atol=1e-6)


def test_a_kept_batch_that_is_damaged_is_refused_in_a_sentence(tmp_path):
    experiment = inputs(math.nan).experiment()
    events, end = run_until(experiment, tmp_path, inputs(math.nan).plant)
    file = tmp_path / end.batch
    file.write_bytes(file.read_bytes()[:-10])
    log = [data_prepared(data_of(experiment), 0.0), *events]
    with pytest.raises(SpecError, match=r"step-3.safetensors: this batch is damaged; resume the run"):
        read_kept(file, experiment, log)
    file.unlink()
    with pytest.raises(SpecError, match=r"step-3.safetensors: this batch cannot be read: it is not there; resume"):
        read_kept(file, experiment, log)


def test_looking_changes_no_bit(tmp_path):
    weights = []
    for name, looked_at in (("not looked at", False), ("looked at", True)):
        run = start(digits(epochs=20), tmp_path / name)
        run.insight.watches_batch = looked_at
        if looked_at:
            wait_for(lambda run=run: run.insight.batch.newest() is not None)
            run.pause()
            wait_for(lambda run=run: pauses(run))
            for _ in range(5):
                step_once(run)
            run.unpause()
        assert run.join(DEADLINE_S) and run.state == "finished"
        weights.append(read_checkpoint(run.folder / LAST).tensors)
    one, other = weights
    assert one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_who_asks_for_what_cannot_be_found_is_told_so(held, caplog):
    held.insight.ask_neighbours(10**6)
    wait_for(lambda: held.insight.neighbours.newest() is not None)
    _, found = held.insight.neighbours.newest()
    assert (found.query, len(found.indices)) == (10**6, 0)
    assert found.problem.startswith("No result: an internal error (IndexError: ")
    assert "IndexError" in caplog.text


def test_who_asks_does_not_wait_for_a_copy_of_the_network(tmp_path, monkeypatch):
    copying, go_on, deepcopy = threading.Event(), threading.Event(), copy.deepcopy

    def slowly(*arguments):
        copying.set()
        assert go_on.wait(DEADLINE_S)
        return deepcopy(*arguments)

    monkeypatch.setattr("copy.deepcopy", slowly)
    run = start(digits(epochs=500), tmp_path)
    run.insight.ask_neighbours(3)
    assert copying.wait(DEADLINE_S)
    asking = threading.Thread(target=run.insight.ask_neighbours, args=(4,))
    asking.start()
    asking.join(DEADLINE_S)
    waits = asking.is_alive()
    go_on.set()
    asking.join()
    wait_for(lambda: (found := run.insight.neighbours.newest()) is not None and found[1].query == 4)
    run.stop()
    assert run.join(DEADLINE_S) and not waits


def test_during_a_long_step_the_last_copy_answers_and_after_it_the_network_as_it_is(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    assert run.join(DEADLINE_S) and run.state == "finished"
    experiment = run.experiment
    dataset = data_of(experiment)
    plan, state = beginning.of_checkpoint(experiment, dataset, run.folder / LAST)
    insight = Insight(str)
    with contextlib.closing(insight):
        insight.attach(plan, state, dataset)
        insight.ask_neighbours(3)
        insight.serve()
        wait_for(lambda: insight.neighbours.newest() is not None)
        insight.ask_neighbours(4)  # and nobody serves, since a step is being made
        wait_for(lambda: insight.neighbours.newest()[1].query == 4)
        assert insight.neighbours.newest()[1].step == state.step
        state.step += 1
        insight.serve(at_rest=True)
        wait_for(lambda: insight.neighbours.newest()[1].step == state.step)
        assert insight.neighbours.newest()[1].query == 4


def test_filters_are_read_once_a_step_also_while_the_run_rests(monkeypatch):
    monkeypatch.setattr("workbench.session.views.insight.FILTER_INTERVAL_S", 0.0)
    experiment = digits(epochs=1)
    dataset = data_of(experiment)
    plan, state = beginning.prepare(experiment, dataset)
    insight = Insight(pytest.fail)
    with contextlib.closing(insight):
        insight.attach(plan, state, dataset)
        insight.watches_filters = True
        for _ in range(3):
            insight.serve(at_rest=True)
        assert insight.filters.newest()[0] == 1
        state.step += 1
        insight.serve()
        insight.serve()
        insight.release()
        assert insight.filters.newest()[0] == 2


def test_a_fault_in_looking_does_not_end_the_training(tmp_path, monkeypatch, caplog):
    def broken(*_):
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("workbench.insight.filters.first_filters", broken)
    monkeypatch.setattr("workbench.insight.gradients.layer_gradients", broken)
    monkeypatch.setattr("copy.deepcopy", broken)
    run = start(digits(epochs=1), tmp_path)
    run.insight.watches_filters = True
    run.insight.watches_batch = True
    run.insight.ask_neighbours(3)
    wait_for(lambda: run.insight.neighbours.newest() is not None)
    assert run.join(DEADLINE_S) and run.state == "finished"
    assert "cannot be shown: an internal error (ZeroDivisionError: by nought)" in run.note
    assert "by nought" in caplog.text
    found = run.insight.neighbours.newest()
    assert found is not None and (not found[1].problem or "by nought" in found[1].problem)


def test_regions_that_cannot_be_shown_are_called_so_also_after_the_end(monkeypatch, caplog):
    served, said = threading.Event(), []

    def broken(*_):
        assert served.wait(DEADLINE_S)
        raise ZeroDivisionError("by nought")

    monkeypatch.setattr("workbench.insight.regions.regions", broken)
    experiment = read_experiment("mlp-moons")
    dataset = data_of(experiment)
    insight = Insight(said.append)
    with contextlib.closing(insight):
        insight.attach(*beginning.prepare(experiment, dataset), dataset)
        served.set()
        wait_for(lambda: len(said) == 1)
        served.clear()
        insight.release()
        served.set()
        wait_for(lambda: len(said) == 2)
    why = "its regions cannot be shown: an internal error (ZeroDivisionError: by nought); see the log for details."
    assert said == [f"The run continues, but {why}", f"The run has ended, but {why}"]
    assert "by nought" in caplog.text

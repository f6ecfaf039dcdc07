"""Advice on overfitting: the held-out loss rises while the training loss falls, for long enough to mean something."""

import dataclasses

import pytest
import torch

from tests.training.advised import advice_of, course
from tests.training.experiments import chain, data_of, digits, sgd
from workbench.data.dataset import Split
from workbench.events import EpochFinished
from workbench.spec.component import Component
from workbench.spec.record import replace
from workbench.training.advice.advisor import advise, overfits


def test_a_network_that_learns_by_heart_is_told_of(tmp_path):
    """A third of the labels are wrong."""
    data = data_of(chain())
    labels = data.train.targets["class"][:300].clone()
    labels[::3] = (labels[::3] + 1 + torch.arange(100) % 9) % 10
    wrong = Split(inputs=data.train.inputs[:300], targets={"class": labels})
    experiment = chain(
        ("Linear", {"out_features": 128}), ("ReLU", {}), epochs=20, batch_size=50, optimizer=sgd(0.1, 0.9)
    )
    found = advice_of(experiment, tmp_path, dataclasses.replace(data, train=wrong))
    assert "has been overfitting since epoch" in found["overfitting"].what and "patience" in found["overfitting"].advice


@pytest.mark.parametrize(("last_right", "is_told"), [(0.5, True), (0.61, False)])
def test_whose_answers_become_better_does_not_overfit(last_right, is_told):
    """The held-out loss rises; if accuracy improves too, the network is merely overconfident in its mistakes."""
    results = course(
        start=2.5,
        losses=(1.0, 0.8, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02),
        held_out=(1.2, 1.0, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7),
        top1=(0.5, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, last_right),
    )
    assert (overfits(results) is not None) == is_told


@pytest.mark.parametrize("beside", [{}, {"val/top1": 0.6}], ids=["alone", "with classes"])
def test_an_embedding_is_right_where_the_nearest_is_of_the_class(beside):
    """Its held-out loss rises too; whether recall@1 improves decides, or the accuracy if the output has classes too."""
    losses, held_out = (1.0, 0.5, 0.3, 0.2, 0.1, 0.05), (1.2, 1.0, 1.3, 1.4, 1.5, 1.6)
    for last, is_told in ((0.5, True), (0.7, False)):
        events = [
            EpochFinished(
                at=float(epoch),
                epoch=epoch + 1,
                step=epoch + 1,
                metrics={"train/loss": loss, "val/loss": held, "val/recall1": last if epoch == 5 else 0.6} | beside,
                seconds=1.0,
            )
            for epoch, (loss, held) in enumerate(zip(losses, held_out, strict=True))
        ]
        assert any(told.kind == "overfitting" for told in advise(events, digits())) == (is_told or bool(beside))


def test_a_training_that_jumps_overfits_nothing_that_it_answers_no_worse():
    """From a real run of ReLUs on the digits, rate 0.1, batches of 64; its held-out loss later fell to 0.08."""
    results = course(
        losses=(2.003, 0.511, 0.166, 0.265, 0.455),
        held_out=(1.075, 0.197, 0.437, 0.336, 0.263),
        top1=(0.601, 0.944, 0.895, 0.902, 0.937),
    )
    assert overfits(results) is None


def test_a_training_whose_steps_are_too_large_does_not_overfit():
    """From a real run of the LeNet preset on the digits, rate 0.02, batches of 10: in epoch 4 it lost what it knew."""
    results = course(
        losses=(1.356, 0.533, 0.358, 1.593, 0.985, 0.652, 0.472, 0.708),
        held_out=(0.240, 0.455, 0.999, 1.790, 0.878, 0.564, 0.389, 0.748),
        top1=(0.930, 0.867, 0.860, 0.434, 0.762, 0.811, 0.930, 0.818),
    )
    assert overfits(results) is None


def test_what_is_as_good_as_learnt_wavers_and_does_not_overfit():
    """From a real run of the LeNet preset on the digits."""
    results = course(
        losses=(2.2913, 0.9323, 0.1779, 0.0464, 0.0164, 0.0079, 0.0056, 0.0051, 0.0046),
        held_out=(2.2608, 0.3472, 0.1411, 0.0662, 0.0505, 0.04, 0.0516, 0.0544, 0.0542),
        top1=(0.3636, 0.8322, 0.951, 0.979, 0.979, 0.979, 0.972, 0.972, 0.972),
    )
    assert overfits(results) is None


@pytest.mark.parametrize("unit", [1.0, 100.0])
@pytest.mark.parametrize(("num_held_out", "is_told"), [(1000, True), (100, True), (36, False), (None, True)])
def test_a_rise_on_few_pictures_is_chance_in_whatever_unit_the_loss_is(num_held_out, is_told, unit):
    results = course(
        start=2.3 * unit,
        losses=tuple(unit * loss for loss in (1.5, 1.0, 0.9, 0.8, 0.7, 0.6)),
        held_out=tuple(unit * loss for loss in (1.6, 1.0, 1.1, 1.15, 1.2, 1.25)),
        top1=(0.5, 0.7, 0.7, 0.7, 0.7, 0.7),
        num_held_out=num_held_out,
    )
    assert (overfits(results) is not None) == is_told


@pytest.mark.parametrize(
    ("losses", "held_out", "is_told"),
    [
        ((1.5, 1.0, 0.8, 0.7), (1.6, 1.0, 1.2, 1.25), False),
        ((1.5, 1.0, 0.8, 0.7, 0.6), (1.6, 1.0, 1.2, 1.25, 1.3), True),
        ((1.5, 1.0, 0.95, 0.95, 0.95), (1.6, 1.0, 1.2, 1.25, 1.3), False),
        ((1.5, 1.0, 1.001, 0.8, 0.6, 0.4, 0.2), (1.6, 1.0, 1.1, 1.3, 1.6, 2.0, 2.5), True),
        ((1.5, 1.0, 1.11, 0.8, 0.6, 0.4, 0.2), (1.6, 1.0, 1.1, 1.3, 1.6, 2.0, 2.5), False),
    ],
    ids=[
        "for two epochs",
        "for three",
        "while the training loss stays",
        "after the training loss wavered",
        "after it jumped",
    ],
)
def test_a_network_overfits_if_the_losses_part_for_three_epochs(losses, held_out, is_told):
    assert (overfits(course(losses=losses, held_out=held_out)) is not None) == is_told


def test_what_a_recipe_has_already_is_advised_as_more_of_it():
    def advised(experiment):
        losses, held_out = (1.5, 1.0, 0.9, 0.8, 0.7, 0.6), (1.6, 1.0, 1.2, 1.25, 1.3, 1.35)
        return overfits(course(experiment=experiment, losses=losses, held_out=held_out)).try_

    bare = "augmentation, more pictures, dropout, weight decay, a smaller network, or early stopping (patience)."
    assert advised(chain(("Dropout", {"p": 0.0}))).endswith(f"Try {bare}")
    optimizer = Component(type="AdamW", parameters={"lr": 0.01, "weight_decay": 0.1})
    full = chain(("Dropout", {"p": 0.5}), optimizer=optimizer, patience=9)
    full = replace(full, data=replace(full.data, augmentation=(Component(type="Shift"),)))
    more = "stronger augmentation, more pictures, more dropout, more weight decay, or a smaller network."
    assert advised(full).endswith(f"Try {more}")

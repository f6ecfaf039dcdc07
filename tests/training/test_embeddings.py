"""Networks whose output is an embedding, from the checks to the exact resume."""

import dataclasses

import pytest
import torch

from tests.compiler.networks import network, node
from tests.training.experiments import data_of, digits, with_training
from tests.training.trained import equal_weights, losses, run, stopping_at
from workbench.compiler.analysis import resolve
from workbench.events import EpochFinished, StepFinished
from workbench.search.descriptors import describe, descriptor_node
from workbench.session.running.distributed import Machines, check_machines
from workbench.session.views.mistakes.asked import AN_EMBEDDING, find_mistakes
from workbench.spec.column import Column
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, Head
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import ProblemsFound, SpecError
from workbench.spec.record import replace
from workbench.training import beginning
from workbench.training.checking.checks import check_training
from workbench.training.checking.pairs import check_groups
from workbench.training.distributed.ranks import Ranks
from workbench.training.plan import check


def embedding(*end: object, loss: str = "Triplet", measures: tuple[str, ...] = (), **training: object) -> Experiment:
    """A network with a vector of eight numbers for each digit."""
    nodes = end or (
        node("fc", "Linear", "flatten", out_features=8),
        node("unit", "L2Norm", "fc"),
        node("output", "Output", "unit"),
    )
    architecture = network(
        node("input", "Input", shape=[1, 8, 8]),
        node("conv", "Conv2d", "input", out_channels=8, kernel_size=3),
        node("relu", "ReLU", "conv"),
        node("dropout", "Dropout", "relu", p=0.1),
        node("flatten", "Flatten", "dropout"),
        *nodes,
    )
    head = Head(output="output", loss=Component(type=loss), measures=tuple(Component(type=each) for each in measures))
    settings = {
        "heads": (head,),
        "optimizer": Component(type="Adam", parameters={"lr": 0.01}),
        "per_class": 8,
    } | training
    return with_training(replace(digits(), architecture=architecture), **settings)


@pytest.fixture(scope="module")
def data():
    return data_of(digits())


def problems_of(experiment, data):
    try:
        check(experiment, data.columns, len(data.train))
    except ProblemsFound as found:
        return found.problems
    return ()


def test_an_embedding_of_any_size_is_learnt(data, tmp_path):
    events, state = run(embedding(epochs=3, loss="SupCon", batch_size=40), data, tmp_path)
    epochs = [event.metrics for event in events if isinstance(event, EpochFinished)]
    assert epochs[-1].keys() == {"train/loss", "val/loss", "val/recall1", "val/verification", "val/pair_auc"}
    assert epochs[-1]["val/recall1"] > 0.65 and epochs[-1]["val/verification"] > 0.7
    assert epochs[-1]["val/loss"] < epochs[0]["val/loss"]
    assert all(event.accuracy is None for event in events if isinstance(event, StepFinished))
    plan, _ = beginning.prepare(embedding(), data)
    answer = find_mistakes(state.module.eval(), plan, data, state.step, lambda *_: None)
    assert answer.problem == AN_EMBEDDING


@pytest.mark.parametrize("loss", ["Triplet", "SupCon", "Contrastive"])
def test_a_run_resumes_exactly_within_an_epoch_of_groups(data, tmp_path, loss):
    experiment = embedding(loss=loss, epochs=2)
    whole, state = run(experiment, data, tmp_path / "whole")
    first, _ = run(experiment, data, tmp_path / "parts", on_event=stopping_at(7))
    rest, resumed = run(experiment, data, tmp_path / "parts", resuming=True)
    assert losses(first) + losses(rest) == losses(whole)
    assert equal_weights(state, resumed)


def test_validation_does_not_depend_on_the_order_in_which_a_split_is_stored(data, tmp_path):
    """Stored by class, batches in order would hold a single class, and no loss."""
    by_class = data.val.targets["class"].argsort()
    targets = {name: values[by_class] for name, values in data.val.targets.items()}
    val = dataclasses.replace(data.val, inputs=data.val.inputs[by_class], targets=targets)
    stored = dataclasses.replace(data, val=val)
    (mixed, _), (ordered, _) = (run(embedding(epochs=1), each, tmp_path) for each in (data, stored))
    one, other = (next(e.metrics for e in events if isinstance(e, EpochFinished)) for events in (mixed, ordered))
    assert other["val/recall1"] == one["val/recall1"]
    assert other["val/loss"] == pytest.approx(one["val/loss"], rel=0.2) and other["val/loss"] > 0


@pytest.mark.parametrize(
    ("experiment", "said"),
    [
        (embedding(accumulate=2), "a step takes 2 batches, but Triplet compares the pictures of one batch alone"),
        (
            replace(embedding(), data=replace(digits().data, mixing=Component(type="Mixup"))),
            "Mixup mixes pictures of different classes, but Triplet compares pictures of one class each",
        ),
        (embedding(node("output", "Output", "relu")), "the output gives 8×6×6, but Triplet compares vectors"),
        (embedding(measures=("Accuracy",)), "the measure Accuracy is one of answers"),
        (
            with_training(digits(), heads=(Head(output="output", measures=(Component(type="RecallAt1"),)),)),
            "the measure RecallAt1 is one of embeddings",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_way_out(data, experiment, said):
    (problem,) = problems_of(experiment, data)
    assert problem.what.startswith(said)
    assert problem.mend
    if problem.remedy is not None:
        assert not problems_of(apply_remedy(experiment, problem.remedy), data)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"batch_size": 4, "per_class": 1}, "with 10 classes, most pictures of a batch of 4 have no other"),
        ({"batch_size": 8, "per_class": 8}, "a batch of 8 has groups of 8 pictures of a class"),
        ({"batch_size": 64, "per_class": 1}, ""),
        ({"batch_size": 16, "per_class": 8}, ""),
    ],
)
def test_batches_that_rarely_have_pairs_are_warned_about(data, settings, said):
    found = list(check_groups(embedding(**settings), data.columns))
    assert [problem.severity for problem in found] == ["warning"] * bool(said)
    assert all(problem.what.startswith(said) for problem in found)


def test_a_mixing_of_pictures_of_one_class_is_warned_about(data):
    mixed = replace(digits(), data=replace(digits().data, mixing=Component(type="Mixup")))
    (problem,) = check_groups(with_training(mixed, per_class=4), data.columns)
    assert problem.severity == "warning" and problem.what.endswith("is mostly of the same class")
    assert not list(check_groups(mixed, data.columns))


def test_groups_need_a_class():
    experiment = with_training(
        digits(), per_class=4, heads=(Head(output="output", target="size", loss=Component(type="MSE")),)
    )
    analysis = resolve(experiment.architecture, classes=10).analysis
    found = check_training(experiment, analysis, (Column(name="size", kind="number", shape=(10,)),))
    assert [problem.what for problem in found] == [
        "4 pictures per class are to come together, but no output is trained for a class"
    ]


def test_several_devices_are_refused(data):
    said = "Triplet compares all pictures of a batch, .* train on one device"
    with pytest.raises(SpecError, match=said):
        beginning.prepare(embedding(), data, ranks=Ranks(rank=0, size=2))
    with pytest.raises(SpecError, match=said):
        check_machines(Machines(devices=2), embedding().training)
    check_machines(Machines(devices=1), embedding().training)


def test_the_descriptor_is_the_embedding(data):
    plan, state = beginning.prepare(embedding(), data)
    batch = next(plan.val.in_order()).inputs
    found = describe(state.module, [batch], descriptor_node(state.module, plan.embedding))
    with torch.no_grad():
        assert torch.equal(found, state.module.eval()(batch)["output"])
    assert torch.allclose(found.norm(dim=1), torch.ones(len(batch)))

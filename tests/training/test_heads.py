"""Heads on columns of every kind, trained, resumed, and measured as by torchmetrics and scikit-learn."""

import dataclasses
import math
from typing import get_args

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from sklearn import metrics as theirs
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from tests.compiler.networks import network, node
from tests.training.columns import COLUMNS, HEADS, digits_with_columns, many_heads, only
from tests.training.experiments import data_of, digits, with_training
from tests.training.trained import equal_weights, losses, run, stopping_at
from workbench.events import EpochFinished, RunFinished, StepFinished
from workbench.session.views.seen_batch import seen_heads
from workbench.spec.column import Column, Kind, named
from workbench.spec.component import Component
from workbench.spec.edits import remove_nodes
from workbench.spec.experiment import DataRecipe, Experiment, Head
from workbench.spec.files import from_json, read_experiment, to_json
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import ProblemsFound, SpecError
from workbench.spec.record import replace
from workbench.training import LOSSES, MEASURES, beginning, loop
from workbench.training.aims import LOSS, heads_of, num_classes, used_columns
from workbench.training.aims import MEASURES as USUAL
from workbench.training.checkpoint import newest
from workbench.training.control import Control
from workbench.training.distributed.ranks import ALONE
from workbench.training.heads import Measures, ResolvedHead, names_of, total_loss
from workbench.training.results.measured import expected, measured
from workbench.training.update import Learnt, Updated


@pytest.fixture(scope="module")
def data():
    return digits_with_columns()


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """The events, and the trained network's outputs and targets on the validation pictures."""
    folder = tmp_path_factory.mktemp("heads")
    events, state = run(many_heads(), data, folder)
    plan, _ = beginning.prepare(many_heads(), data)
    with torch.no_grad():
        pairs = [(state.module.eval()(batch.inputs), batch.targets) for batch in plan.val.in_order()]
    outputs = {head.output: torch.cat([given[head.output] for given, _ in pairs]) for head in HEADS}
    targets = {column.name: torch.cat([wanted[column.name] for _, wanted in pairs]) for column in COLUMNS}
    return events, outputs, targets


def test_all_columns_are_learnt_at_once(trained):
    events, _, _ = trained
    first, last = [event.metrics for event in events if isinstance(event, EpochFinished)]
    for falling in ("val/loss", "val/ink/mae", "val/brightest/mae"):
        assert last[falling] < first[falling]
    assert last["val/digit/top1"] > 0.8 and last["val/traits/auc"] > 0.8 and last["val/stroke/iou"] > 0.7
    assert last["val/picture/psnr"] > 15
    assert last["train/top1"] > 0.5, "of the first head, which asks for a class"


def test_the_first_measure_is_known_by_name_before_it_has_a_value(trained):
    (*_, ended) = [event for event in trained[0] if isinstance(event, EpochFinished)]
    assert expected(many_heads(), COLUMNS) == next(measured(ended.metrics, "val")) == "val/digit/top1"
    within = Head(output="ink", target="ink", loss=Component(type="L1"), measures=(Component(type="CumulativeScore"),))
    assert expected(with_training(many_heads(), heads=(within,)), COLUMNS) == "val/cs5"
    assert expected(with_training(many_heads(), heads=(within,)), ()) is None


def test_the_measures_are_scikit_learns(trained):
    events, outputs, targets = trained
    found = events[-1].metrics
    digit, wanted = outputs["digit"].argmax(1).numpy(), targets["class"].numpy()
    assert found["val/digit/top1"] == theirs.accuracy_score(wanted, digit)
    assert found["val/digit/top5"] == theirs.top_k_accuracy_score(wanted, outputs["digit"].numpy(), k=5)
    ink, wanted_ink = outputs["ink"].numpy(), targets["ink"].numpy()
    assert found["val/ink/mae"] == pytest.approx(theirs.mean_absolute_error(wanted_ink, ink), rel=1e-5)
    assert found["val/ink/maxerror"] == pytest.approx(theirs.max_error(wanted_ink, ink), rel=1e-5)
    chances, traits = outputs["traits"].sigmoid().numpy(), targets["traits"].numpy()
    assert found["val/traits/f1"] == pytest.approx(theirs.f1_score(traits, chances > 0.5, average="macro"), rel=1e-5)
    assert found["val/traits/auc"] == pytest.approx(theirs.roc_auc_score(traits, chances), rel=1e-5)
    answer, stroke = outputs["stroke"].argmax(1).numpy().ravel(), targets["stroke"].numpy().ravel()
    known = stroke >= 0
    assert (~known).sum() > 0, "the corners"
    iou = theirs.jaccard_score(stroke[known], answer[known], average="macro")
    assert found["val/stroke/iou"] == pytest.approx(iou, rel=1e-5)
    assert found["val/stroke/pixels"] == pytest.approx(theirs.accuracy_score(stroke[known], answer[known]), rel=1e-5)
    errors = ((outputs["picture"].clamp(0, 1) - targets["picture"]) ** 2).mean(dim=(1, 2, 3))
    assert found["val/picture/psnr"] == pytest.approx((-10 * errors.log10()).mean().item(), rel=1e-5)


def test_f1_and_auc_of_classes_are_scikit_learns(trained):
    _, outputs, targets = trained
    column = Column(name="class", names=tuple("0123456789"))
    meters = {name: MEASURES.make(name, {}).meter(column, torch.device("cpu")) for name in ("F1", "AUC")}
    for meter in meters.values():
        for rows in torch.arange(len(targets["class"])).split(100):
            meter.add(outputs["digit"][rows], targets["class"][rows])
    wanted, chances = targets["class"].numpy(), outputs["digit"].softmax(1).double()
    f1 = theirs.f1_score(wanted, outputs["digit"].argmax(1).numpy(), average="macro")
    auc = theirs.roc_auc_score(wanted, (chances / chances.sum(1, keepdim=True)).numpy(), multi_class="ovr")
    assert meters["F1"].result(ALONE) == {"f1": pytest.approx(f1, rel=1e-5)}
    assert meters["AUC"].result(ALONE) == {"auc": pytest.approx(auc, rel=1e-5)}


@pytest.mark.parametrize(("num_classes", "names"), [(3, ["top1"]), (5, ["top1"]), (6, ["top1", "top5"])])
def test_among_the_first_five_is_asked_only_of_more_classes(num_classes, names):
    column = Column(name="class", names=tuple("abcdef"[:num_classes]))
    answers = torch.randn(40, num_classes, generator=torch.Generator().manual_seed(0))
    wanted = torch.arange(40) % num_classes
    meter = MEASURES.make("Accuracy", {}).meter(column, torch.device("cpu"))
    meter.add(answers, wanted)
    expected = {f"top{k}": theirs.top_k_accuracy_score(wanted, answers, k=k) for k in (1, 5) if f"top{k}" in names}
    assert meter.result(ALONE) == expected


def test_several_numbers_are_one_target(tmp_path):
    """The point where two lines cross, which a linear layer can tell; no picture is called wrong."""
    pictures, points = np.zeros((90, 9, 9), np.uint8), np.indices((9, 10)).reshape(2, 90).T * (1, 0.5)
    for picture, (row, column) in zip(pictures, points.astype(int), strict=True):
        picture[row], picture[:, column] = 255, 255
    np.savez(tmp_path / "a.npz", x=pictures, points=points + 0.25)
    source = Component(type="ArrayFile", parameters={"file": str(tmp_path / "a.npz")})
    experiment = replace(
        with_training(digits(), epochs=8, batch_size=4, optimizer=Component(type="Adam", parameters={"lr": 0.02})),
        data=DataRecipe(source=source),
        architecture=network(
            node("input", "Input", shape=[1, 9, 9]),
            node("flatten", "Flatten", "input"),
            node("fc", "Linear", "flatten", out_features=10),
            node("output", "Output", "fc"),
        ),
    )
    data = data_of(experiment)
    with pytest.raises(ProblemsFound) as found:
        beginning.prepare(experiment, data)
    (problem,) = found.value.problems
    assert problem.what == "the output gives 10 numbers, but the column points needs 2" and problem.remedy is not None
    mended = apply_remedy(experiment, problem.remedy)
    events, state = run(mended, data, tmp_path / "run")
    plan, _ = beginning.prepare(mended, data)
    (batch,) = plan.val.in_order()
    with torch.no_grad():
        outputs = state.module.eval()(batch.inputs)
    wanted, given = batch.targets["points"], outputs["output"]
    last = [event.metrics for event in events if isinstance(event, EpochFinished)][-1]
    assert last["val/mae"] == pytest.approx(theirs.mean_absolute_error(wanted, given), rel=1e-4) and last["val/mae"] < 1
    assert last["val/maxerror"] == pytest.approx((wanted - given).abs().max().item(), rel=1e-4)
    (seen,) = seen_heads(plan.heads, outputs, batch.targets)
    assert seen.labels is None and seen.losses == pytest.approx(((wanted - given) ** 2).mean(dim=1).tolist(), rel=1e-4)


def test_the_column_that_the_network_counts_the_classes_of_is_used():
    aimed_at_ink = with_training(digits(), heads=(Head(output="output", target="ink"),))
    assert used_columns(aimed_at_ink, COLUMNS) == ("ink", "class") and num_classes(aimed_at_ink, COLUMNS) == 10
    assert used_columns(digits(), COLUMNS) == ("class",)
    heads = tuple(Head(output="output", target=target) for target in ("ink", "class", "ink"))
    assert used_columns(with_training(digits(), heads=heads), COLUMNS) == ("ink", "class"), "in the order of the heads"


ANSWERED = {
    "class": (Column(name="c", names=("a", "b", "d")), (3,), lambda answers: answers.argmax(dim=1).roll(1)),
    "number": (Column(name="n", kind="number"), (1,), lambda answers: answers.roll(1)),
    "keypoints": (Column(name="k", kind="keypoints", shape=(4,)), (4,), lambda answers: answers.roll(1)),
    "labels": (Column(name="l", kind="labels", names=("a", "b")), (2,), lambda answers: (answers.roll(1) > 0).float()),
    "mask": (Column(name="m", kind="mask", names=("a", "b")), (2, 4, 4), lambda answers: answers.argmax(dim=1).roll(1)),
    "picture": (Column(name="p", kind="picture"), (1, 16, 16), lambda answers: answers.roll(1).sigmoid()),
}
"""Maps a kind to a column, the shape of its outputs, and a function that makes targets from outputs."""


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, measure in MEASURES.table.items() for kind in measure.takes]
)
def test_a_batch_of_which_nothing_is_a_ranks_own_changes_no_measure(name, kind):
    column, shape, make = ANSWERED[kind]
    answers = torch.randn(12, *shape, generator=torch.Generator().manual_seed(0))
    wanted = make(answers)
    found = []
    for num_own in ((12,), (0, 12), (12, 0)):
        meter = MEASURES.make(name, {}).meter(column, torch.device("cpu"))
        for num in num_own:
            meter.add(answers[:num], wanted[:num])
        found.append(meter.result(ALONE))
    assert found[0] and found[1] == found[2] == found[0]


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, measure in MEASURES.table.items() for kind in measure.takes]
)
def test_only_what_never_exceeds_one_is_shown_in_percent(name, kind):
    """Of answers that are far from what is wanted."""
    column, shape, make = ANSWERED[kind]
    answers = 10 * torch.randn(12, *shape, generator=torch.Generator().manual_seed(0))
    meter = MEASURES.make(name, {}).meter(column, torch.device("cpu"))
    meter.add(answers, make(answers))
    assert all(value <= 1 for value in meter.result(ALONE).values()) == MEASURES[name].is_share


class NoDoubles(TorchDispatchMode):
    """Refuses float64, as MPS does."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        assert all(each.dtype != torch.float64 for each in tree_leaves(found) if isinstance(each, torch.Tensor)), func
        return found


def test_an_evaluation_needs_no_float64_of_its_device():
    """Only its end, on the CPU, adds in float64."""
    plan, state = beginning.prepare(many_heads(), digits_with_columns())
    batches = list(plan.val.in_order())
    with torch.no_grad():
        answers = [state.module.eval()(batch.inputs) for batch in batches]
        with NoDoubles():
            measures = Measures(plan.heads, plan.device)
            for batch, outputs in zip(batches, answers, strict=True):
                measures.add(outputs, batch.targets, batch.num_own)
        totals = [
            total_loss(plan.heads, *each).item() for each in zip(answers, (b.targets for b in batches), strict=True)
        ]
    wanted = sum(total * batch.num_own for total, batch in zip(totals, batches, strict=True)) / len(plan.val.inputs)
    assert measures.result("val")["val/loss"] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("kind", ["class", "labels"])
def test_a_name_that_no_example_has_is_not_among_those_the_auc_is_averaged_over(kind):
    column = Column(name="c", kind=kind, names=("a", "b", "d"))
    answers = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    has = torch.arange(50)[:, None] % 2 == torch.tensor([0, 1, 2])
    meter = MEASURES.make("AUC", {}).meter(column, torch.device("cpu"))
    meter.add(answers, has.float() if kind == "labels" else has.long().argmax(dim=1))
    chances = answers.sigmoid() if kind == "labels" else answers.softmax(dim=1)
    areas = [theirs.roc_auc_score(has[:, name], chances[:, name]) for name in (0, 1)]
    assert meter.result(ALONE) == {"auc": pytest.approx(np.mean(areas), rel=1e-5)}


def test_of_a_single_example_there_is_no_auc():
    meter = MEASURES.make("AUC", {}).meter(Column(name="c", names=("a", "b")), torch.device("cpu"))
    meter.add(torch.zeros(1, 2), torch.zeros(1, dtype=torch.int64))
    assert meter.result(ALONE) == {}


def test_the_loss_is_the_weighted_sum_of_torchs(trained):
    events, outputs, targets = trained
    expected = (
        F.cross_entropy(outputs["digit"], targets["class"])
        + 0.01 * F.huber_loss(outputs["ink"], targets["ink"])
        + F.binary_cross_entropy_with_logits(outputs["traits"], targets["traits"])
        + 0.5 * F.cross_entropy(outputs["stroke"], targets["stroke"])
        + 2 * F.mse_loss(outputs["picture"], targets["picture"])
        + F.smooth_l1_loss(outputs["brightest"], targets["brightest"])
    )
    assert events[-1].metrics["val/loss"] == pytest.approx(expected.item(), rel=1e-5)


def test_the_weight_of_an_only_head_counts(trained):
    _, outputs, targets = trained
    column = Column(name="class", names=tuple("0123456789"))
    head = ResolvedHead(output="digit", column=column, loss=LOSSES.make("CrossEntropy", {}), weight=0.25, measures=())
    expected = 0.25 * F.cross_entropy(outputs["digit"], targets["class"])
    torch.testing.assert_close(total_loss([head], outputs, targets), expected)


def test_a_perfect_picture_does_not_take_the_psnr_of_all_away():
    """Its own PSNR is infinite, and counted as 100; the others are scikit-image's."""
    truth = torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    truth[2] = 0
    given = (truth + 0.05).clamp(0, 1)
    given[2] = -0.1  # shown as black
    meter = MEASURES.make("PSNR", {}).meter(COLUMNS[4], torch.device("cpu"))
    meter.add(given, truth)
    pairs = zip(given.numpy(), truth.numpy(), strict=True)
    theirs = [peak_signal_noise_ratio(b, a, data_range=1) for n, (a, b) in enumerate(pairs) if n != 2]
    assert meter.result(ALONE)["psnr"] == pytest.approx((sum(theirs) + 100) / 4, rel=1e-5)


def test_ssim_and_the_share_within_a_tolerance():
    random = torch.Generator().manual_seed(0)
    clean = torch.rand(3, 1, 24, 24, generator=random)
    noisy = (clean + 0.1 * torch.randn(3, 1, 24, 24, generator=random)).clamp(0, 1)
    meter = MEASURES.make("SSIM", {}).meter(Column(name="p", kind="picture", shape=(1, 24, 24)), torch.device("cpu"))
    meter.add(noisy[:2], clean[:2])
    meter.add(noisy[2:], clean[2:])
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    expected = [
        structural_similarity(one.numpy(), other.numpy(), **options)
        for one, other in zip(noisy[:, 0], clean[:, 0], strict=True)
    ]
    assert meter.result(ALONE)["ssim"] == pytest.approx(np.mean(expected), abs=0.01)
    meter = MEASURES.make("CumulativeScore", {}).meter(Column(name="age", kind="number"), torch.device("cpu"))
    meter.add(torch.tensor([[20.0], [30.0]]), torch.tensor([[25.0], [24.9]]))
    assert meter.result(ALONE) == {"cs5": 0.5}


def test_each_head_has_its_own_loss_without_its_weight(trained):
    events, outputs, targets = trained
    found = events[-1].metrics
    expected = {
        "digit": F.cross_entropy(outputs["digit"], targets["class"]),
        "ink": F.huber_loss(outputs["ink"], targets["ink"]),
        "traits": F.binary_cross_entropy_with_logits(outputs["traits"], targets["traits"]),
        "stroke": F.cross_entropy(outputs["stroke"], targets["stroke"]),
        "picture": F.mse_loss(outputs["picture"], targets["picture"]),
    }
    for output, loss in expected.items():
        assert found[f"val/{output}/loss"] == pytest.approx(loss.item(), rel=1e-5)
    for split in ("train", "val", "test"):
        total = sum(head.weight * found[f"{split}/{head.output}/loss"] for head in HEADS)
        assert found[f"{split}/loss"] == pytest.approx(total, rel=1e-6)


def test_the_losses_of_heads_on_one_output_have_different_names():
    cross_entropy, huber = (LOSSES.make(name, {}) for name in ("CrossEntropy", "Huber"))

    def head(output, column, loss):
        return ResolvedHead(output=output, column=column, loss=loss, weight=1.0, measures=())

    on_digit, on_ink = head("digit", COLUMNS[0], cross_entropy), head("out", COLUMNS[1], huber)
    assert names_of([on_digit]) == ()
    assert names_of([on_digit, on_ink]) == ("digit", "out")
    assert names_of([on_digit, on_ink, head("out", COLUMNS[0], huber)]) == ("digit", "out-ink", "out-class")
    softer = [on_digit, head("digit", COLUMNS[0], huber)]
    assert names_of(softer) == ("digit-class-CrossEntropy", "digit-class-Huber")
    assert names_of([on_ink, on_ink]) == ("out-ink-Huber-0", "out-ink-Huber-1")


def test_heads_on_one_output_have_all_of_their_measures(data, tmp_path):
    heads = (
        Head(output="digit", measures=(Component(type="F1"),)),
        Head(output="digit", loss=Component(type="MSE"), measures=(Component(type="Accuracy"), Component(type="F1"))),
    )
    experiment = with_training(many_heads(epochs=1), heads=heads)
    events, _ = run(experiment, data, tmp_path)
    assert [*measured(events[-1].metrics, "val")] == ["val/f1", "val/top1", "val/top5"]
    assert expected(experiment, COLUMNS) == "val/f1"


def test_two_columns_of_one_output_have_measures_of_their_own(data, tmp_path):
    columns = (*COLUMNS, Column(name="paper", kind="number", unit="%"))

    def extended(split):
        return dataclasses.replace(split, targets=split.targets | {"paper": 100 - split.targets["ink"]})

    splits = {name: extended(getattr(data, name)) for name in ("train", "val", "test")}
    heads = tuple(Head(output="ink", target=target, loss=Component(type="L1")) for target in ("ink", "paper"))
    experiment = with_training(many_heads(epochs=1), heads=heads)
    events, _ = run(experiment, dataclasses.replace(data, columns=columns, **splits), tmp_path)
    found = events[-1].metrics
    for target in ("ink", "paper"):
        assert found[f"val/ink-{target}/mae"] == pytest.approx(found[f"val/ink-{target}/loss"], rel=1e-5)
    assert expected(experiment, columns) == "val/ink-ink/mae"


def test_an_epoch_goes_on_from_a_checkpoint_that_has_no_losses_of_heads(data, trained, tmp_path):
    """Older versions saved none; the epoch that it interrupted has none either, and all later ones do."""
    run(many_heads(), data, tmp_path, on_event=stopping_at(3))
    plan, state = beginning.prepare(many_heads(), data)
    saved, _ = newest(tmp_path)
    assert len(saved.state["sums"].pop("losses")) == len(HEADS)
    beginning.resume(plan, state, saved)
    events = list(loop.train(plan, state, tmp_path, Control()))
    first, second = (event.metrics for event in events if isinstance(event, EpochFinished))
    whole = trained[0][-1].metrics
    assert "val/digit/loss" in first and "train/digit/loss" not in first
    assert second["train/digit/loss"] == whole["train/digit/loss"]


@pytest.mark.parametrize("stop_after", [3, 30])
def test_a_stopped_run_with_many_heads_goes_on_as_if_it_had_not_been(data, trained, tmp_path, stop_after):
    whole, state = run(many_heads(), data, tmp_path / "whole")
    first, _ = run(many_heads(), data, tmp_path, on_event=stopping_at(stop_after))
    rest, resumed = run(many_heads(), data, tmp_path, resuming=True)
    assert losses(first) + losses(rest) == losses(whole)
    assert rest[-1].metrics == whole[-1].metrics and "train/picture/loss" in rest[-1].metrics
    assert equal_weights(state, resumed)


@pytest.mark.parametrize("output", ["ink", "traits", "stroke", "picture"])
def test_a_head_alone_has_no_accuracy_and_short_names(data, tmp_path, output):
    events, state = run(only(output, epochs=1), data, tmp_path)
    kind = next(head for head in HEADS if head.output == output).target
    finished = events[-1]
    assert isinstance(finished, RunFinished) and "train/top1" not in finished.metrics
    assert {event.accuracy for event in events if isinstance(event, StepFinished)} == {None}
    column = named(COLUMNS, kind)
    keys = {key for name in USUAL[column.kind] for key in MEASURES[name].titles}
    assert {f"val/{key}" for key in keys} - {"val/ssim"} <= finished.metrics.keys()
    assert {key for key in finished.metrics if key.endswith("loss")} == {"train/loss", "val/loss", "test/loss"}
    assert state.best == finished.metrics["val/loss"]


def test_no_heads_mean_the_first_column_where_there_is_no_class(data, tmp_path):
    without = dataclasses.replace(data, columns=tuple(column for column in COLUMNS if not column.names))
    experiment = with_training(digits(epochs=1))
    with pytest.raises(
        ProblemsFound, match="gives 10 numbers, but the column ink needs 1: make the last layer output 1"
    ):
        beginning.prepare(experiment, without)


def test_a_classifier_on_pictures_without_labels_is_not_told_to_become_a_picture(data):
    without = dataclasses.replace(data, columns=tuple(column for column in COLUMNS if column.name == "picture"))
    problem = problem_of(digits(epochs=1), without)
    assert problem.sentence() == (
        "output: the output gives 10 numbers, but the data has only pictures, without labels: choose data with labels, or "
        "let the output be a picture of its size"
    )


@pytest.mark.parametrize(
    ("columns", "targets"),
    [
        (["age", "class", "ink", "picture"], ["class", "age", "ink"]),
        (["age", "ink", "picture"], ["age", "ink", "age"]),
        (["class", "picture"], ["class", "class", "class"]),  # auxiliary classifiers, as in GoogLeNet
        (["picture"], ["picture", "picture", "picture"]),
        ([], ["class", "class", "class"]),  # not known yet
    ],
)
def test_no_heads_mean_a_column_for_each_output(columns, targets):
    kinds = {"class": "class", "age": "number", "ink": "labels", "picture": "picture"}
    experiment = with_training(many_heads(), heads=())
    heads = heads_of(experiment, [Column(name=name, kind=kinds[name]) for name in columns])
    outputs = [node.name for node in experiment.architecture.graph.outputs]
    assert [head.output for head in heads] == outputs and len(outputs) >= 3
    assert [head.target for head in heads][:3] == targets
    assert [head.loss.type for head in heads][:3] == [LOSS[kinds[name]] for name in targets]


def test_a_network_that_counts_classes_predicts_classes_wherever_their_column_is():
    kinds = {"age": "number", "finding": "class", "sex": "class"}
    columns = [Column(name=name, kind=kind, names=("a", "b") * (kind == "class")) for name, kind in kinds.items()]
    assert [head.target for head in heads_of(digits(epochs=1), columns)] == ["finding"]
    assert heads_of(with_training(read_experiment("regression-shapes"), heads=()), columns)[0].target == "age"


def test_several_outputs_predict_the_columns_in_order_after_the_first_of_classes():
    """So that an experiment of old, whose first column is one of classes, keeps its targets."""
    kinds = {"kind": "class", "age": "number", "sex": "class"}
    columns = {name: Column(name=name, kind=kind, names=("a", "b") * (kind == "class")) for name, kind in kinds.items()}
    experiment = with_training(many_heads(), heads=())
    assert "classes" in experiment.architecture.graph.parameters
    for names, targets in ((["kind", "age", "sex"],) * 2, (["age", "kind", "sex"], ["kind", "age", "sex"])):
        heads = heads_of(experiment, [columns[name] for name in names])
        assert [head.target for head in heads][:3] == targets


def problem_of(experiment, data):
    with pytest.raises(ProblemsFound) as found:
        beginning.prepare(experiment, data)
    (problem,) = found.value.problems
    return problem


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (
            Head(output="ink", target="age"),
            "ink: a head needs the column age, but the data has class, ink, traits, stroke, picture, brightest: set its "
            "target to",
        ),
        (
            Head(output="ink", target="ink"),
            "ink: the loss CrossEntropy does not apply to the column ink, which holds a number, in %: use MSE or L1 or",
        ),
        (
            Head(output="digit", measures=(Component(type="PSNR"),)),
            "digit: the measure PSNR does not apply to the column class, which holds 10 classes: 0, 1, 2, 3, 4, 5, 6, "
            "7, 8, 9: use Accuracy or ",
        ),
        (
            Head(output="traits", target="ink", loss=Component(type="MSE")),
            "traits: the output gives 3 numbers, but the column ink needs 1: make the last layer output 1",
        ),
        (
            Head(output="picture", target="stroke"),
            "picture: the output gives 1×8×8, but the column stroke needs 2×8×8: end with a Conv2d of 2 filters",
        ),
        (
            Head(output="picture"),
            "picture: 1×8×8 numbers come out, but the data has 10 classes: predict the column picture",
        ),
        (
            Head(output="ink", target="stroke"),
            "ink: the output gives 1, but the column stroke needs 2×8×8: make the output 8×8 pixels",
        ),
    ],
)
def test_what_does_not_go_together_is_said_and_mended(data, head, words):
    experiment = with_training(many_heads(), heads=(head,))
    problem = problem_of(experiment, data)
    assert problem.sentence().startswith(words)
    mended = apply_remedy(experiment, problem.remedy)
    beginning.prepare(mended, data)


@pytest.mark.parametrize(
    ("without", "words"),
    [((), "Set back to filters = classes"), (("back",), "Insert a Conv2d with filters = classes")],
)
def test_a_mask_comes_from_the_last_convolution_if_nothing_else_reads_it(data, without, words):
    """Without ``back``, the output reads what the other heads read too."""
    experiment = with_training(many_heads(), heads=(Head(output="picture", target="stroke"),))
    graph = remove_nodes(experiment.architecture.graph, without)
    problem = problem_of(replace(experiment, architecture=replace(experiment.architecture, graph=graph)), data)
    assert problem.remedy is not None and problem.remedy.words == words


@pytest.mark.parametrize(
    ("output", "loss", "column"),
    [
        ("digit", "CrossEntropy", "class"),
        ("ink", "MSE", "ink"),
        ("traits", "BCEWithLogits", "traits"),
        ("stroke", "CrossEntropy", "stroke"),
        ("picture", "L1", "picture"),
    ],
)
def test_in_place_of_a_column_that_is_gone_the_likeliest_is_offered(output, loss, column):
    head = Head(output=output, target="gone", loss=Component(type=loss))
    problem = problem_of(with_training(many_heads(), heads=(head,)), digits_with_columns())
    assert problem.remedy.head.target == column


def test_a_loss_is_not_turned_into_its_opposite_nor_are_all_left_out(data):
    written = to_json(many_heads()).replace('"weight": 2.0', '"weight": -2.0')
    with pytest.raises(SpecError, match=r"weight.*>= 0"):
        from_json(written, Experiment)
    heads = tuple(replace(head, weight=0.0) for head in HEADS)
    problem = problem_of(with_training(many_heads(), heads=heads), data)
    assert problem.sentence().startswith("nothing can be learnt: the weight of every loss is 0")


def test_a_single_class_is_nothing_to_learn():
    data = digits_with_columns()
    alone = (replace(COLUMNS[0], names=("0",)), *COLUMNS[1:])
    experiment = with_training(many_heads(), heads=(Head(output="ink", target="class"),))
    problem = problem_of(experiment, dataclasses.replace(data, columns=alone))
    assert problem.sentence().startswith("ink: the column class has a single class (0), so there is nothing to learn")


def test_every_loss_and_measure_says_what_it_takes():
    kinds = set(get_args(Kind))
    for measure in MEASURES.table.values():
        assert measure.takes and measure.titles
        assert kinds.issuperset(measure.takes)
    assert {kind for loss in LOSSES.table.values() for kind in loss.takes} == kinds == LOSS.keys() == USUAL.keys()
    names = [name for measure in MEASURES.table.values() for name in measure.titles]
    assert len(names) == len(set(names))


def test_a_measure_that_is_no_number_is_left_out(data, tmp_path):
    """A measure such as AUC can be undefined; the log contains finite numbers only."""
    events, _ = run(only("traits", epochs=1), data, tmp_path)
    assert all(math.isfinite(value) for value in events[-1].metrics.values())


def test_the_fingerprint_of_one_class_alone_is_that_of_old():
    assert data_of(digits()).fingerprint[:16] == "d9378d77dd9ea09d"


def restoring(corruption, *, up):
    """A small network that restores digits from their corrupted pictures."""
    side = 4 if up else 8
    nodes = [
        node("input", "Input", shape=[1, side, side]),
        node("conv", "Conv2d", "input", out_channels=12, kernel_size=3, padding=1),
        node("relu", "ReLU", "conv"),
        *([node("up", "Upsample", "relu", scale_factor=2)] if up else []),
        node("back", "Conv2d", "up" if up else "relu", out_channels=1, kernel_size=3, padding=1),
        node("output", "Output", "back"),
    ]
    experiment = digits(epochs=2)
    recipe = replace(experiment.data, corruption=corruption)
    experiment = replace(experiment, architecture=network(*nodes), data=recipe)
    return with_training(experiment, heads=(Head(output="output", target="picture", loss=Component(type="MSE")),))


@pytest.mark.parametrize(
    ("corruption", "up"),
    [
        (None, False),
        (Component(type="Noise", parameters={"strength": 0.3}), False),
        (Component(type="Erase"), False),
        (Component(type="Downscale"), True),
    ],
    ids=["as it is", "noise", "a hole", "fewer pixels"],
)
def test_a_picture_is_restored_and_a_resumed_run_goes_on_alike(tmp_path, corruption, up):
    experiment = restoring(corruption, up=up)
    own = data_of(experiment)
    whole, state = run(experiment, own, tmp_path / "whole")
    first, last = [event.metrics for event in whole if isinstance(event, EpochFinished)]
    assert last["val/psnr"] > first["val/psnr"] > 5 and last["val/loss"] < first["val/loss"]
    begun, _ = run(experiment, own, tmp_path / "parts", on_event=stopping_at(25))
    rest, resumed = run(experiment, own, tmp_path / "parts", resuming=True)
    assert losses(begun) + losses(rest) == losses(whole) and rest[-1].metrics == whole[-1].metrics
    assert equal_weights(state, resumed)
    if corruption is not None and corruption.type == "Noise":
        noisy = next(beginning.prepare(experiment, own)[0].test.in_order())
        shown = noisy.inputs * own.std[0] + own.mean[0]
        before = -10 * ((shown - noisy.targets["picture"]) ** 2).mean(dim=(1, 2, 3)).log10().mean()
        assert last["val/psnr"] > before, "less noise comes out than went in"


@pytest.mark.parametrize("accuracy", [None, 0.25])
@pytest.mark.parametrize("own", [[], [0.5, 0.25]])
def test_several_steps_are_read_back_at_once_whatever_the_heads(accuracy, own):
    """As on a GPU, where no step waits for the previous one."""
    num_correct = None if accuracy is None else torch.tensor(8 * accuracy)
    losses = torch.tensor(own) if own else None
    updates = [Updated(8, Learnt(torch.tensor(loss), num_correct, losses), torch.tensor(0.0)) for loss in (2.0, 1.0)]
    steps = [loop._Pending(number, 0.1, updated, {}) for number, updated in enumerate(updates)]
    assert loop._fetch(steps) == [(2.0, accuracy, 0.0, 0.0, own), (1.0, accuracy, 0.0, 0.0, own)]
    assert loop._fetch(steps[:1]) == [(2.0, accuracy, 0.0, 0.0, own)]

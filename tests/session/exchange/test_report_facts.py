"""What a report says of a log, word for word: of runs that ended in each way, and of data and settings of each kind."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.compiler.networks import network, node
from tests.training.experiments import digits, with_training
from workbench.events import (
    AdviceGiven,
    DataPrepared,
    EpochFinished,
    FinalTest,
    RecipeChanged,
    RunFailed,
    RunFinished,
    RunStarted,
    RunStopped,
    StepLeftOut,
    WeightsLoaded,
)
from workbench.runs.store import SavedRun
from workbench.session.exchange.report import facts, page
from workbench.session.exchange.report.charts import Line, chart, log_ticks, ticks
from workbench.session.exchange.report.comparison import compared
from workbench.session.exchange.report.graph import BOX, COLUMN, LONGEST_COLUMN, MOST_BOXES, ROW, graph_picture
from workbench.spec.column import Column
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Head, Speed
from workbench.spec.record import replace
from workbench.training.results.measured import TESTED as TESTED_WITH

FIRST = {"train/loss": 0.9, "train/top1": 0.7, "val/loss": 0.4, "val/top1": 0.75}
SECOND = {"train/loss": 0.8, "train/top1": 0.72, "val/loss": 0.5, "val/top1": 0.8, "val/top5": 0.99}
STARTED = RunStarted(
    at=0.0,
    num_parameters=5,
    steps_per_epoch=20,
    epochs=3,
    first_step=1,
    device="cuda",
    environment={"devices": 2, "torch": "2.15", "python": "3.11"},
    speed=Speed(precision="bf16"),
)
TESTED = FinalTest(at=3.0, metrics={"test/loss": 0.6, "test/top1": 0.81})


def epoch(number, metrics):
    return EpochFinished(at=1.0, epoch=number, step=10 * number, metrics=metrics, seconds=61.0)


def failed(what, advice="Lower the learning rate."):
    return RunFailed(at=3.0, what=what, advice=advice, step=1234)


def prepared(**changes):
    about = {"num_train": 1200, "num_val": 0, "num_test": 300, "picture_shape": (1, 8, 8), "class_names": ()}
    return DataPrepared(at=0.0, fingerprint="", **(about | changes))


@pytest.fixture
def run(tmp_path):
    """A function that returns a saved run with these events."""

    def of(*events, experiment=None):
        return SavedRun(folder=tmp_path / "none", experiment=experiment or digits(epochs=3), events=events)

    return of


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (
            (epoch(1, FIRST), epoch(2, SECOND), TESTED, RunFinished(at=4.0, epochs=2, metrics={}, early=True)),
            (
                "Accuracy 81.0 % on the test split, with the last weights; accuracy 80.0 % on validation after epoch 2.",
                "The lowest validation loss, 0.4, came after epoch 1, with accuracy 75.0 %; those weights were kept as the "
                "best.",
                "The run ended early, since validation no longer improved, after 2 of 3 epochs, which took 2 min 2 s.",
            ),
        ),
        (
            (epoch(1, FIRST), RunFinished(at=4.0, epochs=1, metrics={})),
            (
                "Accuracy 75.0 % on validation after epoch 1.",
                "That epoch had the lowest validation loss, 0.4; its weights were kept as the best.",
                "The run finished after 1 of 3 epochs, which took 1 min 1 s.",
            ),
        ),
        (
            (epoch(1, {"train/loss": 0.9, "train/top1": 0.7}), RunStopped(at=4.0, step=10)),
            (
                "Accuracy 70.0 % on the training split after epoch 1.",
                "The run was stopped after 1 of 3 epochs, which took 1 min 1 s.",
            ),
        ),
        (
            (epoch(1, {"train/loss": 0.9, "val/loss": 391_987.3}), failed("The loss became NaN.")),
            (
                "Loss 392,000 on validation after epoch 1.",
                "That epoch had the lowest validation loss, 392,000; its weights were kept as the best.",
                "The run failed after step 1,234 (1 of 3 epochs, which took 1 min 1 s): The loss became NaN. Lower the "
                "learning rate.",
            ),
        ),
        (
            (failed("The disk is full", advice=""),),
            (
                "No epoch has been finished, so there is no result.",
                "The run failed after step 1,234 (0 of 3 epochs): The disk is full.",
            ),
        ),
    ],
)
def test_what_was_reached_and_how_it_ended(run, events, said):
    assert facts.results(run(*events)) == said


def test_measures_have_a_column_for_each_split_and_for_the_best_epoch(run):
    table = facts.measures(run(epoch(1, FIRST), epoch(2, SECOND), TESTED))
    assert table.heading == (
        *("", "Training, epoch 2", "Validation, epoch 1 (best)", "Validation, epoch 2 (last)", "Test (last weights)"),
    )
    assert table.rows == (
        ("Loss", "0.8", "0.4", "0.5", "0.6"),
        ("Accuracy", "72.0 %", "75.0 %", "80.0 %", "81.0 %"),
        ("Top-5 accuracy", "–", "–", "99.0 %", "–"),
    )
    assert facts.measures(run(epoch(1, FIRST))).heading == (
        "",
        "Training, epoch 1",
        "Validation, epoch 1 (best and last)",
    )
    assert facts.measures(run(STARTED)) is None


def test_the_machine_is_told_as_far_as_the_log_knows_it(run):
    assert facts.machine(run(STARTED)) == (
        ("Device", "2 × cuda"),
        ("Arithmetic", "bf16"),
        ("Versions", "torch 2.15, Python 3.11"),
    )
    on_cpu = replace(STARTED, device="cpu", environment={"threads": 3, "instructions": "AVX2"}, speed=Speed())
    assert facts.machine(run(on_cpu))[:3] == (("Device", "cpu"), ("CPU threads", "3"), ("CPU instructions", "AVX2"))
    assert facts.machine(run()) == ()


OWN = DataRecipe(
    source=Component(type="TableFile", parameters={"file": "/home/me/waves.csv"}),
    leave_out=("1", "2"),
    mixing=Component(type="MixUp"),
    relabel={"class": {"3": "b"}},
)


def test_data_is_told_by_its_kind(run):
    columns = (Column(name="class", names=("a", "b")), Column(name="picture", kind="picture"))
    assert facts.data(run(prepared(columns=columns, num_relabelled=1234, num_broken=1))) == (
        ("Source", "Digits"),
        ("Splits", "1,200 training, 300 test"),
        ("Each picture", "1×8×8, each channel standardised by its mean and deviation in training"),
        ("Class", "2 classes: a, b"),
        ("Labels corrected", "1,234"),
        ("Excluded as broken", "1 file"),
        ("Augmentation", "Shift (max_pixels 1)"),
    )
    assert facts.data(run(prepared(picture_shape=(13,), thing="row"), experiment=replace(digits(), data=OWN))) == (
        ("Source", "Table: waves.csv"),
        ("Splits", "1,200 training, 300 test"),
        ("Each row", "13 numbers"),
        ("Mixing", "MixUp"),
        ("Excluded", "2 rows"),
    )


def test_settings_are_told_if_they_were_chosen_and_all_of_them_by_their_paths(run):
    head = Head(output="output", weight=0.5)
    experiment = replace(with_training(digits(), clip_norm=1.0, heads=(head,)), data=OWN)
    assert facts.recipe(run(experiment=experiment)) == (
        ("Epochs", "2"),
        ("Batch size", "64"),
        ("Optimizer", "SGD (lr 0.05, momentum 0.9)"),
        ("Schedule", "Cosine"),
        ("Clip gradients at", "1"),
        ("Output output", "predicts class with CrossEntropy, weight 0.5"),
        ("Seed", "3"),
    )
    told = dict(facts.all_settings(experiment))
    assert told["training.optimizer.momentum"] == "0.9" and told["training.optimizer.nesterov"] == "no", "a default too"
    assert told["data.source.file"] == "/home/me/waves.csv"
    assert told["training.heads.output.loss.type"] == "CrossEntropy" and told["seed"] == "3"
    assert not [path for path in told if path.startswith(("data.leave_out", "data.relabel"))], "too many, maybe"
    two = with_training(digits(), heads=(head, replace(head, weight=2.0)))
    told = dict(facts.all_settings(two))
    assert (told["training.heads.0.weight"], told["training.heads.1.weight"]) == ("0.5", "2"), "of the same output"
    usual = dict(facts.all_settings(digits()))
    assert (usual["data.augmentation"], usual["training.heads"]) == ("Shift (max_pixels 1)", "none")


def test_changes_warnings_and_advice_are_told_with_their_places(run):
    change = RecipeChanged(at=1.0, step=30, path="training.optimizer.lr", before=0.05, after=0.01)
    assert facts.changes(run(STARTED, change)) == ((1.5, "after step 30: learning rate 0.05 → 0.01"),)
    events = (
        prepared(notes=("A file was skipped.",)),
        WeightsLoaded(at=0.0, file="w.safetensors", sha256="", num_filled=3, words="3 of 4 tensors."),
        AdviceGiven(at=1.0, epoch=2, kind="overfitting", what="It overfits.", advice="Stop it."),
        StepLeftOut(at=1.0, step=3, scale=2.0),
        StepLeftOut(at=1.0, step=4, scale=1.0),
    )
    assert facts.told(run(*events)) == (
        "A file was skipped.",
        "Initial weights from w.safetensors: 3 of 4 tensors.",
        "After epoch 2: It overfits. Stop it.",
        "2 steps changed nothing: a gradient was too large for fp16.",
    )
    assert facts.told(run()) == ()


def test_faint_lines_lie_behind_and_lines_have_dots_where_they_have_numbers():
    x = np.arange(1.0, 4.0)
    val = Line(name="Validation", x=x, y=np.array([5e5, np.nan, 0.0]), colour=9)
    drawn = chart("Loss", [val, Line(name="Steps", x=x, y=x, faint=True), Line(name="none", x=x, y=np.full(3, np.nan))])
    behind, before = drawn.lines
    assert (behind.name, behind.dots) == ("Steps", ()) and (before.colour, len(before.dots)) == (1, 2)
    assert drawn.words == (
        "Loss over epochs. Validation: from 500,000 to 0, lowest 0, highest 500,000. Steps: from 1 to 3, lowest 1, highest 3."
    )
    assert [words for _, words in drawn.x_ticks] == ["0", "1", "2", "3"], "whole epochs, from the first on"
    assert drawn.y_ticks[0] == (drawn.bottom, "0"), "nothing below zero"
    first = chart("Loss", [Line(name="", x=x[:1], y=x[:1])])
    assert [words for _, words in first.x_ticks] == ["0", "1"], "no half epochs"
    assert chart("Loss", [Line(name="", x=x, y=np.full(3, np.nan))]) is None
    below = chart("Loss", [Line(name="", x=x, y=x - 2)], [(1.5, "1")])
    assert [words for _, words in below.y_ticks] == ["−1", "−0.5", "0", "0.5", "1"]
    (one, _), (two, _) = below.x_ticks[1:3]
    assert below.marks == (((one + two) / 2, "1"),)


def test_on_a_logarithmic_scale_each_power_of_ten_is_as_high():
    x = np.arange(6.0)
    line = Line(name="", x=x, y=np.array([1.0, 0.1, 0.01, 0.0, 0.001, np.nan]))
    drawn = chart("Loss", [line], is_log=True)
    assert [words for _, words in drawn.y_ticks] == ["0.001", "0.01", "0.1", "1"]
    places = [y for y, _ in drawn.y_ticks]
    assert np.allclose(np.diff(places), places[1] - places[0], atol=0.02)
    (shown,) = drawn.lines
    assert [y for _, y in shown.dots] == pytest.approx(places[::-1], abs=0.02) and len(shown.pieces) == 2, (
        "0 has no place"
    )
    assert drawn.title == "Loss, logarithmic" and "lowest 0, highest 1" in drawn.words
    assert chart("Loss", [Line(name="", x=x, y=-x)], is_log=True).title == "Loss", "without a positive number"


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(1e-3, 1, [1e-3, 1e-2, 0.1, 1]), (0.04, 1.2, [0.05, 0.1, 0.2, 0.5, 1]), (1.1, 1.32, [1.1, 1.15, 1.2, 1.25, 1.3]), (1e-12, 1, [1e-12, 1e-9, 1e-6, 1e-3, 1])],
)  # fmt: skip
def test_ticks_of_a_logarithmic_scale_are_round(low, high, found):
    assert log_ticks(np.log10(low * 0.999), np.log10(high * 1.001)) == pytest.approx(found)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (0.1, 0.9, [0.2, 0.4, 0.6, 0.8]), (0, 2.4, [0, 0.5, 1, 1.5, 2]), (0.3, 0.6, [0.3, 0.4, 0.5, 0.6])],
)  # fmt: skip
def test_ticks_are_multiples_of_one_two_or_five(low, high, found):
    assert ticks(low, high) == found


def line(count, **more):
    nodes = [node("n0", "Input", shape=[1, 8, 8]), *(node(f"n{i}", "Identity", f"n{i - 1}") for i in range(1, count))]
    return network(*nodes, **more).graph


def test_a_chain_continues_in_the_next_column_and_a_graph_too_large_is_not_drawn():
    drawn = graph_picture(line(LONGEST_COLUMN + 1))
    assert sorted({box.x for box in drawn.boxes}) == [0, COLUMN] and max(box.y for box in drawn.boxes) == 6 * ROW
    assert drawn.words.startswith("n0, Input; n1, Identity after n0; ")
    (over,) = (path for path in drawn.paths if "H" in path)
    assert f" H{COLUMN - 20:g} V" in over, "between the columns"
    assert graph_picture(line(MOST_BOXES)) is not None and graph_picture(line(MOST_BOXES + 1)) is None


def test_branches_stand_beside_each_other_below_what_they_come_from_and_an_arrangement_is_kept():
    nodes = [
        node("in", "Input", shape=[1, 8, 8]),
        node("left", "Identity", "in"),
        node("right", "Identity", "in", repeat=3),
        node("more", "Identity", "right"),
        node("sum", "Add", "left", "more"),
    ]
    drawn = graph_picture(network(*nodes).graph)
    places = {box.name: (box.x / COLUMN, box.y / ROW) for box in drawn.boxes}
    assert places == {"in": (0.5, 0), "left": (0, 1), "right": (1, 1), "more": (0.5, 2), "sum": (0.5, 3)}
    assert [box.kind for box in drawn.boxes][2] == "Identity ×3"
    arranged = [replace(each, position=(50.0 * place, 100.0 * place)) for place, each in enumerate(nodes)]
    drawn = graph_picture(network(*arranged).graph)
    assert [(box.x, box.y) for box in drawn.boxes] == [(50.0 * place, 100.0 * place) for place in range(5)]
    assert drawn.size == (200 + BOX[0] + 32, 400 + BOX[1] + 32)
    assert drawn.paths[0] == "M152 48 C152 74 202 74 202 100", "upright at both boxes, half of the way each"


def test_of_skips_the_longer_pass_further_out():
    nodes = [node("in", "Input", shape=[1, 8, 8]), node("a", "Identity", "in"), node("b", "Identity", "a")]
    nodes += [node("inner", "Add", "b", "a"), node("outer", "Add", "inner", "in")]
    drawn = graph_picture(network(*nodes).graph)
    lanes = [float(lane) for path in drawn.paths for lane in re.findall("H(-[0-9]+)", path)]
    assert len(lanes) == 2 and drawn.corner[0] < lanes[1] < lanes[0] < 0
    aside = [replace(each, position=(COLUMN * (each.name == "outer"), ROW * row)) for row, each in enumerate(nodes)]
    lanes = [path for path in graph_picture(network(*aside).graph).paths if "H" in path]
    assert len(lanes) == 1, "to another column it runs directly"


def test_several_runs_are_compared_by_what_differs_and_seeds_are_one_row(run):
    seeds = [
        replace(
            run(STARTED, epoch(1, FIRST), TESTED),
            folder=Path(f"{seed}"),
            experiment=replace(digits(epochs=3), seed=seed),
        )
        for seed in (1, 2)
    ]
    other = run(epoch(2, SECOND | {"val/age/mae": 3.0}), experiment=digits(epochs=3, lr=0.1))
    found = compared([*seeds, other])
    results = ("validation, last epoch", f"test ({TESTED_WITH})")
    assert found.table.heading == ("runs", "learning rate", "epochs", *results, "parameters", "MACs", "training time")
    (group, alone), macs = found.table.rows, f"{8 * 9 * 64 + 8 * 16 * 10:,}"
    assert group == (
        "2 seeds",
        "0.05",
        "1 of 3",
        "accuracy 75.0 ± 0.0 %",
        "accuracy 81.0 ± 0.0 %",
        "5",
        macs,
        "1 min 1 s",
    )
    assert alone[:3] == ("none", "0.1", "2 of 3") and alone[4] == "–" and alone[3].endswith("MAE of age 3")
    assert found.table.num_words == 2 and found.has_repeats and not compared([seeds[0], other]).has_repeats
    loss, accuracy, age = found.charts
    assert (accuracy.title, age.title) == ("Accuracy on validation", "MAE · age on validation"), "of any run"
    assert [(line.name, line.colour) for line in loss.lines] == [("learning rate 0.05 (2 seeds)", 0), ("", 0), ("learning rate 0.1", 1)]  # fmt: skip
    assert all(words.endswith(" %") for _, words in accuracy.y_ticks)


def test_charts_are_of_the_loss_each_measure_and_each_head(run):
    metrics = {"train/loss": 3.0, "val/loss": 2.0, "val/a/loss": 1.0, "val/b/loss": 1.0, "val/a/top1": 0.5}
    drawn = list(page._charts(run(epoch(1, metrics | {"train/b/mae": 1.0})), ()))
    assert [each.title for each in drawn] == ["Loss", "Accuracy · a", "MAE · b", "Loss · a", "Loss · b"]
    assert [[line.name for line in each.lines] for each in drawn[:3]] == [["Training", "Validation"], ["Validation"], ["Training"]]  # fmt: skip


def test_the_network_has_as_many_classes_as_the_data(run):
    columns = (Column(name="class", names=("a", "b", "c")),)
    assert page._network(run(prepared(columns=columns))).parameters == (9 + 1) * 8 + 2 * 8 + (8 * 16 + 1) * 3
    assert page._network(run()).parameters == (9 + 1) * 8 + 2 * 8 + (8 * 16 + 1) * 10


def test_ways_to_files_are_left_out_also_with_spaces_and_pictures_are_kept(run, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: Path("/homes/Ann Other"))

    def with_file(file):
        source = Component(type="TableFile", parameters={"file": file})
        return run(experiment=replace(digits(), data=DataRecipe(source=source)))

    files = ("/data/of mine/a.csv", "/data/of mine/and more/b.csv", "/c.csv")
    ways = page._ways([with_file(file) for file in files])

    def said(value):
        return page._without_ways(ways, (), value)

    assert said("see /data/of mine/and more/b.csv") == "see b.csv"
    assert said("see /homes/Ann Other/some notes.txt") == "see some notes.txt"
    assert said("3 / 4, https://example.org") == "3 / 4, https://example.org"
    picture = "data:image/png;base64,iVBO+/ab/cd/ef="
    assert said(picture) == picture and said(7) == 7

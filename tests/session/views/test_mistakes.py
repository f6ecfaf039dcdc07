"""A run's mistakes agree with the measures in its log: while it runs, when saved, and with averaged weights."""

import json
import re
from threading import Event

import numpy as np
import pytest
from PIL import Image

from tests.compiler.networks import network, node
from tests.data.sources.test_table_numbers import write_csv
from tests.session.waiting import DEADLINE_S, steps, wait_for
from tests.training.experiments import data_of, digits, with_training
from workbench import cli
from workbench.data.progress import silent
from workbench.events import EpochFinished, FinalTest, RunPaused
from workbench.runs.store import LAST
from workbench.session.running.in_thread import start
from workbench.session.running.replay import Replay
from workbench.session.views.mistakes.asked import find_mistakes, mistakes_of_run
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Head
from workbench.spec.override import override
from workbench.spec.record import replace
from workbench.training import beginning


def asked(run):
    """Ask for the mistakes; return the answer's only head."""
    run.insight.mistakes.ask("")
    wait_for(lambda: run.insight.mistakes.answers.newest() is not None)
    (head,) = run.insight.mistakes.answers.newest()[1].heads
    return head


def top1(found):
    return found.num_correct / len(found.labels)


@pytest.mark.parametrize("average", [None, 0.9])
def test_alive_and_saved_the_share_that_is_right_is_the_tests(tmp_path, average):
    run = start(with_training(digits(epochs=1), average=average), tmp_path)
    wait_for(lambda: run.state == "finished")
    (tested,) = [event for event in run.log.since(0) if isinstance(event, FinalTest)]
    found = asked(run)
    assert run.join(DEADLINE_S)
    assert found.split == "test" and top1(found) == pytest.approx(tested.metrics["test/top1"])
    replay = Replay(run.folder)
    for again in (asked(replay), *mistakes_of_run(run.folder, silent).heads):  # from the best checkpoint, here the last
        assert again.step == found.step and (again.predicted == found.predicted).all()
    assert replay.join(DEADLINE_S)


def test_the_worst_training_pictures_are_those_with_wrong_labels(tmp_path, capsys):
    """A tenth of the digits, before some are held out, has another class's label; their names exclude them, together
    with what the run has excluded already.
    """
    data = data_of(digits())
    pictures, labels = data.train.inputs.numpy(), data.train.targets["class"].numpy().copy()
    wrong = np.random.default_rng(0).permutation(len(labels))[: len(labels) // 10]
    labels[wrong] = (labels[wrong] + 5) % 10
    np.savez(tmp_path / "digits.npz", x_train=pictures, y_train=labels)
    source = Component(type="ArrayFile", parameters={"file": str(tmp_path / "digits.npz")})
    run = start(replace(digits(epochs=8), data=DataRecipe(source=source, leave_out=("train/0",))), tmp_path)
    wait_for(lambda: run.state == "finished")
    assert run.join(DEADLINE_S)
    command = ["mistakes", str(run.folder), "--split", "train", "--worst", "40"]
    assert cli.main([*command, "--json"]) == 0
    names = {each["name"] for each in json.loads(capsys.readouterr().out)["worst"]}
    assert len(names) == 40 and len(names & {f"train/{row}" for row in wrong}) >= 36
    assert cli.main(command) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in names)
    labels, excluded = re.search(
        r"--set '(data\.relabel=.*)' of the next train.*--set '(data\.leave_out=.*)';", said
    ).groups()
    path, _, value = excluded.partition("=")
    cleaned = override(run.experiment, path, value.replace('"NAME"', json.dumps(sorted(names))[1:-1]))
    assert set(cleaned.data.leave_out) == {"train/0", *names}
    assert len(data_of(cleaned).train) == len(data_of(run.experiment).train) - 40
    path, _, value = labels.partition("=")
    cleaned = override(run.experiment, path, value.replace("NAME", min(names)).replace("CLASS", "7"))
    assert cleaned.data.relabel == {"class": {min(names): "7"}}


def test_points_have_no_column_of_names(tmp_path, capsys):
    assert cli.main(["train", "mlp-xor", "--epochs", "1", "--device", "cpu", "--runs", str(tmp_path)]) == 0
    capsys.readouterr()
    assert cli.main(["mistakes", str(next(tmp_path.iterdir()))]) == 0
    heading = capsys.readouterr().out.split("\n\n")[-1].splitlines()[0]
    assert heading.split() == ["number", "actual", "predicted", "confidence", "loss"]


def test_a_row_is_corrected_or_excluded_by_its_name_or_in_the_window(tmp_path, capsys):
    path = write_csv(
        tmp_path / "a.csv", ["a", "b", "kind"], [[i + 0.5, i * i % 7 + 0.25, f"k{i % 2}"] for i in range(40)]
    )
    runs = tmp_path / "runs"
    chosen = ["--dataset", str(path), "--epochs", "1", "--device", "cpu", "--runs", str(runs)]
    assert cli.main(["train", "mlp-moons", *chosen]) == 0
    assert cli.main(["mistakes", str(next(runs.iterdir())), "--split", "train"]) == 0
    said = capsys.readouterr().out.splitlines()[-1]
    assert 'correct it by its name, with --set \'data.relabel={"kind": {"NAME": "CLASS"}}\' of the next train' in said
    assert said.endswith(
        "or exclude it, with --set 'data.leave_out=[\"NAME\"]'; or do either in the window, in Mistakes or Browse data."
    )


def test_a_split_that_the_data_lacks_is_said(tmp_path, capsys):
    experiment = digits(epochs=1)
    run = start(replace(experiment, data=replace(experiment.data, validation_share=0.0)), tmp_path)
    wait_for(lambda: run.state == "finished")
    assert run.join(DEADLINE_S)
    assert cli.main(["mistakes", str(run.folder), "--split", "val"]) == 2
    assert "its data has no split val; there is test, train" in capsys.readouterr().err


def test_a_run_that_is_stopped_within_an_epoch_answers_without_dropout(tmp_path):
    """As its checkpoint does in evaluation."""
    run = start(digits(epochs=500), tmp_path)
    wait_for(lambda: steps(run))
    run.stop()
    wait_for(lambda: run.state == "stopped")
    found = asked(run)
    assert run.join(DEADLINE_S)
    dataset = data_of(run.experiment)
    plan, state = beginning.of_checkpoint(run.experiment, dataset, run.folder / LAST)
    (saved,) = find_mistakes(state.module.eval(), plan, dataset, state.step, silent).heads
    assert found.step == saved.step
    np.testing.assert_allclose(found.confidence, saved.confidence, rtol=1e-5)


@pytest.fixture
def two_classifications(tmp_path):
    """An experiment on a manifest with two columns of classes, and a network with an output for each."""
    rng, rows = np.random.default_rng(0), ["path,colour,side,split"]
    for number in range(80):
        colour, side = number % 3, number // 3 % 2
        picture = rng.integers(0, 60, (8, 8, 3), np.uint8)
        picture[:, 4 * side : 4 * side + 4, colour] = 255
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
        names = ("red", "green", "blue")[colour], ("left", "right")[side]
        rows.append(f"{number}.png,{','.join(names)},{'train' if number < 60 else 'test'}")
    (tmp_path / "table.csv").write_text("\n".join(rows))
    source = Component(type="TableFile", parameters={"file": str(tmp_path / "table.csv")})
    heads = (Head(output="colour", target="colour"), Head(output="side", target="side"))
    architecture = network(
        node("input", "Input", shape=[3, 8, 8]),
        node("flatten", "Flatten", "input"),
        node("fc1", "Linear", "flatten", out_features=3),
        node("fc2", "Linear", "flatten", out_features=2),
        node("colour", "Output", "fc1"),
        node("side", "Output", "fc2"),
    )
    experiment = with_training(digits(epochs=2, batch_size=8), heads=heads)
    return replace(experiment, architecture=architecture, data=DataRecipe(source=source))


def test_each_of_several_classifications_has_mistakes_of_its_own(two_classifications, tmp_path, capsys):
    run = start(two_classifications, tmp_path / "runs")
    assert run.join(DEADLINE_S)
    (tested,) = [event for event in run.log.since(0) if isinstance(event, FinalTest)]
    heads = mistakes_of_run(run.folder, silent).heads
    assert [(each.output, each.class_names) for each in heads] == [
        ("colour", ("blue", "green", "red")),
        ("side", ("left", "right")),
    ]
    for each in heads:
        assert top1(each) == pytest.approx(tested.metrics[f"test/{each.output}/top1"])
    assert cli.main(["mistakes", str(run.folder), "--json"]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["target"], each["correct"]) for each in said] == [(each.target, each.num_correct) for each in heads]
    assert cli.main(["mistakes", str(run.folder)]) == 0
    assert re.findall(".+ → .+(?=\n\n)", capsys.readouterr().out) == ["colour → colour", "side → side"]


def test_a_paused_run_answers_by_its_network_as_it_is(tmp_path):
    run = start(digits(epochs=500), tmp_path)
    wait_for(lambda: any(isinstance(event, EpochFinished) for event in run.log.since(0)))
    run.pause()
    wait_for(lambda: isinstance(run.log.since(0)[-1], RunPaused))
    found = asked(run)
    assert found.matrix.sum() == run.insight.gallery.newest()[1].count
    run.stop()
    assert run.join(DEADLINE_S)


def test_a_run_answers_for_each_split_as_the_command_does(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    wait_for(lambda: run.state == "finished")
    galleries = run.insight.galleries.newest()[1]
    assert list(galleries) == ["test", "val", "train"]
    for split, gallery in galleries.items():
        number = run.insight.mistakes.ask(split)
        wait_for(lambda number=number: run.insight.mistakes.answers.newest(number - 1) is not None)
        answered, found = run.insight.mistakes.answers.newest()
        (head,), (again,) = found.heads, mistakes_of_run(run.folder, silent, split).heads
        assert answered == number and head.split == split and len(head.labels) == gallery.count
        assert (head.names == again.names).all() and (head.worst == again.worst).all()
        assert head.pictures().tolist() == [row for row in again.worst if again.labels[row] != again.predicted[row]]
    assert run.join(DEADLINE_S)


def test_a_request_for_another_split_ends_the_one_that_is_being_answered(tmp_path):
    run = start(digits(epochs=1), tmp_path)
    wait_for(lambda: run.state == "finished")
    first_batch, go_on, sizes = Event(), Event(), []

    def hold(_module, inputs):
        sizes.append(len(inputs[0]))
        first_batch.set()
        assert go_on.wait(DEADLINE_S)

    held = run.insight._source.state.learnt.register_forward_pre_hook(hold)
    for cancel in (False, True):
        first_batch.clear()
        go_on.clear()
        sizes.clear()
        run.insight.mistakes.ask("train")
        assert first_batch.wait(DEADLINE_S)
        if cancel:
            run.insight.mistakes.cancel()
        number = run.insight.mistakes.ask("train" if cancel else "test")
        go_on.set()
        wait_for(lambda number=number: run.insight.mistakes.answers.newest(number - 1) is not None)
        (head,) = run.insight.mistakes.answers.newest()[1].heads
        assert sum(sizes[1:]) == len(head.labels), "after its first batch nothing was computed for the first request"
    held.remove()
    assert run.join(DEADLINE_S)

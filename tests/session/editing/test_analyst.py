"""The analyst: data is inspected once per source, however often the network is edited, and problems are found early."""

import shutil
import threading

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from tests.data.folders import fill
from tests.session.waiting import wait_for
from tests.training.experiments import data_of, digits, with_training
from tests.training.trained import run
from workbench.data.sources import table_file
from workbench.events import RunFinished
from workbench.session.editing.analyst import Analyst
from workbench.session.editing.network_facts import analyse_experiment
from workbench.spec import edits
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Head, StartWeights
from workbench.spec.files import read_experiment
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import capitalised, errors_of
from workbench.spec.record import replace
from workbench.training import SCHEDULES
from workbench.training.plan import check


@pytest.fixture
def analyst():
    analyst = Analyst()
    yield analyst
    assert analyst.close()


def answer(analyst, experiment):
    number = analyst.ask(experiment)
    wait_for(lambda: analyst.answers.newest(number - 1) is not None)
    return analyst.answers.newest(number - 1)[1]


def on_folder(folder, **parameters):
    source = Component(type="ImageFolder", parameters={"folder": str(folder), **parameters})
    return replace(digits(), data=DataRecipe(source=source))


def num_classes(analysis):
    return analysis.nodes["output"].output_shapes[0][-1]


def test_an_edit_of_the_network_does_not_scan_the_folder_again(analyst, tmp_path):
    experiment = on_folder(fill(tmp_path / "pets", cat=2, dog=2))
    assert num_classes(answer(analyst, experiment)) == 2
    shutil.rmtree(tmp_path / "pets")
    edited = replace(experiment, seed=4)
    assert num_classes(answer(analyst, edited)) == 2, "known already"
    (problem,) = answer(analyst, on_folder(tmp_path / "pets", test_share=0.5)).problems
    assert "folder not found" in problem.what, "another source is looked at"
    assert problem.sentence().count("choose") == 1
    fill(tmp_path / "pets", bird=2, cat=2, dog=2)
    assert num_classes(answer(analyst, on_folder(tmp_path / "pets", test_share=0.5))) == 3, "a refusal is not kept"


def test_a_new_analyst_looks_anew(analyst, tmp_path):
    experiment = on_folder(fill(tmp_path / "pets", cat=2, dog=2))
    assert num_classes(answer(analyst, experiment)) == 2
    fill(tmp_path / "pets", horse=2)
    again = Analyst()
    assert num_classes(answer(again, experiment)) == 3
    assert again.close()


def test_points_for_a_network_of_pictures_are_a_problem_of_its_input():
    experiment = read_experiment("lenet")
    data = replace(experiment.data, source=Component(type="TwoMoons"))
    analysis = analyse_experiment(replace(experiment, data=data))
    (problem,) = [problem for problem in analysis.problems if problem.node == "input"]
    assert "points of 2 numbers" in problem.what and "choose pictures" in problem.mend
    assert analysis.nodes["conv1"].output_shapes == ((6, 28, 28),)


def test_a_network_of_pictures_that_gets_points_can_be_replaced_by_one_that_trains_on_them(tmp_path):
    table = tmp_path / "birds.csv"
    kinds = ("finch", "robin", "wren")
    table.write_text(
        "\n".join(["length,weight,kind", *(f"{3 + row % 3},{row % 7},{kinds[row % 3]}" for row in range(60))])
    )
    lenet = read_experiment("lenet")
    dropped = replace(lenet, data=DataRecipe(source=Component(type="TableFile", parameters={"file": str(table)})))
    problem = next(each for each in analyse_experiment(dropped).problems if each.node == "input")
    assert problem.remedy.words == "Use a small network for 2 numbers"
    assert problem.said().startswith("input: birds.csv gives rows")
    mended = apply_remedy(dropped, problem.remedy)
    analysis = analyse_experiment(mended)
    assert not errors_of(analysis.problems) and num_classes(analysis) == 3
    wider = replace(mended, data=DataRecipe(source=Component(type="TwoMoons")))
    wider = replace(wider, architecture=read_experiment("perceptron-xor").architecture)
    graph = edits.set_parameters(wider.architecture.graph, "input", {"shape": [5]})
    wider = replace(wider, architecture=replace(wider.architecture, graph=graph))
    (problem,) = errors_of(analyse_experiment(wider).problems)
    assert problem.remedy.words == "Make input take 2 numbers"
    assert not errors_of(analyse_experiment(apply_remedy(wider, problem.remedy)).problems)


def test_a_network_of_pictures_that_gets_series_can_be_replaced_by_one_that_trains_on_them(tmp_path):
    np.savez(tmp_path / "walks.npz", x=np.random.RandomState(0).randn(30, 50, 6), y=np.arange(30) % 5)
    lenet = read_experiment("lenet")
    own = DataRecipe(source=Component(type="ArrayFile", parameters={"file": str(tmp_path / "walks.npz")}))
    (problem,) = errors_of(analyse_experiment(replace(lenet, data=own)).problems)
    assert problem.remedy.words == "Use a small network for 50 steps with 6 channels"
    mended = apply_remedy(replace(lenet, data=own), problem.remedy)
    analysis = analyse_experiment(mended)
    assert not errors_of(analysis.problems) and num_classes(analysis) == 5
    other = replace(mended, data=DataRecipe(source=Component(type="CylinderBellFunnel")))
    (problem,) = errors_of(analyse_experiment(other).problems)
    assert problem.remedy.words == "Make input take 128 steps with 1 channel"
    assert not errors_of(analyse_experiment(apply_remedy(other, problem.remedy)).problems)
    (problem,) = errors_of(
        analyse_experiment(replace(mended, data=DataRecipe(source=Component(type="TwoMoons")))).problems
    )
    assert problem.remedy.words == "Use a small network for 2 numbers"


@pytest.mark.parametrize("target", ["kind", "length", ""])
def test_what_replaces_a_network_of_pictures_trains_on_whatever_is_predicted(target, tmp_path):
    """Also if pictures were augmented, mixed and corrupted, and the weights of a file were to begin with."""
    table = tmp_path / "birds.csv"
    kinds = ("finch", "robin", "wren")
    columns = ["length,weight,wing", *(f"{3 + row % 3}.5,{row % 7}.25,{row % 5}.75" for row in range(60))]
    if target:
        columns = [f"{line},{kinds[row % 3] if row else 'kind'}" for row, line in enumerate(columns)]
    table.write_text("\n".join(columns))
    heads = tuple(Head(output="output", target=each) for each in (target, "picture") if target)
    if target == "length":
        heads = tuple(replace(head, loss=Component(type="MSE")) for head in heads)
    data = DataRecipe(
        source=Component(
            type="TableFile", parameters={"file": str(table)} | ({} if target else {"types": ["wing=number"]})
        ),
        augmentation=(Component(type="Mirror"),),
        mixing=Component(type="Mixup"),
        corruption=Component(type="Noise"),
    )
    save_file({"conv.weight": torch.zeros(8, 1, 3, 3)}, tmp_path / "begin.safetensors")
    weights = StartWeights(file=str(tmp_path / "begin.safetensors"))
    before = replace(digits(epochs=1, heads=heads, weights=weights), data=data)
    problem = next(each for each in analyse_experiment(before).problems if each.node == "input")
    mended = apply_remedy(before, problem.remedy)
    assert not errors_of(analyse_experiment(mended).problems)
    events, _ = run(mended, data_of(mended), tmp_path / "run")
    assert isinstance(events[-1], RunFinished)


def test_a_sentence_begins_with_a_capital_letter_but_not_with_a_changed_name():
    assert capitalised("points are no pictures") == "Points are no pictures"
    assert capitalised("non-finite numbers") == "Non-finite numbers"
    for named in ("birds.csv gives rows", "conv1: too large", "weight_decay is negative"):
        assert capitalised(named) == named


def test_a_split_by_groups_that_there_are_none_of_is_a_problem_before_the_run():
    experiment = digits()
    data = replace(experiment.data, split="grouped")
    (problem,) = analyse_experiment(replace(experiment, data=data)).problems
    assert "no groups to keep together" in problem.what and problem.mend.startswith("choose a group column")


def test_an_augmentation_of_pictures_on_points_is_one_too():
    experiment = read_experiment("mlp-moons")
    data = replace(experiment.data, augmentation=(Component(type="Mirror"),))
    analysis = analyse_experiment(replace(experiment, data=data))
    assert any("Mirror works on pictures" in problem.what for problem in analysis.problems)


def test_what_cannot_learn_is_said_while_it_is_drawn():
    experiment = read_experiment("lenet")
    nodes = tuple(node for node in experiment.architecture.graph.nodes if node.type in ("Input", "Output"))
    output = replace(nodes[1], inputs=("input",))
    graph = replace(experiment.architecture.graph, nodes=(nodes[0], output))
    architecture = replace(experiment.architecture, graph=graph)
    analysis = analyse_experiment(replace(experiment, architecture=architecture))
    assert any("nothing in the network can be trained" in problem.what for problem in analysis.problems)


def test_a_fault_of_the_check_is_a_problem_and_the_next_network_is_checked(analyst, monkeypatch, caplog):
    def broken(*_, **__):
        raise ZeroDivisionError("by nought\nand more")

    with monkeypatch.context() as patched:
        patched.setattr("workbench.training.checking.checks.check_training", broken)
        analysis = answer(analyst, digits())
    assert not analysis.sound
    assert analysis.problems[0].what == (
        "the network cannot be checked: an internal error (ZeroDivisionError: by nought); see the log for details"
    )
    assert "by nought" in caplog.text
    assert answer(analyst, digits()).sound


def scheduled(name, epochs=10, **parameters):
    schedule = Component(type=name, parameters=parameters)
    return with_training(digits(), epochs=epochs, schedule=schedule)


def test_a_warm_up_before_a_schedule_that_climbs_by_itself_is_told_of_and_mended():
    (problem,) = analyse_experiment(scheduled("OneCycle", warmup_epochs=2, climb=0.2)).problems
    assert problem.severity == "warning" and "falls to 0.04 of itself and climbs a second time" in problem.what
    mended = apply_remedy(scheduled("OneCycle", warmup_epochs=2, climb=0.2), problem.remedy)
    assert mended == scheduled("OneCycle", climb=0.2)
    assert not analyse_experiment(mended).problems


def test_a_warm_up_that_the_run_does_not_outlast_is_told_of():
    (problem,) = analyse_experiment(scheduled("Cosine", epochs=3, warmup_epochs=3)).problems
    assert problem.severity == "warning" and "takes 3 epochs and the run has 3" in problem.what


@pytest.mark.parametrize("name", SCHEDULES.table)
def test_other_schedules_take_a_warm_up_and_none_needs_one(name):
    needed = {"MultiStep": {"at_epochs": [3]}}.get(name, {})
    assert not analyse_experiment(scheduled(name, **needed)).problems
    assert bool(analyse_experiment(scheduled(name, warmup_epochs=2, **needed)).problems) == (name == "OneCycle")


def test_what_is_only_a_warning_keeps_no_run_from_beginning():
    experiment = scheduled("OneCycle", warmup_epochs=2)
    assert check(experiment, data_of(experiment).columns).sound


def test_a_table_is_no_longer_read_once_other_data_is_chosen_but_while_the_network_is_edited(analyst, monkeypatch):
    told = []

    def ask(_, progress):
        while not threading.Event().wait(0.01):
            progress("Reading the table", 0, 1)
            told.append(progress)

    monkeypatch.setattr(table_file, "asker", ask)
    source = Component(type="TableFile", parameters={"file": "a.csv"})
    slow = replace(digits(), data=DataRecipe(source=source))
    analyst.ask(slow)
    wait_for(lambda: told)
    analyst.ask(replace(slow, seed=4))
    num_told = len(told)
    wait_for(lambda: len(told) > num_told + 2)
    assert num_classes(answer(analyst, digits())) == 10 and len({id(each) for each in told}) == 1

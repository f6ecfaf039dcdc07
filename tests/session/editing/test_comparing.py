"""Differences from another network, and the costs of several runs' networks, against figures computed by hand."""

import pytest
from torch import nn

from tests.training.experiments import digits, plain, with_training
from workbench.compiler.module import build
from workbench.events import RunStarted
from workbench.runs.store import create_run, open_run
from workbench.session.editing.comparing import compare_with, macs_of
from workbench.session.running import in_thread
from workbench.spec.edits import set_parameters
from workbench.spec.files import read_architecture, read_experiment, to_json
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


def test_the_differences_are_those_from_the_other_network_to_this_one(tmp_path):
    lenet = read_architecture("lenet")
    wider = replace(lenet, graph=set_parameters(lenet.graph, "fc1", {"out_features": 121}))
    file = tmp_path / "wider.json"
    file.write_text(to_json(wider))
    before, after = (cost.parameters for cost in compare_with("lenet", wider).costs)
    assert after - before == (400 + 1) + 84
    assert compare_with(file, lenet).costs == compare_with("lenet", wider).costs[::-1]
    assert compare_with(file, wider).equal and not compare_with(file, lenet).equal
    with pytest.raises(SpecError, match="nowhere.json"):
        compare_with("nowhere.json", lenet)


def test_each_runs_cost_is_that_of_one_picture(tmp_path):
    """A convolution 3×3 over 8×8 pixels, padded or not, and the linear layers after the pooling."""
    by_hand = [8 * 8 * 9 * 8 + 8 * 4 * 4 * 10, 6 * 6 * 9 * 6 + 6 * 3 * 3 * 32 + 32 * 10]
    runs = [open_run(create_run(tmp_path, experiment)) for experiment in (digits(), plain())]
    assert macs_of(runs) == dict(zip((run.folder for run in runs), by_hand, strict=True))


def test_a_runs_log_has_the_cost_with_the_classes_of_its_data_and_an_older_one_gets_the_same(tmp_path):
    """A network made for ten classes, trained on the three of the wines."""
    wines = override(read_experiment("mlp-wines"), "architecture.graph.parameters.classes", "10")
    run = in_thread.start(with_training(wines, epochs=1, device="cpu"), tmp_path)
    assert run.join(60.0) and run.state == "finished"
    saved = open_run(run.folder)
    module = build(wines.architecture, classes=3)
    by_torch = sum(linear.weight.numel() for linear in module.modules() if isinstance(linear, nn.Linear))
    events = tuple(replace(each, macs=0) if isinstance(each, RunStarted) else each for each in saved.events)
    assert macs_of([saved]) == macs_of([replace(saved, events=events)]) == {saved.folder: by_torch}


def test_a_network_with_errors_has_no_known_cost(tmp_path):
    broken = digits()
    nodes = tuple(replace(node, type="Lost") if node.name == "fc" else node for node in broken.architecture.graph.nodes)
    graph = replace(broken.architecture.graph, nodes=nodes)
    run = open_run(create_run(tmp_path, replace(broken, architecture=replace(broken.architecture, graph=graph))))
    assert macs_of([run]) == {run.folder: 0}

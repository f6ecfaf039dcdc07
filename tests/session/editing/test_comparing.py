"""Differences from another network, and the costs of several runs' networks, against figures computed by hand."""

import pytest

from tests.training.experiments import digits, plain
from workbench.runs.store import create_run, open_run
from workbench.session.editing.comparing import compare_with, macs_of
from workbench.spec.edits import set_parameters
from workbench.spec.files import read_architecture, to_json
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

"""Applies the remedies of an experiment's errors: until none is left, or none has a remedy."""

from pathlib import Path

import pytest

from workbench.data import source_from_text
from workbench.data.other_data import on_source
from workbench.session.editing.fixing import fixed
from workbench.session.editing.network_facts import analyse_experiment
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.problems import errors_of


@pytest.mark.parametrize("data", ["wines", "xor", "shapes", "digits"])
@pytest.mark.parametrize("network", ["lenet", "mlp-wines"])
def test_a_network_is_fixed_for_data_of_any_kind(network: str, data: str) -> None:
    experiment, done = fixed(on_source(read_experiment(network), source_from_text(data)))
    assert not errors_of(analyse_experiment(experiment).problems)
    assert fixed(experiment) == (experiment, ())
    assert len(set(done)) == len(done)


def test_what_has_no_remedy_stays_and_ends_the_fixing() -> None:
    broken = override(read_experiment("lenet"), "architecture.graph.nodes.conv1.type", "Conv3d")
    assert fixed(broken) == (broken, ())


def test_a_table_of_one_number_a_row_is_spoken_of_in_the_singular(tmp_path: Path) -> None:
    path = tmp_path / "single.csv"
    path.write_text("\n".join(["a,target", *(f"{number * 0.37:.2f},{number % 7}.5" for number in range(60))]))
    experiment = on_source(read_experiment("regression-wines"), source_from_text(str(path)))
    (told,) = (each for each in analyse_experiment(experiment).problems if each.node == "input")
    assert told.what.startswith("single.csv gives rows of 1 number, but")
    assert told.remedy is not None and told.remedy.words == "Make input take 1 number"


@pytest.mark.parametrize("data", ["fashion-mnist-small", "shapes"])
def test_only_a_column_that_the_output_could_predict_is_offered(data: str) -> None:
    experiment = on_source(read_experiment("autoencoder"), source_from_text(data))
    small = override(experiment, "architecture.graph.nodes.up2.stride", "1")
    (told,) = analyse_experiment(small).problems
    assert "needs 1×28×28" in told.what and told.remedy is None
    assert fixed(small) == (small, ())


def test_layers_that_lead_nowhere_are_not_deleted_while_what_they_led_to_lacks_its_connections() -> None:
    broken = override(read_experiment("super-resolution"), "architecture.graph.nodes.add.inputs", "[]")
    assert fixed(broken) == (broken, ())


def test_an_output_of_all_tokens_is_fixed_by_layers_behind_it() -> None:
    tokens = override(read_experiment("lstm"), "architecture.graph.nodes.lstm.parameters.output", "sequence")
    experiment, done = fixed(tokens)
    assert done[0] == "Insert Flatten and a Linear with units = classes"
    assert not errors_of(analyse_experiment(experiment).problems)

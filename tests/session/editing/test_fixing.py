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

"""Applies the remedies of an experiment's errors: until none is left, or none has a remedy."""

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

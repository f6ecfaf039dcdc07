"""The analyst looks at the data once for a source, however often the network is edited."""

import shutil
import threading
import time

import msgspec
import pytest

from tests.data.folders import fill
from tests.training.experiments import digits
from workbench.session.analyst import Analyst
from workbench.spec.experiment import Component, DataRecipe

DEADLINE_S = 60


@pytest.fixture
def analyst():
    analyst = Analyst()
    yield analyst
    assert analyst.close()


def answer(analyst, experiment):
    number = analyst.ask(experiment)
    began_s = time.monotonic()
    while (found := analyst.answers.newest(number - 1)) is None:
        assert time.monotonic() - began_s < DEADLINE_S
        threading.Event().wait(0.002)
    return found[1]


def on_folder(folder, **parameters):
    source = Component(type="ImageFolder", parameters={"folder": str(folder), **parameters})
    return msgspec.structs.replace(digits(), data=DataRecipe(source=source))


def num_classes(analysis):
    return analysis.nodes["output"].output_shapes[0][-1]


def test_an_edit_of_the_network_does_not_scan_the_folder_again(analyst, tmp_path):
    experiment = on_folder(fill(tmp_path / "pets", cat=2, dog=2))
    assert num_classes(answer(analyst, experiment)) == 2
    shutil.rmtree(tmp_path / "pets")
    edited = msgspec.structs.replace(experiment, seed=4)
    assert num_classes(answer(analyst, edited)) == 2, "known already"
    (problem,) = answer(analyst, on_folder(tmp_path / "pets", test_share=0.5)).problems
    assert "there is no such folder" in problem.what, "another source is looked at"
    fill(tmp_path / "pets", bird=2, cat=2, dog=2)
    assert num_classes(answer(analyst, on_folder(tmp_path / "pets", test_share=0.5))) == 3, "a refusal is not kept"


def test_a_new_analyst_looks_anew(analyst, tmp_path):
    experiment = on_folder(fill(tmp_path / "pets", cat=2, dog=2))
    assert num_classes(answer(analyst, experiment)) == 2
    fill(tmp_path / "pets", horse=2)
    again = Analyst()
    assert num_classes(answer(again, experiment)) == 3
    assert again.close()

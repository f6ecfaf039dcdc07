"""Weights for an unsaved experiment: the classes they were trained on, and where they are stored."""

from pathlib import Path

import pytest
import torch
import torchvision
from safetensors.torch import load_file, save_file

from workbench.places import weights_dir
from workbench.session.editing.network_facts import classes_of
from workbench.session.exchange import arrivals
from workbench.session.exchange.weights import WeightsJob, untrained
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, StartWeights
from workbench.spec.files import read_experiment
from workbench.spec.record import replace


def beginning_with(experiment: Experiment, file: Path) -> Experiment:
    training = replace(experiment.training, weights=StartWeights(file=str(file)))
    return replace(experiment, training=training)


@pytest.mark.parametrize("classes", [1000, 10])
def test_a_network_has_the_classes_that_its_weights_were_made_for(tmp_path: Path, classes: int) -> None:
    theirs = torchvision.models.squeezenet1_1(num_classes=classes).eval()
    save_file(theirs.state_dict(), tmp_path / "a.safetensors")
    experiment = beginning_with(read_experiment("squeezenet1_1"), tmp_path / "a.safetensors")
    assert classes_of(experiment) == 10
    module, report = untrained(experiment)
    assert report is not None and report.complete
    picture = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        (answer,) = module.eval()(picture).values()
        torch.testing.assert_close(answer, theirs(picture), rtol=1e-4, atol=1e-4)


def test_data_that_cannot_be_had_says_no_classes() -> None:
    experiment = read_experiment("squeezenet1_1")
    folder = Component(type="ImageFolder", parameters={"folder": "/nowhere/at/all"})
    data = replace(experiment.data, source=folder)
    assert classes_of(replace(experiment, data=data)) is None


@pytest.mark.slow
def test_weights_are_matched_for_the_datas_classes_and_kept_whole(tmp_path: Path) -> None:
    theirs = torchvision.models.squeezenet1_1().state_dict()
    save_file({f"module.{name}": tensor for name, tensor in theirs.items()}, tmp_path / "a.safetensors")
    job = WeightsJob(read_experiment("squeezenet1_1"), str(tmp_path / "a.safetensors"))
    while (state := job.poll()).phase == "running":
        job.wait(1.0)
    report = state.report
    assert report is not None and report["sentence"].startswith("50 of 52 tensors match; 2 have a different shape")
    kept = arrivals.keep(job.file, "ours & theirs/2", report["sha256"])
    job.close()
    assert Path(kept.file) == weights_dir() / f"ours-theirs-2-{kept.sha256[:12]}.safetensors"
    assert not [*weights_dir().glob(f"{arrivals.STAGING}*")]
    found = load_file(kept.file)
    assert {name: tensor.shape for name, tensor in found.items()} == {name: t.shape for name, t in theirs.items()}

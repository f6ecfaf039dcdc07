"""Weights from a file: how it is read, the classes they were trained on, and where they are stored."""

import hashlib
from pathlib import Path

import pytest
import torch
import torchvision
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from workbench.compiler.module import build
from workbench.places import weights_dir
from workbench.session.editing.network_facts import classes_of
from workbench.session.exchange import arrivals
from workbench.session.exchange.weights import WeightsJob, safetensors_of, untrained, weights_for
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, StartWeights
from workbench.spec.files import read_architecture, read_experiment
from workbench.spec.problems import SpecError
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


def test_a_file_is_told_by_its_suffix_in_either_case_and_may_be_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("a.SafeTensors", "a.zip"):
        save_file({"a": torch.zeros(3)}, tmp_path / name)
    assert safetensors_of("~/a.SafeTensors", print) == tmp_path / "a.SafeTensors"
    with pytest.raises(SpecError, match=r"a.zip: not a weights file; use .safetensors, .pt, .*a run's folder or"):
        safetensors_of(str(tmp_path / "a.zip"), print)


def test_torchs_format_is_converted_once_and_again_when_the_file_changes(tmp_path: Path) -> None:
    said: list[str] = []

    def converted(value: float) -> Path:
        torch.save({"a": torch.full((3,), value)}, tmp_path / "a.PT")
        return safetensors_of(str(tmp_path / "a.PT"), said.append)

    first, again, other = converted(1.0), converted(1.0), converted(2.0)
    assert first == again != other and said == ["Reading the weights…"] * 2
    assert [load_file(file)["a"].tolist() for file in (first, other)] == [[1.0] * 3, [2.0] * 3]


def test_the_weights_that_fit_are_written_with_where_they_are_from(tmp_path: Path) -> None:
    lenet = read_architecture("lenet")
    source, file = tmp_path / "theirs.safetensors", tmp_path / "ours.safetensors"
    theirs = build(lenet, seed=1).state_dict()
    save_file(theirs | {"of another network": torch.zeros(7)}, source)
    report, sha256 = weights_for(lenet, str(source), file, print, classes=None)
    assert report.complete and sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    torch.testing.assert_close(load_file(file), dict(theirs))
    with safe_open(file, framework="pt") as written:
        assert written.metadata() == {"source": str(source)}
    assert weights_for(lenet, str(source), None, print, classes=None) == (report, "")


def test_an_untrained_network_is_drawn_from_the_experiments_seed() -> None:
    experiment = replace(read_experiment("lenet-digits"), seed=5)
    module, report = untrained(experiment)
    assert report is None
    torch.testing.assert_close(module.state_dict(), build(experiment.architecture, seed=5).state_dict())
    assert not torch.equal(
        module.get_parameter("fc1.weight"), untrained(replace(experiment, seed=6))[0].get_parameter("fc1.weight")
    )


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

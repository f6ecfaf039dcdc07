"""The user's own files: stored relative to the experiment's file if they lie beside it, and found from anywhere."""

from pathlib import Path

import pytest

from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, StartWeights
from workbench.spec.files import read_experiment, read_network, to_json
from workbench.spec.own_files import Missing, absolute, missing_data, relative, with_data_at
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


def experiment_of(folder: Path | str, weights: Path | str = "") -> Experiment:
    lenet = read_experiment("lenet")
    source = Component(type="ImageFolder", parameters={"folder": str(folder), "test_share": 0.5})
    training = replace(lenet.training, weights=StartWeights(file=str(weights)) if weights else None)
    return replace(lenet, data=replace(lenet.data, source=source), training=training)


@pytest.mark.parametrize("read", [read_experiment, read_network])
def test_a_folder_that_is_moved_takes_its_data_and_weights_along(read, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    experiment = experiment_of(here / "data" / "pets", here / "first.safetensors")
    (here / "lesson.json").write_text(to_json(relative(experiment, here)))
    assert str(tmp_path) not in (here / "lesson.json").read_text()
    assert read(here / "lesson.json") == experiment
    here.rename(there)
    assert read(there / "lesson.json") == experiment_of(there / "data" / "pets", there / "first.safetensors")


def test_what_lies_elsewhere_keeps_its_place(tmp_path: Path) -> None:
    for name in (str(tmp_path / "pets"), "~/pets", ""):
        experiment = experiment_of(name)
        assert relative(experiment, tmp_path / "lessons") == absolute(experiment, tmp_path / "lessons") == experiment


def test_a_name_is_relative_to_the_file_and_not_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "one.json").write_text(to_json(experiment_of("../pets")))
    assert read_experiment("lessons/one.json") == experiment_of(tmp_path / "pets")


def test_data_that_was_moved_is_named_anew(tmp_path: Path) -> None:
    assert with_data_at(experiment_of("/gone/pets"), tmp_path) == experiment_of(tmp_path)
    with pytest.raises(SpecError, match="there is no such file or folder"):
        with_data_at(experiment_of(tmp_path), tmp_path / "nowhere")
    with pytest.raises(SpecError, match="not a folder or file of your own"):
        with_data_at(read_experiment("lenet"), tmp_path)


def test_missing_data_is_named(tmp_path: Path) -> None:
    assert missing_data(read_experiment("lenet")) is None
    assert missing_data(experiment_of(tmp_path / "pets.v2")) == Missing(path=tmp_path / "pets.v2", is_folder=True)
    table = Component(type="TableFile", parameters={"file": str(tmp_path / "pets.csv")})
    lenet = read_experiment("lenet")
    of_table = replace(lenet, data=replace(lenet.data, source=table))
    assert missing_data(of_table) == Missing(path=tmp_path / "pets.csv", is_folder=False)
    assert missing_data(experiment_of(tmp_path)) is None

"""Edits of recipes: each changes only what it names."""

import pytest

from workbench.data import AUGMENTATIONS, SOURCES, facts
from workbench.data.source import TakenFor
from workbench.gui.settings.presenter import (
    component_error,
    new_component,
    run_values,
    schedule_points,
    with_augmentation,
    with_data,
    with_head,
    with_parameter,
    with_run_value,
    with_training,
    without_augmentation,
    without_parameter,
)
from workbench.gui.settings.source_facts import fact_rows, source_titles, with_kind
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment, TrainingRecipe
from workbench.spec.files import from_json, read_experiment, to_json
from workbench.spec.record import replace
from workbench.training import LOSSES, OPTIMIZERS, SCHEDULES
from workbench.training.aims import heads_of


@pytest.fixture
def experiment() -> Experiment:
    return read_experiment("lenet")


def test_what_is_there_at_once_is_listed_before_what_must_be_downloaded() -> None:
    titles = source_titles()
    assert set(titles) == set(SOURCES.table)
    downloads = ["downloads" in title for title in titles.values()]
    assert downloads == sorted(downloads) and any(downloads)
    assert titles["CIFAR10"].endswith("downloads 170 MB") and titles["Digits"].endswith("built in")


@pytest.mark.parametrize(("name", "value"), [("epochs", 3), ("batch_size", 32), ("seed", 7), ("device", "cpu")])
def test_a_run_value_changes_alone(experiment: Experiment, name: str, value: object) -> None:
    changed = with_run_value(experiment, name, value)
    assert run_values(changed) == run_values(experiment) | {name: value}
    assert with_run_value(changed, name, run_values(experiment)[name]) == experiment


@pytest.mark.parametrize(
    "catalogue", [OPTIMIZERS, SCHEDULES, LOSSES, AUGMENTATIONS, SOURCES], ids=lambda catalogue: catalogue.kind
)
def test_every_choice_begins_valid(catalogue) -> None:
    for name in catalogue.table:
        component = new_component(catalogue, name)
        if not getattr(catalogue[name], "is_own", False):
            assert component_error(catalogue, component) == ""


def test_a_wrong_setting_is_said_in_a_sentence() -> None:
    assert "momentum" in component_error(OPTIMIZERS, Component(type="SGD", parameters={"momentum": 7}))
    assert "there is no optimizer called Magic" in component_error(OPTIMIZERS, Component(type="Magic"))


def test_parameters_are_set_and_taken_back() -> None:
    component = Component(type="SGD", parameters={"lr": 0.1})
    changed = with_parameter(component, "momentum", 0.5)
    assert changed.parameters == {"lr": 0.1, "momentum": 0.5}
    assert without_parameter(changed, "momentum") == component


def test_augmentations_are_changed_and_removed_by_their_place(experiment: Experiment) -> None:
    steps = tuple(new_component(AUGMENTATIONS, name) for name in ("Shift", "Mirror", "Shift"))
    experiment = with_data(experiment, augmentation=steps)
    changed = with_augmentation(experiment, 2, with_parameter(steps[2], "max_pixels", 5))
    assert [step.parameters for step in changed.data.augmentation[:2]] == [step.parameters for step in steps[:2]]
    assert changed.data.augmentation[2].parameters["max_pixels"] == 5
    assert [step.type for step in without_augmentation(experiment, 1).data.augmentation] == ["Shift", "Shift"]


def test_a_loss_is_written_for_its_output(experiment: Experiment) -> None:
    assert experiment.training.heads == ()
    (head,) = heads_of(experiment)
    changed = with_head(experiment, 0, loss=Component(type="CrossEntropy", parameters={"label_smoothing": 0.1}))
    assert changed.training.heads[0].output == head.output
    assert heads_of(changed)[0].loss.parameters == {"label_smoothing": 0.1}
    assert replace(changed, training=experiment.training) == experiment


def test_edited_experiments_can_be_written_and_read_back(experiment: Experiment) -> None:
    changed = with_head(with_training(experiment, optimizer=new_component(OPTIMIZERS, "AdamW")), 0, weight=2.0)
    assert from_json(to_json(changed).encode(), Experiment, "test") == changed


@pytest.mark.parametrize("name", list(SCHEDULES.table))
def test_a_schedule_is_drawn_over_the_whole_run(name: str) -> None:
    points = schedule_points(TrainingRecipe(epochs=7, schedule=new_component(SCHEDULES, name)))
    assert points[0][0] == 0 and points[-1][0] == pytest.approx(1, abs=0.01)
    assert all(0 <= factor <= 1.0001 for _, factor in points)


def test_the_facts_of_a_source_are_words() -> None:
    rows = dict(fact_rows(facts(Component(type="FashionMnistSmall")), None, (3, 32, 32)))
    assert rows["Classes"].startswith("10: T-shirt/top, Trouser")
    assert rows["Pictures"] == "10,000 for training, 2,000 for testing"
    assert rows["Size"] == "28×28, grey"
    assert "MIT" in rows["Licence"]


@pytest.mark.parametrize("name", ["age", "p=0.5"])
def test_a_column_has_the_type_chosen_last_and_needs_none_where_it_is_guessed(name: str) -> None:
    column = TakenFor(name=name, kind="class", guessed="class", choices=("class", "number"))
    source = Component(type="TableFile", parameters={"file": "a.csv", "types": ["other=skip", f"{name}=labels"]})
    chosen = with_kind(source, column, "number", [column])
    assert chosen.parameters["types"] == ["other=skip", f"{name}=number"]
    assert with_kind(chosen, column, "class", [column]).parameters["types"] == ["other=skip"]


def test_other_data_takes_away_what_is_said_about_the_experiment():
    preset = read_experiment("alexnet")
    assert "Downloads its data" in preset.about
    source = preset.data.source
    assert with_data(preset, source=Component(type="Digits")).about == ""
    assert with_data(preset, source=replace(source, parameters={})).about == preset.about
    assert with_data(preset, validation_share=0.2).about == preset.about


def test_an_experiment_named_after_its_data_is_named_after_the_new_data():
    lenet = read_experiment("lenet")
    assert lenet.name == "LeNet on Fashion-MNIST, small"
    pets = with_data(lenet, source=Component(type="ImageFolder", parameters={"folder": "/home/ada/pets"}))
    digits = with_data(pets, source=Component(type="Digits"))
    assert (pets.name, digits.name) == ("LeNet on pets", "LeNet on Digits")
    assert with_data(replace(lenet, name="Lesson 3"), source=digits.data.source).name == "Lesson 3"
    alcohol = read_experiment("regression-wines")
    houses = Component(type="TableFile", parameters={"file": "/home/ada/houses.csv"})
    named = with_data(alcohol, [lenet.name, alcohol.name], source=houses)
    assert named.name == "Regression from a table on houses.csv", "a preset's name says what its own data is about"
    assert with_data(alcohol, source=houses).name == alcohol.name, "as if somebody had typed it"
    assert with_data(lenet, validation_share=0.5).name == lenet.name

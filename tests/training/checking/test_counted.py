"""Ages in a table are few different numbers, and so taken for classes: a head for a number makes them numbers."""

import numpy as np
import pytest
from PIL import Image

from tests.compiler.networks import network, node
from tests.training.experiments import data_of, with_training
from workbench.session.editing.network_facts import analyse_experiment
from workbench.spec.column import named
from workbench.spec.component import Component
from workbench.spec.edits import set_parameters
from workbench.spec.experiment import DataRecipe, Head
from workbench.spec.files import read_experiment
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import ProblemsFound
from workbench.spec.record import replace
from workbench.training import beginning

AGES = (18, 21, 25, 30, 44)
MSE = Component(type="MSE")


@pytest.fixture
def faces(tmp_path):
    """A table of pictures with the age and the sex of each."""
    noise = np.random.default_rng(0).integers(0, 256, (40, 32, 32), np.uint8)
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    rows = [f"{number}.png,{AGES[number % 5]},{'mf'[number % 2]}" for number in range(40)]
    file = tmp_path / "faces.csv"
    file.write_text("\n".join(["path,age,sex", *rows]))
    return DataRecipe(source=Component(type="TableFile", parameters={"file": str(file)}))


def problem_of(experiment):
    with pytest.raises(ProblemsFound) as found:
        beginning.prepare(experiment, data_of(experiment))
    return found.value.problems[0]


def errors_of(experiment):
    return [problem for problem in analyse_experiment(experiment).problems if problem.severity == "error"]


@pytest.mark.parametrize(("target", "words"), [("covered", "a head needs the column covered"), ("age", "a number is")])
def test_ages_become_numbers_and_the_head_stays_as_it_was(faces, target, words):
    experiment = replace(read_experiment("regression-shapes"), data=faces)
    (head,) = experiment.training.heads
    experiment = with_training(experiment, heads=(replace(head, target=target),))
    problem = problem_of(experiment)
    assert problem.what.startswith(words)
    assert problem.remedy.words == "Predict age as a number"
    mended = apply_remedy(experiment, problem.remedy)
    data = data_of(mended)
    beginning.prepare(mended, data)
    assert mended.training.heads == (replace(head, target="age"),)
    assert named(data.columns, "age").kind == "number" and named(data.columns, "sex").kind == "class"


def test_in_a_table_of_numbers_the_other_columns_stay_what_they_are(tmp_path):
    file = tmp_path / "people.csv"
    rows = [f"{number / 8},{number % 7 / 4},{AGES[number % 5]},{'mf'[number % 2]}" for number in range(60)]
    file.write_text("\n".join(["height,weight,y,class", *rows]))
    experiment = replace(
        with_training(read_experiment("regression-wines"), heads=(Head(output="output", target="y", loss=MSE),)),
        data=DataRecipe(source=Component(type="TableFile", parameters={"file": str(file)})),
        architecture=network(
            node("input", "Input", shape=[2]),
            node("fc", "Linear", "input", out_features=1),
            node("output", "Output", "fc"),
        ),
    )
    mended = apply_remedy(experiment, problem_of(experiment).remedy)
    beginning.prepare(mended, data_of(mended))
    assert [(column.name, column.kind) for column in data_of(mended).columns] == [("y", "number"), ("class", "class")]


def test_classes_of_words_and_a_loss_for_classes_are_left(faces):
    """A loss is kept if it applies to the column that is offered: an embedding does not become a classifier."""
    experiment = replace(read_experiment("regression-shapes"), data=faces)
    (head,) = experiment.training.heads
    of_words = problem_of(with_training(experiment, heads=(replace(head, target="sex"),)))
    assert of_words.what.startswith("the loss SmoothL1 does not apply to the column sex")
    embedding = Head(output="output", target="gone", loss=Component(type="Triplet", parameters={"margin": 0.5}))
    offered = problem_of(with_training(experiment, heads=(embedding,))).remedy
    assert offered.head == replace(embedding, target=offered.head.target)


def test_a_number_that_was_taken_for_a_feature_is_offered_where_the_output_gives_one(tmp_path):
    file = tmp_path / "houses.csv"
    rows = [f"{number % 7 / 4},{number % 11 / 8},{'abc'[number % 3]},{number * 1.7 % 9:.2f}" for number in range(60)]
    file.write_text("\n".join(["area,age,place,price", *rows]))
    data = DataRecipe(source=Component(type="TableFile", parameters={"file": str(file)}))
    experiment = replace(read_experiment("regression-wines"), data=data)
    graph = set_parameters(experiment.architecture.graph, "input", {"shape": [3]})
    experiment = replace(experiment, architecture=replace(experiment.architecture, graph=graph))
    (problem,) = errors_of(experiment)
    assert "or predict a number, such as price, that was taken for a feature" in problem.mend
    mended = apply_remedy(experiment, problem.remedy)
    (narrower,) = errors_of(mended)
    sound = apply_remedy(mended, narrower.remedy)
    assert errors_of(sound) == []
    assert [(each.name, each.kind) for each in data_of(sound).columns] == [("place", "class"), ("price", "number")]

"""Tables of numbers without pictures: which columns are the input, invalid cells, and training on real data."""

import csv
import itertools
import json
import math

import numpy as np
import onnxruntime
import pyarrow as pa
import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from sklearn import datasets
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch.nn import functional as F

from tests.training.trained import run
from workbench.__main__ import main
from workbench.cli.export import OnnxOptions, export_run, export_untrained
from workbench.compiler.module import build
from workbench.data import facts, source_from_text
from workbench.data.batches import Batches
from workbench.data.preparation import prepare
from workbench.data.progress import Cancelled, silent
from workbench.data.source import DataError
from workbench.data.tables import columns as table_columns
from workbench.data.tables.columns import target
from workbench.data.tables.reading import STEP
from workbench.data.varying import draws
from workbench.events import FinalTest, StepFinished
from workbench.gui.settings.source_facts import kinds_for, with_kind
from workbench.runs.store import create_run, open_run
from workbench.session.editing.network_facts import analyse_experiment
from workbench.session.left_out import sentence
from workbench.session.prepared import data_prepared, dataset_of
from workbench.spec.component import Component
from workbench.spec.edits import rename
from workbench.spec.experiment import DataRecipe, Experiment, StartWeights
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.record import replace
from workbench.training.checkpoint import load_weights_into

SETS = {
    "iris": (datasets.load_iris, "species"),
    "wine": (datasets.load_wine, "class"),
    "cancer": (datasets.load_breast_cancer, "diagnosis"),
    "diabetes": (datasets.load_diabetes, "target"),
}


def write_csv(path, heading, rows):
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heading, *rows])
    return path


def write_set(folder, name):
    load, target = SETS[name]
    found = load()
    names = getattr(found, "target_names", None)
    answers = found.target if names is None else found.target_names[found.target]
    rows = [[*map(repr, numbers), answer] for numbers, answer in zip(found.data.tolist(), answers, strict=True)]
    return write_csv(folder / f"{name}.csv", [*found.feature_names, target], rows)


def recipe(path, **parameters):
    source = source_from_text(str(path))
    return DataRecipe(source=replace(source, parameters={**source.parameters, **parameters}))


def prepared(path, seed=0, **parameters):
    chosen = recipe(path, **parameters)
    return prepare(chosen, input_shape=(facts(chosen.source).num_features,), seed=seed)


def taken_for(path, **parameters):
    return {each.name: each.kind for each in facts(recipe(path, **parameters).source).taken_for}


def experiment_on(path, outputs="$classes", **given) -> Experiment:
    """The preset of an MLP, trained on a table."""
    experiment = read_experiment("mlp-moons")
    experiment = replace(experiment, data=recipe(path))
    shape = [facts(experiment.data.source).num_features]
    values = {
        "architecture.graph.nodes.input.shape": shape,
        "architecture.graph.nodes.fc3.out_features": outputs,
        "training.device": "cpu",
        **given,
    }
    for place, value in values.items():
        experiment = override(experiment, place, json.dumps(value) if not isinstance(value, str) else value)
    return experiment


def test_number_columns_are_the_input_and_the_other_one_is_predicted(tmp_path):
    path = write_set(tmp_path, "iris")
    known = facts(source_from_text(str(path)))
    assert known.features == tuple(datasets.load_iris().feature_names) and known.num_features == 4
    assert [(column.name, column.names) for column in known.columns] == [
        ("species", ("setosa", "versicolor", "virginica"))
    ]
    data = prepared(path)
    assert [len(split) for split in (data.train, data.val, data.test)] == [108, 12, 30]
    for split in (data.val, data.test):
        counts = torch.bincount(split.targets["species"])
        assert len(set(counts.tolist())) == 1, "the same share of each class"
    everything = torch.cat([split.inputs for split in (data.train, data.val, data.test)])
    assert sorted(everything.tolist()) == sorted(datasets.load_iris().data.astype(np.float32).tolist())
    assert prepared(path).fingerprint == data.fingerprint != prepared(path, seed=1).fingerprint


@pytest.mark.parametrize("name", ["wine", "diabetes"])
def test_batches_are_standardised_as_scikit_learn_does(name, tmp_path):
    data = prepared(write_set(tmp_path, name))
    scaler = StandardScaler().fit(data.train.inputs.double().numpy())
    assert np.allclose(data.mean, scaler.mean_, rtol=1e-12) and np.allclose(data.std, scaler.scale_, rtol=1e-12)
    batches = Batches(data.test, mean=data.mean, std=data.std, batch_size=1000)
    (batch,) = batches.in_order()
    wanted = scaler.transform(data.test.inputs.double().numpy())
    assert np.allclose(batch.inputs.numpy(), wanted, atol=1e-5)
    assert torch.allclose(batches.pictures(batch.inputs), data.test.inputs, rtol=1e-5, atol=1e-5)
    before = data.test.inputs.clone()
    next(batches.epoch(0))
    assert torch.equal(before, data.test.inputs), "what is stored stays raw"


@pytest.mark.parametrize(
    ("heading", "cells", "kinds"),
    [
        ("a,b,target", "{i}.5,{j}.5,{c}", {"a": "feature", "b": "feature", "target": "class"}),
        ("label,a,b", "{c},{i}.5,{j}.5", {"label": "class", "a": "feature", "b": "feature"}),
        ("Y1,a,Y2", "{i}.5,{j},{j}.25", {"Y1": "number", "a": "feature", "Y2": "number"}),
        ("a,kind,b", "{i}.5,word{c},{c}", {"a": "feature", "kind": "class", "b": "feature"}),
        ("a,b,c", "{i}.5,{c},{j}.5", {"a": "feature", "b": "feature", "c": "number"}),
        ("id,a,b", "{big},{i}.5,{j}.5", {"id": None, "a": "feature", "b": "number"}),
        ("row,a,b", "{i},{i}.5,{j}.5", {"row": None, "a": "feature", "b": "number"}),
        ("patient,a,kind", "p{half},{i}.5,word{c}", {"patient": "group", "a": "feature", "kind": "class"}),
        ("a,split,kind", "{i}.5,train,word{c}", {"a": "feature", "split": "split", "kind": "class"}),
        ("a,tags", "{i}.5,red;round{c}", {"a": "feature", "tags": "labels"}),
        ("face_x,face_y,kind", "{j},{i}.5,word{c}", {"face_x": "feature", "face_y": "feature", "kind": "class"}),
        ("x,y,class", "{j},{i}.5,{c}", {"x": "feature", "y": "feature", "class": "class"}),
        (
            "X1,Y1,X2,Y2,kind",
            "{j},{i}.5,{i}.25,{j},w{c}",
            dict.fromkeys(("X1", "Y1", "X2", "Y2"), "feature") | {"kind": "class"},
        ),
        ("x,y", "{j},{i}.5", {"x": "feature", "y": "number"}),
        ("y,x", "{j},{i}.5", {"y": "number", "x": "feature"}),
        (
            "X1,X2,Y1,class",
            "{j},{i}.5,{i}.25,{c}",
            {"X1": "feature", "X2": "feature", "Y1": "number", "class": "class"},
        ),
        (
            "image_size,photo,a,price",
            "s{c},{c}yes,{i}.5,{j}.5",
            {"image_size": "class", "photo": "class", "a": "feature", "price": "feature"},
        ),
    ],
)
def test_what_is_predicted_is_found_by_its_name_its_words_or_its_place(heading, cells, kinds, tmp_path):
    lines = [cells.format(i=i, j=(i * 7) % 40 + i * i % 9, c=i % 2, big=842302 + i * i, half=i // 3) for i in range(40)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([heading, *lines]))
    assert taken_for(path) == kinds


@pytest.mark.parametrize(
    ("heading", "cells", "said", "kinds"),
    [
        ("a,b,price", "{i}.5,{j}.5,{i}.25", {"types": ["b=number"]}, {"b": "number", "price": "feature"}),
        (
            "a,colour,b,price",
            "{i}.5,{w},{j}.5,{i}.25",
            {"types": ["colour=feature"]},
            {"a": "feature", "colour": "feature", "b": "feature", "price": "number"},
        ),
        ("a,colour,b,price", "{i}.5,{w},{j}.5,{i}.25", {"types": ["colour=skip"]}, {"colour": None, "price": "number"}),
        (
            "a,b,price,part",
            "{i}.5,{j}.5,{i}.25,{s}",
            {"split": "part"},
            {"b": "feature", "price": "number", "part": "split"},
        ),
        (
            "a,b,price,site",
            "{i}.5,{j}.5,{i}.25,{w}",
            {"group": "site"},
            {"b": "feature", "price": "number", "site": "group"},
        ),
        (
            "a,b,price,site",
            "{i}.5,{j}.5,{i}.25,{c}",
            {"group": "site"},
            {"b": "feature", "price": "number", "site": "group"},
        ),
        (
            "a,colour,split,price",
            "{i}.5,{s}er,{s},{i}.25",
            {"types": ["colour=feature", "price=number"]},
            {"a": "feature", "colour": "feature", "price": "number"},
        ),
    ],
)
def test_what_is_said_of_columns_counts_in_guessing_the_others(heading, cells, said, kinds, tmp_path):
    lines = [
        cells.format(i=i, j=(i * 7) % 40, c=i % 2, w=("red", "blue")[i % 2], s="test" if i > 30 else "train")
        for i in range(40)
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([heading, *lines]))
    found = taken_for(path, **said)
    assert {name: found[name] for name in kinds} == kinds and found["a"] == "feature"
    assert not any("site, is predicted" in each.why for each in facts(recipe(path, **said).source).taken_for)


SAID = [
    {},
    {"group": "site"},
    {"split": "site"},
    {"group": "b"},
    {"group": "price"},
    {"types": ["price=skip"]},
    {"types": ["price=feature"]},
    {"types": ["a=number"]},
    {"types": ["a=skip", "price=skip"]},
    {"types": ["price=skip"], "group": "b"},
]


def roles(source):
    return {each.name: each.kind or "skip" for each in facts(source).taken_for}


@pytest.mark.parametrize(
    ("names", "said"),
    [
        *(("a,site,b,price", said) for said in SAID),
        ("a,patient,b,price", {}),
        ("a,patient,b,price", {"types": ["price=skip"]}),
        ("x,site,y,class", {}),
        ("x,site,y,class", {"types": ["class=skip"]}),
        ("x,site,y,class", {"group": "class"}),
        ("a,patient,site,price", {"group": "site"}),
        ("subject,patient,b,price", {}),
    ],
)
def test_a_chosen_type_is_taken_and_changes_no_other_column(names, said, tmp_path):
    rows = [[i + 0.5, i % 13, i * 7 % 40 + 0.5, i + 0.25] for i in range(80)]
    source = recipe(write_csv(tmp_path / "a.csv", names.split(","), rows), **said).source
    known = facts(source).taken_for
    before = roles(source)
    for column in known:
        for kind in kinds_for(column):
            if kind != "input":
                after = roles(with_kind(source, column, kind, known))
                replaced = [name for name, role in before.items() if role == kind in ("split", "group")]
                wanted = before | {column.name: kind}
                assert all(after[name] == wanted[name] for name in {*wanted}.difference(replaced) | {column.name})


def test_a_y_that_is_an_input_is_told(tmp_path):
    rows = [[i + 0.5, i * i % 7 + 0.25, i % 2] for i in range(40)]
    data = prepared(write_csv(tmp_path / "a.csv", ["x", "y", "class"], rows))
    assert any("The column y is an input" in note for note in data.notes)
    said = facts(recipe(tmp_path / "a.csv", types=["x=skip", "y=feature"]).source).taken_for
    assert not any(each.why for each in said), "of what somebody has said nothing is to be explained"


def test_a_table_without_anything_to_predict_says_so_before_it_is_trained_on(tmp_path, capsys):
    path = write_csv(tmp_path / "a.csv", ["a", "b"], [[i + 0.5, i * i % 7 + 0.25] for i in range(40)])
    assert (
        main(["train", "mlp-moons", "--dataset", str(path), "--set", 'data.source.types=["a=feature","b=feature"]'])
        == 2
    )
    said = capsys.readouterr().err
    assert "the data has nothing to predict" in said and "internal error" not in said
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).normal(size=(40, 2)))
    experiment = replace(
        read_experiment("mlp-moons"), data=DataRecipe(source=source_from_text(str(tmp_path / "x.npz")))
    )
    assert any("the data has nothing to predict" in each.what for each in analyse_experiment(experiment).problems)


def test_a_column_of_pictures_that_are_not_there_is_named_with_what_to_do(tmp_path):
    path = write_csv(
        tmp_path / "a.csv", ["photo", "a", "kind"], [[f"shot {i}", i + 0.5, f"k{i % 2}"] for i in range(40)]
    )
    with pytest.raises(DataError, match=r"photo seems to name pictures, but .* \(setting .*, photo=skip\)"):
        prepare(recipe(path), input_shape=(1, 8, 8), seed=0)
    assert facts(recipe(path, types=["photo=skip"]).source).features == ("a",)


def test_versions_in_a_column_called_image_are_words_and_no_files(tmp_path):
    rows = [[f"v{i % 2}.0", i + 0.5, i * i % 7 + 0.25] for i in range(40)]
    assert taken_for(write_csv(tmp_path / "a.csv", ["image", "a", "b"], rows))["image"] == "class"
    rows = [[f"shots/{i % 2}", *rest] for i, (_, *rest) in enumerate(rows)]
    with pytest.raises(DataError, match="image seems to name pictures"):
        prepare(recipe(write_csv(tmp_path / "a.csv", ["image", "a", "b"], rows)), input_shape=(1, 8, 8), seed=0)


def test_roles_can_be_changed_and_words_become_a_number_each(tmp_path):
    colours = ["red", "green", "blue"]
    rows = [[i + 0.5, colours[i % 3], i * i % 17 + 0.25, "yes" if i % 2 else "no"] for i in range(40)]
    path = write_csv(tmp_path / "a.csv", ["size", "colour", "weight", "kind"], rows)
    chosen = ["colour=feature", "weight=number", "kind=class"]
    known = facts(recipe(path, types=chosen).source)
    assert known.features == ("size", "colour=blue", "colour=green", "colour=red")
    assert [column.name for column in known.columns] == ["weight", "kind"]
    data = prepared(path, types=chosen)
    place = {row[0]: row[1] for row in rows}
    for size, *hot in data.train.inputs.tolist():
        assert hot == [float(place[size] == name) for name in ("blue", "green", "red")]
    assert facts(recipe(path, types=["size=skip"]).source).features == ("weight",)


@pytest.mark.parametrize(
    ("types", "words"),
    [
        (["name=feature"], "name=feature: it has 40 words in 40 rows, too many"),
        (["size=keypoints"], "size=keypoints: this type needs pictures"),
        (["size=magic"], "size=magic: give the type of the column size"),
        (["size=skip", "weight=skip"], "none numbers to predict another one from"),
    ],
)
def test_what_cannot_be_is_one_sentence(types, words, tmp_path):
    rows = [[i + 0.5, f"n{i}", i % 7 + 0.25, "yes" if i % 2 else "no"] for i in range(40)]
    path = write_csv(tmp_path / "a.csv", ["size", "name", "weight", "kind"], rows)
    with pytest.raises(DataError) as error:
        prepare(recipe(path, types=types), input_shape=(1, 8, 8), seed=0)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_numbers_beside_pictures_are_refused(tmp_path):
    path = write_csv(tmp_path / "a.csv", ["picture", "age", "kind"], [["a.png", 3, "x"], ["b.png", 4, "y"]])
    with pytest.raises(DataError, match="the input is pictures, beside which no numbers can be the input"):
        facts(recipe(path, types=["age=feature"]).source)


def test_augmentation_says_that_it_is_for_pictures(tmp_path):
    chosen = recipe(write_set(tmp_path, "iris"))
    changed = replace(chosen, augmentation=(Component(type="Mirror"),))
    with pytest.raises(DataError, match="Mirror works on pictures, but Table gives rows"):
        prepare(changed, input_shape=(4,), seed=0)
    fitting = "gives rows of 4 numbers, .* set the shape of its Input to 4, or choose a table or points of 2 numbers$"
    with pytest.raises(DataError, match=fitting):
        prepare(chosen, input_shape=(2,), seed=0)
    with pytest.raises(DataError, match="gives rows of 4 numbers, but the network's Input expects 1×28×28"):
        prepare(chosen, input_shape=(1, 28, 28), seed=0)


def test_rows_can_be_excluded_by_name(tmp_path):
    chosen = recipe(write_set(tmp_path, "iris"))
    few = prepare(replace(chosen, leave_out=("row 102", "row 143")), input_shape=(4,), seed=0)
    names = {name for split in (few.train, few.val, few.test) for name in split.names}
    assert len(names) == 148 and not {"row 102", "row 143"} & names


def test_invalid_cells_exclude_their_rows(tmp_path):
    bad = ["", "NA", "much", "nan", "inf", "1e300", "1_000", "3;4"]
    rows = [[value, 1.5 + i, "x" if i % 2 else "y"] for i, value in enumerate([*bad, *range(50)])]
    data = prepared(write_csv(tmp_path / "a.csv", ["size", "b", "kind"], rows))
    assert [(file.path[-5:], file.reason) for file in data.broken] == [
        ("row 1", "size is empty"),
        (
            "row 2",
            "size is NA, which counts as an empty cell: fill it in or, if it is a value, write another word for it",
        ),
        ("row 3", "size is much, which is not a number"),
        (
            "row 4",
            "size is nan, which counts as an empty cell: fill it in or, if it is a value, write another word for it",
        ),
        ("row 5", "size is inf, which is not a number"),
        ("row 6", "size is 1e300, which is too large: single precision ends at 3.4e+38"),
        ("row 7", "size is 1_000, which is not a number"),
        ("row 8", "size is 3;4, which is not a number"),
    ]
    assert any("size has no valid value in 8 of 58 rows: ignore it to use them" in note for note in data.notes)
    assert sentence(data_prepared(data, 0.0)).startswith("8 rows were excluded: ")


CELLS = st.one_of(
    st.floats(width=32, allow_nan=True).map(repr),
    st.integers(-(10**40), 10**40).map(str),
    st.text("0123456789.,-+eE%_ ;|\"'[]ab", max_size=8),
    st.sampled_from(["", "NaN", "inf", "-inf", "1,5", "1.234,5", "50%", "0x10", "١"]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(CELLS, min_size=1, max_size=6), delimiter=st.sampled_from(",;\t"))
@example(cells=["1,5"], delimiter=";")
@example(cells=["1e39"], delimiter=",")
def test_whatever_a_cell_says_is_a_finite_number_or_a_reason(cells, delimiter, tmp_path):
    rows = [[cell, place + 0.5, "word"] for place, cell in enumerate(cells)]
    sound = [[place + 0.25, place + 0.5, "word"] for place in range(20)]
    with open(tmp_path / "a.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter=delimiter).writerows([["a", "b", "kind"], *rows, *sound])
    chosen = recipe(tmp_path / "a.csv", types=["a=feature", "b=feature", "kind=class"])
    data = prepare(chosen, input_shape=(2,), seed=0)
    splits = [split for split in (data.train, data.val, data.test) if split is not None]
    assert sum(map(len, splits)) + len(data.broken) == len(rows) + len(sound)
    assert all(torch.isfinite(split.inputs).all() for split in splits) and all(each.reason for each in data.broken)
    assert all(map(math.isfinite, (*data.mean, *data.std))) and min(data.std) > 0


def test_reading_many_rows_can_be_called_off_before_all_targets_are_read(tmp_path, monkeypatch):
    path = write_csv(tmp_path / "a.csv", ["a", "price"], [[i + 0.5, i + 0.25] for i in range(3 * STEP)])
    read = []

    def reading(column, value):
        read.append(value)
        return target(column, value)

    def call_off(what, done, total):
        if what == "Reading the rows" and done == STEP:
            raise Cancelled

    monkeypatch.setattr(table_columns, "target", reading)
    with pytest.raises(Cancelled):
        prepare(recipe(path), input_shape=(1,), seed=0, progress=call_off)
    assert len(read) == STEP


def test_decimal_commas_and_thousands_are_numbers(tmp_path):
    (tmp_path / "a.csv").write_text("a;b;kind\n" + "".join(f"{i},5;1.234,{i};x{i % 2}\n" for i in range(10, 40)))
    data = prepared(tmp_path / "a.csv")
    assert data.broken == () and data.train.inputs[:, 0].frac().eq(0.5).all() and data.train.inputs[:, 1].gt(1234).all()


def test_a_constant_column_becomes_nothing_rather_than_infinite(tmp_path):
    rows = [[0.1, i + 0.5, "x" if i % 2 else "y"] for i in range(50)]
    data = prepared(write_csv(tmp_path / "a.csv", ["same", "b", "kind"], rows))
    assert (data.mean[0], data.std[0]) == (pytest.approx(0.1), 1.0)
    batch = next(Batches(data.train, mean=data.mean, std=data.std, batch_size=8).epoch(0))
    assert batch.inputs[:, 0].abs().max() < 1e-6 and batch.inputs[:, 1].abs().max() > 0.1


def test_one_column_is_enough_and_ten_thousand_are_not_too_many(tmp_path):
    one = prepared(write_csv(tmp_path / "one.csv", ["a", "kind"], [[i / 2, f"k{i % 2}"] for i in range(30)]))
    assert one.train.inputs.shape[1:] == (1,)
    numbers = np.random.default_rng(0).normal(size=(20, 10_000)).round(3)
    rows = [[*numbers[i].tolist(), f"k{i % 2}"] for i in range(20)]
    many = prepared(write_csv(tmp_path / "many.csv", [*(f"x{i}" for i in range(10_000)), "kind"], rows))
    assert many.train.inputs.shape[1:] == (10_000,) and many.columns[0].names == ("k0", "k1")


def test_json_lines_and_parquet_hold_lists_of_numbers(tmp_path):
    rows = [{"x": [i + 0.5, i * i % 7 / 2, -0.25], "size": i / 4, "kind": f"k{i % 2}"} for i in range(30)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)))
    parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.parquet"):
        assert facts(recipe(tmp_path / name).source).features == ("x 1", "x 2", "x 3", "size")
        data = prepared(tmp_path / name)
        found = sorted(torch.cat([data.train.inputs, data.val.inputs, data.test.inputs]).tolist())
        assert found == sorted([*row["x"], row["size"]] for row in rows)


def test_groups_stay_together(tmp_path):
    rows = [[f"p{i // 4}", i + 0.5, "x" if i % 2 else "y"] for i in range(80)]
    data = prepared(write_csv(tmp_path / "a.csv", ["patient", "b", "kind"], rows))
    whose = [
        {int(number // 4) for number in split.inputs[:, 0].tolist()} for split in (data.train, data.val, data.test)
    ]
    assert all(whose) and not any(one & other for one, other in itertools.combinations(whose, 2))


@pytest.mark.parametrize(("name", "outputs"), [("wine", "$classes"), ("diabetes", 1)])
def test_the_losses_are_those_of_plain_torch(name, outputs, tmp_path):
    """The same network, split and order, written down in plain torch."""
    experiment = experiment_on(write_set(tmp_path, name), outputs, **{"training.epochs": 2})
    data = dataset_of(experiment)
    events, _ = run(experiment, data, tmp_path / "run")
    found = [event.loss for event in events if isinstance(event, StepFinished)]
    (column,) = data.columns
    model = build(experiment.architecture, classes=len(column.names) or None, seed=experiment.seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    scaler = StandardScaler().fit(data.train.inputs.double().numpy())
    inputs = torch.from_numpy(scaler.transform(data.train.inputs.double().numpy())).float()
    targets, wanted = data.train.targets[column.name], []
    for epoch in range(2):
        generator = torch.Generator().manual_seed(draws.key(experiment.seed, epoch))
        for chosen in torch.randperm(len(inputs), generator=generator).split(experiment.training.batch_size):
            (answers,) = model(inputs[chosen]).values()
            loss = (F.cross_entropy if column.names else F.mse_loss)(answers, targets[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            wanted.append(loss.item())
    assert len(found) == len(wanted) >= 8 and found == pytest.approx(wanted, rel=1e-5)


def answered(file, rows):
    """The outputs of an exported file for rows as they are in the table, and what it says of preprocessing."""
    session = onnxruntime.InferenceSession(file)
    (outputs,) = session.run(None, {session.get_inputs()[0].name: rows})
    return outputs, json.loads(session.get_modelmeta().custom_metadata_map["preprocessing"])


@pytest.mark.parametrize("name", ["iris", "wine", "cancer"])
def test_accuracy_is_near_scikit_learns_and_the_file_takes_raw_rows(name, tmp_path):
    experiment = experiment_on(write_set(tmp_path, name))
    data = dataset_of(experiment)
    folder = create_run(tmp_path / "runs", experiment)
    events, state = run(experiment, data, folder)
    (ended,) = [event for event in events if isinstance(event, FinalTest)]
    (column,) = data.columns
    scaler = StandardScaler().fit(data.train.inputs.numpy())
    rows, answers = data.test.inputs.numpy(), data.test.targets[column.name].numpy()
    reference = LogisticRegression(max_iter=1000).fit(
        scaler.transform(data.train.inputs.numpy()), data.train.targets[column.name].numpy()
    )
    assert ended.metrics["test/top1"] >= reference.score(scaler.transform(rows), answers) - 0.05
    export_run(folder, tmp_path / "net.onnx", OnnxOptions(), silent)
    rounded = export_run(folder, tmp_path / "small.onnx", OnnxOptions(in_integers=True), silent)
    assert rounded.proof.top1_agreement >= 0.97, "columns of all sizes keep their digits"
    outputs, metadata = answered(tmp_path / "net.onnx", rows)
    (batch,) = Batches(data.test, mean=data.mean, std=data.std, batch_size=1000).in_order()
    load_weights_into(state.module, open_run(folder).checkpoint)
    with torch.no_grad():
        (wanted,) = state.module.eval()(batch.inputs).values()
    assert np.abs(outputs - wanted.numpy()).max() < 1e-4
    assert metadata["features"] == list(data.features)
    assert metadata["mean"] == metadata["std"] == [] and metadata["value_range"] is None


def test_the_file_of_an_experiment_that_starts_from_a_runs_weights_takes_raw_rows_too(tmp_path):
    experiment = experiment_on(write_set(tmp_path, "wine"), **{"training.epochs": 1})
    data = dataset_of(experiment)
    folder = create_run(tmp_path / "runs", experiment)
    run(experiment, data, folder)
    export_run(folder, tmp_path / "run.onnx", OnnxOptions(), silent)
    start = StartWeights(file=str(open_run(folder).checkpoint))
    started = replace(experiment, training=replace(experiment.training, weights=start))
    export_untrained(started, tmp_path / "started.onnx", OnnxOptions(), silent)
    wanted, found = (answered(tmp_path / name, data.test.inputs.numpy()) for name in ("run.onnx", "started.onnx"))
    assert np.allclose(found[0], wanted[0], atol=1e-6) and found[1] == wanted[1]


def test_a_layer_may_be_called_as_what_standardises(tmp_path):
    experiment = experiment_on(write_set(tmp_path, "iris"), **{"training.epochs": 1})
    graph = rename(rename(experiment.architecture.graph, "fc1", "input_mean"), "fc2", "input_scale")
    experiment = replace(experiment, architecture=replace(experiment.architecture, graph=graph))
    data = dataset_of(experiment)
    folder = create_run(tmp_path / "runs", experiment)
    _, state = run(experiment, data, folder)
    export_run(folder, tmp_path / "net.onnx", OnnxOptions(), silent)
    load_weights_into(state.module, open_run(folder).checkpoint)
    (batch,) = Batches(data.test, mean=data.mean, std=data.std, batch_size=1000).in_order()
    with torch.no_grad():
        (wanted,) = state.module.eval()(batch.inputs).values()
    assert np.allclose(answered(tmp_path / "net.onnx", data.test.inputs.numpy())[0], wanted, atol=1e-4)


def test_the_command_line_says_what_the_input_is_and_finds_equal_rows(tmp_path, capsys):
    assert main(["data", str(write_set(tmp_path, "iris"))]) == 0
    said = capsys.readouterr().out
    assert "sepal length (cm)  5.827  0.8035" in said and "species  3 classes: setosa, versicolor, virginica" in said
    assert "the same  row 102 (training, virginica) = row 143 (training, virginica)" in said


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
def test_arrays_of_rows_are_standardised_as_a_table(dtype, tmp_path):
    wines = datasets.load_wine()
    rows = wines.data.astype(dtype)
    bad = np.full((1, 13), np.nan) if dtype != np.int64 else rows[:0]
    np.savez(tmp_path / "a.npz", X_train=np.concatenate([rows, bad]), y_train=[*wines.target, *[0] * len(bad)])
    source = source_from_text(str(tmp_path / "a.npz"))
    known = facts(source)
    assert known.num_features == 13 and known.features[:2] == ("X 1", "X 2") and len(known.class_names) == 3
    data = prepare(DataRecipe(source=source), input_shape=(13,), seed=0)
    assert [file.reason for file in data.broken] == ["X holds NaN or Inf"] * len(bad)
    scaler = StandardScaler().fit(data.train.inputs.double().numpy())
    assert np.allclose(data.mean, scaler.mean_, rtol=1e-12) and np.allclose(data.std, scaler.scale_, rtol=1e-12)
    found = torch.cat([data.train.inputs, data.val.inputs, data.test.inputs])
    assert sorted(found.tolist()) == sorted(rows.astype(np.float32).tolist())


def test_a_number_too_large_is_not_said_to_be_infinite(tmp_path):
    rows = np.random.default_rng(0).normal(size=(40, 2))
    rows[3, 0], rows[5, 1] = 1e39, np.inf
    np.savez(tmp_path / "a.npz", x=rows, y=np.arange(40) % 2)
    data = prepare(DataRecipe(source=source_from_text(str(tmp_path / "a.npz"))), input_shape=(2,), seed=0)
    assert [file.reason for file in data.broken] == [
        "x holds a number that is too large: single precision ends at 3.4e+38",
        "x holds NaN or Inf",
    ]


def test_texts_are_no_input_for_testing(tmp_path):
    rows = np.ones((9, 2))
    np.savez(tmp_path / "a.npz", x_train=rows, y_train=[0, 1, 2] * 3, x_test=rows.astype(str), y_test=[0, 1, 2] * 3)
    with pytest.raises(DataError, match="a.npz, test: x is <U32 of shape 9×2, but has 2 numbers per row in training"):
        prepare(DataRecipe(source=source_from_text(str(tmp_path / "a.npz"))), input_shape=(2,), seed=0)


def test_arrays_of_rows_have_as_many_numbers_in_each_split(tmp_path):
    np.savez(
        tmp_path / "a.npz", x_train=np.ones((9, 4)), y_train=[0, 1, 2] * 3, x_test=np.ones((3, 5)), y_test=[0, 1, 2]
    )
    source = source_from_text(str(tmp_path / "a.npz"))
    with pytest.raises(
        DataError, match="a.npz, test: x is float64 of shape 3×5, but has 4 numbers per row in training"
    ):
        prepare(DataRecipe(source=source), input_shape=(4,), seed=0)

"""Rows of a table of one's own: answered as the network's own data is, and saved with the answers."""

import csv
import json

import numpy as np
import pytest
import torch

from tests.training.experiments import data_of, with_training
from workbench import cli
from workbench.data.progress import silent
from workbench.data.source import DataError
from workbench.session.views.attention import OnePicture
from workbench.session.views.network import Network, network_drawn
from workbench.session.views.own_rows import OwnRows, reasons_for_rows
from workbench.session.views.why import WhyQuestion, why_seen
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Head
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import beginning


def network(experiment):
    """The untrained network of an experiment."""
    plan, state = beginning.prepare(experiment, dataset := data_of(experiment))
    return Network(module=state.module.eval(), plan=plan, dataset=dataset, step=0)


@pytest.fixture(scope="module")
def wines():
    return network(read_experiment("mlp-wines"))


def write(path, headings, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def by_hand(asked, inputs):
    """The probabilities for rows, normalised and computed with torch alone."""
    normalised = (inputs - torch.tensor(asked.dataset.mean)) / torch.tensor(asked.dataset.std)
    with torch.no_grad():
        return asked.module(normalised)["output"].softmax(dim=1).numpy()


def test_rows_are_answered_by_the_names_of_their_columns(wines, tmp_path):
    """In another order, beside other columns, with a separator of thousands, and some of them faulty."""
    inputs = wines.dataset.val.inputs[:6]
    names = [*reversed(wines.dataset.features), "bottle"]
    cells = [[*map(str, reversed(row)), f"no. {number}"] for number, row in enumerate(inputs.tolist())]
    cells[0][0] = f"{float(cells[0][0]):,.0f}" if float(cells[0][0]) >= 1000 else cells[0][0]
    cells[2][3], cells[4][1], cells[5][-1] = "", "many", "NA"
    heard = []
    found = OwnRows(write(tmp_path / "bottles.csv", names, cells)).answer(wines, lambda what, *_: heard.append(what))
    assert "kB of " in heard[1], "where it may be cancelled"
    assert set(found.problems) == {2, 4}
    assert found.problems[4] == "OD280/OD315 is many, which is not a number"
    sound = [0, 1, 3, 5]
    np.testing.assert_allclose(found.values[0][sound], by_hand(wines, inputs[sound]), atol=1e-5)
    assert np.isnan(found.values[0][[2, 4]]).all()

    saved = list(csv.reader(found.as_csv().decode().splitlines()))
    assert saved[0] == [*names, "predicted class", "confidence", "problem"]
    for row, (cell, (own, probabilities)) in enumerate(
        zip(saved[1:], zip(cells, found.values[0], strict=True), strict=True)
    ):
        assert cell[: len(names)] == own, "the file's own cells are kept"
        if row in sound:
            assert cell[-3] == wines.dataset.class_names[probabilities.argmax()]
            assert float(cell[-2]) == pytest.approx(probabilities.max(), abs=1e-4) and cell[-1] == ""
        else:
            assert cell[-3:] == ["", "", found.problems[row]]
    (tmp_path / "again.csv").write_bytes(found.as_csv())
    again = OwnRows(tmp_path / "again.csv").answer(wines, silent).as_csv()
    assert again == found.as_csv(), "answers are not added to answers"


@pytest.mark.parametrize("name", ["problem", "confidence", "predicted class"])
def test_a_column_called_as_an_answer_is_kept_whenever_rows_are_saved(wines, tmp_path, name):
    """Beside answers, in a table that can be read again and is saved with the same columns."""
    rows = [[*row, "corked"] for row in wines.dataset.val.inputs[:3].tolist()]
    file = write(tmp_path / "bottles.csv", [*wines.dataset.features, name], [*rows, [*["none"] * len(rows[0])]])
    for _ in range(2):
        saved = OwnRows(file).answer(wines, silent).as_csv()
        file.write_bytes(saved)
        (columns, *cells) = csv.reader(saved.decode().splitlines())
        assert len({*columns}) == len(columns) == len(wines.dataset.features) + 4
        assert [dict(zip(columns, row, strict=True))[name] for row in cells] == ["corked"] * 3 + ["none"]


def test_a_row_is_explained_as_the_same_row_of_the_data_is(wines, tmp_path):
    row = wines.dataset.val.inputs[3].tolist()
    found = OwnRows(write(tmp_path / "one.csv", wines.dataset.features, [row])).answer(wines, silent)
    for method in ("occlusion", "integrated-gradients", "gradient"):
        ((place, own),) = reasons_for_rows(wines, found, method, "Barolo", silent)
        question = WhyQuestion(picture=OnePicture(name="3", split="val", number=3), method=method, place=own.place)
        same = why_seen(wines, question, silent)
        assert place == 0 and own.said(own.place).startswith("Barolo ")
        np.testing.assert_allclose(own.found, same.found, atol=1e-5)
    with pytest.raises(SpecError, match="answers with no Chianti: there are Barbera, Barolo, Grignolino"):
        reasons_for_rows(wines, found, "occlusion", "Chianti", silent)
    with pytest.raises(SpecError, match="no layer before this answer has maps"):
        reasons_for_rows(wines, found, "grad-cam", None, silent)


def test_numbers_without_names_are_the_columns_of_numbers(tmp_path):
    asked = network(read_experiment("mlp-xor"))
    points = asked.dataset.train.inputs[:4]
    file = write(tmp_path / "points.csv", ["who", "east", "north"], [["a", *point] for point in points.tolist()])
    found = OwnRows(file).answer(asked, silent)
    with torch.no_grad():
        expected = asked.module(points)["output"].softmax(dim=1).numpy()
    np.testing.assert_allclose(found.values[0], expected, atol=1e-5)
    file = write(tmp_path / "more.csv", ["east", "north", "up"], [[1, 2, 3]])
    with pytest.raises(DataError, match="it has 3 columns of numbers, and the network takes 2: leave out the others"):
        OwnRows(file).answer(asked, silent)


def test_a_table_may_have_one_column_if_the_network_takes_one_number(tmp_path):
    rows = [[number / 10, number % 3] for number in range(60)]
    source = Component(type="TableFile", parameters={"file": str(write(tmp_path / "train.csv", ["x", "y"], rows))})
    experiment = replace(read_experiment("mlp-wines"), data=DataRecipe(source=source))
    experiment = override(experiment, "architecture.graph.nodes.input.shape", "[1]")
    asked = network(with_training(experiment, heads=(Head(output="output", target="y"),)))
    found = OwnRows(write(tmp_path / "mine.csv", ["x"], [[2.5], [0.1]])).answer(asked, silent)
    assert found.inputs.tolist() == [[2.5], [np.float32(0.1)]] and not np.isnan(found.values[0]).any()


def test_words_are_the_numbers_that_they_were_in_training(tmp_path):
    """And several heads have their answers side by side."""
    colours = ["red", "green", "blue"]
    rows = [[colours[number % 3], number % 7, "yes" if number % 2 else "no", number / 10] for number in range(60)]
    file = write(tmp_path / "train.csv", ["colour", "size", "sold", "price"], rows)
    types = ["colour=feature", "size=feature", "sold=class", "price=number"]
    source = Component(type="TableFile", parameters={"file": str(file), "types": types})
    experiment = override(
        replace(read_experiment("mlp-wines"), data=DataRecipe(source=source)),
        "architecture.graph.nodes.input.shape",
        "[4]",
    )
    heads = (Head(output="output", target="sold"),)
    asked = network(with_training(experiment, heads=heads))
    assert asked.dataset.features == ("colour=blue", "colour=green", "colour=red", "size")
    mine = write(tmp_path / "mine.csv", ["size", "colour"], [[3, "red"], [4, "violet"]])
    found = OwnRows(mine).answer(asked, silent)
    np.testing.assert_array_equal(found.inputs[0], [0, 0, 1, 3])
    np.testing.assert_allclose(found.values[0][0], by_hand(asked, torch.tensor([[0.0, 0.0, 1.0, 3.0]]))[0], atol=1e-5)
    assert "violet" in found.problems[1]


def test_what_does_not_fit_is_said(wines, tmp_path):
    lacking = write(tmp_path / "few.csv", ["ash", "hue"], [[1, 2]])
    with pytest.raises(DataError, match=r"few.csv: it lacks what the network was trained on \(malic acid, alkalinity"):
        OwnRows(lacking).answer(wines, silent)
    pictures = network_drawn(read_experiment("lenet"), silent)
    with pytest.raises(SpecError, match="was trained on pictures, not on rows of numbers"):
        OwnRows(lacking).answer(pictures, silent)


def test_the_command_answers_saves_and_explains(wines, tmp_path, capsys):
    names, rows = wines.dataset.features, wines.dataset.val.inputs[:3].tolist()
    file = write(tmp_path / "bottles.csv", names, [*rows, [*rows[0][:-1], "none"]])
    expected = OwnRows(file).answer(wines, silent)

    def said(*options):
        status = cli.main(["predict", "mlp-wines", str(file), *options])
        told = capsys.readouterr()
        return (status, told.out) if not status else (status, told.err)

    status, table = said()
    assert status == 0 and table.splitlines()[0].split() == ["row", "class"]
    assert [line.split()[:2] for line in table.splitlines()[1:4]] == [
        [str(row + 1), expected.answers(row)[0].choices[0].name] for row in range(3)
    ]
    assert table.endswith("1 row cannot be used:\nrow 4: proline is none, which is not a number\n")
    lines = [json.loads(line) for line in said("--json")[1].splitlines()]
    assert lines[3] == {"row": 4, "problem": "proline is none, which is not a number"}
    assert [line["answers"][0]["likeliest"][0]["confidence"] for line in lines[:3]] == pytest.approx(
        [values.max() for values in expected.values[0][:3]], abs=1e-5
    )
    assert said("-o", str(tmp_path / "answers.csv")) == (0, "")
    assert (tmp_path / "answers.csv").read_bytes().count(b"\r\n") == 5
    status, why = said("--why", "gradient", "--class", "Barolo")
    assert status == 0 and why.count("Barolo") >= 3 and why.splitlines()[2].startswith("    ")
    shares = [json.loads(line)["map"] for line in said("--why", "occlusion", "--json")[1].splitlines()]
    assert np.shape(shares) == (3, len(names))
    for options, words in (
        (["--top", "3", "--class", "Barolo"], "--class, --similar-to and --top find pictures"),
        ([str(file)], "name one table of them"),
        (["--why", "gradient", "-o", "x.png"], "-o draws what --why finds in pictures"),
        (["-o", "x.png"], "-o x.png: the rows are saved with their answers as a .csv file"),
        ([str(file), "-o", str(file / "x.csv")], "x.csv: cannot be written"),
    ):
        status, complaint = said(*options)
        assert status == 2 and words in complaint

"""Tables of pictures: all formats, guessed columns, wrong rows that are listed, masks, splits and groups."""

import csv
import json
import subprocess
import sys
import tracemalloc

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pyarrow import parquet

from tests.compiler.networks import network, node
from tests.data.folders import picture
from workbench.data import facts, source_from_text
from workbench.data.decoding.pictures import decode_mask
from workbench.data.inventory import take_inventory
from workbench.data.preparation import prepare
from workbench.data.progress import silent
from workbench.data.source import DataError
from workbench.data.sources.table_file import TableFile
from workbench.data.tables import mask_classes, opening
from workbench.data.tables.cells import Cells
from workbench.data.tables.columns import class_in, guess
from workbench.data.tables.reading import MOST_EXAMINED
from workbench.data.tables.rows import MISSING
from workbench.gui.settings.source_facts import fact_rows, with_kind
from workbench.places import cache_dir
from workbench.session.editing.survey import inventory_of
from workbench.session.prepared import dataset_of
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Experiment, Head, TrainingRecipe
from workbench.spec.record import replace

SHAPE = (1, 12, 10)
NUM = 40


@pytest.fixture
def rows(tmp_path):
    """Forty rows, two of each whose; bright pictures are cats, and their left half is fur."""
    (tmp_path / "in").mkdir()
    found = []
    for place in range(NUM):
        value = 60 if place % 2 else 180
        picture(value, (12, 10)).save(tmp_path / "in" / f"{place:02}.png")
        mask = np.zeros((12, 10), np.uint8)
        mask[:, :5], mask[0, 0] = 7, 255
        Image.fromarray(mask).save(tmp_path / "in" / f"{place:02}_mask.png")
        found.append(
            {
                "path": f"in/{place:02}.png",
                "kind": "dog" if place % 2 else "cat",
                "age": value / 10 + place / 100,
                "traits": "soft;loud" if place % 2 else "soft",
                "mask": f"in/{place:02}_mask.png",
                "whose": f"p{place // 2}",
                "number": place + 0.25,
                "note": f"seen on day {place}",
            }
        )
    return found


def write_csv(path, rows, delimiter=","):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys(), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_json_lines(path, rows):
    lines = [json.dumps(row | {"traits": row["traits"].split(";")}) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def write_parquet(path, rows):
    parquet.write_table(pa.Table.from_pylist([row | {"traits": row["traits"].split(";")} for row in rows]), path)
    return path


WRITERS = {
    "a.csv": write_csv,
    "a.tsv": lambda path, rows: write_csv(path, rows, "\t"),
    "b.csv": lambda path, rows: write_csv(path, rows, ";"),
    "a.jsonl": write_json_lines,
    "a.parquet": write_parquet,
}


def prepared(path, *, split="auto", share=0.1, seed=0, **parameters):
    source = Component(type="TableFile", parameters={"file": str(path), **parameters})
    return prepare(DataRecipe(source=source, split=split, validation_share=share), input_shape=SHAPE, seed=seed)


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_says_the_same(tmp_path, rows, name):
    if name == "b.csv":
        rows = [row | {"traits": row["traits"].replace(";", "|")} for row in rows]
    path = WRITERS[name](tmp_path / name, rows)
    known = facts(source_from_text(str(path)))
    assert [(column.name, column.kind, column.names) for column in known.columns] == [
        ("kind", "class", ("cat", "dog")),
        ("age", "number", ()),
        ("traits", "labels", ("loud", "soft")),
        ("mask", "mask", ("0", "7")),
        ("number", "number", ()),
    ]
    assert (known.num_train, known.num_test, known.test_share) == (40, 0, 0.2)
    data = prepared(path, group="whose")
    assert (len(data.train), len(data.val), len(data.test)) == (28, 4, 8)
    assert [column.name for column in data.columns] == ["kind", "age", "traits", "mask", "number", "picture"]
    assert "The column note has 40 values in 40 rows, like names, and was ignored." in data.notes
    assert data.broken == ()
    for split in (data.train, data.val, data.test):
        numbers = split.targets["number"][:, 0].long()
        assert (split.targets["kind"] == numbers % 2).all()
        assert (split.targets["traits"][:, 0] == numbers % 2).all() and (split.targets["traits"][:, 1] == 1).all()
        expected = np.where(numbers % 2 == 1, 6.0, 18.0) + numbers.numpy() / 100
        assert np.allclose(split.targets["age"][:, 0], expected)
        mask = split.targets["mask"][:]
        assert (mask[:, :, 5:] == 1).all() and (mask[:, 1:, :5] == 2).all() and (mask[:, 0, 0] == 0).all()
        for place, shown in zip(numbers.tolist(), split.inputs, strict=True):
            theirs = Image.open(tmp_path / "in" / f"{place:02}.png")
            assert np.array_equal(shown[0], theirs)


def test_a_groups_pictures_stay_together(tmp_path, rows):
    path = write_csv(tmp_path / "a.csv", rows)
    seen = []
    for seed in range(3):
        data = prepared(path, group="whose", share=0.2, seed=seed)
        whoses = [set((split.targets["number"][:, 0] // 2).tolist()) for split in (data.train, data.val, data.test)]
        assert sum(map(len, whoses)) == len(set.union(*whoses)) == NUM // 2
        seen.append(whoses)
    assert seen[0] != seen[1]
    data = prepared(path, group="whose", split="random", share=0.3)
    train, val = (set((split.targets["number"][:, 0] // 2).tolist()) for split in (data.train, data.val))
    assert train & val
    with pytest.raises(DataError, match="no groups to keep together"):
        prepared(path, split="grouped")


def test_pictures_of_no_group_stay_together_and_are_told_of(tmp_path, rows):
    unknown = ["", None, "  "]
    for place, row in enumerate(rows):
        row["whose"] = unknown[place % 3] if place < 9 else ["3", "3.0", "4", "5"][place % 4]
    data = prepared(write_csv(tmp_path / "a.csv", rows), types=["whose=skip"], group="whose", share=0.25)
    told = "The group whose is empty in 9 rows, which stay in one split as if they were one group."
    assert told in data.notes
    assert not any("whose" in note for note in prepared(tmp_path / "a.csv", types=["whose=skip"]).notes)
    splits = (data.train, data.val, data.test)
    held = [{round(age * 100) % 100 for age in split.targets["age"].ravel().tolist()} for split in splits]
    for members in ({*range(9)}, {place for place in range(9, NUM) if place % 4 < 2}):
        assert sum(bool(members & split) for split in held) == 1, "3 and 3.0 are one whose"


def test_paths_written_on_windows_are_understood(tmp_path, rows):
    for row in rows:
        row |= {"path": row["path"].replace("/", "\\"), "mask": ".\\" + row["mask"].replace("/", "\\")}
    data = prepared(write_csv(tmp_path / "a.csv", rows))
    assert not data.broken and sum(len(split) for split in (data.train, data.val, data.test)) == NUM
    assert data.train.targets["mask"][:].any()
    picture(9, (12, 10)).save(tmp_path / "in\\00.png")
    seen = TableFile(file=str(tmp_path / "a.csv")).load(SHAPE, 0, silent)
    assert seen.train.inputs[0].max() < 30, "a name may contain a backslash here"


def test_a_mask_of_other_proportions_than_its_picture_is_listed(tmp_path, rows):
    """Both are cropped to the proportions of the Input: it would be another part of the view."""
    Image.fromarray(np.full((10, 12), 7, np.uint8)).save(tmp_path / "in" / "03_mask.png")
    Image.fromarray(np.full((6, 5), 7, np.uint8)).save(tmp_path / "in" / "04_mask.png")
    Image.fromarray(np.full((7, 6), 7, np.uint8)).save(tmp_path / "in" / "05_mask.png")
    path = write_csv(tmp_path / "a.csv", rows)
    for _ in range(2):
        (only,) = prepared(path).broken
        assert only.path.endswith("row 4")
        assert only.reason == "mask: it is 12×10, and its picture 10×12: they must have the same proportions"
    assert not prepare(
        DataRecipe(source=source_from_text(str(path))), input_shape=SHAPE, seed=0, used=lambda _: {"kind"}
    ).broken


def test_of_a_picture_in_two_rows_one_can_be_excluded(tmp_path, rows):
    path = write_csv(tmp_path / "a.csv", [*rows, rows[3] | {"kind": "cat"}])
    recipe = DataRecipe(source=source_from_text(str(path)))
    chosen = {"input_shape": SHAPE, "seed": 0}
    names = np.concatenate([each.names for each in take_inventory(recipe, progress=silent, **chosen).splits.values()])
    assert sorted(names.tolist())[3:5] == ["in/03.png", "in/03.png, row 41"] and len(set(names)) == NUM + 1
    for excluded, cats in (("in/03.png", 21), ("in/03.png, row 41", 20)):
        data = prepare(replace(recipe, leave_out=(excluded,)), **chosen)
        kinds = np.concatenate([split.targets["kind"] for split in (data.train, data.val, data.test)])
        assert len(kinds) == NUM and (kinds == 0).sum() == cats and not any(excluded in note for note in data.notes)


def test_a_glance_sees_rows_that_alternate(tmp_path, rows):
    """Every second row is a dog's: every second one would show no cat."""
    many = [row | {"number": place} for place, row in enumerate(rows + rows)]
    seen = TableFile(file=str(write_csv(tmp_path / "a.csv", many))).glance(None, SHAPE)
    assert len(seen.train) == 24 and 6 < seen.train.targets["kind"].sum() < 18


def test_a_glance_at_many_rows_examines_some_of_them_and_says_so(tmp_path, rows):
    """A third of the rows for training name files that do not exist, and those for testing are not looked at."""
    num_rows = 2 * MOST_EXAMINED
    many = (
        row | {"split": "test" if place % 4 == 0 else "train"} for place, row in enumerate(rows * (num_rows // NUM))
    )
    told = [row | {"path": f"gone/{place}.png"} if place % 4 == 2 else row for place, row in enumerate(many)]
    source = TableFile(file=str(write_csv(tmp_path / "a.csv", told)))
    seen = source.glance(None, SHAPE)
    assert len(seen.train) == 24 and seen.num_usable is None and source.facts().num_train == num_rows * 3 // 4
    assert 0.3 < len(seen.broken) / MOST_EXAMINED < 0.36 and all("gone/" in each.reason for each in seen.broken)
    way = "drawn at random, none for validation or testing"
    assert seen.notes[0] == f"Only 20,000 of 40,000 rows were examined so far, {way}; a run examines all."
    assert dict(fact_rows(source.facts(), seen, SHAPE))["Excluded"].endswith(
        " of 20,000 examined, found before decoding"
    )
    assert source.glance(None, SHAPE).train.names.tolist() == seen.train.names.tolist()


@pytest.mark.parametrize(
    ("share", "how"),
    [(1, "drawn at random"), (0.3, "none for validation or testing")],
    ids=["no split", "few to train on"],
)
def test_a_glance_says_how_the_rows_that_it_examines_were_chosen(share, how, tmp_path, rows):
    """Every tenth row names a file that does not exist."""
    num_rows = MOST_EXAMINED + 4000
    many = (
        row | {"split": "train" if place < share * num_rows else "test"}
        for place, row in enumerate(rows * (num_rows // NUM))
    )
    told = [row | {"path": "gone.png"} if place % 10 == 0 else row for place, row in enumerate(many)]
    source = TableFile(file=str(write_csv(tmp_path / "a.csv", told)))
    seen = source.glance(None, SHAPE)
    num_examined = min(MOST_EXAMINED, round(share * num_rows))
    assert seen.notes[0] == f"Only {num_examined:,} of 24,000 rows were examined so far, {how}; a run examines all."
    shown = dict(fact_rows(source.facts(), seen, SHAPE))
    assert shown["Excluded"] == f"{len(seen.broken):,} of {num_examined:,} examined, found before decoding"
    assert abs(len(seen.broken) - num_examined / 10) < 200


def test_shares_are_equal_over_classes_or_not_as_the_recipe_says(tmp_path, rows):
    few = [row for place, row in enumerate(rows) if place % 2 or place < 8]
    path = write_csv(tmp_path / "a.csv", few)
    data = prepared(path, share=0.25, test_share=0.25)
    assert np.bincount(data.test.targets["kind"]).tolist() == [1, 5]
    assert np.bincount(data.val.targets["kind"]).tolist() == [1, 4]
    by_seed = [prepared(path, split="random", share=0.25, seed=seed).val.targets["kind"].tolist() for seed in range(6)]
    assert len({sum(kinds) for kinds in by_seed}) > 1
    assert by_seed[0] == prepared(path, split="random", share=0.25).val.targets["kind"].tolist()


def test_the_classes_that_are_predicted_are_shared_out_counted_and_named(tmp_path, rows):
    """Not those of whichever column comes first."""
    for place, row in enumerate(rows):
        row["coat"] = "long" if place < 10 else "short"
        row["ward"] = "north" if place < 30 else "south"
    path = write_csv(tmp_path / "a.csv", rows)
    recipe = DataRecipe(source=source_from_text(str(path)), validation_share=0.2)
    for column, names, a_fifth in (
        ("kind", ("cat", "dog"), [4, 4]),
        ("coat", ("long", "short"), [2, 6]),
        ("ward", ("north", "south"), [6, 2]),
    ):
        chosen = {"input_shape": SHAPE, "used": lambda _, column=column: ("age", column, "kind")}
        for seed in range(3):
            data = prepare(recipe, seed=seed, **chosen)
            assert np.bincount(data.test.targets[column]).tolist() == a_fifth and data.class_names == names
        found = take_inventory(recipe, seed=0, progress=silent, **chosen)
        assert found.class_names == names and np.bincount(found.classes).tolist() == [5 * count for count in a_fifth]


def test_a_split_column_is_believed(tmp_path, rows):
    names = ["train"] * 20 + ["Validation"] * 6 + ["dev"] * 4 + ["test"] * 8 + ["", "tset"]
    path = write_csv(tmp_path / "a.csv", [row | {"split": name} for row, name in zip(rows, names, strict=True)])
    data = prepared(path)
    assert [len(split) for split in (data.train, data.val, data.test)] == [20, 10, 8]
    assert [left_out.path.rpartition(", ")[2] for left_out in data.broken] == ["row 39", "row 40"]
    assert [left_out.reason for left_out in data.broken] == [
        "split is empty, not a split: write train, val or test",
        "split is tset, not a split: write train, val or test",
    ]


def test_what_tells_groups_apart_that_are_not_split_up_is_no_class(tmp_path, rows):
    """Otherwise all test rows would be excluded as classes that are not in training."""
    whose = [
        row | {"owner": f"o{place // 8}", "split": "train" if place < 24 else "test"} for place, row in enumerate(rows)
    ]
    path = write_csv(tmp_path / "a.csv", whose)
    assert taken_for(path)["owner"] == (None, None)
    assert len(prepared(path).test.inputs) == NUM - 24
    assert taken_for(path, types=["owner=class"])["owner"] == ("class", None)


def test_a_column_that_costs_many_pictures_is_named(tmp_path, rows):
    for row in rows[: NUM // 4]:
        row["age"] = ""
    rows[-1]["kind"] = ""
    path = write_csv(tmp_path / "a.csv", rows)
    note, *others = prepared(path).notes
    assert note == f"The column age has no valid value in {NUM // 4} of {NUM} rows: ignore it to use their pictures."
    data = prepared(path, types=["age=skip"])
    assert len(data.broken) == 1 and list(data.notes) == others
    path = write_csv(tmp_path / "a.csv", [row | {"age": "1", "mask": "in/nowhere.png"} for row in rows[:8]] + rows[8:])
    note = "The column mask has no valid value in 8 of 40 rows: ignore it to use their pictures."
    assert note in prepared(path).notes


def test_only_what_is_predicted_costs_rows(tmp_path, rows):
    """An empty age, a missing mask, a class not in training: they exclude a row only if a head predicts the column."""
    rows[3]["age"], rows[4]["mask"], rows[5]["mask"] = "", "in/nowhere.png", ""
    path = write_csv(tmp_path / "a.csv", rows)

    def data_for(*targets):
        heads = tuple(Head(output=f"out{place}", target=target) for place, target in enumerate(targets))
        outputs = [node(head.output, "Output", "input") for head in heads]
        source = Component(type="TableFile", parameters={"file": str(path)})
        experiment = Experiment(
            name="table",
            architecture=network(node("input", "Input", shape=list(SHAPE)), *outputs),
            data=DataRecipe(source=source),
            training=TrainingRecipe(heads=heads),
        )
        data = dataset_of(experiment)
        assert sum(map(len, inventory_of(experiment, silent).parts)) == NUM - len(data.broken), "as it is browsed"
        return data

    of_kinds, of_ages, of_masks = data_for("kind"), data_for("age"), data_for("mask", "kind")
    assert not of_kinds.broken and [file.path[-5:] for file in of_ages.broken] == ["row 4"]
    assert [file.reason.split(":")[0] for file in of_masks.broken] == ["mask", "mask"]
    names = [[column.name for column in data.columns] for data in (of_kinds, of_ages, of_masks)]
    assert names == [
        ["kind", "traits", "number", "picture"],
        ["age", "kind", "traits", "number", "picture"],
        ["mask", "kind", "traits", "number", "picture"],
    ]
    assert "The column age has no valid value in 1 row and was ignored, since nothing predicts it." in of_kinds.notes


def test_lines_that_are_no_rows_are_listed_and_the_rest_is_learnt_from(tmp_path, rows):
    lines = [json.dumps(row) for row in rows]
    lines[4], lines[7] = lines[4][:30], "[1, 2]"
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    data = prepared(tmp_path / "a.jsonl")
    assert [file.reason for file in data.broken] == [
        "not valid JSON",
        'a row must be an object: {"picture": "a.png", ...}',
    ]
    assert data.broken[0].path.endswith("row 5") and sum(map(len, (data.train, data.val, data.test))) == NUM - 2


def test_where_semicolons_part_the_cells_numbers_have_a_comma(tmp_path, rows):
    lines = [f"{row['path']};{place},5;{place % 2},x" for place, row in enumerate(rows)]
    (tmp_path / "a.csv").write_text("\n".join(["path;age;kind", *lines]))
    data = prepared(tmp_path / "a.csv")
    assert [(column.name, column.kind) for column in data.columns[:2]] == [("age", "number"), ("kind", "class")]
    assert data.columns[1].names == ("0,x", "1,x")
    ages = np.concatenate([split.targets["age"].numpy().ravel() for split in (data.train, data.val, data.test)])
    assert sorted(ages) == [place + 0.5 for place in range(NUM)]


def test_paths_that_name_no_file_are_told_what_to_do_about_each(tmp_path, rows):
    lies = [dict(row) for row in rows]
    lies[0]["path"] = "https://example.com/cat.jpg"
    lies[1]["path"] = "00042"
    data = prepared(write_csv(tmp_path / "a.csv", lies))
    assert [file.reason for file in data.broken] == [
        "path: https://example.com/cat.jpg is a web address: download the picture, and write the path of its file",
        "path: 00042 does not exist: correct the path, which starts at the table's folder and has an ending such as "
        ".jpg, or put the file there",
    ]


def test_lies_are_listed_and_the_rest_is_learnt_from(tmp_path, rows):
    lies = [dict(row, split="test" if place > 29 else "train") for place, row in enumerate(rows)]
    lies[0]["path"] = "in/gone.png"
    lies[1]["age"] = "old"
    lies[2]["kind"] = ""
    lies[3]["mask"] = "in/gone_mask.png"
    lies[31]["kind"] = "zebra"
    lies[32]["traits"] = "striped"
    (tmp_path / "in" / "04.png").write_bytes(b"not a picture")
    Image.new("YCbCr", (10, 12)).save(tmp_path / "in" / "05_mask.png", format="TIFF")
    lies[6]["path"] = "in"
    data = prepared(write_csv(tmp_path / "a.csv", lies))
    reasons = {file.path.rpartition(" ")[2]: file.reason for file in data.broken}
    assert (
        reasons["1"]
        == "path: in/gone.png does not exist: correct the path, which starts at the table's folder, or put the file there"
    )
    assert reasons["2"] == "age is old, which is not a number"
    assert reasons["3"] == "kind is empty"
    assert reasons["4"].startswith("mask: in/gone_mask.png does not exist: correct the path, ")
    assert reasons["32"] == "kind is zebra, which is not among the training classes"
    assert reasons["33"] == "traits is striped, which is not among the training labels"
    assert reasons["5"].endswith("it is not a picture in a supported format: save it as JPEG or PNG")
    assert (
        reasons["6"]
        == f"mask: {tmp_path / 'in' / '05_mask.png'}: a mask needs a number or a colour per pixel, but this one is YCbCr: save it in grey, in RGB or with a palette"
    )
    assert reasons["7"] == "path: in is not a file"
    assert list(reasons) == sorted(reasons, key=int), "in the order of the rows"
    assert len(reasons) == 9 and sum(len(split) for split in (data.train, data.val, data.test)) == NUM - 9


def test_what_is_said_of_a_column_counts(tmp_path, rows):
    path = write_csv(tmp_path / "a.csv", rows)
    types = ["number=class", "age=skip", "note=class", "mask=picture"]
    columns = facts(Component(type="TableFile", parameters={"file": str(path), "types": types})).columns
    kinds = {column.name: column.kind for column in columns}
    assert kinds["number"] == kinds["note"] == "class" and "age" not in kinds and kinds["mask"] == "picture"
    assert next(column for column in columns if column.name == "number").names == tuple(
        f"{place}.25" for place in range(NUM)
    )
    data = prepared(path, types=types)
    assert data.train.targets["mask"].shape[1:] == SHAPE and data.train.targets["mask"].dtype.itemsize == 1


def test_a_row_with_more_cells_than_columns_is_listed(tmp_path, rows):
    """An unquoted comma shifts all later cells."""
    path = write_csv(tmp_path / "a.csv", rows)
    path.write_text(path.read_text().replace("seen on day 3\n", "seen on day 3, too\n"))
    (left_out,) = prepared(path).broken
    assert left_out.path.endswith("a.csv, row 4") and left_out.reason == "it has 9 cells for 8 columns"


QUOTED = [
    "in/{:02}.png,a fine dog,dog",
    'in/{:02}.png,"a ""fine""\nold, old dog\nlike a.png\n",dog',
    'in/{:02}.png,"soft" cat,cat',
]


@pytest.mark.parametrize("wrong", [[9], [NUM - 1], [9, 20], [3, 4, 5]], ids=str)
def test_a_quotation_mark_that_is_not_closed_costs_its_line_alone(tmp_path, rows, wrong):
    """Others may contain quotation marks, commas and line breaks within quotation marks."""
    lines = [QUOTED[place % 3].format(place) for place in range(NUM)]
    for place in wrong:
        lines[place] = f'in/{place:02}.png,"a 5,dog'
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["path,note,kind", *lines]))
    data = prepared(path, types=["note=class"])
    numbers = [1 + "\n".join(lines[:place]).count("\n") + 2 for place in wrong]
    assert [(file.path.rpartition(", ")[2], file.reason) for file in data.broken] == [
        (
            f"row {place + 1}",
            f'in line {number}, a quotation mark (") is not closed: close it, or double it if it belongs to the text',
        )
        for place, number in zip(wrong, numbers, strict=True)
    ]
    assert sum(map(len, (data.train, data.val, data.test))) == NUM - len(wrong)
    assert data.columns[0].names == ('a "fine"\nold, old dog\nlike a.png', "a fine dog", "soft cat")


@pytest.mark.parametrize("first", ["sep=;\n", '"sep=;"\r\n', "SEP=|\n", "sep=\t\n"])
@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_excels_first_line_names_the_separator(tmp_path, rows, first, suffix):
    separator = first.strip('"\r\n')[-1]
    lines = [separator.join([row["path"], row["kind"], "a, b, c"]) for row in rows]
    path = tmp_path / f"a{suffix}"
    path.write_text(first + "\n".join([separator.join(["path", "kind", "x,y,z,u"]), *lines]), encoding="utf-8-sig")
    data = prepared(path)
    assert not data.broken and data.columns[0].names == ("cat", "dog")
    assert list(taken_for(path)) == ["path", "kind", "x,y,z,u"]


def test_columns_without_a_name_are_not_read(tmp_path, rows):
    """Such as the row numbers that pandas writes first, and the empty cells that a spreadsheet writes last."""
    lines = [f"{place},{row['path']},{row['kind']},1,2" for place, row in enumerate(rows)]
    (tmp_path / "a.csv").write_text("\n".join([",path,kind,,", *lines]))
    assert list(taken_for(tmp_path / "a.csv")) == ["path", "kind"]
    assert not prepared(tmp_path / "a.csv").broken


def test_of_very_many_columns_the_first_are_named(tmp_path, rows):
    names, cells = ",".join(f"f{place}" for place in range(2000)), "1," * 2000
    (tmp_path / "a.csv").write_text(f"{names},path\n" + "".join(f"{cells}{row['path']}\n" for row in rows))
    known = facts(Component(type="TableFile", parameters={"file": str(tmp_path / "a.csv"), "picture": "path"}))
    assert len(known.taken_for) == 201 and known.num_train == NUM
    with pytest.raises(DataError, match="there is no column nowhere; there is f0, f1, .*, f99 … and 1,901 more$"):
        taken_for(tmp_path / "a.csv", picture="nowhere")


def test_a_line_that_names_a_column_twice_is_listed(tmp_path, rows):
    lines = [json.dumps(row) for row in rows]
    lines[4] = lines[4].replace('"age"', '"kind": "dog", "age"')
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    (listed,) = prepared(tmp_path / "a.jsonl").broken
    assert (listed.path[-5:], listed.reason) == ("row 5", "it names kind twice: rename or remove one of the two")


def test_a_quotation_mark_that_another_one_closes_much_later_swallows_no_rows(tmp_path, rows):
    """As where sizes are in inches; what is closed on the next line cannot be told from a line break in a cell."""
    lines = [f"{row['path']},a 5,{row['kind']}" for row in rows]
    lines[9], lines[20] = lines[9].replace("a 5", '"a 5'), lines[20].replace("a 5", 'a 5"')
    (tmp_path / "a.csv").write_text("\n".join(["path,note,kind", *lines]))
    data = prepared(tmp_path / "a.csv")
    assert [file.reason[:33].strip() for file in data.broken] == ['in line 11, a quotation mark (")']
    assert sum(map(len, (data.train, data.val, data.test))) == NUM - 1


def test_a_column_that_counts_the_rows_is_nothing_to_learn(tmp_path, rows):
    path = write_csv(tmp_path / "a.csv", [{"id": place} | row for place, row in enumerate(rows)])
    assert taken_for(path)["id"] == (None, None)
    assert "The column id counts the rows and was ignored." in prepared(path).notes


def test_a_column_whose_name_has_an_equals_sign_can_be_given_a_type(tmp_path, rows):
    path = write_csv(tmp_path / "a.csv", [{**row, "p=0.5": place % 3} for place, row in enumerate(rows)])
    assert taken_for(path)["p=0.5"] == ("class", "class")
    assert taken_for(path, types=["p=0.5=number"])["p=0.5"] == ("number", "class")
    with pytest.raises(DataError, match="p=0.5=age: give the type of the column p=0.5: p=0.5=number"):
        prepared(path, types=["p=0.5=age"])


def taken_for(path, **parameters):
    known = facts(Component(type="TableFile", parameters={"file": str(path), **parameters}))
    return {column.name: (column.kind, column.guessed) for column in known.taken_for}


def test_every_column_is_taken_for_something(tmp_path, rows):
    path = write_csv(tmp_path / "a.csv", [row | {"Split": "train", "after": row["path"]} for row in rows])
    kinds = taken_for(path)
    assert list(kinds) == ["path", "kind", "age", "traits", "mask", "whose", "number", "note", "Split", "after"]
    assert kinds["path"] == ("input", "input") and kinds["Split"] == ("split", "split")
    assert kinds["after"] == ("picture", "picture") and kinds["whose"] == (None, None)
    other = taken_for(path, picture="after", group="whose", types=["Split=skip"])
    assert other["path"] == ("picture", "picture") and other["after"] == ("input", "picture")
    assert other["whose"] == ("group", None) and other["Split"] == (None, "class")
    assert taken_for(path, types=["path=skip"])["after"] == ("input", "input"), "the next one that holds paths"
    told = taken_for(path, split="kind")
    assert told["kind"] == ("split", "class") and told["Split"] == ("class", "class")


def test_a_table_without_paths_still_says_its_columns(tmp_path, rows):
    path = write_csv(tmp_path / "a.csv", [row | {"path": row["path"].removesuffix(".png")} for row in rows])
    assert taken_for(path, types=["mask=skip"])["path"] == (None, None)
    with pytest.raises(DataError, match="choose the column of the pictures as input"):
        prepared(path, types=["mask=skip"])
    for row in rows:
        (tmp_path / row["path"]).rename((tmp_path / row["path"]).with_suffix(""))
    assert len(prepared(path, types=["mask=skip"]).train) == 28, "now that there are such files"


def test_masks_are_decoded_once(tmp_path, rows, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    path = write_csv(tmp_path / "a.csv", rows)
    kept = cache_dir() / "pictures"
    first = prepared(path)
    new = {file: file.stat().st_mtime_ns for file in kept.glob("*.pixels")}
    assert len(new) == 2, "pictures and masks"
    assert sorted(file.stat().st_size for file in new) == [NUM * 120] * 2
    again = prepared(path)
    assert {file: file.stat().st_mtime_ns for file in new} == new and again.fingerprint == first.fingerprint
    prepared(path, types=["mask=picture"])
    assert len(set(kept.glob("*.pixels"))) == 3, "as a picture it is another thing"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0, 1, 2] * 20, "class"),
        ([str(age) for age in range(20, 60)], "number"),
        ([0.5, 1.0, 0.5, 1.0] * 9, "number"),
        (["yes", "no"] * 9, "class"),
        ([True, False] * 9, "class"),
        (["a;b", "a", "b"] * 9, "labels"),
        ([["a"], [], ["b", "a"]] * 9, "labels"),
        ([f"name {place}" for place in range(20)], None),
        (["a.png", "b.png"], "picture"),
        ([None, None], None),
        (["1", "2", "oops", "1"] * 20, "class"),
        ([1.5, 2.5, 10**400] * 9, "number"),
        ([[0.5, 2], [1, 3]] * 9, "number"),
        (["0.5; 2", "1; 3"] * 9, "number"),
        (["0%", "50%", "100 %"] * 9, "class"),
        ([f"{place}%" for place in range(40)], "number"),
        (["0%", "12.5%"] * 9, "number"),
        ([f"{place % 13},30,{place % 7},33" for place in range(40)], None),
        (["1,2", "2,1", "1", "2,1,2"] * 9, "class"),
        ([f"{last}, Anna" for last in ["Smith", "Jones", "Brown", "Young"]] * 5, "class"),
        ([f"Smith{place % 13}, Anna{place % 3}" for place in range(39)], None),
        ([", ".join(["a", "b", "c", "d"][place % 3 : place % 5]) for place in range(60)], "labels"),
        ([f"{name}, {size}" for name in ("cat", "dog", "bird") for size in ("small", "large")] * 4, "class"),
        (["cat, small", "cat", "small"] * 9, "labels"),
        ([[1, 2], [1, 3]] * 9, "labels"),
        ([[1, 2], [3, 3]] * 9, "number"),
    ],
)
def test_kinds_are_guessed(values, kind):
    assert guess("column", Cells.of(values)).kind == kind


def test_percentages_that_are_classes_are_in_their_order(tmp_path, rows):
    lines = [{"path": row["path"], "full": ["0%", "100%", "50%", "5%"][place % 4]} for place, row in enumerate(rows)]
    assert prepared(write_csv(tmp_path / "a.csv", lines)).columns[0].names == ("0%", "5%", "50%", "100%")


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_several_numbers_in_a_cell_are_one_target(tmp_path, rows, name):
    points = {row["path"]: [place / 2, 3.0, place] for place, row in enumerate(rows)}
    wrong = {rows[4]["path"]: [1.0, 2.0], rows[5]["path"]: [1.0, 2.0, float("nan")]}
    is_text = name.endswith("sv")
    for row in rows:
        several = (points | wrong)[row["path"]]
        row["points"] = " | ".join(map(str, several)) if is_text else several
    data = prepared(WRITERS[name](tmp_path / name, rows), types=["mask=skip", "number=skip"])
    column = next(column for column in data.columns if column.name == "points")
    assert (column.kind, column.answer) == ("number", (3,))
    assert [file.path[-5:] for file in data.broken] == ["row 5", "row 6"]
    assert all("points is" in file.reason and "which is not 3 numbers" in file.reason for file in data.broken)
    kept = [points[row["path"]] for row in rows if row["path"] not in wrong]
    found = torch.cat([split.targets["points"] for split in (data.train, data.val, data.test)])
    assert sorted(found.tolist()) == sorted(kept)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "", "its first line is empty; it must name the columns"),
        ("a.csv", "path\na.png\n", "its first line names only 1 column; it must name several"),
        ("a.csv", "path,kind\n", "it has no rows"),
        ("a.csv", "a.png,cat\nb.png,dog\n", "its first line contains the path a.png instead of names of columns"),
        ("a.csv", "path,kind,kind\na.png,cat,dog\n", "its first line names two columns kind; rename one"),
        ("a.csv", "path,kind, kind\na.png,cat,dog\n", "its first line names two columns kind; rename one"),
        ("a.csv", 'path,"kind\na.png,cat\n', 'line 1: a quotation mark (") is not closed: close it'),
        (
            "a.csv",
            'path,kind\na.png,"cat\nb.png,"dog\n',
            "none of its rows can be read; the first: in line 2, a quotation mark",
        ),
        ("a.csv", "sep=;\n", "its first line is empty; it must name the columns"),
        ("a.jsonl", '{"path": "a.png", "kind": 1, "kind": 2}\n', "line 1: it names kind twice: rename or remove one"),
        (
            "a.csv",
            "name,kind\na,cat\n",
            "(name, kind) contains pictures or their paths, and none numbers to predict another one from: choose the column of "
            "the pictures as input (setting data.source.picture), or add columns of numbers",
        ),
        ("a.jsonl", "{\n", "line 1: not valid JSON"),
        ("a.jsonl", "[1]\n", "line 1: a row must be an object"),
        ("a.jsonl", '{"picture": "a.png", "age": ' + "9" * 5000 + "}\n", "line 1: not valid JSON"),
        ("a.parquet", "PAR1", "not a readable Parquet file"),
        ("a.xlsx", "x", "and arrays in .npz: save it as one of these"),
        ("a.json", "[]", "save it as JSON lines, ending in .jsonl"),
        ("a.npy", "x", "save pictures and labels with numpy.savez"),
        ("a.zip", "x", "unpack it, and choose the folder"),
        ("a.csv", "path,kind\nnowhere.png,cat\n", "no training rows are left"),
    ],
)
def test_a_table_that_cannot_be_read_is_one_sentence(tmp_path, name, content, words):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError) as error:
        prepared(tmp_path / name)
    assert words in str(error.value) and "\n" not in str(error.value)


def test_a_table_without_rows_to_learn_from_is_one_sentence(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    (tmp_path / "a.csv").write_text("path,split,price\na.png,test,1.5\na.png,val,2.5\n")
    with pytest.raises(DataError, match="none is in the split train: write train in the column split of those"):
        prepared(tmp_path / "a.csv")


@pytest.mark.parametrize("name", ["\udcff\udcfe\udc81.png", "Bär \udce4.png"])
def test_bytes_that_are_no_text_are_said(tmp_path, name):
    """Neither UTF-8 nor Windows-1252, which has no 0x81; or UTF-8 but for one byte."""
    (tmp_path / "a.csv").write_bytes(f"path,kind\n{name},cat\n".encode(errors="surrogateescape"))
    with pytest.raises(DataError, match="not UTF-8 text"):
        prepared(tmp_path / "a.csv")


@pytest.mark.parametrize("ending", [".csv", ".jsonl"])
def test_text_in_the_code_page_of_windows_is_read_and_told(tmp_path, rows, ending):
    for row in rows:
        row["kind"] = "Bär" if row["kind"] == "cat" else "Öl – 5 €"
    path = WRITERS["a" + ending](tmp_path / f"a{ending}", rows)
    if ending == ".jsonl":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))
    data = prepared(path)
    assert data.columns[0].names == ("Bär", "Öl – 5 €")
    how = " (in Excel, as the type CSV UTF-8)" if ending == ".csv" else ""
    assert data.notes[0] == (
        f"The text is not UTF-8 and was read as Windows-1252: if Bär is not what it says, save it as UTF-8{how}."
    )


def test_what_was_left_out_is_told_before_how_the_file_was_read(tmp_path, rows):
    """A run shows the first notes only."""
    for row in rows:
        row["kind"] = "Bär" if row["kind"] == "cat" else "dog"
    for row in rows[:10]:
        row["age"] = "?"
    path = write_csv(tmp_path / "a.csv", rows)
    path.write_bytes(path.read_text("utf-8").encode("cp1252"))
    first, second, *_ = prepared(path, types=["age=number"]).notes
    assert first.startswith("The column age has no valid value in 10") and second.startswith("The text is not UTF-8")


def test_lies_about_paths_and_texts_are_listed(tmp_path, rows):
    """Impossible paths, NaN as a class and half a character are each listed by row, and the rest is usable."""
    odd = [{"path": "a" * 5000 + ".png"}, {"path": "in/\0.png"}, {"path": "in"}, {"path": 5}, {"kind": float("nan")}]
    lines = [json.dumps(rows[0] | each) for each in odd] + [json.dumps(rows[0]).replace("cat", "\\ud83d")]
    (tmp_path / "a.jsonl").write_text("\n".join([*map(json.dumps, rows), *lines]), encoding="utf-8")
    data = prepared(tmp_path / "a.jsonl", types=["mask=skip"])
    assert [file.path[-6:] for file in data.broken] == [f"row {NUM + place}" for place in range(1, 7)]
    too_long, null, folder, number, nan, half = (file.reason for file in data.broken)
    assert "File name too long" in too_long and len(too_long) < 200 and "is not a path" in null
    assert "in is not a file" in folder and "5 is not a path" in number
    assert (nan, half) == ("kind is empty", "not valid JSON")
    assert sum(map(len, (data.train, data.val, data.test))) == NUM


def test_of_very_many_columns_the_first_are_taken_and_those_that_are_named(tmp_path, rows):
    names = [f"c{place}" for place in range(2000)]
    wide = [
        {"path": row["path"], "kind": row["kind"]} | dict.fromkeys(names, place % 3) for place, row in enumerate(rows)
    ]
    path = write_csv(tmp_path / "a.csv", wide)
    data = prepared(path, types=["c1999=number"])
    assert len(data.columns) == 201 and [column.name for column in data.columns[-3:]] == ["c197", "c1999", "picture"]
    assert "The last 1,801 columns were ignored: name those you need as column types." in data.notes
    assert len(facts(Component(type="TableFile", parameters={"file": str(path)})).taken_for) == 200


def test_without_pyarrow_one_sentence_says_how_to_get_it(tmp_path):
    program = f"""
import sys
sys.modules["pyarrow"] = None
from workbench.data.tables.rows import read_rows
from pathlib import Path
try:
    read_rows(Path({str(tmp_path / "a.parquet")!r}))
except ValueError as error:
    print(error)
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert "reading Parquet needs pyarrow, which is not installed: run pip install pyarrow, or save" in said


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=8).filter(
    lambda name: name not in MISSING and not name.startswith("[")
)
"""Others are empty cells or lists."""


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(NAMES, min_size=2, max_size=4, unique=True))
def test_whatever_classes_are_called_they_come_back(tmp_path, names):
    picture(90, (12, 10)).save(tmp_path / "a.png")
    rows = [{"picture": "a.png", "kind": name} for name in names for _ in range(6)]
    source = {"file": str(write_csv(tmp_path / "a.csv", rows)), "types": ["kind=class"]}
    data = prepare(DataRecipe(source=Component(type="TableFile", parameters=source)), input_shape=SHAPE, seed=0)
    splits = [split for split in (data.train, data.val, data.test) if split is not None]
    found = np.concatenate([split.targets["kind"].numpy() for split in splits])
    expected = [class_in(name) for name in names for _ in range(6)]
    assert sorted(data.columns[0].names[place] for place in found) == sorted(expected) and data.broken == ()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_text_in_utf_16_is_read(tmp_path, rows, encoding):
    for row in rows:
        row["kind"] = "кот" if row["kind"] == "cat" else "犬"
    text = write_csv(tmp_path / "a.csv", rows, "\t").read_text(encoding="utf-8")
    (tmp_path / "b.csv").write_bytes(f"{'' if encoding == 'utf-16' else chr(0xFEFF)}{text}".encode(encoding))
    found, expected = prepared(tmp_path / "b.csv"), prepared(tmp_path / "a.csv")
    assert found.fingerprint == expected.fingerprint and found.columns[0].names == ("кот", "犬")


@pytest.mark.parametrize(
    ("delimiter", "cells"),
    [
        (",", {"1,234.50": 1234.5, "-12": -12.0, "1,000,000": 1e6, "7.25": 7.25}),
        (";", {"1.234,50": 1234.5, "-12": -12.0, "1.000.000,0": 1e6, "7,25": 7.25}),
        (",", {"12%": 0.12, "7.5 %": 0.075, "100%": 1.0}),
        (";", {"12 %": 0.12, "7,5%": 0.075, "1.250,0 %": 12.5}),
        (",", {"1,250.5 %": 12.505, "2,000%": 20.0}),
        ("\t", {"0,125": 0.125, "1,125": 1.125, "1.234,5": 1234.5, "-7": -7.0, "12,5 %": 0.125}),
        ("\t", {"1,234.50": 1234.5, "7.25": 7.25, "1,000": 1000.0, "-12": -12.0}),
        (";", {"1,000,000": 1e6, "950,000": 950_000.0, "1,000.5": 1000.5}),
    ],
)
def test_numbers_as_a_spreadsheet_shows_them_are_numbers(tmp_path, rows, delimiter, cells):
    texts = list(cells)
    lines = [{"path": row["path"], "dose": texts[place % len(texts)]} for place, row in enumerate(rows)]
    data = prepared(write_csv(tmp_path / "a.csv", lines, delimiter), types=["dose=number"])
    doses = np.concatenate([split.targets["dose"].numpy().ravel() for split in (data.train, data.val, data.test)])
    expected = [cells[line["dose"]] for line in lines]
    assert not data.broken and np.allclose(sorted(doses), sorted(expected))
    assert taken_for(tmp_path / "a.csv")["dose"] == ("number", "number")


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("dose", ["0,125", "1,125", "2"]),
        ("dose", ["12,5", "1,125", "120,345", "2"]),
        ("place", ["120,345", "95,345", "1024,345", "7"]),
        ("center", ["120,345", "95,345", "7"]),
    ],
)
def test_commas_that_may_not_separate_thousands_make_no_numbers(tmp_path, rows, name, cells):
    """Otherwise 0,125 would be 125, and the place 120, 345 the number 120345."""
    lines = [{"path": row["path"], name: cells[place % len(cells)]} for place, row in enumerate(rows)]
    path = write_csv(tmp_path / "a.csv", lines)
    assert taken_for(path)[name] == ("class", "class")
    wrong = [file.reason for file in prepared(path, types=[f"{name}=number"]).broken]
    assert wrong == [f"{name} is {line[name]}, which is not a number" for line in lines if "," in line[name]]


@pytest.mark.parametrize("written", [", ".join, lambda names: str(list(names)), json.dumps, ",".join], ids=range(4))
def test_labels_that_commas_separate_are_labels(tmp_path, rows, written):
    held = [("cat",), ("dog", "cat"), ("dog",), ("dog", "bird"), ()]
    lines = [{"path": row["path"], "animals": written(held[place % 5])} for place, row in enumerate(rows)]
    data = prepared(write_csv(tmp_path / "a.csv", lines))
    assert (data.columns[0].kind, data.columns[0].names) == ("labels", ("bird", "cat", "dog"))
    found = sum(int(split.targets["animals"].sum()) for split in (data.train, data.val, data.test))
    assert not data.broken and found == NUM // 5 * sum(map(len, held))


@pytest.mark.parametrize(
    "values",
    [
        ["Paris, France", "Lyon, France"],
        ["large, red", "large, blue", "small, red", "small, blue"],
        ["[unknown]", "known"],
        ["10_19", "20_29"],
        ["12345678901234567890", "12345678901234567891"],
    ],
)
def test_classes_may_have_commas_and_brackets_and_resemble_numbers(tmp_path, rows, values):
    lines = [{"path": row["path"], "kind": values[place % len(values)]} for place, row in enumerate(rows)]
    assert prepared(write_csv(tmp_path / "a.csv", lines)).columns[0].names == tuple(sorted(set(values)))


def test_what_programs_write_into_empty_cells_is_no_class(tmp_path, rows):
    for place, word in enumerate(["NA", "nan", "NULL", "#N/A"]):
        rows[place]["kind"] = word
    rows[4]["kind"], rows[5]["traits"], rows[6]["age"] = "", "NA", "N/A"
    data = prepared(write_csv(tmp_path / "a.csv", rows))
    assert data.columns[0].names == ("cat", "dog") and data.columns[2].names == ("loud", "soft")
    todo = "which counts as an empty cell: fill it in or, if it is a value, write another word for it"
    assert [file.reason for file in data.broken] == [
        *(f"kind is {word}, {todo}" for word in ["NA", "nan", "NULL", "#N/A"]),
        "kind is empty",
        f"age is N/A, {todo}",
    ]


def test_a_group_that_is_not_known_may_be_written_so_and_predicted(tmp_path, rows):
    for row in rows[:9]:
        row["whose"] = "NA"
    parameters = {"file": str(write_csv(tmp_path / "a.csv", rows)), "types": ["whose=class"], "group": "whose"}
    recipe = DataRecipe(source=Component(type="TableFile", parameters=parameters))
    data = prepare(recipe, input_shape=SHAPE, seed=0, used=lambda _: {"kind"})
    assert "The group whose is empty in 9 rows, which stay in one split as if they were one group." in data.notes


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_in_formats_that_have_empty_cells_of_their_own_every_word_is_a_class(tmp_path, rows, name):
    for place, row in enumerate(rows):
        row["kind"] = ["NA", "null", "nan", None][place % 4]
    data = prepared(WRITERS[name](tmp_path / name, rows))
    assert data.columns[0].names == ("NA", "nan", "null")
    assert [file.reason for file in data.broken] == ["kind is empty"] * (NUM // 4)


@pytest.mark.parametrize("name", ["patient", "Patient ID", "subject_id", "PersonName", "participant"])
def test_a_column_that_says_whose_picture_it_is_groups_them(tmp_path, rows, name):
    path = write_csv(tmp_path / "a.csv", [row | {name: row["whose"]} for row in rows])
    assert taken_for(path)[name] == ("group", "group")
    data = prepared(path, split="grouped", share=0.2)
    patients = [set((split.targets["number"][:, 0] // 2).tolist()) for split in (data.train, data.val, data.test)]
    assert sum(map(len, patients)) == len(set.union(*patients)) == NUM // 2
    assert taken_for(path, types=[f"{name}=class"])[name][0] == "class"
    assert len(prepared(path, types=[f"{name}=skip"], split="stratified").val) > 0


@pytest.mark.parametrize("others", [{}, {"person_name": "n"}, {"split": "train"}])
def test_persons_that_are_all_there_is_to_predict_are_classes(tmp_path, rows, others):
    """As where they are to be recognised: no group can be predicted."""
    lines = [
        {"path": row["path"], "person": f"p{place % 11}"}
        | {name: f"{value}{place % 11}" if name == "person_name" else value for name, value in others.items()}
        for place, row in enumerate(rows + rows[:4])
    ]
    path = write_csv(tmp_path / "a.csv", lines)
    assert taken_for(path)["person"] == ("class", "class")
    data = prepared(path)
    assert len(data.columns[0].names) == 11 and not any("person" in note or "labels" in note for note in data.notes)


@pytest.mark.parametrize(("setting", "name"), [("group", "patient"), ("split", "subset")])
def test_when_a_chosen_group_or_split_is_released_no_other_column_becomes_it(tmp_path, rows, setting, name):
    path = write_csv(tmp_path / "a.csv", [row | {name: row["whose"]} for row in rows])
    known = facts(Component(type="TableFile", parameters={"file": str(path), setting: "kind"})).taken_for
    before = {each.name: each.kind for each in known}
    assert before["kind"] == setting != before[name]
    (chosen,) = (each for each in known if each.name == "kind")
    source = with_kind(
        Component(type="TableFile", parameters={"file": str(path), setting: "kind"}), chosen, "class", known
    )
    assert {each.name: each.kind for each in facts(source).taken_for} == before | {"kind": "class"}


def test_persons_too_many_to_predict_are_a_group_though_nothing_else_is_predicted(tmp_path, rows):
    """As for an autoencoder."""
    path = write_csv(tmp_path / "a.csv", [{"path": row["path"], "person": row["whose"]} for row in rows])
    assert taken_for(path)["person"] == ("group", "group")


def test_why_persons_are_a_group_and_what_to_do_is_said(tmp_path, rows):
    path = write_csv(tmp_path / "a.csv", [row | {"person": row["whose"]} for row in rows])
    why = "The column person keeps the pictures of each person in one split: to predict it, choose class as its type."
    (column,) = [column for column in facts(source_from_text(str(path))).taken_for if column.name == "person"]
    assert column.why == why and why in prepared(path).notes
    chosen = prepared(path, types=["person=class"])
    assert why not in chosen.notes and "person" in [column.name for column in chosen.columns]


def test_a_column_called_person_with_few_values_is_a_class(tmp_path, rows):
    path = write_csv(tmp_path / "a.csv", [row | {"person": "ab"[place % 2]} for place, row in enumerate(rows)])
    assert taken_for(path)["person"] == ("class", "class")


def coloured_masks(tmp_path, rows, how="RGB"):
    """Ten masks of the numbers 0 to 3 and 255, black tiles among them, saved in one way; and these numbers."""
    palette = np.zeros((256, 3), np.uint8)
    palette[[1, 2, 3, 255]] = [255, 0, 0], [0, 255, 0], [70, 70, 70], [255, 255, 255]
    numbers = np.random.default_rng(0).choice([0, 1, 2, 3, 255], (10, 12, 10)).astype(np.uint8)
    numbers[3], numbers[4] = 0, 255
    for place, plane in enumerate(numbers):
        grey = Image.fromarray(plane)
        if how in ("RGB", "RGBA"):
            image = Image.fromarray(palette[plane]).convert(how)
        else:
            image = grey.convert("RGB" if how == "grey RGB" else how)
        if how == "P":
            image = Image.fromarray(plane)
            image.putpalette(palette.tobytes())
        image.save(tmp_path / "in" / f"{place:02}_mask.png")
    return write_csv(tmp_path / "a.csv", rows[:10]), numbers


def masks_of(data):
    """The masks by the number of their picture's row, uint8 [N, H, W]."""
    splits = [split for split in (data.train, data.val, data.test) if split is not None]
    rows = np.concatenate([split.targets["number"].numpy().ravel() for split in splits]).astype(int)
    return np.concatenate([np.asarray(split.targets["mask"][:]) for split in splits])[np.argsort(rows)]


@pytest.mark.parametrize("how", ["RGB", "RGBA"])
def test_masks_may_have_a_colour_for_each_class(tmp_path, rows, how):
    path, numbers = coloured_masks(tmp_path, rows, how)
    data = prepared(path, test_share=0.0, share=0.0)
    (column,) = [column for column in data.columns if column.name == "mask"]
    assert column.names == ("#000000", "#00ff00", "#464646", "#ff0000", "#ffffff"), "white is a class, as any colour"
    places = {0: 1, 2: 2, 3: 3, 1: 4, 255: 5}
    assert not data.broken and (masks_of(data) == np.vectorize(places.get)(numbers)).all()


def test_a_colour_that_first_occurs_in_a_late_mask_is_a_class(tmp_path, rows, monkeypatch):
    path, _ = coloured_masks(tmp_path, rows, "RGB")
    late = np.zeros((12, 10, 3), np.uint8)
    late[:, 3:5], late[:, 5:] = (0, 0, 9), (9, 0, 0)
    Image.fromarray(late).save(tmp_path / "in" / "late_mask.png")
    many = [rows[place % 10] for place in range(150)]
    path = write_csv(tmp_path / "a.csv", [*many, rows[0] | {"mask": "in/late_mask.png"}])
    data = prepared(path)
    (column,) = [column for column in data.columns if column.name == "mask"]
    assert {"#000009", "#090000"} < set(column.names) and not any("examined" in note for note in data.notes)

    monkeypatch.setattr(opening, "MOST_MASKS", 50)
    write_csv(path, [*many, rows[0] | {"mask": "in/late_mask.png"}, *many])
    data = prepared(path)
    (column,) = [column for column in data.columns if column.name == "mask"]
    assert "#090000" not in column.names
    assert (
        "Of the 301 masks of the column mask, 43 were examined for classes: pixels of a class that is in none of these are "
        "not labelled."
    ) in data.notes


@pytest.mark.parametrize("how", ["L", "P", "I;16", "grey RGB"])
def test_however_masks_of_numbers_are_saved_they_are_the_same(tmp_path, rows, how):
    path, numbers = coloured_masks(tmp_path, rows, how)
    data = prepared(path, test_share=0.0, share=0.0)
    (column,) = [column for column in data.columns if column.name == "mask"]
    assert column.names == ("0", "1", "2", "3"), "255 is unlabelled"
    expected = np.where(numbers == 255, 0, numbers + 1)
    assert not data.broken and (masks_of(data) == expected).all()


def test_masks_that_are_no_masks_are_listed(tmp_path, rows):
    path, _ = coloured_masks(tmp_path, rows, "L")
    noise = np.random.default_rng(1).integers(0, 256, (36, 30, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "in" / "05_mask.png")
    Image.fromarray(np.array([[0, 0, 0], [255, 0, 0]] * 60, np.uint8).reshape(12, 10, 3)).save(
        tmp_path / "in" / "06_mask.png"
    )
    Image.fromarray(np.full((12, 10), 3000, np.uint16)).save(tmp_path / "in" / "07_mask.png")
    Image.fromarray(noise).convert("CMYK").save(tmp_path / "in" / "08_mask.png", format="TIFF")
    found = [file.reason for file in prepared(path, types=["mask=mask"], test_share=0.0, share=0.0).broken]
    assert [reason.rpartition("_mask.png: ")[2] for reason in found] == [
        "it has more than 254 colours, but a mask has one for each class: save it as PNG, as JPEG blends them",
        "it has colours, but most masks have numbers: save all in the same way",
        "its classes go from 3000 to 3000: number them from 0 to 254",
        "a mask needs a number or a colour per pixel, but this one is CMYK: save it in grey, in RGB or with a palette",
    ]


def test_where_most_are_no_masks_a_few_are_decoded_for_classes_and_once(tmp_path, rows, monkeypatch):
    """Photographs in a column called a mask would keep the window waiting at every question."""
    tried = []

    def decode(data):
        tried.append(data)
        return decode_mask(data)

    monkeypatch.setattr(mask_classes, "decode_mask", decode)
    noise = np.random.default_rng(1).integers(0, 256, (NUM, 36, 30, 3), np.uint8)
    for place in range(NUM):
        Image.fromarray(noise[place]).save(tmp_path / "in" / f"{place:02}_mask.png")
    source = Component(type="TableFile", parameters={"file": str(write_csv(tmp_path / "a.csv", rows))})
    for _ in range(2):
        assert any(column.name == "mask" and not column.names for column in facts(source).columns)
    assert 0 < len(tried) < NUM and len(set(tried)) == len(tried)
    Image.fromarray(np.full((36, 30), 3, np.uint8)).save(tmp_path / "in" / "00_mask.png")
    (column,) = [column for column in facts(source).columns if column.name == "mask"]
    assert column.names == ("3",), "it is decoded anew if it changes"
    assert (
        "Of the 40 masks of the column mask, 20 were examined for classes, most of which are no masks: pixels of a class "
        "that is in none of these are not labelled."
    ) in TableFile(**source.parameters).glance(None, SHAPE).notes


def test_masks_of_too_many_colours_in_all_are_refused_if_they_are_learnt(tmp_path, rows):
    """Smoothed edges blend two colours in ever new ways: few in each mask, but many in all."""
    path = write_csv(tmp_path / "a.csv", rows[:10])
    colours = np.random.default_rng(0).permutation(2**24)[:255]

    def save(num_colours):
        for place, codes in enumerate(np.resize(colours[:num_colours], (10, 12, 10))):
            planes = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1).astype(np.uint8)
            Image.fromarray(planes).save(tmp_path / "in" / f"{place:02}_mask.png")

    save(255)
    with pytest.raises(DataError) as refused:
        prepared(path)
    assert str(refused.value) == (
        f"{path}: the masks of the column mask have 255 colours in all, but a mask has one for each class, at most 254: "
        "save them without smoothing"
    )
    assert len(TableFile(file=str(path)).load_for(("kind",), SHAPE, 0, silent).train) == 10
    save(254)
    assert np.array_equal(np.unique(masks_of(prepared(path))), np.arange(1, 255))


def test_a_large_grey_mask_is_read_without_a_colour_for_each_pixel(tmp_path, rows):
    """Which would take 8 bytes for each, and several times as long."""
    numbers = np.random.default_rng(0).integers(0, 5, (1000, 1000), np.uint8)
    Image.fromarray(numbers).save(tmp_path / "in" / "00_mask.png")
    path = write_csv(tmp_path / "a.csv", rows[:1])
    tracemalloc.start()
    try:
        columns = TableFile(file=str(path)).facts().columns
        assert tracemalloc.get_traced_memory()[1] < 8 * numbers.size
    finally:
        tracemalloc.stop()
    assert ("0", "1", "2", "3", "4") in [column.names for column in columns if column.kind == "mask"]

"""Array files and MNIST's IDX format, against the readers of NumPy and torchvision."""

import gzip
import struct
import zipfile
from io import BytesIO

import numpy as np
import pytest
from torchvision.datasets.mnist import read_sn3_pascalvincent_tensor  # noqa: TID251  # the reference

from workbench.data import facts, source_from_text
from workbench.data.preparation import prepare
from workbench.data.progress import silent
from workbench.data.source import DataError
from workbench.data.sources.array_file import ArrayFile
from workbench.data.sources.idx_folder import read_idx
from workbench.data.tables.cells import Cells
from workbench.data.tables.columns import guess
from workbench.spec.experiment import DataRecipe
from workbench.spec.record import replace

RANDOM = np.random.RandomState(0)
PICTURES = RANDOM.randint(0, 256, (30, 9, 9), np.uint8)
CLASSES = np.arange(30) % 3


def prepared(path, shape=(1, 9, 9)):
    recipe = DataRecipe(source=source_from_text(str(path)), validation_share=0.2)
    return prepare(recipe, input_shape=shape, seed=0)


def test_keras_and_medmnists_names_mean_the_same(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=PICTURES[:20], y_train=CLASSES[:20], x_test=PICTURES[20:], y_test=CLASSES[20:])
    columns = {"train_labels": CLASSES[:20, None], "test_labels": CLASSES[20:, None]}
    np.savez_compressed(tmp_path / "b.npz", train_images=PICTURES[:20], test_images=PICTURES[20:], **columns)
    first, second = (prepared(tmp_path / name) for name in ("a.npz", "b.npz"))
    assert first.fingerprint == second.fingerprint
    assert first.class_names == ("0", "1", "2") and len(first.test) == 10
    assert np.array_equal(first.test.inputs[:, 0], PICTURES[20:])
    assert np.array_equal(first.test.targets["class"], CLASSES[20:])
    known = facts(source_from_text(str(tmp_path / "a.npz")))
    assert (known.num_train, known.num_test, known.picture_shape) == (20, 10, (1, 9, 9))


def test_missing_classes_are_no_class_and_do_not_hide_what_is_not_in_training(tmp_path):
    labels = CLASSES.astype(np.float32)
    labels[[4, 25, 28]] = np.nan, np.inf, 7
    np.savez(tmp_path / "a.npz", x_train=PICTURES[:20], y_train=labels[:20], x_test=PICTURES[20:], y_test=labels[20:])
    found = prepared(tmp_path / "a.npz")
    assert found.class_names == ("0", "1", "2")
    assert len(found.train) + len(found.val) == 19 and len(found.test) == 8


@pytest.mark.parametrize("inputs", [PICTURES, RANDOM.rand(30, 4)])
def test_an_array_called_after_a_split_is_that_splits_input_or_has_a_value_for_each_example(tmp_path, inputs):
    others = {"val": RANDOM.rand(30), "train": CLASSES == 0, "test": inputs[:7], "y_test": CLASSES[:7]}
    np.savez(tmp_path / "a.npz", x=inputs, y=CLASSES, **others)
    known = facts(source_from_text(str(tmp_path / "a.npz")))
    kinds = {each.name: each.kind for each in known.taken_for}
    assert kinds == {"x": "input", "y": "class", "val": "number", "train": "class"}
    assert (known.num_train, known.num_test) == (30, 7)
    np.savez(tmp_path / "b.npz", train=inputs, val=inputs[:5])
    known = facts(source_from_text(str(tmp_path / "b.npz")))
    assert (known.num_train, [(each.name, each.kind) for each in known.taken_for]) == (35, [("x", "input")])


def test_classes_that_do_not_count_from_0_are_told_of(tmp_path):
    classes = CLASSES.copy()
    classes[[3, 4]] = -1, 4000
    np.savez(tmp_path / "a.npz", x=PICTURES, y=classes)
    source = source_from_text(str(tmp_path / "a.npz"))
    (column,) = (each for each in facts(source).taken_for if each.name == "y")
    assert column.why == (
        "The integers of y do not count from 0 without large gaps, so the 5 classes are those that occur (-1, 0, 1, 2, "
        "4000). Correct any that are mistakes."
    )
    assert column.why in prepared(tmp_path / "a.npz").notes
    told = replace(source, parameters=source.parameters | {"types": ["y=class"]})
    recipe = DataRecipe(source=told, validation_share=0.2)
    assert column.why not in prepare(recipe, input_shape=(1, 9, 9), seed=0).notes, "it was meant so"
    np.savez(tmp_path / "a.npz", x=PICTURES, y=CLASSES)
    assert not any("do not count" in note for note in prepared(tmp_path / "a.npz").notes)


def test_every_kind_of_array_becomes_its_column(tmp_path):
    colour = RANDOM.rand(30, 9, 9, 3).astype(np.float32)
    np.savez(
        tmp_path / "a.npz",
        images=colour,
        label=np.array(["cat", "dog", "cow"])[CLASSES],
        age=RANDOM.rand(30) * 90,
        traits=RANDOM.randint(0, 2, (30, 4)),
        mask=RANDOM.randint(0, 3, (30, 9, 9)),
        wanted=np.rint(colour * 255).astype(np.uint8),
    )
    data = prepared(tmp_path / "a.npz", (3, 9, 9))
    assert [(column.name, column.kind) for column in data.columns] == [
        ("class", "class"),
        ("age", "number"),
        ("traits", "labels"),
        ("mask", "mask"),
        ("wanted", "picture"),
        ("picture", "picture"),
    ]
    assert data.columns[0].names == ("cat", "cow", "dog") and data.columns[4].answer == (3, 9, 9)
    train = data.train
    assert (train.targets["wanted"] == train.inputs).all() and train.targets["mask"].min() == 1
    assert [len(split) for split in (data.train, data.val, data.test)] == [18, 6, 6]


def test_large_whole_numbers_are_no_classes(tmp_path):
    np.savez(tmp_path / "a.npz", x=PICTURES, y=CLASSES, taken_at=1_700_000_000_000 + CLASSES)
    data = prepared(tmp_path / "a.npz")
    assert [(column.name, column.kind) for column in data.columns[:2]] == [("class", "class"), ("taken_at", "number")]
    assert data.train.targets["taken_at"].min() > 1e12


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_pixels_of_no_class_in_a_mask_are_of_none(tmp_path, dtype):
    mask = RANDOM.randint(0, 3, (30, 9, 9)).astype(dtype)
    mask[:, 0], mask[:, 1] = 255, 255 if dtype == np.uint8 else -100
    np.savez(tmp_path / "a.npz", x=PICTURES, mask=mask)
    data = prepared(tmp_path / "a.npz")
    assert data.columns[0].names == ("0", "1", "2")
    (inputs, masks), last = (data.test.inputs[:, 0].numpy(), data.test.targets["mask"].numpy()), len(data.test)
    assert last and (masks[:, :2] == 0).all()
    for picture, found in zip(inputs, masks, strict=True):
        (place,) = np.flatnonzero((picture == PICTURES).all(axis=(1, 2)))
        assert np.array_equal(found[2:], mask[place, 2:] + 1)


def with_nan(*places):
    """Float pictures, with a NaN in those at ``places``."""
    pictures = np.zeros((30, 9, 9), np.float32)
    pictures[list(places), 4, 4] = np.nan
    return pictures


@pytest.mark.parametrize(("blue", "in_colour"), [(0.5, True), (1.0, False)])
def test_colours_are_looked_for_in_finite_pictures(tmp_path, blue, in_colour):
    pictures = np.ones((30, 9, 9, 3), np.float32) * np.array([1, 1, blue], np.float32)
    pictures[::2, 4, 4] = np.inf
    np.savez(tmp_path / "a.npz", x=pictures, y=CLASSES)
    assert facts(source_from_text(str(tmp_path / "a.npz"))).in_colour is in_colour


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"y": CLASSES}, "none of its arrays (y) contains training pictures"),
        ({"x": PICTURES, "y": CLASSES, "x_test": PICTURES, "y_test": CLASSES[:9]}, "30 pictures and 9 values of y"),
        ({"x": PICTURES[:0], "y": CLASSES[:0]}, "train: there are no pictures in x"),
        ({"x": PICTURES, "y": np.full(30, np.nan)}, "no training pictures are left; "),
        (
            {"x": RANDOM.rand(30, 9, 9, 5)},
            "its pictures are float64 of shape 30×9×9×5: save them as uint8, or floats from 0 to 1",
        ),
        (
            {"x": RANDOM.rand(30, 16000), "y": CLASSES},
            "gives rows of 16,000 numbers, but the network's Input expects 1×9×9",
        ),
        ({"x": RANDOM.rand(30, 0), "y": CLASSES}, "its pictures are float64 of shape 30×0: save them as uint8"),
        (
            {"x": 9 * PICTURES.astype(int), "y": CLASSES, "x_test": PICTURES + 1j, "y_test": CLASSES},
            "its pictures are complex128 of shape 30×9×9: save them as uint8",
        ),
        ({"x": PICTURES, "mask": PICTURES // 99, "x_test": PICTURES, "mask_test": CLASSES}, "be of type mask as in"),
        (
            {"x": PICTURES, "mask": np.zeros((30, 9, 12), int)},
            "the masks mask have 12×9 pixels, and their pictures 9×9",
        ),
        ({"x": PICTURES, "y": RANDOM.rand(30), "x_test": PICTURES, "y_test": np.array(["a"] * 30)}, "type number as"),
        ({"x": PICTURES, "y": np.array([{}] * 30)}, "not a file of plain arrays"),
        ({"x": PICTURES, "x_test": PICTURES, "y": CLASSES, "y_test": np.array(3)}, "30 pictures and 1 value of y"),
        ({"x": PICTURES, "y_test": CLASSES}, "test: there are no pictures to go with y"),
        (
            {"x": PICTURES, "mask": np.full((30, 9, 9), 2**40)},
            "mask classes go from 0 to 254; 255 marks unlabelled",
        ),
    ],
)
def test_what_does_not_go_together_is_one_sentence(tmp_path, arrays, words):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError) as error:
        prepared(tmp_path / "a.npz")
    assert words in str(error.value) and "pickle" not in str(error.value), "numpy would have objects executed"


def test_a_file_that_is_no_array_or_larger_than_any_memory_is_said(tmp_path):
    np.savez(tmp_path / "a.npz", x=PICTURES, y=CLASSES)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as file:
        file.writestr("readme.txt", "a note")
    assert len(prepared(tmp_path / "a.npz").columns) == 2, "what is not an array is nothing"
    content = BytesIO()
    heading = {"descr": "|u1", "fortran_order": False, "shape": (10**12, 16, 16)}
    np.lib.format.write_array_header_1_0(content, heading)
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as file:
        file.writestr("x.npy", content.getvalue())
    with pytest.raises(DataError, match="its arrays are larger than the memory, or the file is damaged"):
        prepared(tmp_path / "b.npz")


def test_what_is_not_finite_is_listed_and_the_rest_is_learnt_from(tmp_path):
    """In a picture, or in a number that a head predicts; a column that no head predicts is ignored as a whole."""
    age, pictures = np.arange(30.0) + 0.5, with_nan(7, 9)
    age[[3, 9]] = np.nan, np.inf
    pictures[~np.isnan(pictures)] = np.repeat(np.arange(30) / 255, 81)[~np.isnan(pictures).ravel()]
    np.savez(tmp_path / "a.npz", x=pictures, y=CLASSES, age=age)
    everything = prepared(tmp_path / "a.npz")
    place = f"{tmp_path / 'a.npz'}, train/"
    lines = [f"{file.path} {file.reason}" for file in everything.broken]
    assert lines == [f"{place}{row} {name} holds NaN or Inf" for row, name in ((3, "age"), (7, "x"), (9, "x"))]
    splits = (everything.train, everything.val, everything.test)
    rows = np.concatenate([split.inputs[:, 0, 0, 0].numpy() for split in splits])
    assert sorted(rows.tolist()) == [row for row in range(30) if row not in (3, 7, 9)]
    assert (np.concatenate([split.targets["age"][:, 0].numpy() for split in splits]) == rows + 0.5).all()
    recipe = DataRecipe(source=source_from_text(str(tmp_path / "a.npz")), leave_out=("train/10",))
    of_classes = prepare(recipe, input_shape=(1, 9, 9), seed=0, used=lambda columns: {"class"})
    assert [file.path for file in of_classes.broken] == [f"{place}7", f"{place}9"]
    assert [column.name for column in of_classes.columns] == ["class", "picture"]
    assert "The array age was ignored, since nothing predicts it: it holds NaN or Inf." in of_classes.notes
    kept = np.concatenate([s.inputs[:, 0, 0, 0].numpy() for s in (of_classes.train, of_classes.val, of_classes.test)])
    assert sorted(kept.tolist()) == [row for row in range(30) if row not in (7, 9, 10)], "called as in the file"


def told(path, **settings):
    """The facts and the data of an array file or a folder of IDX files, with these settings."""
    source = source_from_text(str(path))
    source = replace(source, parameters=source.parameters | settings)
    recipe = DataRecipe(source=source, validation_share=0.2)
    return facts(source), prepare(recipe, input_shape=(1, 9, 9), seed=0)


def test_values_that_training_does_not_have_are_listed_and_the_rest_is_tested(tmp_path):
    """A class, a label, a pixel of a mask; a column that no head predicts is ignored as a whole."""
    train = {
        "y": CLASSES,
        "traits": np.array(["red; round", "round"])[CLASSES % 2],
        "mask": np.stack([CLASSES] * 81, 1),
    }
    train["mask"] = train["mask"].reshape(30, 9, 9).astype(np.int64)
    test = {name: array.astype("U12") if array.dtype.kind == "U" else array.copy() for name, array in train.items()}
    test["y"][4], test["traits"][5], test["mask"][6, 2, 2], test["mask"][7, 3, 3] = 9, "blue;red", 77, 300
    test["mask"][8, 0], test["mask"][9, 0] = 255, -100
    arrays = {**train, **{f"{name}_test": array for name, array in test.items()}}
    np.savez(tmp_path / "a.npz", x=PICTURES, x_test=PICTURES, **arrays)
    data = prepared(tmp_path / "a.npz")
    assert [(file.path.split("npz, ")[1], file.reason) for file in data.broken] == [
        ("test/4", "y holds 9, which is not in training"),
        ("test/5", "traits holds blue, which is not in training"),
        ("test/6", "mask holds 77, which is not in training"),
        ("test/7", "mask holds 300, but mask classes go from 0 to 254; 255 marks unlabelled pixels"),
    ]
    kept = [row for row in range(30) if row not in (4, 5, 6, 7)]
    assert np.array_equal(data.test.targets["class"], CLASSES[kept])
    assert np.array_equal(data.test.targets["mask"][4, 0], [0] * 9), "picture 8: unlabelled pixels are no class"
    recipe = DataRecipe(source=source_from_text(str(tmp_path / "a.npz")))
    of_masks = prepare(recipe, input_shape=(1, 9, 9), seed=0, used=lambda columns: {"mask"})
    assert len(of_masks.test) == 28 and [column.name for column in of_masks.columns] == ["mask", "picture"]
    why = "since nothing predicts it: it holds"
    assert of_masks.notes == (
        f"The array class was ignored, {why} 9, which is not in training.",
        f"The array traits was ignored, {why} blue, which is not in training.",
    )


def test_a_split_without_what_is_predicted_is_ignored_and_another_held_out(tmp_path):
    """As in competitions, whose test pictures have no classes."""
    ages = {"age": RANDOM.rand(30), "age_test": RANDOM.rand(9, 2)}
    np.savez(tmp_path / "a.npz", x=PICTURES, y=CLASSES, x_test=PICTURES[:9], y_val=CLASSES, x_val=PICTURES, **ages)
    recipe = DataRecipe(source=source_from_text(str(tmp_path / "a.npz")))
    data = prepare(recipe, input_shape=(1, 9, 9), seed=0, used=lambda columns: {"class"})
    assert [len(split) for split in (data.train, data.val, data.test)] == [24, 30, 6]
    assert data.notes == (
        "The array age was ignored, since nothing predicts it: in val, there are 30 pictures and 0 values of age: save one for each.",
        "The pictures of test were ignored, since there is no y for them.",
    )


def test_classes_are_not_invented(tmp_path):
    """A part of a data set has the numbers of the whole; single numbers far apart are a class each."""
    np.savez(
        tmp_path / "a.npz",
        x=PICTURES,
        y=np.array([1, 2, 4])[CLASSES],
        far=np.array([10, 200, 3000])[CLASSES],
        mask=np.array([0, 15, 255])[CLASSES][:, None, None].repeat(9, 1).repeat(9, 2),
    )
    known, data = told(tmp_path / "a.npz")
    names = {column.name: column.names for column in known.columns}
    assert names == {"class": ("0", "1", "2", "3", "4"), "far": ("10", "200", "3000"), "mask": ("0", "15")}
    first = (data.test.inputs[:, 0, None].numpy() == PICTURES).all(axis=(2, 3)).argmax(axis=1)
    assert np.array_equal(data.test.targets["far"], CLASSES[first])
    assert np.array_equal(data.test.targets["mask"][:, 0, 0], np.array([1, 2, 0])[CLASSES[first]])


def test_what_says_nothing_of_each_picture_is_ignored_and_said(tmp_path):
    odd = {
        "num_classes": np.array(3),
        "class_names": np.array(["a", "b", "c"]),
        "depth": RANDOM.rand(30, 2, 2, 4),
        "path": [f"{place}.png" for place in range(30)],
    }
    np.savez(tmp_path / "a.npz", x=PICTURES, y=CLASSES, **odd)
    known, data = told(tmp_path / "a.npz")
    assert [column.name for column in data.columns] == ["class", "picture"]
    assert [note.split(" ", 4)[2] for note in data.notes] == list(odd)
    assert {
        each.name: (each.kind, each.choices) for each in known.taken_for if each.name in ("num_classes", "depth")
    } == {
        "num_classes": (None, ()),
        "depth": (None, ()),
    }
    assert told(tmp_path / "a.npz", types=["path=skip"])[1].notes == data.notes[:-1], "nobody is told what he said"


def test_classes_are_a_number_where_that_is_said(tmp_path):
    years = 20 + 3 * CLASSES
    np.savez(tmp_path / "a.npz", x=PICTURES, y=years, weight=RANDOM.rand(30) * 9)
    known, data = told(tmp_path / "a.npz")
    assert [(each.name, each.kind, each.column) for each in known.taken_for] == [
        ("x", "input", ""),
        ("y", "class", "class"),
        ("weight", "number", ""),
    ]
    assert [each.choices for each in known.taken_for] == [
        ("input", "picture", "mask"),
        ("class", "number", "group"),
        ("number",),
    ]
    assert data.columns[0].names == ("20", "23", "26")
    known, data = told(tmp_path / "a.npz", types=["y=number", "weight=skip"])
    assert [(column.name, column.kind) for column in data.columns] == [("y", "number"), ("picture", "picture")]
    found = np.concatenate([split.targets["y"].numpy() for split in (data.train, data.val, data.test)])
    assert sorted(found.ravel()) == sorted(years) and found.shape == (30, 1)


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_whole_numbers_of_an_array_are_guessed_as_those_of_a_table(tmp_path, dtype):
    """Ages, with few of the very old; a hundred classes; grades."""
    random = np.random.RandomState(0)
    pictures = random.randint(0, 256, (3000, 4, 4), np.uint8)
    columns = {
        "age": np.minimum(random.gamma(4, 9, 3000), 116).astype(np.int64).astype(dtype),
        "y": (random.permutation(3000) % 100).astype(dtype),
        "grade": random.randint(1, 6, 3000).astype(dtype),
    }
    np.savez(tmp_path / "a.npz", x=pictures, **columns)
    known = facts(source_from_text(str(tmp_path / "a.npz")))
    kinds = {each.name: each.kind for each in known.taken_for}
    assert kinds == {"x": "input", "age": "number", "y": "class", "grade": "class"}
    for name, values in columns.items():
        assert guess(name, Cells.of([f"{value:g}" for value in values])).kind == kinds[name]
    np.savez(tmp_path / "b.npz", x=pictures, y=columns["age"])
    assert facts(source_from_text(str(tmp_path / "b.npz"))).taken_for[1].kind == "number", "whatever it is called"


def test_classes_that_count_from_elsewhere_keep_their_numbers(tmp_path):
    np.savez(tmp_path / "a.npz", x=PICTURES, y=np.where(CLASSES == 0, -1, 1), grade=CLASSES.astype(np.float32) - 40)
    known, data = told(tmp_path / "a.npz", types=["grade=class"])
    assert [column.names for column in known.columns] == [("-1", "1"), ("-40", "-39", "-38")]
    for split in (data.train, data.test):
        first = (split.inputs[:, 0, None].numpy() == PICTURES).all(axis=(2, 3)).argmax(axis=1)
        assert np.array_equal(split.targets["class"], CLASSES[first] != 0)
        assert np.array_equal(split.targets["grade"], CLASSES[first])


def test_rows_of_one_1_are_classes_or_labels(tmp_path):
    np.savez(
        tmp_path / "a.npz", x_train=PICTURES, y_train=np.eye(4)[CLASSES], x_test=PICTURES, y_test=np.eye(4)[CLASSES]
    )
    known, data = told(tmp_path / "a.npz")
    assert known.columns[0].names == ("0", "1", "2", "3") and known.taken_for[1].choices == (
        "class",
        "labels",
        "number",
    )
    assert np.array_equal(data.test.targets["class"], CLASSES)
    _, data = told(tmp_path / "a.npz", types=["y=labels"])
    assert (data.columns[0].name, data.columns[0].kind) == ("y", "labels")
    assert np.array_equal(data.test.targets["y"], np.eye(4)[CLASSES])


def test_rows_of_numbers_are_one_target(tmp_path):
    boxes, points = RANDOM.rand(30, 4) * 9, RANDOM.randint(0, 9, (30, 5, 2))
    np.savez(tmp_path / "a.npz", x=PICTURES, boxes=boxes, points=points)
    known, data = told(tmp_path / "a.npz", types=["points=number"])
    kinds = [(each.guessed, each.choices) for each in known.taken_for[1:]]
    assert kinds == [("number", ("number", "keypoints", "series")), ("keypoints", ("number", "keypoints", "series"))]
    assert [(column.kind, column.answer) for column in data.columns[:2]] == [("number", (4,)), ("number", (10,))]
    first = (data.test.inputs[:, 0, None].numpy() == PICTURES).all(axis=(2, 3)).argmax(axis=1)
    assert np.array_equal(data.test.targets["boxes"], boxes[first].astype(np.float32))
    assert np.array_equal(data.test.targets["points"], points[first].reshape(-1, 10))


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (np.ones((30, 3)), "boxes has 3 numbers each, but 4 for"),
        (np.ones((29, 4)), "30 pictures and 29 values of boxes"),
    ],
)
def test_rows_of_numbers_that_do_not_fit_are_one_sentence(tmp_path, test, words):
    np.savez(tmp_path / "a.npz", x=PICTURES, boxes=RANDOM.rand(30, 4), x_test=PICTURES, boxes_test=test)
    with pytest.raises(DataError, match=words):
        prepared(tmp_path / "a.npz")


def test_texts_are_labels_where_they_list_several(tmp_path):
    texts = np.array(["red; round", "round", "red"])[CLASSES]
    np.savez(tmp_path / "a.npz", x=PICTURES, traits=texts, kind=np.array([b"caf\xc3\xa9", b"bar"])[CLASSES % 2])
    known, data = told(tmp_path / "a.npz")
    assert [(column.kind, column.names) for column in known.columns] == [
        ("labels", ("red", "round")),
        ("class", ("bar", "café")),
    ]
    first = (data.test.inputs[:, 0, None].numpy() == PICTURES).all(axis=(2, 3)).argmax(axis=1)
    assert np.array_equal(data.test.targets["traits"], np.array([[1, 1], [0, 1], [1, 0]])[CLASSES[first]])
    known, _ = told(tmp_path / "a.npz", types=["traits=class"])
    assert known.columns[0].names == ("red", "red; round", "round")


def test_planes_of_bytes_are_pictures_or_masks(tmp_path):
    strokes = np.where(PICTURES > 99, 255, 0).astype(np.uint8)
    np.savez(tmp_path / "a.npz", images=PICTURES, clean=PICTURES[..., None], strokes=strokes, depth=PICTURES / 255)
    known, data = told(tmp_path / "a.npz")
    assert [(column.name, column.kind) for column in known.columns] == [
        ("clean", "picture"),
        ("strokes", "mask"),
        ("depth", "picture"),
    ]
    assert known.columns[1].names == ("0", "255"), "black and white, and no hole"
    assert (data.train.targets["clean"] == data.train.inputs).all()
    assert (data.train.targets["depth"] == data.train.inputs).all()
    assert np.array_equal(data.train.targets["strokes"], 1 + (data.train.inputs[:, 0] > 99))
    _, data = told(tmp_path / "a.npz", types=["strokes=picture", "clean=mask", "depth=skip"])
    assert [(column.kind, column.answer) for column in data.columns[:2]] == [
        ("mask", (255, 9, 9)),
        ("picture", (1, 9, 9)),
    ]
    assert np.array_equal(np.unique(data.train.targets["strokes"]), [0, 255])
    # The other way round: the masks become the network's input.
    known, data = told(tmp_path / "a.npz", picture="strokes")
    assert {each.name: each.kind for each in known.taken_for}["images"] == "picture"
    assert np.array_equal(data.train.inputs > 0, data.train.targets["images"] > 99)


def test_arrays_of_one_group_stay_together(tmp_path):
    np.savez(tmp_path / "a.npz", x=PICTURES, y=CLASSES, patient=np.arange(30) // 6)
    known, data = told(tmp_path / "a.npz", group="patient")
    assert {each.name: each.kind for each in known.taken_for} == {"x": "input", "y": "class", "patient": "group"}
    patients = [
        {int((picture == PICTURES).all(axis=(1, 2)).argmax()) // 6 for picture in split.inputs[:, 0].numpy()}
        for split in (data.train, data.val, data.test)
    ]
    assert set().union(*patients) == set(range(5)) and sum(map(len, patients)) == 5


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"types": ["y=mask"]},
            "y cannot be of type mask: it is int64 of shape 30; it could be class, number, group, skip",
        ),
        ({"types": ["class=number"]}, "there is no column class; there is"),
        ({"picture": "z"}, "there is no array z for training; there is x, y"),
        ({"types": ["x=skip"]}, "contains training pictures: call one x_train"),
    ],
)
def test_what_an_array_cannot_be_is_refused(tmp_path, settings, words):
    np.savez(tmp_path / "a.npz", x=PICTURES, y=CLASSES)
    with pytest.raises(DataError) as error:
        told(tmp_path / "a.npz", **settings)
    assert words in str(error.value)


def test_a_damaged_file_of_arrays_is_one_sentence(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", x=PICTURES, y=CLASSES)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[200:230] = bytes(30)
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="this array file is damaged"):
        prepared(tmp_path / "a.npz")


def test_one_array_without_a_name_is_no_file_of_arrays(tmp_path):
    with (tmp_path / "a.npz").open("wb") as file:
        np.save(file, PICTURES)
    with pytest.raises(DataError, match="not a file of plain arrays"):
        prepared(tmp_path / "a.npz")


def write_idx(path, array, code):
    content = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def test_unpacked_idx_files_are_found_by_their_folder_and_by_any_of_them(tmp_path):
    write_idx(tmp_path / "train-images.idx3-ubyte", PICTURES, 8)
    write_idx(tmp_path / "train-labels.idx1-ubyte", CLASSES.astype(np.uint8), 8)
    for chosen in (tmp_path, tmp_path / "train-images.idx3-ubyte"):
        source = source_from_text(str(chosen))
        assert (source.type, source.parameters) == ("IdxFolder", {"folder": str(tmp_path)})
    assert facts(source).columns[0].counted() == "3 classes"


def test_a_folder_of_idx_files_is_mnists(tmp_path):
    write_idx(tmp_path / "train-images-idx3-ubyte.gz", PICTURES[:20], 8)
    write_idx(tmp_path / "train-labels-idx1-ubyte.gz", CLASSES[:20].astype(np.uint8), 8)
    write_idx(tmp_path / "t10k-images.idx3-ubyte", PICTURES[20:], 8)
    write_idx(tmp_path / "t10k-labels.idx1-ubyte", CLASSES[20:].astype(np.uint8), 8)
    known = facts(source_from_text(str(tmp_path)))
    assert (known.num_train, known.num_test, known.class_names) == (20, 10, ("0", "1", "2"))
    data = prepared(tmp_path)
    assert np.array_equal(data.test.inputs[:, 0], PICTURES[20:])
    assert np.array_equal(data.test.targets["class"], CLASSES[20:])
    known, data = told(tmp_path, types=["labels=number"])
    assert [(each.name, each.kind) for each in known.taken_for] == [("images", "input"), ("labels", "number")]
    assert np.array_equal(data.test.targets["labels"], CLASSES[20:, None])
    write_idx(tmp_path / "val-images-idx3-ubyte", PICTURES[:5], 8)
    write_idx(tmp_path / "val-labels-idx1-ubyte", CLASSES[:5].astype(np.uint8), 8)
    assert facts(source_from_text(str(tmp_path))).num_train == 25, "validation is counted with training"


@pytest.mark.parametrize(
    ("code", "dtype"), [(8, ">u1"), (9, ">i1"), (11, ">i2"), (12, ">i4"), (13, ">f4"), (14, ">f8")]
)
def test_idx_is_read_as_torchvision_reads_it(tmp_path, code, dtype):
    array = (RANDOM.rand(4, 3, 2) * 100).astype(dtype)
    write_idx(tmp_path / "a-idx3", array, code)
    assert np.array_equal(read_idx(tmp_path / "a-idx3"), read_sn3_pascalvincent_tensor(tmp_path / "a-idx3").numpy())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an IDX file"),
        (b"\0\0\x08\x01\0\0\0\x05ab", "length does not match its header"),
        (b"\0\0\x08\xff\0", "length does not match its header"),
        (b"\x1f\x8b\x08", "damaged"),
        (b"\0\0\x07\x01", "not an IDX file"),
    ],
)
def test_other_files_are_refused(tmp_path, content, words):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(content)
    with pytest.raises(DataError, match=words):
        prepared(tmp_path)


@pytest.mark.parametrize(
    ("saved", "restored", "note"),
    [
        (lambda bytes_: bytes_.astype(np.float32), lambda bytes_: bytes_, ""),
        (lambda bytes_: bytes_.astype(np.int64), lambda bytes_: bytes_, ""),
        (lambda bytes_: bytes_ / 255, lambda bytes_: bytes_, ""),
        (lambda bytes_: bytes_ / 127.5 - 1, lambda bytes_: bytes_, "-1 is black, and 1 white"),
        (
            lambda bytes_: bytes_.astype(np.uint16) * 16,
            lambda bytes_: np.rint(bytes_ * (16 * 255 / 4095)),
            "4,095 white",
        ),
        (lambda bytes_: bytes_ / 255 * 1.02, lambda bytes_: bytes_, "0 is black, and 1.02 white"),
    ],
    ids=["float to 255", "int64", "float to 1", "-1 to 1", "12 bits", "a little above 1"],
)
@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (0, 3, 1, 2)], ids=["channels last", "channels first"])
def test_pictures_of_any_range_are_understood(tmp_path, saved, restored, note, axes):
    colours = np.random.RandomState(3).randint(0, 256, (30, 9, 8, 3), np.uint8)
    colours[0, 0, 0] = 0, 128, 255
    dark = colours // 4
    arrays = {"x_train": colours, "x_test": dark}
    np.savez(
        tmp_path / "a.npz",
        y_train=CLASSES,
        y_test=CLASSES,
        **{name: saved(each).transpose(axes) for name, each in arrays.items()},
    )
    found = ArrayFile(file=str(tmp_path / "a.npz")).load((3, 9, 8), 0, silent)
    for examples, each in ((found.train, colours), (found.test, dark)):
        assert np.array_equal(examples.inputs.transpose(0, 2, 3, 1), restored(each)), "the test's by training's range"
    assert bool(note) == bool(found.notes) and all(note in each for each in found.notes)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_floats_from_0_to_1_are_rounded_in_their_own_precision(tmp_path, kind):
    """As ever, so that a run on them can be resumed."""
    halves = ((np.arange(255) + 0.5) / 255).astype(kind)
    pictures = np.resize(
        np.concatenate([halves, np.nextafter(halves, kind(0)), np.nextafter(halves, kind(1))]), (30, 9, 8)
    )
    np.savez(tmp_path / "a.npz", x_train=pictures, y_train=CLASSES, x_test=pictures / 2, y_test=CLASSES)
    found = ArrayFile(file=str(tmp_path / "a.npz")).load((1, 9, 8), 0, silent)
    for examples, each in ((found.train, pictures), (found.test, pictures / 2)):
        assert np.array_equal(examples.inputs[:, 0], np.rint(each * 255).astype(np.uint8))


@pytest.mark.parametrize(
    ("others", "words"), [(PICTURES / 100, "outside 0 to 1"), (PICTURES.astype(np.uint16), "pictures are uint16")]
)
def test_test_pictures_of_another_range_than_0_to_1_are_refused(tmp_path, others, words):
    np.savez(tmp_path / "a.npz", x_train=PICTURES / 255, y_train=CLASSES, x_test=others, y_test=CLASSES)
    with pytest.raises(DataError, match=words):
        ArrayFile(file=str(tmp_path / "a.npz")).load((1, 9, 9), 0, silent)

import math

import numpy as np
import pytest
import torch

from tests.data.folders import fill
from workbench.data import preparation
from workbench.data.preparation import prepare
from workbench.data.progress import Cancelled
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.problems import SpecError
from workbench.spec.record import replace


def recipe(source="Digits", augmentation=(), share=0.1, **parameters):
    return DataRecipe(
        source=Component(type=source, parameters=parameters), augmentation=augmentation, validation_share=share
    )


@pytest.mark.parametrize(
    ("source", "shape"),
    [
        ("Digits", (1, 8, 8)),
        ("Digits", (3, 16, 16)),
        ("PhotoPatches", (3, 32, 32)),
        ("PhotoPatches", (1, 20, 28)),
        ("XOR", (2,)),
    ],
)
def test_data_gets_the_shape_of_the_networks_input(source, shape):
    dataset = prepare(recipe(source), input_shape=shape, seed=0)
    for split in (dataset.train, dataset.val, dataset.test):
        assert split.inputs.shape[1:] == shape
        assert split.inputs.dtype == (torch.uint8 if len(shape) == 3 else torch.float32)
        assert split.targets["class"].dtype == torch.int64 and len(split.targets["class"]) == len(split)
    assert len(dataset.mean) == len(dataset.std) == (shape[0] if len(shape) == 3 else 0)


def test_mean_and_std_are_the_training_splits():
    dataset = prepare(recipe("PhotoPatches"), input_shape=(3, 32, 32), seed=0)
    values = dataset.train.inputs.double() / 255
    np.testing.assert_allclose(dataset.mean, values.mean((0, 2, 3)))
    np.testing.assert_allclose(dataset.std, values.std((0, 2, 3), correction=0))


@pytest.mark.parametrize(("source", "shape"), [("Digits", (3, 16, 16)), ("Shapes", (1, 24, 20))])
def test_pictures_that_are_resized_when_accessed_are_the_same(source, shape, monkeypatch):
    told = []
    asked = {"input_shape": shape, "seed": 0, "progress": lambda what, *_: told.append(what)}
    late = prepare(recipe(source), at_once=False, **asked)
    assert "Resizing pictures" not in told
    at_once = prepare(recipe(source), **asked)
    assert "Resizing pictures" in told
    chosen = np.array([7, 3])
    for one, other in zip(late.splits.values(), at_once.splits.values(), strict=True):
        assert one.inputs.shape == other.inputs.shape and len(one) == len(other)
        assert np.array_equal(one.inputs[chosen], other.inputs[chosen])
        assert np.array_equal(one.inputs[2], other.inputs[2]) and np.array_equal(one.inputs[-3:], other.inputs[-3:])
        for name, values in other.targets.items():
            assert np.array_equal(one.targets[name][chosen], values[chosen]), name
    assert (late.mean, late.std) == (at_once.mean, at_once.std)
    monkeypatch.setattr(preparation, "MEASURED_BYTES", 500 * math.prod(shape))
    few = prepare(recipe(source), at_once=False, **asked)
    assert few.mean != late.mean and few.mean == pytest.approx(late.mean, abs=0.02)


def test_a_channel_of_one_value_is_no_division_by_zero(tmp_path):
    from PIL import Image

    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for number in range(4):
            Image.new("L", (8, 8), 0).save(tmp_path / name / f"{number}.png")
    dataset = prepare(recipe("ImageFolder", folder=str(tmp_path)), input_shape=(1, 8, 8), seed=0)
    assert dataset.mean == (0.0,) and dataset.std == (1.0,)


def test_the_folds_of_a_set_are_its_training_pictures_once_each():
    whole = prepare(recipe("Digits", share=0.0), input_shape=(1, 8, 8), seed=3)
    folds = [
        prepare(replace(recipe("Digits"), fold=f"{number}/4"), input_shape=(1, 8, 8), seed=3) for number in range(1, 5)
    ]
    pictures = torch.cat([fold.val.inputs for fold in folds])
    assert sorted(map(bytes, pictures.flatten(1).numpy())) == sorted(map(bytes, whole.train.inputs.flatten(1).numpy()))
    for fold in folds:
        assert len(fold.train) + len(fold.val) == len(whole.train)
        assert torch.equal(fold.test.inputs, whole.test.inputs)
        counts = torch.bincount(fold.val.targets["class"], minlength=10)
        assert counts.max() - counts.min() <= 3


@pytest.mark.parametrize(
    ("fold", "splits", "words"),
    [
        ("3/2", ("",), "there is no fold “3/2”: write which part of how many is for validation"),
        ("nonsense", ("",), "there is no fold “nonsense”"),
        ("49/50", ("",), "there are no 50 folds, since there are 10 training examples only: use fewer"),
        ("1/50", ("",), "there are no 50 folds"),
        ("1/5", ("train", "val"), "this data has a validation split of its own"),
    ],
)
def test_folds_that_cannot_be_are_refused(tmp_path, fold, splits, words):
    for split in splits:
        fill(tmp_path / split, a=6, b=6)
    with pytest.raises(SpecError, match=words):
        prepare(replace(recipe("ImageFolder", folder=str(tmp_path)), fold=fold), input_shape=(1, 8, 8), seed=0)


def test_data_of_one_group_has_no_folds(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((9, 8, 8), np.uint8), y=np.arange(9) % 3, group=np.zeros(9, np.int64))
    one = replace(recipe("ArrayFile", file=str(tmp_path / "a.npz"), group="group", test_share=0.0), fold="1/2")
    with pytest.raises(SpecError, match="there are no 2 folds, since there is 1 group only"):
        prepare(one, input_shape=(1, 8, 8), seed=0)


def test_data_of_which_few_examples_share_a_class_has_few_folds(tmp_path):
    np.savez(tmp_path / "a.npz", x=np.zeros((3, 8, 8), np.uint8), y=np.array([0, 0, 1]))
    one = replace(recipe("ArrayFile", file=str(tmp_path / "a.npz"), test_share=0.0), fold="1/3")
    with pytest.raises(SpecError, match="there are no 3 folds, since there are only 2 training examples that share"):
        prepare(one, input_shape=(1, 8, 8), seed=0)


def test_validation_is_held_out_evenly_and_by_the_seed():
    first, again, other = (prepare(recipe(share=0.25), input_shape=(1, 8, 8), seed=seed) for seed in (1, 1, 2))
    whole = torch.bincount(torch.cat([first.train.targets["class"], first.val.targets["class"]]))
    held = torch.bincount(first.val.targets["class"])
    assert ((held - whole * 0.25).abs() <= 0.5).all()
    assert torch.equal(first.val.inputs, again.val.inputs)
    assert not torch.equal(first.val.inputs, other.val.inputs)
    assert torch.equal(first.test.inputs, other.test.inputs)
    train, val = ({picture.numpy().tobytes() for picture in split.inputs} for split in (first.train, first.val))
    assert not train & val


def test_a_recipes_splits_stay_what_they_were():
    """Runs are compared and resumed across versions, so the splits depend only on the recipe and the seed."""
    digest = prepare(recipe(), input_shape=(1, 8, 8), seed=3).fingerprint
    assert digest == "d9378d77dd9ea09dbf1ea5c69fc87013e97e56a89c7e246a0bb3db4710b4e4bf"


def test_a_share_of_nothing_holds_nothing_out():
    dataset = prepare(recipe(share=0.0), input_shape=(1, 8, 8), seed=0)
    assert dataset.val is None and len(dataset.train) == 1438


def test_a_table_whose_only_other_column_counts_its_rows_is_not_said_to_give_pictures(tmp_path):
    file = tmp_path / "prices.csv"
    file.write_text("id,price\n" + "".join(f"{number},{number * 1.7 % 9:.2f}\n" for number in range(1, 60)))
    for shape in ((12,), (1, 8, 8)):
        with pytest.raises(SpecError, match=r"none of its columns \(id, price\) contains pictures or their paths"):
            prepare(recipe("TableFile", file=str(file)), input_shape=shape, seed=0)


def test_a_validation_split_of_the_sources_own_is_kept(tmp_path):
    fill(tmp_path / "train", cat=6, dog=6)
    fill(tmp_path / "val", cat=2, dog=2)
    dataset = prepare(recipe("ImageFolder", share=0.5, folder=str(tmp_path)), input_shape=(1, 8, 8), seed=0)
    assert (len(dataset.train), len(dataset.val), len(dataset.test)) == (10, 4, 2)


def test_a_folder_is_batched_from_the_memory_map(tmp_path):
    from workbench.data.batches import Batches

    fill(tmp_path, cat=30, dog=30)
    dataset = prepare(recipe("ImageFolder", folder=str(tmp_path)), input_shape=(3, 16, 16), seed=0)
    batches = Batches(dataset.train, mean=dataset.mean, std=dataset.std, batch_size=8)
    everything = torch.cat([batch.inputs for batch in batches.epoch(0)])
    torch.testing.assert_close(everything.mean((0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(everything.std((0, 2, 3)), torch.ones(3), atol=1e-2, rtol=0)


def test_the_fingerprint_is_of_everything_training_sees(tmp_path):
    base = prepare(recipe(), input_shape=(1, 8, 8), seed=0).fingerprint
    assert base == prepare(recipe(), input_shape=(1, 8, 8), seed=0).fingerprint
    assert len(base) == 64
    changed = [
        prepare(recipe(), input_shape=(1, 8, 8), seed=1),
        prepare(recipe(), input_shape=(1, 9, 8), seed=0),
        prepare(recipe(share=0.2), input_shape=(1, 8, 8), seed=0),
        prepare(recipe("XOR"), input_shape=(2,), seed=0),
    ]
    assert len({base, *(dataset.fingerprint for dataset in changed)}) == 5


def test_one_changed_pixel_and_one_renamed_class_change_the_fingerprint(tmp_path):
    from PIL import Image

    def fingerprint():
        return prepare(recipe("ImageFolder", folder=str(tmp_path)), input_shape=(1, 12, 10), seed=0).fingerprint

    fill(tmp_path, cat=5, dog=5)
    before = fingerprint()
    path = tmp_path / "cat" / "000.png"
    with Image.open(path) as image:
        image.putpixel((3, 3), (image.getpixel((3, 3)) + 1) % 256)
        image.save(path)
    pixel = fingerprint()
    (tmp_path / "dog").rename(tmp_path / "wolf")
    assert len({before, pixel, fingerprint()}) == 3


@pytest.mark.parametrize(
    ("made", "shape", "sentence"),
    [
        (
            recipe("XOR"),
            (1, 28, 28),
            "XOR gives points of 2 numbers, but the network's Input expects 1×28×28: set .* to 2",
        ),
        (recipe("XOR"), (3,), "XOR gives points of 2 numbers, but the network's Input expects 3"),
        (recipe("Digits"), (64,), "Digits gives pictures, but the network's Input expects 64: set .* to 1×8×8"),
        (recipe("Digits"), (4, 8, 8), r"pictures have 1 channel \(grey\) or 3 \(colour\)"),
        (
            recipe("XOR", augmentation=(Component(type="Mirror"),)),
            (2,),
            "Mirror works on pictures, but XOR gives points",
        ),
        (recipe(augmentation=(Component(type="Twirl"),)), (1, 8, 8), "there is no augmentation called Twirl"),
        (recipe(augmentation=(Component(type="Shift", parameters={"max_pixels": 0}),)), (1, 8, 8), "max_pixels"),
        (recipe("Nothing"), (1, 8, 8), "there is no data source called Nothing"),
        (recipe("XOR", num_points=3), (2,), "num_points"),
        (recipe("ImageFolder", folder=""), (1, 8, 8), "no folder chosen"),
        (recipe("ImageFolder", folder="/nowhere/at/all"), (1, 8, 8), "/nowhere/at/all: folder not found"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(made, shape, sentence):
    with pytest.raises(SpecError, match=sentence):
        prepare(made, input_shape=shape, seed=0)


@pytest.mark.parametrize("stage", ["Reading", "Resizing", "Measuring"])
def test_it_can_be_called_off_at_every_stage(stage):
    def cancel(what, done, total):
        assert 0 <= done <= total
        if what.startswith(stage):
            raise Cancelled

    with pytest.raises(Cancelled):
        prepare(recipe(), input_shape=(1, 12, 12), seed=0, progress=cancel)

"""Series of somebody's own, and those that are made."""

import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from workbench.data import SOURCES, facts, source_from_text
from workbench.data.batches import Batches
from workbench.data.preparation import prepare
from workbench.data.progress import silent
from workbench.data.source import DataError
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe
from workbench.spec.record import replace

RANDOM = np.random.RandomState(0)
SERIES = 3 + RANDOM.standard_normal((60, 40, 6)) * [1, 10, 100, 0.1, 1, 1]
CLASSES = np.arange(60) % 3


def saved(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return source_from_text(str(folder / "a.npz"))


def prepared(source, shape, **recipe):
    return prepare(DataRecipe(source=source, **recipe), input_shape=shape, seed=0)


def test_channels_are_standardised_as_by_scikit_learn(tmp_path):
    source = saved(tmp_path, x_train=SERIES[:40], y_train=CLASSES[:40], x_test=SERIES[40:], y_test=CLASSES[40:])
    known = facts(source)
    assert (known.series_shape, known.num_features, known.picture_shape) == ((40, 6), None, None)
    found = prepared(source, (40, 6), validation_share=0.0)
    assert (found.thing, found.class_names, len(found.test)) == ("series", ("0", "1", "2"), 20)
    (batch,) = Batches(found.test, mean=found.mean, std=found.std, batch_size=20).in_order()
    reference = StandardScaler().fit(SERIES[:40].reshape(-1, 6)).transform(SERIES[40:].reshape(-1, 6))
    assert np.allclose(batch.inputs, reference.reshape(20, 40, 6), atol=1e-5)


STEPS = RANDOM.rand(60, 32, 32)


@pytest.mark.parametrize(
    ("arrays", "shape"),
    [
        ({"x": SERIES}, (40, 6)),
        ({"x": SERIES.astype(np.float32)[..., :1]}, (40, 1)),
        ({"accelerations": SERIES, "y": CLASSES}, (40, 6)),
        ({"signals": SERIES[..., 0]}, (40, 1)),
        ({"series": STEPS}, (32, 32)),
        ({"x": STEPS}, None),
        ({"x": STEPS[:, :12] - 0.5}, (12, 32)),
        ({"x": STEPS[:, :12]}, None),
        ({"x": SERIES.astype(np.uint8)}, None),
        ({"x": SERIES[..., 0]}, None),
        ({"images": RANDOM.rand(60, 28, 28, 3)}, None),
    ],
)
def test_series_are_told_from_pictures_and_rows(tmp_path, arrays, shape):
    assert facts(saved(tmp_path, **arrays)).series_shape == shape


def test_what_is_said_comes_before_the_guess(tmp_path):
    source = saved(tmp_path, x=SERIES, rows=SERIES[..., 0], y=CLASSES)
    said = replace(source, parameters=source.parameters | {"types": ["rows=series"]})
    assert facts(said).series_shape == (40, 1)
    assert facts(replace(source, parameters=source.parameters | {"picture": "x"})).picture_shape == (1, 40, 6)
    kinds = {each.name: (each.kind, each.guessed, each.choices) for each in facts(source).taken_for}
    assert kinds["x"] == ("series", "series", ("input", "series"))
    assert kinds["rows"] == ("number", "number", ("number", "keypoints", "series"))
    with pytest.raises(DataError, match="y cannot be of type series: it is int64 of shape 60; it could be class"):
        facts(replace(source, parameters=source.parameters | {"types": ["y=series"]}))


def test_what_is_missing_is_listed_and_channels_that_come_first_are_told_of(tmp_path):
    series = np.moveaxis(SERIES, 2, 1).copy()
    series[[3, 5], 2, 7] = np.nan, np.inf
    found = prepared(saved(tmp_path, x=series, y=CLASSES), (6, 40))
    assert [(file.path.partition(", ")[2], file.reason) for file in found.broken] == [
        ("train/3", "x holds NaN or Inf"),
        ("train/5", "x holds NaN or Inf"),
    ]
    assert (
        "The series of x have 6 steps with 40 channels. If it is the other way around, save x.transpose(0, 2, 1)."
        in found.notes
    )


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (SERIES[:, :30], "a.npz, test: x is float64 of shape 60×30×6, but has 40 steps with 6 channels per series in"),
        (SERIES[:0], "there are no series in x"),
    ],
)
def test_series_that_do_not_fit_are_one_sentence(tmp_path, test, words):
    with pytest.raises(DataError, match=words):
        prepared(saved(tmp_path, x=SERIES, y=CLASSES, x_test=test, y_test=CLASSES[: len(test)]), (40, 6))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (
            (1, 40, 6),
            r"a.npz gives series of 40 steps with 6 channels, but .* 1×40×6: set .* to 40×6, or choose pictures",
        ),
        ((6, 40), "set the shape of its Input to 40×6, or choose series of 6 steps with 40 channels"),
        ((240,), "set the shape of its Input to 40×6, or choose a table or points of 240 numbers"),
    ],
)
def test_an_input_of_another_shape_is_one_sentence(tmp_path, shape, words):
    with pytest.raises(DataError, match=words):
        prepared(saved(tmp_path, x=SERIES, y=CLASSES), shape)


def test_pictures_are_no_series_and_series_are_not_varied_as_pictures():
    with pytest.raises(DataError, match="Digits gives pictures, but .* 40×6: set .* to 1×8×8, or choose series"):
        prepared(Component(type="Digits"), (40, 6))
    with pytest.raises(DataError, match="Mirror works on pictures, but Cylinder, bell, funnel gives series: remove it"):
        prepared(Component(type="CylinderBellFunnel"), (128, 1), augmentation=(Component(type="Mirror"),))


def test_groups_of_series_stay_together_and_some_are_excluded(tmp_path):
    source = saved(tmp_path, x=SERIES, y=CLASSES, patient=np.arange(60) // 6)
    source = replace(source, parameters=source.parameters | {"group": "patient", "test_share": 0.0})
    found = prepared(source, (40, 6), split="grouped", validation_share=0.3, leave_out=("train/0",))
    names = [[int(name.partition("/")[2]) // 6 for name in split.names] for split in (found.train, found.val)]
    assert not set(names[0]) & set(names[1]) and sum(map(len, names)) == 59


def test_the_shapes_of_saito_are_made_by_the_seed():
    """Each is 0 but for 32 to 96 steps that begin at step 16 to 32, where it stays, rises or falls."""
    source = SOURCES.make("CylinderBellFunnel", {"num_series": 600, "noise": 0.0})
    made, again, other = (source.load((128, 1), seed, silent).train for seed in (0, 0, 1))
    assert np.array_equal(made.inputs, again.inputs) and not np.array_equal(made.inputs, other.inputs)
    for series, label in zip(made.inputs[..., 0], made.targets["class"], strict=True):
        inside = np.flatnonzero(series)
        assert 15 <= inside[0] <= 33 and 31 <= inside[-1] - inside[0] + 1 <= 97
        assert np.sign(np.median(np.diff(series[inside[1:-1]])).round(6)) == (0, 1, -1)[label]
    heights = made.inputs.max(axis=(1, 2))
    assert abs(heights.mean() - 6) < 0.2 and abs(heights.std() - 1) < 0.1

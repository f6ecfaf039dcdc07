"""Masks and pictures that a run predicts: their measures are those in its log, of each picture those of scikit-image
and scikit-learn, and what is shown of a picture is what was measured.
"""

import io
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio
from sklearn.metrics import accuracy_score, jaccard_score

from tests.compiler.networks import network, node
from tests.session.waiting import DEADLINE_S, wait_for
from tests.training.experiments import digits, with_training
from tests.training.test_heads import restoring
from workbench import cli
from workbench.data.progress import silent
from workbench.events import FinalTest
from workbench.session.running.in_thread import start
from workbench.session.views.mistakes.asked import mistakes_of_run
from workbench.session.views.mistakes.dense import DensePrediction, MaskMistakes
from workbench.session.views.mistakes.drawn import drawn
from workbench.session.views.mistakes.sheet import BORDER, CAPTION, GAP, HEAD, INK, MUTED, TILE, pixel_hues, worst_sheet
from workbench.spec.column import NO_CLASS, Column
from workbench.spec.component import Component
from workbench.spec.experiment import DataRecipe, Head
from workbench.spec.record import replace


def segmenting():
    """A small network that finds shapes, of which it has seen few."""
    nodes = [
        node("input", "Input", shape=[1, 32, 32]),
        node("conv", "Conv2d", "input", out_channels=8, kernel_size=3, padding=1),
        node("relu", "ReLU", "conv"),
        node("map", "Conv2d", "relu", out_channels="$classes", kernel_size=1),
        node("output", "Output", "map"),
    ]
    data = DataRecipe(source=Component(type="Shapes", parameters={"num_pictures": 200}))
    experiment = replace(digits(epochs=2, batch_size=16), architecture=network(*nodes, classes=4), data=data)
    return with_training(experiment, heads=(Head(output="output", target="pixels"),))


def noisy(strength=0.3):
    return restoring(Component(type="Noise", parameters={"strength": strength}), up=False)


def finished(experiment, folder):
    """Train; return the run, what it measured of the test pictures, and its answer about these."""
    run = start(experiment, folder)
    wait_for(lambda: run.state == "finished")
    (tested,) = [event for event in run.log.since(0) if isinstance(event, FinalTest)]
    run.insight.mistakes.ask("")
    wait_for(lambda: run.insight.mistakes.answers.newest() is not None)
    assert run.join(DEADLINE_S)
    (found,) = run.insight.mistakes.answers.newest()[1].heads
    return run, tested.metrics, found


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    return finished(segmenting(), tmp_path_factory.mktemp("runs"))


def test_without_a_pixel_that_has_a_class_nothing_is_said_to_be_wrong():
    column = Column(name="pixels", kind="mask", names=("sky", "sea"), shape=(4, 4))
    kept = MaskMistakes.kept(torch.zeros(3, 2, 4, 4), torch.full((3, 4, 4), NO_CLASS))
    arrays = {name: values.numpy() for name, values in kept.items()}
    found = MaskMistakes(split="test", step=1, output="output", column=column, **arrays)
    assert np.isnan([*found.summary.values()]).all()


def test_masks_are_measured_as_in_the_log_and_shown_as_measured(masks):
    run, logged, found = masks
    assert found.summary["iou"] == pytest.approx(logged["test/iou"])
    assert found.summary["pixels"] == pytest.approx(logged["test/pixels"])
    assert found.num_pictures == 40 and found.matrix.sum() == 40 * 32 * 32
    numbers = [7, 0, 39]
    for number, seen in zip(numbers, found.predictions(numbers), strict=True):
        pair = seen.wanted.ravel(), seen.given.ravel()
        assert found.measures["pixels"][number] == pytest.approx(accuracy_score(*pair))
        classes = sorted(set(pair[0]) | set(pair[1]))
        ious = jaccard_score(*pair, labels=classes, average=None)
        assert found.measures["iou"][number] == pytest.approx(ious.mean())
        np.testing.assert_allclose(found.ious[number, np.array(classes) - 1], ious, rtol=1e-6)
        assert seen.errors.mean() == pytest.approx(1 - found.measures["pixels"][number], abs=1e-6)
    (again,) = mistakes_of_run(run.folder, silent).heads
    assert (again.matrix == found.matrix).all() and again.losses == pytest.approx(found.losses, rel=1e-4)


def test_pictures_are_measured_as_in_the_log_and_shown_as_the_network_sees_them(tmp_path):
    """The noise over each is its own, whichever pictures it is asked for together with."""
    _, logged, found = finished(noisy(), tmp_path)
    assert found.summary["psnr"] == pytest.approx(logged["test/psnr"])
    assert set(found.measures) == {"psnr", "mae"}, "8×8 pixels are too few for the windows of SSIM"
    alone, together = found.predictions([5])[0], found.predictions([9, 5])[1]
    assert (alone.seen == together.seen).all() and (alone.given == together.given).all()
    assert peak_signal_noise_ratio(alone.wanted, alone.seen) < found.measures["psnr"][5]
    assert peak_signal_noise_ratio(alone.wanted, alone.given) == pytest.approx(found.measures["psnr"][5], abs=0.1)
    assert alone.errors.mean() == pytest.approx(found.measures["mae"][5], abs=0.01)


def test_the_worst_come_first_by_any_measure_and_of_any_class(masks):
    _, _, found = masks
    everything = set(range(found.num_pictures))
    for measure, values in found.measures.items():
        falls = 1 if measure == "loss" else -1
        worst, best = (found.pictures(measure, order) for order in ("worst", "best"))
        assert set(worst) == set(best) == everything
        assert (np.diff(falls * values[worst]) <= 0).all() and (np.diff(falls * values[best]) >= 0).all()
    assert found.pictures("loss", "data").tolist() == sorted(everything)
    for label in range(4):
        chosen = found.pictures("iou", "worst", label)
        occurs = (found.wanted[:, label] > 0) | (found.given[:, label] > 0)
        assert set(chosen) == set(np.flatnonzero(occurs)) and (np.diff(found.ious[chosen, label]) >= 0).all()
        union = (found.wanted + found.given - found.hits)[:, label]
        ties = [(found.ious[index, label], -union[index]) for index in chosen]
        assert ties == sorted(ties), "of those that are missed altogether the largest come first"
        assert found.pictures("iou", "data", label).tolist() == sorted(chosen)
        by_loss = found.pictures("loss", "worst", label)
        assert set(by_loss) == set(chosen) and (np.diff(found.losses[by_loss]) <= 0).all()


def test_the_command_prints_each_class_and_the_worst_pictures(masks, capsys):
    run, _, found = masks
    assert cli.main(["mistakes", str(run.folder), "--worst", "3"]) == 0
    said = capsys.readouterr().out
    assert f"mean IoU {100 * found.summary['iou']:.1f}%" in said
    for name, iou, pixels in zip(found.class_names, found.class_ious, found.matrix.sum(axis=1), strict=True):
        words = "–" if np.isnan(iou) else f"{100 * iou:.1f}%"
        assert re.search(rf"^{name} +{pixels:,} +{words}$", said, re.MULTILINE)
    (_, *rows) = next(block for block in said.split("\n\n") if block.startswith("pixels: actual")).splitlines()
    expected = zip(found.class_names, found.matrix.tolist(), strict=True)
    assert [row.split()[1:] for row in rows] == [
        [name, *(f"{count:,}" if count else "·" for count in counts)] for name, counts in expected
    ]
    listed = [line.split()[1] for line in said.split("\n\n")[-1].splitlines()[1:]]
    assert listed == [found.names[index] for index in found.pictures("iou")[:3]]
    assert cli.main(["mistakes", str(run.folder), "--worst", "2", "--json"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    result = json.loads(line)
    assert result["matrix"] == found.matrix.tolist() and result["classes"] == list(found.class_names)
    assert [each["name"] for each in result["worst"]] == listed[:2]
    assert result["worst"][0]["iou"] == pytest.approx(float(found.measures["iou"][found.pictures("iou")[0]]))
    assert result["measures"]["pixels"] == pytest.approx(found.summary["pixels"])


def test_the_worst_pictures_are_drawn_into_a_file(masks, tmp_path, capsys):
    run, _, found = masks
    file = tmp_path / "worst.png"
    assert cli.main(["mistakes", str(run.folder), "--worst", "3", "-o", str(file)]) == 0
    assert "mean IoU" in capsys.readouterr().out
    sheet = np.array(Image.open(file).convert("RGB"))
    (prediction,) = found.predictions([found.pictures("iou")[2]])
    errors = drawn(prediction, pixel_hues())[-1].repeat(TILE // 32, axis=0).repeat(TILE // 32, axis=1)
    left, top = BORDER + 3 * (TILE + GAP), BORDER + HEAD + 2 * (TILE + GAP)
    assert (sheet[top : top + TILE, left : left + TILE] == errors).all() and len(sheet) < top + TILE + 2 * BORDER
    said = worst_sheet([found, found], 1, lambda head, index: ("a line", "another"))
    sheet = np.array(Image.open(io.BytesIO(said)).convert("RGB"))
    assert len(sheet) == 2 * (BORDER + HEAD + TILE + GAP)
    beside = sheet[BORDER + HEAD :, BORDER + 4 * (TILE + GAP) :]

    def written(part, colour):
        """The columns with letters of a colour, whose edges are paler."""
        return np.flatnonzero((np.abs(part - np.array(colour)).max(axis=2) < 10).any(axis=0))

    first, second = beside[:CAPTION], beside[CAPTION : 2 * CAPTION]
    assert written(first, INK).size and written(second, MUTED).size and not written(second, INK).size
    key = sheet[BORDER + CAPTION : BORDER + 2 * CAPTION]
    spans = [written(key, hue)[[0, -1]] for hue in pixel_hues()[: len(found.class_names)]]
    assert (np.diff(np.concatenate(spans)) >= 0).all(), "the classes' names in their colours, one after the other"
    assert cli.main(["mistakes", str(run.folder), "-o", "worst.jpg"]) == 2
    assert "-o worst.jpg: the pictures are saved as a .png file" in capsys.readouterr().err


def test_wrong_pixels_are_marked_and_classes_coloured_over_what_the_network_sees():
    """The input has half as many pixels as the mask, of which one has no class."""
    seen = np.array([[[0, 200]]], np.uint8)
    wanted, given = np.array([[1, 1, 2, 0]], np.uint8), np.array([[1, 2, 2, 1]], np.uint8)
    red, green = (255, 0, 0), (0, 255, 0)
    shown, target, output, errors = drawn(DensePrediction(seen=seen, wanted=wanted, given=given), (red, green))
    assert shown[0, :, 0].tolist() == [0, 0, 200, 200]
    assert target[0].tolist() == [[153, 0, 0], [153, 0, 0], [80, 233, 80], [200, 200, 200]]
    assert output[0].argmax(axis=1).tolist() == [0, 1, 1, 0]
    assert errors[0].tolist() == [[165] * 3, [220, 30, 40], [235] * 3, [235] * 3], "where there is no class, nothing is"


def test_a_small_picture_of_two_channels_is_shown_grey_and_as_large_as_the_mask():
    seen, mask = np.array([[[0, 60, 120]], [[40, 100, 160]]], np.uint8), np.zeros((2, 3), np.uint8)
    shown, *_ = drawn(DensePrediction(seen=seen, wanted=mask, given=mask), pixel_hues())
    assert shown.tolist() == [[[20] * 3, [80] * 3, [140] * 3]] * 2
    assert len(set(pixel_hues())) == 255, "each class has a colour"


def test_differences_are_brighter_the_larger_they_are():
    wanted = np.zeros((3, 1, 4), np.uint8)
    given = np.broadcast_to(np.array([0, 16, 64, 255], np.uint8), (3, 1, 4))
    _, target, output, errors = drawn(DensePrediction(seen=wanted, wanted=wanted, given=given), ())
    assert (target.max(), output[0, :, 0].tolist()) == (0, [0, 16, 64, 255])
    assert errors[0].tolist() == [[0, 0, 0], [191, 0, 0], [255, 128, 0], [255, 255, 255]], "by the root of the share"

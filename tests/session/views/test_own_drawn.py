"""Masks and pictures that a network answers with for pictures of one's own are those that it gives the same pictures of
the data.
"""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from tests.compiler.networks import node
from tests.session.views.test_dense_mistakes import noisy
from tests.session.views.test_predictions import network, save_all, trained
from tests.training.experiments import data_of, with_training
from tests.training.test_heads import restoring
from workbench import cli
from workbench.data.progress import silent
from workbench.session.views.attention import OnePicture
from workbench.session.views.feature_sheet import BORDER, GAP, TILE
from workbench.session.views.mistakes.asked import mistakes_of_run
from workbench.session.views.mistakes.drawn import drawn_answer
from workbench.session.views.mistakes.sheet import HEAD, pixel_hues
from workbench.session.views.network import network_of_run
from workbench.session.views.own_pictures import OwnPictures, answers_of
from workbench.session.views.why import WhyQuestion, why_seen
from workbench.spec.component import Component
from workbench.spec.experiment import Head
from workbench.spec.files import read_experiment
from workbench.spec.override import override
from workbench.spec.record import replace


def few_shapes():
    experiment = read_experiment("unet-shapes")
    for path, value in (("training.epochs", "3"), ("training.device", "cpu"), ("data.source.num_pictures", "100")):
        experiment = override(experiment, path, value)
    return experiment


@pytest.fixture(scope="module")
def masks(tmp_path_factory):
    """A U-Net's run, and the pictures that it is tested on as files."""
    folder = tmp_path_factory.mktemp("masks")
    return trained(few_shapes(), folder / "runs"), save_all(folder / "mine", data_of(few_shapes()).test.inputs.numpy())


def as_drawn(sheet, row, column):
    """A tile of a sheet."""
    left, top = BORDER + column * (TILE + GAP), BORDER + HEAD + row * (TILE + GAP)
    return sheet[top : top + TILE, left : left + TILE]


def enlarged(picture):
    times = TILE // len(picture)
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def test_the_mask_and_the_shares_of_a_picture_are_those_of_the_networks_output(masks):
    run, mine = masks
    asked = network_of_run(run, silent)
    found = answers_of(asked, OwnPictures([mine]), silent)
    (head,) = found.heads
    with torch.no_grad():
        logits = torch.cat([asked.module(batch.inputs)[head.output] for batch in asked.plan.test.in_order()])
    wanted = logits.argmax(dim=1).numpy()
    names, num_classes = head.column.names, len(head.column.names)
    shares = np.stack([np.bincount(each.ravel(), minlength=num_classes) / each.size for each in wanted])
    assert len(found) == len(wanted) and (shares > 0).sum(axis=1).max() > 1, "something else than background is found"
    for number in range(len(found)):
        seen, given = found.drawn(number, head)
        assert np.array_equal(seen, found.picture(number)) and np.array_equal(given, wanted[number] + 1)
        (answer,) = found.answers(number)
        assert {each.name: each.confidence for each in answer.choices} == pytest.approx(
            {name: share for name, share in zip(names, shares[number], strict=True) if share}
        )
        assert [each.confidence for each in answer.choices] == sorted(shares[number][shares[number] > 0])[::-1]
    place = int((shares[:, 1:] > 0).sum(axis=0).argmax()) + 1
    assert found.num_given(0, place) == (shares[:, place] > 0).sum() > 0
    assert shares[found.most_confident(0, place)[0], place] == shares[:, place].max()
    (evaluated,) = mistakes_of_run(run, silent, "test").heads
    (prediction,) = evaluated.predictions([7])
    assert np.array_equal(found.drawn(7, head)[1], prediction.given)


def test_the_command_says_how_many_pixels_a_class_has_and_draws_its_pictures(masks, tmp_path, capsys):
    run, mine = masks
    found = answers_of(network_of_run(run, silent), OwnPictures([mine]), silent)
    head = found.heads[0]
    file = tmp_path / "sheet.png"
    assert cli.main(["predict", str(run), str(mine), "--json", "-o", str(file)]) == 0
    first, *rest = map(json.loads, capsys.readouterr().out.splitlines())
    assert len(rest) == len(found) - 1
    (answer,) = first["answers"]
    assert answer["pixels"] == {each.name: each.confidence for each in found.answers(0)[0].choices}
    assert sum(answer["pixels"].values()) == pytest.approx(1)
    sheet = np.array(Image.open(file).convert("RGB"))
    for number in (0, len(found) - 1):
        for column, picture in enumerate(drawn_answer(*found.drawn(number, head), pixel_hues())):
            assert np.array_equal(as_drawn(sheet, number, column), enlarged(picture))

    place = max(range(1, len(head.column.names)), key=lambda each: found.values(0, each).max())
    most = int(found.most_confident(0, place)[0])
    asked = ["predict", str(run), str(mine), "--class", head.column.names[place], "--top", "1"]
    assert cli.main([*asked, "-o", str(file)]) == 0
    heading, row = capsys.readouterr().out.splitlines()
    assert heading.split() == ["file", "share", "likeliest"] and row.split()[0].endswith(f"{most:04}.png")
    sheet = np.array(Image.open(file).convert("RGB"))
    assert np.array_equal(as_drawn(sheet, 0, 1), enlarged(drawn_answer(*found.drawn(most, head), pixel_hues())[1]))
    assert len(sheet) == 2 * BORDER + HEAD + TILE + GAP, "those of the class alone"


def test_a_restored_picture_is_beside_what_the_network_sees_of_it(tmp_path, capsys):
    experiment = restoring(Component(type="Downscale"), up=True)
    run = trained(experiment, tmp_path / "runs")
    mine = save_all(tmp_path / "mine", data_of(experiment).test.inputs.numpy()[:3])
    asked = network_of_run(run, silent)
    found = answers_of(asked, OwnPictures([mine]), silent)
    (head,) = found.heads
    inputs = next(asked.plan.test.in_order()).inputs[:3]
    with torch.no_grad():
        restored = asked.module(inputs)[head.output].clamp(0, 1).mul(255).round().byte().numpy()
    for number in range(3):
        seen, given = found.drawn(number, head)
        assert seen.shape == (1, 4, 4) and np.array_equal(given, restored[number])
        assert found.answers(number)[0].choices == found.answers(number)[0].numbers == ()
    file = tmp_path / "sheet.png"
    assert cli.main(["predict", str(run), str(mine), "-o", str(file)]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 4
    sheet = np.array(Image.open(file).convert("RGB"))
    assert np.array_equal(as_drawn(sheet, 2, 1), enlarged(restored[2, 0][..., None].repeat(3, axis=2)))
    assert cli.main(["predict", str(run), str(mine)]) == 2
    assert "this network answers with pictures: add -o FILE.png, which draws them" in capsys.readouterr().err


def test_noise_in_what_is_seen_is_that_of_the_picture_that_is_restored(tmp_path):
    asked = network(noisy())
    pictures = asked.dataset.test.inputs.numpy()[:2]
    found = answers_of(asked, OwnPictures([save_all(tmp_path / "mine", pictures)]), silent)
    seen, given = found.drawn(1, found.heads[0])
    assert not np.array_equal(seen, pictures[1]) and np.array_equal(seen, found.picture(1))
    with torch.no_grad():
        inputs = torch.from_numpy(seen)[None].float() / 255
        normal = (inputs - asked.dataset.mean[0]) / asked.dataset.std[0]
        (wanted,) = asked.module(normal)[found.heads[0].output].clamp(0, 1).mul(255).round()
    assert np.abs(given.astype(int) - wanted.numpy()).max() <= 1


def test_of_an_autoencoder_that_also_classifies_both_answers_are_given_and_the_class_explained(tmp_path):
    experiment = read_experiment("autoencoder")
    graph = experiment.architecture.graph
    nodes = (
        *graph.nodes,
        node("ten", "Linear", "bottleneck", out_features=10),
        node("which", "Output", "ten"),
    )
    architecture = replace(experiment.architecture, graph=replace(graph, nodes=nodes))
    heads = (*experiment.training.heads, Head(output="which", target="class"))
    asked = network(with_training(replace(experiment, architecture=architecture), heads=heads))
    mine = save_all(tmp_path / "mine", np.asarray(asked.dataset.test.inputs[:2]))
    found = answers_of(asked, OwnPictures([mine]), silent)
    assert [head.column.kind for head in found.heads] == ["picture", "class"]
    with torch.no_grad():
        outputs = asked.module(next(asked.plan.test.in_order()).inputs[:2])
    restored = outputs["output"].clamp(0, 1).mul(255).round().numpy()
    assert np.abs(found.drawn(1, found.heads[0])[1] - restored[1]).max() <= 1
    assert found.values(1, 3) == pytest.approx(outputs["which"].softmax(dim=1)[:, 3].numpy(), rel=1e-4)
    assert found.find_name("Bag")[0] == 1
    explained = why_seen(asked, WhyQuestion(picture=OnePicture(name="0", split="test", number=0)), silent)
    assert [head.title for head in explained.heads] == ["which → class"] and explained.found is not None


def test_no_more_pictures_are_asked_about_at_once_than_an_evaluation_does(tmp_path):
    asked, sizes = network(with_training(noisy(), batch_size=2)), []
    asked.module.register_forward_hook(lambda _module, inputs, _outputs: sizes.append(len(inputs[0])))
    mine = save_all(tmp_path / "mine", asked.dataset.test.inputs.numpy()[:20])
    assert answers_of(asked, OwnPictures([mine]), silent).is_whole
    assert sizes == [asked.plan.test.batch_size] * 2 + [4] == [8, 8, 4]


def test_a_network_that_has_diverged_has_no_class_of_pixels(masks):
    run, mine = masks
    asked = network_of_run(run, silent)
    with torch.no_grad():
        next(asked.module.parameters()).fill_(torch.nan)
    found = answers_of(asked, OwnPictures([mine / "0000.png"]), silent)
    assert np.isnan(found.values(0, 0)).all() and found.num_given(0, 0) == 0

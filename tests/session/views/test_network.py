"""Looking into a network without a run: with its weights, initial ones, several Inputs, and data that does not fit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image
from torchvision.transforms.v2.functional import normalize

from tests.presets.pretrained import WEIGHTS
from tests.session.waiting import DEADLINE_S, wait_for
from tests.training.experiments import data_of, digits
from workbench import cli
from workbench.compiler.module import build
from workbench.compiler.weights import load_into
from workbench.data.progress import silent
from workbench.session.views.attention import OnePicture
from workbench.session.views.drawn import DrawnNetwork, are_alike
from workbench.session.views.features import FeaturesQuestion, features_seen, strongest_seen
from workbench.session.views.neighbours import NeighbourSearch
from workbench.session.views.network import NONE_HERE, network_drawn
from workbench.session.views.own_pictures import OwnPictures, similar_by
from workbench.session.views.predictions import picture_in
from workbench.spec.experiment import Architecture, Experiment, StartWeights, experiment_of
from workbench.spec.files import read_architecture, read_experiment
from workbench.spec.graph import Graph, Node
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.record import replace
from workbench.training import beginning

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = {
    "cat": {"tabby", "tiger cat", "Egyptian cat"},
    "coffee": {"espresso", "cup"},
    "camera": {"tripod"},
}
"""Photographs, and what is right for each; the weights' authors normalise a little differently."""


@pytest.fixture(scope="module")
def pretrained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, Path]:
    """The preset with real weights of ImageNet, loaded as its data has ten classes, and photographs."""
    folder = tmp_path_factory.mktemp("pretrained")
    file = folder / "lite0.safetensors"
    assert cli.main(["weights", "efficientnet_lite0", str(WEIGHTS), "-o", str(file), "--classes", "10"]) == 0
    for name in PICTURES:
        Image.fromarray(getattr(skimage.data, name)()).save(folder / f"{name}.png")
    experiment = read_experiment("efficientnet_lite0")
    weights = StartWeights(file=str(file))
    return replace(experiment, training=replace(experiment.training, weights=weights)), folder


def test_weights_of_imagenet_name_what_is_in_pictures_without_a_run(pretrained: tuple[Experiment, Path]) -> None:
    experiment, folder = pretrained
    network = network_drawn(experiment, silent)
    found = OwnPictures([folder / f"{name}.png" for name in PICTURES]).answer(network, silent)
    best = [found.answers(number)[0].choices[0].name for number in range(len(PICTURES))]
    assert all(name in right for name, right in zip(best, PICTURES.values(), strict=True)), best
    assert network.state_words == "with weights from lite0.safetensors" and not found.training.count


def test_where_its_data_is_not_here_nothing_is_compared_and_its_weights_need_no_initialiser(
    pretrained: tuple[Experiment, Path],
) -> None:
    experiment, folder = pretrained
    network = network_drawn(override(experiment, "training.initialiser.type", "LSUV"), silent)
    expected = network_drawn(experiment, silent).module.state_dict()
    assert all(torch.equal(tensor, expected[name]) for name, tensor in network.module.state_dict().items())
    assert strongest_seen(network, "conv_stem", silent).problem == NONE_HERE
    with pytest.raises(SpecError, match=NONE_HERE):
        similar_by(network, folder / "cat.png", (), 3, silent)
    search = NeighbourSearch()
    search.attach(network.plan, network.dataset)
    search.ask(None, "pixels", draws_map=True)
    wait_for(search.answers.newest)
    assert NONE_HERE in search.answers.newest()[1].problem and search.close(DEADLINE_S)


def test_maps_of_pretrained_weights_are_those_that_a_hook_sees(pretrained: tuple[Experiment, Path]) -> None:
    experiment, folder = pretrained
    network = network_drawn(experiment, silent)
    picture = OnePicture(name="cat", read=lambda: picture_in(folder / "cat.png", network.plan, network.dataset))
    seen = features_seen(network, FeaturesQuestion(picture=picture, path="blocks.1.0.conv_dw"))

    module = build(read_architecture("efficientnet_lite0"))
    load_into(module, folder / "lite0.safetensors")
    given = normalize(torch.from_numpy(seen.pixels) / 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    found: list[torch.Tensor] = []
    module.get_submodule("blocks.1.0.conv_dw").register_forward_hook(lambda *given: found.append(given[2]))
    with torch.no_grad():
        module.eval()(given[None])
    np.testing.assert_allclose(seen.values, found[0][0].numpy(), atol=1e-4)


def test_without_weights_it_has_those_that_a_run_begins_with() -> None:
    experiment = override(digits(), "training.initialiser.type", "LSUV")
    network = network_drawn(experiment, silent)
    _, state = beginning.prepare(experiment, data_of(experiment))
    theirs = state.module.state_dict()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in network.module.state_dict().items())
    assert network.state_words == f"with initial weights (seed {experiment.seed})"


def two_inputs(second: list[int]) -> Experiment:
    nodes = (
        Node(name="left", type="Input", parameters={"shape": [1, 8, 8]}),
        Node(name="right", type="Input", parameters={"shape": second}),
        Node(
            name="conv",
            type="Conv2d",
            inputs=("right",),
            parameters={"out_channels": 1, "kernel_size": 3, "padding": 1},
        ),
        Node(name="sum", type="Add", inputs=("left", "conv")),
        Node(name="flat", type="Flatten", inputs=("sum",)),
        Node(name="output", type="Output", inputs=("flat",)),
    )
    return replace(digits(), architecture=Architecture(name="two", graph=Graph(nodes=nodes)))


def test_each_of_several_inputs_is_shown_the_same_picture_and_no_head_need_fit() -> None:
    """Which no run could train: 64 numbers come out, and the data has ten classes."""
    network = network_drawn(two_inputs([1, 8, 8]), silent)
    picture = OnePicture(name="0", split="test", number=0)
    left, right, conv, total = (
        features_seen(network, FeaturesQuestion(picture=picture, path=path))
        for path in ("left", "right", "conv", "sum")
    )
    assert np.array_equal(left.values, right.values) and left.values.any()
    np.testing.assert_allclose(total.values, left.values + conv.values, atol=1e-6)
    found = OwnPictures().answer(network, silent)
    assert "no output of this network answers" in found.problem
    with pytest.raises(SpecError, match="expect different shapes"):
        network_drawn(two_inputs([1, 4, 4]), silent)


def test_data_that_has_yet_to_be_downloaded_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    assert cli.main(["features", "efficientnet_lite0"]) == 2
    assert re.search(r"Imagenette is not downloaded yet: .* data imagenette downloads it\n", capsys.readouterr().err)
    drawn = DrawnNetwork(read_experiment("efficientnet_lite0"))
    wait_for(lambda: drawn.state == "finished")
    assert drawn.insight.problem.startswith("Imagenette is not downloaded yet: browse the data (Ctrl+L)")
    assert drawn.join(DEADLINE_S)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("architecture.blocks.BasicBlock.nodes.conv1.bias", "true"),
        ("architecture.graph.nodes.conv1.out_channels", "5"),
        ("data.validation_share", "0.2"),
        ("seed", "1"),
        ("training.weights", '{"file": "w.safetensors", "sha256": ""}'),
        ("training.initialiser.type", "LSUV"),
        ("training.heads", '[{"output": "fc", "loss": {"type": "MSE"}}]'),
        ("training.device", "mps"),
        ("training.batch_size", "7"),
    ],
)
def test_a_network_is_another_with_other_layers_data_or_weights(path: str, value: str) -> None:
    one = experiment_of(read_architecture("resnet18"))
    assert not are_alike(one, override(one, path, value))


def test_what_is_only_drawn_or_trained_does_not_change_the_network() -> None:
    one = experiment_of(read_architecture("lenet"))
    moved = override(one, "architecture.graph.nodes.conv1.position", "[5, 5]")
    noted = override(moved, "architecture.graph.notes", '[{"text": "as of 1998", "position": [0, 0]}]')
    assert noted != moved and are_alike(one, override(noted, "training.epochs", "3"))


def test_who_stops_preparing_a_network_is_not_told_of_a_problem() -> None:
    drawn = DrawnNetwork(digits())
    drawn.stop()
    assert drawn.join(DEADLINE_S) and drawn.state == "finished" and drawn.insight.problem == ""
    drawn._say("It cannot be shown.")
    assert [drawn.take_note(), drawn.take_note()] == ["It cannot be shown.", ""]

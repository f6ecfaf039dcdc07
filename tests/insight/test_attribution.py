"""Attribution is captum's, and has the properties by which its authors define it."""

import sys
from functools import cache
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from workbench.compiler.analysis import resolve
from workbench.compiler.module import build
from workbench.compiler.places import feature_layers
from workbench.insight.attribution import grad_cam, integrated_gradients, saliency
from workbench.insight.occlusion import falls, falls_by_number
from workbench.spec.experiment import Architecture
from workbench.spec.files import read_architecture
from workbench.spec.graph import Graph, Node

DRAWING = [
    "matplotlib",
    *(f"matplotlib.{each}" for each in ("axes", "collections", "colors", "figure", "image", "pyplot")),
    *("mpl_toolkits", "mpl_toolkits.axes_grid1"),
]
"""What captum draws with: it is not installed (see docs/decisions/0005), and needed for nothing else."""

CLASS = 3


class Absent(ModuleType):
    """A module of which captum takes names for its functions that draw."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return sys.modules.get(f"{self.__name__}.{name}") or type(name, (), {})


@pytest.fixture(scope="module")
def captum():
    """``captum.attr``, imported without what it draws with."""
    sys.modules.update({name: Absent(name) for name in DRAWING})
    try:
        import captum.attr
    finally:
        for name in DRAWING:
            del sys.modules[name]
    return captum.attr


@cache
def network(name):
    """A network with spread-out weights, so that nothing is near zero, its layers by path, and a picture."""
    architecture = read_architecture(name)
    module = build(architecture).eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for weights in module.parameters():
            weights += 0.1 * torch.randn_like(weights)
    resolution = resolve(architecture)
    layers = {layer.path: layer for layer in feature_layers(resolution)}
    (shape,) = (layer.shape for layer in layers.values() if layer.type == "Input")
    return module, layers, torch.randn(shape)


def logits(name):
    module, _, _ = network(name)
    return lambda pictures: next(iter(module(pictures).values()))


def score(name):
    return lambda pictures: logits(name)(pictures)[:, CLASS]


def test_what_is_said_of_the_numbers_of_a_row_is_captums(captum):
    torch.manual_seed(0)
    module, row = nn.Sequential(nn.Linear(7, 5), nn.Tanh(), nn.Linear(5, 4)).eval(), torch.randn(7)
    asked = row[None].requires_grad_()
    theirs = {
        saliency: captum.Saliency(module).attribute(asked, target=CLASS),
        integrated_gradients: captum.IntegratedGradients(module).attribute(asked, target=CLASS, n_steps=64),
        falls_by_number: captum.FeatureAblation(module).attribute(asked, target=CLASS),
    }
    for ours, found in theirs.items():
        np.testing.assert_allclose(ours(lambda rows: module(rows)[:, CLASS], row), found[0].detach(), atol=1e-5)


@pytest.mark.parametrize("name", ["lenet", "swin_mini"])
def test_gradients_are_captums(captum, name):
    _, _, picture = network(name)
    asked = picture[None].requires_grad_()
    theirs = captum.Saliency(logits(name)).attribute(asked, target=CLASS)[0]
    np.testing.assert_allclose(saliency(score(name), picture), theirs.amax(dim=0), rtol=1e-4, atol=1e-6)

    theirs = captum.IntegratedGradients(logits(name)).attribute(asked, target=CLASS, n_steps=20)[0]
    ours = integrated_gradients(score(name), picture, num_steps=20)
    np.testing.assert_allclose(ours, theirs.sum(dim=0).detach(), rtol=1e-3, atol=1e-5)


def test_what_the_pixels_add_is_the_difference_from_the_mean_picture():
    """The axiom of completeness."""
    _, _, picture = network("lenet")
    answer = score("lenet")
    with torch.no_grad():
        difference = (answer(picture[None]) - answer(torch.zeros_like(picture)[None])).item()
    assert abs(difference) > 0.5
    errors = [abs(integrated_gradients(answer, picture, steps).sum() - difference) for steps in (2, 256)]
    assert errors[1] < 0.01 * abs(difference) < errors[0], "more steps, less error"


@pytest.mark.parametrize(
    ("name", "path", "channels_first"),
    [("lenet", "conv1", "conv1"), ("lenet", "relu2", "relu2"), ("swin_mini", "norm", "permute")],
)
def test_grad_cam_is_captums(captum, name, path, channels_first):
    """Captum's is for maps with their channels first, as the next layer's are."""
    module, layers, picture = network(name)
    theirs = captum.LayerGradCam(logits(name), module.get_submodule(channels_first))
    expected = theirs.attribute(picture[None], target=CLASS)[0, 0]
    found = grad_cam(module, layers[path], lambda outputs: next(iter(outputs.values()))[:, CLASS], picture)
    assert found.shape == tuple(layers[path].sides)
    np.testing.assert_allclose(found, expected.detach(), rtol=1e-3, atol=1e-5)


def test_after_the_mean_over_each_map_grad_cam_is_the_weighted_sum_of_maps():
    """A linear layer on the means: its logit without the bias is the sum of all places, each with what it adds."""
    nodes = (
        Node(name="picture", type="Input", parameters={"shape": [2, 5, 7]}),
        Node(name="conv", type="Conv2d", parameters={"out_channels": 6, "kernel_size": 3}, inputs=("picture",)),
        Node(name="mean", type="AdaptiveAvgPool2d", parameters={"output_size": 1}, inputs=("conv",)),
        Node(name="flat", type="Flatten", inputs=("mean",)),
        Node(name="fc", type="Linear", parameters={"out_features": 4}, inputs=("flat",)),
        Node(name="out", type="Output", inputs=("fc",)),
    )
    architecture = Architecture(name="cam", graph=Graph(nodes=nodes))
    module, picture = build(architecture).eval(), torch.randn(2, 5, 7)
    layer = next(each for each in feature_layers(resolve(architecture)) if each.path == "conv")
    found = grad_cam(module, layer, lambda outputs: outputs["out"][:, CLASS], picture)
    conv, fc = module.get_submodule("conv"), module.get_submodule("fc")
    assert isinstance(conv, nn.Conv2d) and isinstance(fc, nn.Linear)
    with torch.no_grad():
        maps = conv(picture[None])[0]
        expected = torch.einsum("k,khw->hw", fc.weight[CLASS], maps) / maps[0].numel()
        logit = module(picture[None])["out"][0, CLASS] - fc.bias[CLASS]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    assert found.sum() == pytest.approx(logit.item(), abs=1e-5)


def test_occlusion_is_captums(captum):
    _, _, picture = network("lenet")

    def probability(pictures):
        return logits("lenet")(pictures).softmax(dim=1)[:, CLASS]

    theirs = captum.Occlusion(probability).attribute(
        picture[None], sliding_window_shapes=(1, 7, 7), strides=(1, 3, 3), perturbations_per_eval=64
    )
    np.testing.assert_allclose(falls(probability, picture, patch=7, step=3), theirs[0, 0], atol=1e-5)

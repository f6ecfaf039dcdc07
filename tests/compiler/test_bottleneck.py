"""The layers that all paths pass through, against a search for a way around each."""

import numpy as np
import pytest
import torch

from tests.compiler.networks import network, node
from workbench.compiler.analysis import resolve
from workbench.compiler.bottleneck import AROUND, NO_LAYER, bottlenecks, narrowest, why_none
from workbench.compiler.module import build
from workbench.compiler.truncation import behind, truncate
from workbench.spec.files import read_architecture, read_experiment


def resolved(name):
    return resolve(read_experiment(name).architecture, classes=10)


def is_reached_without(resolution, output, left_out):
    """Whether the Input reaches the output without this layer."""
    read_by = {}
    for each in resolution.nodes:
        for source in each.node.inputs:
            read_by.setdefault(source[0], []).append(each.node.path)
    waiting, seen = [each.node.path for each in resolution.nodes if each.node.type == "Input"], {left_out}
    while waiting:
        path = waiting.pop()
        if path not in seen:
            seen.add(path)
            waiting += read_by.get(path, [])
    return output in seen


@pytest.mark.parametrize(
    ("name", "output", "path", "num_numbers"),
    [
        ("autoencoder", "output", "bottleneck", 32),
        ("vae-fashion", "output", "sample", 2),
        ("vae-fashion", "code", "normal", 4),
        ("resnet20", "output", "fc", 10),
        ("googlenet_mini", "output", "fc", 10),
    ],
)
def test_a_bottleneck_is_what_no_path_leads_around(name, output, path, num_numbers):
    resolution = resolved(name)
    found = bottlenecks(resolution, output)
    assert narrowest(found).path == path and narrowest(found).num_numbers == num_numbers
    others = [each for each in resolution.nodes if each.node.type not in ("Input", "Output")]
    _, height, width = picture = resolution.analysis.nodes["input"].output_shapes[0]
    small = []
    for each in others:
        (shape,) = resolution.analysis.nodes[each.node.path].output_shapes
        if np.prod(shape) < np.prod(picture) or (len(shape) == 3 and shape[1] * shape[2] < height * width):
            small.append(each.node.path)
    cut = [each for each in small if not is_reached_without(resolution, output, each)]
    assert [each.path for each in found] == cut


def test_it_is_said_why_there_is_none():
    unet = resolved("unet-shapes")
    assert bottlenecks(unet, "output") == () and why_none(unet, "output") == AROUND
    nodes = (node("input", "Input", shape=[1, 8, 8]), node("relu", "ReLU", "input"), node("y", "Output", "relu"))
    wide = resolve(network(*nodes))
    assert bottlenecks(wide, "y") == () and why_none(wide, "y") == NO_LAYER.format(output="y")


def test_what_a_later_input_leads_around_is_no_bottleneck():
    code = (node("left", "Input", shape=[1, 8, 8]), node("flat", "Flatten", "left"))
    code += (node("code", "Linear", "flat", out_features=4), node("wide", "Linear", "code", out_features=64))
    again = (
        node("right", "Input", shape=[1, 8, 8]),
        node("flat2", "Flatten", "right"),
        node("sum", "Add", "wide", "flat2"),
    )
    found = resolve(network(*code, *again, node("y", "Output", "sum")))
    assert bottlenecks(found, "y") == () and why_none(found, "y") == AROUND


@pytest.mark.parametrize(
    ("name", "path"), [("autoencoder", "bottleneck"), ("vae-fashion", "sample"), ("resnet20", "layer2.0")]
)
def test_both_halves_are_the_whole(name, path):
    """Also where a block ends, amid a network of blocks."""
    architecture = read_experiment(name).architecture if name != "resnet20" else read_architecture(name)
    module = build(architecture, classes=10).eval()
    nodes = [each for each in module.graph.nodes if each.meta.get("path", "").startswith(path)]
    pictures = torch.rand(3, *architecture.input_shape, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        codes = truncate(module, nodes[-1].name)(pictures)
        found = behind(module, nodes[-1].meta["path"], "output")(codes)
        torch.testing.assert_close(found, module(pictures)["output"], atol=1e-6, rtol=0)
        assert not torch.allclose(found, behind(module, nodes[-1].meta["path"], "output")(codes + 1))

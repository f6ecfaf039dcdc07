"""The part of a picture that a place of a map sees: what lies outside has no effect, and it has no needless margin."""

import numpy as np
import pytest
import torch
from torch import Tensor, fx

from workbench.compiler.analysis import Resolution, resolve
from workbench.compiler.module import build
from workbench.compiler.places import FeatureLayer, feature_layers, layers_with_maps, patches
from workbench.compiler.truncation import truncate
from workbench.insight.features import features
from workbench.spec.experiment import Architecture
from workbench.spec.files import read_architecture
from workbench.spec.graph import Graph, Node


def network(architecture: Architecture) -> tuple[fx.GraphModule, Resolution, Tensor]:
    """In double precision, so that nothing outside has an effect by rounding."""
    module, resolution = build(architecture).eval(), resolve(architecture)
    (shape,) = (node.parameters["shape"] for node in architecture.graph.inputs)
    generator = torch.Generator().manual_seed(0)
    for weight in module.parameters():
        torch.nn.init.uniform_(weight, -0.3, 0.5, generator=generator)
    return module.double(), resolution, torch.randn(shape, generator=generator).double()


def outside_has_no_effect(module: fx.GraphModule, layer: FeatureLayer, found: object, picture: Tensor) -> None:
    """Change all pixels outside of what a corner, an edge and the middle see, and compare what the layer says there."""
    assert layer.sides is not None
    high, wide = layer.sides
    node = next(node for node in module.graph.nodes if node.meta.get("path") == layer.path)
    to_layer = truncate(module, node.name)

    def maps(pictures: Tensor) -> Tensor:
        with torch.no_grad():
            responses = to_layer(pictures)
        return responses.permute(0, 3, 1, 2) if layer.layout == "maps_last" else responses

    whole = maps(picture[None])[0]
    places = [(0, 0), (high - 1, wide // 3), (high // 2, wide // 2)]
    changed = (10 * torch.randn(len(places), *picture.shape, dtype=torch.double)).abs() + 3
    for each, (row, column) in zip(changed, places, strict=True):
        top, left, bottom, right = found.pixels(row, column)
        inside = (slice(None), slice(top, bottom + 1), slice(left, right + 1))
        each[inside] = picture[inside]
    for each, (row, column) in zip(maps(changed), places, strict=True):
        torch.testing.assert_close(each[:, row, column], whole[:, row, column], rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["lenet", "resnet20", "unet_mini", "convnext_mini"])
def test_pixels_outside_of_a_patch_change_nothing(name: str) -> None:
    module, resolution, picture = network(read_architecture(name))
    layers = [(layer, patches(resolution, layer.path)) for layer in feature_layers(resolution)]
    with_patches = [(layer, found) for layer, found in layers if found is not None]
    assert len(with_patches) > len(layers) // 3
    for layer, found in with_patches[:: max(len(with_patches) // 8, 1)]:
        outside_has_no_effect(module, layer, found, picture)


def chain(*nodes: tuple[str, dict[str, object]]) -> Architecture:
    made = [Node(name="input", type="Input", parameters={"shape": [1, 24, 24]})]
    for number, (kind, parameters) in enumerate(nodes):
        made.append(Node(name=f"n{number}", type=kind, parameters=parameters, inputs=(made[-1].name,)))
    made.append(Node(name="output", type="Output", inputs=(made[-1].name,)))
    return Architecture(name="chain", graph=Graph(nodes=tuple(made)))


@pytest.mark.parametrize(
    "nodes",
    [
        [("Conv2d", {"out_channels": 2, "kernel_size": [5, 3], "stride": [2, 1], "padding": [1, 2], "dilation": [1, 2]})],
        [("Conv2d", {"out_channels": 2, "kernel_size": 4, "padding": "same", "padding_mode": "replicate"}), ("AvgPool2d", {"kernel_size": 2})],
        [("DepthwiseConv2d", {"kernel_size": [3, 2], "padding": [1, 2], "dilation": [1, 3]})],
        [("MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True})],
        [("AvgPool2d", {"kernel_size": 3}), ("ConvTranspose2d", {"out_channels": 2, "kernel_size": 2, "stride": 2})],
        [("AvgPool2d", {"kernel_size": 2}), ("ConvTranspose2d", {"out_channels": 1, "kernel_size": 4, "stride": 2, "padding": 1})],
        [("AvgPool2d", {"kernel_size": 2}), ("ConvTranspose2d", {"out_channels": 1, "kernel_size": 3, "stride": 3, "output_padding": 1})],
        [("AvgPool2d", {"kernel_size": 2}), ("Upsample", {"scale_factor": 3})],
        [("AvgPool2d", {"kernel_size": 2}), ("Upsample", {"scale_factor": [2, 3], "mode": "bilinear"})],
        [("AvgPool2d", {"kernel_size": 2}), ("Upsample", {"scale_factor": 2, "mode": "bicubic"})],
        [("Conv2d", {"out_channels": 4, "kernel_size": 3}), ("PixelShuffle", {"upscale_factor": 2})],
    ],
)  # fmt: skip
def test_every_layer_with_a_window_looks_where_it_says(nodes: list[tuple[str, dict[str, object]]]) -> None:
    module, resolution, picture = network(chain(*nodes))
    layer = feature_layers(resolution)[-1]
    found = patches(resolution, layer.path)
    assert found is not None
    outside_has_no_effect(module, layer, found, picture)
    high, wide = layer.sides or (0, 0)
    row, column = high // 2, wide // 2
    top, left, bottom, right = found.pixels(row, column)
    field = resolution.analysis.nodes[layer.path].receptive_field
    assert field is not None
    margin = 0 if nodes[-1][0] in ("Conv2d", "DepthwiseConv2d", "AvgPool2d", "MaxPool2d") else 2 * 3
    assert field[0] <= bottom - top + 1 <= field[0] + margin, "as large as the summary says, in the middle"
    assert field[1] <= right - left + 1 <= field[1] + margin


def test_what_may_see_all_has_no_patch() -> None:
    se, vit = resolve(read_architecture("seresnet20")), resolve(read_architecture("vit_mini"))
    assert patches(se, "layer1.0.conv1") is not None and patches(se, "layer1.1.conv1") is None, "gated by its mean"
    assert patches(vit, "conv_proj") is not None and patches(vit, "encoder.layers.encoder_layer_0.mlp.0") is None
    mirrored = resolve(
        chain(("Conv2d", {"out_channels": 1, "kernel_size": 3, "padding": 1, "padding_mode": "circular"}))
    )
    assert patches(mirrored, "n0") is None


def test_layers_are_in_the_networks_order_with_their_shapes() -> None:
    layers = {layer.path: layer for layer in feature_layers(resolve(read_architecture("vit_mini")))}
    assert list(layers)[:2] == ["input", "conv_proj"]
    assert (layers["conv_proj"].layout, layers["conv_proj"].sides) == ("maps", (7, 7))
    tokens = layers["encoder.ln"]
    assert (tokens.layout, tokens.shape[0], tokens.sides) == ("tokens", 50, (7, 7))
    swin = {layer.path: layer for layer in feature_layers(resolve(read_architecture("swin_mini")))}
    assert swin["features.3.1.norm1"].layout == "maps_last" and swin["features.3.1.norm1"].num_channels == 64
    mlp = feature_layers(resolve(read_architecture("mlp")))
    assert {layer.layout for layer in mlp if layer.type != "Input"} == {"vector"}


def test_the_largest_number_of_a_map_is_inside_its_patch() -> None:
    """A single bright pixel excites only places whose patches have it."""
    module, resolution, picture = network(read_architecture("lenet"))
    layer = next(layer for layer in feature_layers(resolution) if layer.path == "conv2")
    found = patches(resolution, "conv2")
    assert found is not None and layer.sides is not None
    dark = picture * 0
    bright = dark.clone()
    bright[0, 17, 6] = 100
    (plain, _), (spot, _) = features(module, layer, dark), features(module, layer, bright)
    for row, column in zip(*np.nonzero((plain != spot).any(axis=0)), strict=True):
        top, left, bottom, right = found.pixels(row, column)
        assert top <= 17 <= bottom and left <= 6 <= right


@pytest.mark.parametrize(
    ("name", "last", "num_places"),
    [
        ("lenet", "relu2", {28, 24, 14, 12, 10, 5}),
        ("seresnet20", "layer3.2.relu2", {32, 16, 8}),
        ("shufflenet_v2_mini", "conv5.2", {32, 16, 8, 4}),
        ("vit_mini", "conv_proj", {7}),
        ("swin_mini", "permute", {16, 8, 4}),
    ],
)
def test_layers_with_maps_lie_over_the_picture(name: str, last: str, num_places: set[int]) -> None:
    """Not heads times tokens, nor the windows of a Swin Transformer, though they have three dimensions."""
    layers = layers_with_maps(resolve(read_architecture(name)))
    assert layers[-1].path == last
    assert {side for layer in layers for side in layer.sides or ()} <= num_places

"""Receptive fields from declared windows, against torch's own gradients and outputs."""

from typing import Any

import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from workbench.compiler.receptive import field_after, field_of_input
from workbench.layers import LAYERS
from workbench.layers.base import Layer, Refusal, Window

SIDE = 48


@st.composite
def sliding(draw: st.DrawFn) -> Layer:
    """A convolution or an average pooling with a random window, of another height than width."""
    kernel = [draw(st.integers(1, 5)) for _ in range(2)]
    stride = [draw(st.integers(1, min(side, 3))) for side in kernel]
    if draw(st.booleans()):
        dilation = [draw(st.integers(1, 2)) if step == 1 else 1 for step in stride]
        parameters: dict[str, Any] = {
            "out_channels": 1,
            "dilation": dilation,
            "padding": draw(st.integers(0, 2)),
            "bias": False,
        }
        return LAYERS.make("Conv2d", {"kernel_size": kernel, "stride": stride, **parameters})
    return LAYERS.make("AvgPool2d", {"kernel_size": kernel, "stride": stride})


def build(layers: list[Layer]) -> nn.Module:
    """The stack with positive weights only, so that gradients do not cancel."""
    shape, modules = (1, SIDE, SIDE), []
    for layer in layers:
        try:
            layer.check(shape)
        except Refusal:
            assume(False)
        modules.append(layer.build(shape).double())
        for parameter in modules[-1].parameters():
            nn.init.uniform_(parameter, 0.5, 1.5)
        shape = tuple(modules[-1](torch.zeros(1, *shape, dtype=torch.double)).shape[1:])
    return nn.Sequential(*modules)


def extent(x: Tensor) -> tuple[int, int]:
    """The number of rows from the first to the last that is not zero, and that of columns."""
    rows, columns = (x[0, 0].abs().sum(side).nonzero().flatten() for side in (1, 0))
    return int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1


def field_of(layers: list[Layer]) -> tuple[int, int]:
    """What the program says of the stack."""
    field = field_of_input((1, SIDE, SIDE))
    for layer in layers:
        field = field_after(layer, [field])
    return field.size


@settings(max_examples=60, deadline=None)
@given(layers=st.lists(sliding(), min_size=1, max_size=4))
def test_field_is_the_extent_of_the_gradient(layers: list[Layer]) -> None:
    field = field_of(layers)
    assume(max(field) <= SIDE // 3)
    network = build(layers)
    x = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.double, requires_grad=True)
    y = network(x)
    middle = y[0, 0, y.shape[2] // 2, y.shape[3] // 2]
    (gradient,) = torch.autograd.grad(middle, x)
    assert extent(gradient) == field


@pytest.mark.parametrize(("kernel", "stride", "dilation"), [(2, 2, 1), (3, 2, 1), (3, 1, 2), (5, 3, 1)])
def test_max_pooling_sees_its_window(kernel: int, stride: int, dilation: int) -> None:
    """Gradients reach only the largest pixel, so each row in turn is made the largest."""
    layer = LAYERS.make("MaxPool2d", {"kernel_size": kernel, "stride": stride, "dilation": dilation})
    x = torch.zeros(SIDE, 1, SIDE, SIDE)
    for row in range(SIDE):
        x[row, :, row] = 1
    seen = layer.build((1, SIDE, SIDE))(x)[:, 0, 3, 3].nonzero().flatten()
    window = layer.window()
    assert int(seen[-1] - seen[0]) + 1 == window.dilation[0] * (window.kernel[0] - 1) + 1
    assert window.stride == (stride, stride)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("ConvTranspose2d", {"kernel_size": 2, "stride": 2, "out_channels": 1}),
        ("ConvTranspose2d", {"kernel_size": 3, "stride": 2, "out_channels": 1}),
        ("ConvTranspose2d", {"kernel_size": 4, "stride": 2, "padding": 1, "out_channels": 1}),
        ("ConvTranspose2d", {"kernel_size": 5, "stride": 2, "out_channels": 1}),
        ("ConvTranspose2d", {"kernel_size": 3, "stride": 1, "padding": 2, "dilation": 2, "out_channels": 1}),
        ("Upsample", {"scale_factor": 2}),
        ("Upsample", {"scale_factor": 3, "mode": "bilinear"}),
        ("Upsample", {"scale_factor": 3, "mode": "bicubic"}),
    ],
)
def test_layers_that_enlarge_see_few_pixels(name: str, parameters: dict[str, Any]) -> None:
    layer = LAYERS.make(name, parameters)
    network = build([layer])
    x = torch.zeros(1, 1, SIDE, SIDE, dtype=torch.double, requires_grad=True)
    y = network(x)
    middle = y.shape[2] // 2
    seen = [
        extent(torch.autograd.grad(y[0, 0, row].sum(), x, retain_graph=True)[0])[0] for row in range(middle, middle + 6)
    ]
    window = layer.window()
    assert max(seen) == window.kernel[0]
    assert y.shape[2] * window.stride[0] == pytest.approx(SIDE, abs=2)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("Linear", {"out_features": 3}),
        ("MultiheadSelfAttention", {"num_heads": 1}),
        ("AdaptiveAvgPool2d", {"output_size": 1}),
        ("Softmax", {"dim": 2}),
        ("Reshape", {"shape": [-1]}),
    ],
)
def test_some_layers_see_everything(name: str, parameters: dict[str, Any]) -> None:
    assert LAYERS.make(name, parameters).window() == "all"


@pytest.mark.parametrize(
    ("name", "parameters", "window"),
    [
        ("ConvTranspose2d", {"kernel_size": [3, 5], "stride": [2, 3], "out_channels": 1}, ((2, 2), (1 / 2, 1 / 3))),
        ("PixelShuffle", {"upscale_factor": 3}, ((1, 1), (1 / 3, 1 / 3))),
        ("MergePatches", {}, ((2, 2), (2, 2))),
        ("WindowPartition", {"window_size": [2, 3]}, ((2, 3), (1, 1))),
    ],
)
def test_what_one_output_pixel_sees(name: str, parameters: dict[str, Any], window: tuple[Any, Any]) -> None:
    found = LAYERS.make(name, parameters).window()
    assert isinstance(found, Window) and (found.kernel, found.stride) == window


def test_a_linear_layer_of_each_pixel_sees_one() -> None:
    assert LAYERS.make("Linear", {"out_features": 3, "channels_last": True}).window() is None


ELEMENTWISE = [
    "ReLU",
    "LeakyReLU",
    "ELU",
    "GELU",
    "SiLU",
    "Sigmoid",
    "Tanh",
    "Maxout",
    "Softmax",
    "Dropout",
    "Identity",
]


@pytest.mark.parametrize("name", [*ELEMENTWISE, "BatchNorm", "LayerNorm"])
def test_elementwise_layers_see_one_pixel(name: str) -> None:
    layer = LAYERS.make(name, {})
    assert layer.window() is None
    x = torch.randn(1, 4, 6, 6, requires_grad=True)
    y = layer.build((4, 6, 6)).eval()(x)
    (gradient,) = torch.autograd.grad(y[0, 0, 2, 3], x)
    elsewhere = gradient.clone()
    elsewhere[:, :, 2, 3] = 0
    assert not elsewhere.any()
    assert gradient.shape == x.shape

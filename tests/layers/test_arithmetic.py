"""Size formulas: each one shown, when evaluated, gives the size that torch gives."""

import math

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.layers.cases import CASES, Case
from workbench.compiler.inference import LayerFacts, infer
from workbench.layers.base import Layer, Shape
from workbench.layers.convolution import Conv2d, ConvTranspose2d
from workbench.layers.join import Concat
from workbench.layers.pooling import MaxPool2d
from workbench.layers.regularisation import GaussianSample
from workbench.layers.shape import Reshape
from workbench.spec.record import Value

UNTOLD = {
    "Permute",
    "CenterCrop",
    "ScaledDotProduct",
    "MatrixProduct",
    "WeightedSum",
    "SelectToken",
    "Multiply",
    "Reshape",
    "Formula",
}
"""Layers without a formula: their sizes are given by a setting, or are the input's in another order."""


def worked_out(words: str) -> float:
    signs = {"·": "*", "−": "-", "⌊": "math.floor(", "⌉": ")", "⌈": "math.ceil(", "⌋": ")"}
    for sign, python in signs.items():
        words = words.replace(sign, python)
    return eval(words, {"math": math})


def output_of(layer: Layer, shapes: tuple[Shape, ...]) -> Shape:
    facts = infer(layer, shapes)
    assert isinstance(facts, LayerFacts)
    return facts.output_shapes[0]


def check(layer: Layer, shapes: tuple[Shape, ...]) -> set[int]:
    output = output_of(layer, shapes)
    sums = layer.arithmetic(*shapes)
    for each in sums:
        assert worked_out(each.words) == output[each.side], (type(layer).__name__, each)
    return {each.side for each in sums}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.type}-{case.parameters}")
def test_every_sum_of_every_layer_is_torchs_size(case: Case) -> None:
    layer, shapes = case.layer(), tuple(map(tuple, case.shapes))
    told = check(layer, shapes)
    output = output_of(layer, shapes)
    if not shapes or case.type in UNTOLD:
        return
    chosen = {value for setting in case.parameters.values() for value in _flat(setting)}
    for side, size in enumerate(output):
        untouched = len(output) == len(shapes[0]) and size == shapes[0][side]
        shared = size in shapes[0] and len(output) != len(shapes[0])
        assert side in told or untouched or shared or size in chosen, (case.type, side)


def _flat(value: Value) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def check_where_it_fits(layer: Layer, x: Shape) -> None:
    assume(isinstance(infer(layer, (x,)), LayerFacts))
    check(layer, (x,))


SIZES = st.tuples(st.integers(1, 7), st.integers(1, 7))
SMALL = st.tuples(st.integers(0, 3), st.integers(0, 3))
STEPS = st.tuples(st.integers(1, 4), st.integers(1, 4))
PICTURES = st.tuples(st.just(2), st.integers(1, 24), st.integers(1, 24))


@settings(max_examples=100, deadline=None)
@given(PICTURES, SIZES, STEPS, st.one_of(SMALL, st.just("same")), STEPS)
def test_any_convolution(x, kernel, stride, padding, dilation) -> None:
    settings = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    check_where_it_fits(Conv2d(out_channels=2, **settings), x)


@settings(max_examples=100, deadline=None)
@given(PICTURES, SIZES, STEPS, SMALL, STEPS, st.booleans())
@example((2, 5, 5), (2, 2), (3, 3), (1, 1), (1, 1), True)  # a last window would begin just behind the picture
def test_any_pool(x, kernel, stride, padding, dilation, ceil_mode) -> None:
    settings = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    check_where_it_fits(MaxPool2d(**settings, ceil_mode=ceil_mode), x)


@settings(max_examples=100, deadline=None)
@given(PICTURES, SIZES, STEPS, SMALL, STEPS, SMALL)
def test_any_transposed_convolution(x, kernel, stride, padding, dilation, extra) -> None:
    settings = {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}
    check_where_it_fits(ConvTranspose2d(out_channels=2, **settings, output_padding=extra), x)


@pytest.mark.parametrize("shape", [(-1,), (4, -1), (2, 3, -1), (6, 4)])
def test_the_open_side_of_a_reshape(shape: Shape) -> None:
    check(Reshape(shape=shape), ((24,),))


def test_it_reads_as_on_paper() -> None:
    def words(layer: Layer, *shapes: Shape) -> list[str]:
        return [each.words for each in layer.arithmetic(*shapes)]

    assert words(Conv2d(out_channels=6, kernel_size=5, padding=2), (1, 28, 28)) == ["(28 + 2·2 − 5) / 1 + 1"] * 2
    transposed = ConvTranspose2d(out_channels=6, kernel_size=3, stride=2)
    assert words(transposed, (6, 14, 14)) == ["(14 − 1)·2 + (3 − 1) + 1"] * 2
    assert [each.name for each in Concat().arithmetic((8, 5, 5), (4, 5, 5))] == ["channels"]
    assert [GaussianSample().arithmetic(x)[0].name for x in ((8,), (8, 5, 5))] == ["numbers", "channels"]
    assert words(MaxPool2d(kernel_size=2), (6, 28, 27)) == ["(28 − 2) / 2 + 1", "⌊(27 − 2) / 2⌋ + 1"]

"""The curves of activations: against formulas, finite differences, and what elementwise means."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from tests.compiler.networks import block, network, node, picture
from tests.layers.cases import CASES, Case
from workbench.compiler.analysis import analyse
from workbench.compiler.curve import curve_of
from workbench.layers import LAYERS
from workbench.layers.base import Family

ACTIVATIONS = [case for case in CASES if LAYERS.table[case.type].family == Family.ACTIVATION]
ELEMENTWISE = [case for case in ACTIVATIONS if case.layer().elementwise]

by_name = pytest.mark.parametrize("case", ELEMENTWISE, ids=lambda case: case.type)


@pytest.mark.parametrize("case", ACTIVATIONS, ids=lambda case: case.type)
def test_a_layer_is_elementwise_if_each_output_depends_on_its_own_input_alone(case: Case) -> None:
    (inputs,) = case.inputs()
    changed = inputs.clone()
    changed.view(-1)[0] += 1
    module = case.module()
    before, after = module(inputs), module(changed)
    alone = before.shape == inputs.shape and torch.equal(before.flatten()[1:], after.flatten()[1:])
    assert case.layer().elementwise == alone


@pytest.mark.parametrize(
    ("name", "parameters", "function", "derivative"),
    [
        ("Sigmoid", {}, lambda x: 1 / (1 + math.exp(-x)), lambda x: math.exp(-x) / (1 + math.exp(-x)) ** 2),
        ("Tanh", {}, math.tanh, lambda x: 1 / math.cosh(x) ** 2),
        ("ReLU", {}, lambda x: max(x, 0), lambda x: float(x > 0)),
        ("ELU", {"alpha": 2}, lambda x: x if x > 0 else 2 * math.expm1(x), lambda x: 1 if x > 0 else 2 * math.exp(x)),
    ],
)
def test_a_curve_is_that_of_the_textbook(
    name: str,
    parameters: dict[str, float],
    function: Callable[[float], float],
    derivative: Callable[[float], float],
) -> None:
    curve = curve_of(LAYERS.make(name, dict(parameters)), ((4,),))
    assert curve.outputs == pytest.approx([function(x) for x in curve.inputs], abs=1e-12)
    assert curve.slopes == pytest.approx([derivative(x) for x in curve.inputs], abs=1e-12)


@by_name
def test_the_derivative_is_the_slope_between_neighbours(case: Case) -> None:
    curve = curve_of(case.layer(), case.shapes)
    slopes = np.diff(curve.outputs) / np.diff(curve.inputs)
    between = (np.array(curve.slopes[1:]) + np.array(curve.slopes[:-1])) / 2
    smooth = np.abs(slopes - between) < 1e-3
    assert smooth.sum() >= len(slopes) - 4  # all but those at a kink


def test_the_analysis_has_curves_of_elementwise_layers_alone_with_what_a_block_binds() -> None:
    bent = block(node("x", "Input"), node("act", "ELU", "x", alpha="$alpha"), node("y", "Output", "act"), alpha=3.0)
    architecture = network(
        picture(3, 8),
        node("bent", "Bent", "input", alpha=5.0),
        node("softmax", "Softmax", "bent"),
        node("output", "Output", "softmax"),
        blocks={"Bent": bent},
    )
    nodes = analyse(architecture).nodes
    curve = nodes["bent.act"].curve
    assert curve is not None
    assert curve.outputs[0] == pytest.approx(5 * math.expm1(curve.inputs[0]))
    assert [nodes[name].curve for name in ("input", "bent", "softmax")] == [None, None, None]

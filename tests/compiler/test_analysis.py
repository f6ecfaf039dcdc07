"""Shapes, costs, receptive fields and problems of whole networks."""

import pytest
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

from tests.compiler.networks import RESIDUAL, network, node, picture
from workbench.compiler.analysis import analyse
from workbench.compiler.module import build
from workbench.spec.experiment import Architecture
from workbench.spec.problems import ProblemsFound


def lenet() -> Architecture:
    return network(
        picture(1, 28),
        node("conv1", "Conv2d", "input", out_channels=6, kernel_size=5, padding=2),
        node("pool1", "MaxPool2d", "conv1", kernel_size=2),
        node("conv2", "Conv2d", "pool1", out_channels=16, kernel_size=5),
        node("pool2", "MaxPool2d", "conv2", kernel_size=2),
        node("flatten", "Flatten", "pool2"),
        node("fc", "Linear", "flatten", out_features="$classes"),
        node("output", "Output", "fc"),
        classes=10,
    )


def vgg11_features() -> Architecture:
    """torchvision's ``vgg11().features`` as an architecture."""
    nodes, before, index = [picture(3, 64)], "input", 0
    for width in (64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"):
        if width == "M":
            nodes.append(node(f"n{index}", "MaxPool2d", before, kernel_size=2))
        else:
            nodes.append(node(f"n{index}", "Conv2d", before, out_channels=width, kernel_size=3, padding=1))
            nodes.append(node(f"n{index + 1}", "ReLU", f"n{index}"))
            index += 1
        before = f"n{index}"
        index += 1
    return network(*nodes, node("output", "Output", before))


def test_costs_equal_those_counted_over_torchvisions_own_module():
    analysis = analyse(vgg11_features())
    reference = torchvision.models.vgg11().features.eval()
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        output = reference(torch.zeros(1, 3, 64, 64))
    assert analysis.parameters == sum(parameter.numel() for parameter in reference.parameters())
    assert analysis.macs == counter.get_total_flops() // 2
    assert analysis.nodes["output"].output_shapes == (tuple(output.shape[1:]),)


def test_lenets_receptive_fields_are_the_textbooks():
    facts = analyse(lenet()).nodes
    sizes = {name: facts[name].receptive_field for name in ("conv1", "pool1", "conv2", "pool2", "fc")}
    assert sizes == {"conv1": (5, 5), "pool1": (6, 6), "conv2": (14, 14), "pool2": (16, 16), "fc": None}


def test_where_branches_meet_the_widest_of_each_side_is_seen():
    architecture = network(
        picture(8),
        node("high", "Conv2d", "input", out_channels=4, kernel_size=[3, 1], padding=[1, 0]),
        node("wide", "Conv2d", "input", out_channels=4, kernel_size=[1, 5], padding=[0, 2]),
        node("sum", "Add", "high", "wide"),
        node("after", "Conv2d", "sum", out_channels=4, kernel_size=3),
        node("output", "Output", "after"),
    )
    facts = analyse(architecture).nodes
    seen = [facts[name].receptive_field for name in ("high", "wide", "sum", "after")]
    assert seen == [(3, 1), (1, 5), (3, 5), (5, 7)]


def test_the_number_of_classes_comes_from_the_data():
    assert analyse(lenet(), classes=7).nodes["output"].output_shapes == ((7,),)
    assert analyse(lenet()).nodes["output"].output_shapes == ((10,),)


def test_an_input_shape_given_from_outside_is_taken():
    assert analyse(lenet(), input_shape=(3, 32, 32)).nodes["pool2"].output_shapes == ((16, 6, 6),)


def test_a_block_use_sums_what_is_inside_and_repeats_count_on():
    architecture = network(
        picture(8),
        node("1", "Residual", "input", repeat=3, width=8),
        node("output", "Output", "3"),
        blocks={"Residual": RESIDUAL},
    )
    assert analyse(architecture).problems[0].what == "its input 3 is missing: there is no node called 3"
    architecture = network(
        picture(8),
        node("1", "Residual", "input", repeat=3, width=8),
        node("output", "Output", "1"),
        blocks={"Residual": RESIDUAL},
    )
    analysis = analyse(architecture)
    assert analysis.problems == ()
    one_convolution = 8 * 8 * 9 + 8
    assert [analysis.nodes[name].parameters for name in ("1", "2", "3")] == [2 * one_convolution] * 3
    assert analysis.parameters == 6 * one_convolution
    assert analysis.nodes["3"].receptive_field == (13, 13)
    assert "2.conv1" in analysis.leaves and "2" not in analysis.leaves


def test_shapes_are_shown_up_to_the_error_and_the_error_is_pinned():
    architecture = network(
        picture(3),
        node("conv", "Conv2d", "input", out_channels=16, kernel_size=3),
        node("fc", "Linear", "conv", out_features=10),
        node("output", "Output", "fc"),
    )
    analysis = analyse(architecture)
    (problem,) = analysis.problems
    assert problem.node == "fc" and "16×30×30" in problem.what and "Flatten" in problem.mend
    assert analysis.nodes["conv"].output_shapes == ((16, 30, 30),)
    assert "fc" not in analysis.nodes and "output" not in analysis.nodes
    with pytest.raises(ProblemsFound, match="fc: Linear expects a vector"):
        build(architecture)


@pytest.mark.parametrize(
    "broken",
    [
        node("b", "ReLU", "nowhere"),
        node("b", "ReLU", "output"),
        node("b", "Conv2d", "a", out_channels="$nothing", kernel_size=3),
        node("b", "Input", "a", shape=[3]),
        node("b", "Output", "a", "input"),
        node("b", "Nonsense", "a"),
        node("b", "Add", "a"),
        node("lambda", "ReLU", "a"),
    ],
)
def test_whatever_is_wrong_with_a_node_blanks_no_other(broken):
    sound = (picture(), node("a", "ReLU", "input"), node("output", "Output", "a"))
    facts = analyse(network(*sound)).nodes
    analysis = analyse(network(*sound, broken))
    assert not analysis.sound
    assert {path: analysis.nodes[path] for path in facts} == facts


@pytest.mark.parametrize(
    ("nodes", "where", "what"),
    [
        ((picture(), node("a", "ReLU"), node("output", "Output", "a")), "a", "expects one connection, but gets none"),
        ((picture(), node("a", "Add", "input"), node("output", "Output", "a")), "a", "two or more connections"),
        (
            (picture(), node("a", "Frobnicate", "input"), node("output", "Output", "a")),
            "a",
            "no layer called Frobnicate",
        ),
        ((picture(), node("a", "Conv2d", "input"), node("output", "Output", "a")), "a", "out_channels"),
        ((picture(), node("a", "ReLU", "input")), "", "no Output"),
        ((node("output", "Output", "output"),), "output", "cycle"),
        ((picture(), node("a", "ReLU", "b"), node("b", "ReLU", "a"), node("output", "Output", "b")), "a", "cycle"),
    ],
)
def test_every_mistake_is_one_sentence_at_its_node(nodes, where, what):
    problems = [problem for problem in analyse(network(*nodes)).problems if problem.severity == "error"]
    assert any(problem.node == where and what in problem.what for problem in problems), problems


def test_a_layer_that_feeds_nothing_is_a_warning_only():
    analysis = analyse(network(picture(), node("a", "ReLU", "input"), node("output", "Output", "input")))
    assert analysis.sound and [problem.node for problem in analysis.problems] == ["a"]


def test_two_inputs_and_two_outputs():
    architecture = network(
        node("left", "Input", shape=[4]),
        node("right", "Input", shape=[6]),
        node("both", "Concat", "left", "right"),
        node("age", "Linear", "both", out_features=1),
        node("gender", "Linear", "both", out_features=2),
        node("out_age", "Output", "age"),
        node("out_gender", "Output", "gender"),
    )
    outputs = build(architecture)(torch.zeros(5, 4), torch.zeros(5, 6))
    assert {name: tuple(tensor.shape) for name, tensor in outputs.items()} == {"out_age": (5, 1), "out_gender": (5, 2)}


def test_analysing_draws_nothing_from_torchs_generator():
    before = torch.get_rng_state()
    analyse(lenet(), classes=13)
    build(lenet(), seed=5)
    assert torch.equal(before, torch.get_rng_state())


def test_submodules_bear_the_nodes_paths_and_the_seed_decides_the_weights():
    architecture = network(
        picture(8),
        node("layer1", "Residual", "input", width=8),
        node("output", "Output", "layer1"),
        blocks={"Residual": RESIDUAL},
    )
    one, same, other = build(architecture, seed=1), build(architecture, seed=1), build(architecture, seed=2)
    assert set(one.state_dict()) == {f"layer1.conv{i}.{kind}" for i in (1, 2) for kind in ("weight", "bias")}
    assert torch.equal(one.get_parameter("layer1.conv1.weight"), same.get_parameter("layer1.conv1.weight"))
    assert not torch.equal(one.get_parameter("layer1.conv1.weight"), other.get_parameter("layer1.conv1.weight"))

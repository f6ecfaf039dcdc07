"""Differences between networks: presets whose papers name the difference, and edits, which are the difference."""

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from tests.compiler.networks import block, network, node, picture
from workbench.compiler.analysis import analyse
from workbench.compiler.diff import Cost, Difference, Row, compare
from workbench.spec import edits
from workbench.spec.experiment import Architecture
from workbench.spec.files import read_architecture
from workbench.spec.graph import Graph
from workbench.spec.problems import ProblemsFound

LENET = read_architecture("lenet")


def with_graph(architecture: Architecture, graph: Graph) -> Architecture:
    return edits.replace(architecture, graph=graph)


def differing(difference: Difference) -> list[Row]:
    return [row for row in difference.rows if row.mark != "same"]


def counted(name: str) -> int:
    with torch.device("meta"):
        module: nn.Module = torchvision.models.get_model(name)
    return sum(each.numel() for each in module.parameters())


@pytest.mark.parametrize(("before", "after"), [("resnet18", "resnet34"), ("vgg16", "vgg19"), ("vgg16", "vgg16_bn")])
def test_the_difference_in_parameters_is_torchvisions(before, after):
    difference = compare(read_architecture(before), read_architecture(after))
    first, second = difference.costs
    assert (second - first).parameters == counted(after) - counted(before)
    outermost = [row.cost for row in difference.rows if row.depth == 0]
    assert sum((cost for cost in outermost if cost), Cost()) == second - first


def test_resnet34_is_resnet18_with_more_blocks_in_each_stage():
    rows = differing(compare(read_architecture("resnet18"), read_architecture("resnet34")))
    assert {row.mark for row in rows} == {"changed"}
    words = {row.path: [change.words for change in row.changes] for row in rows if row.changes}
    assert words == {
        "layer1/0": ["repeat 2 → 3"],
        "layer2/1": ["repeat 1 → 3"],
        "layer3/1": ["repeat 1 → 5"],
        "layer4/1": ["repeat 1 → 2"],
    }


def test_batch_normalisation_in_a_numbered_sequence_is_all_that_is_new():
    rows = differing(compare(read_architecture("vgg16"), read_architecture("vgg16_bn")))
    assert [row.after.type for row in rows if row.mark == "added"] == ["BatchNorm"] * 13
    assert [row.path for row in rows if row.mark != "added"] == ["features"]


def test_a_setting_that_changes_and_what_follows_from_it():
    graph = edits.set_parameters(LENET.graph, "conv1", {"out_channels": 8})
    rows = {row.path: row for row in differing(compare(LENET, with_graph(LENET, graph)))}
    assert {path: row.mark for path, row in rows.items()} == {
        "conv1": "changed",
        "pool1": "affected",
        "relu1": "affected",
        "conv2": "affected",
    }
    (change,) = rows["conv1"].changes
    assert (change.what, change.before, change.after) == ("out_channels", 6, 8)
    assert rows["conv1"].cost == Cost(parameters=2 * 26, macs=2 * 25 * 28 * 28, activation_bytes=2 * 4 * 28 * 28)
    assert rows["conv2"].cost.parameters == 2 * 25 * 16
    assert rows["pool1"].after.output_shapes == ((8, 14, 14),)


def test_renamed_retyped_removed_added_and_rewired():
    graph = edits.rename(LENET.graph, "conv1", "first")
    graph = edits.remove_nodes(graph, ["relu4"])
    graph = edits.add_node(graph, node("drop", "Dropout"))
    graph = edits.insert_on_edge(graph, "drop", "fc3", 0)
    rows = {row.path: row for row in differing(compare(LENET, with_graph(LENET, graph)))}
    assert {path: row.mark for path, row in rows.items()} == {"first": "changed", "relu4": "removed", "drop": "added"}
    assert [change.words for change in rows["first"].changes] == ["name conv1 → first"]

    short = network(picture(), node("a", "ReLU", "input"), node("b", "Tanh", "input"), node("y", "Output", "a"))
    other = network(picture(), node("a", "GELU", "input"), node("b", "Tanh", "input"), node("y", "Output", "b"))
    rows = {row.path: row for row in differing(compare(short, other))}
    assert [change.words for change in rows["a"].changes] == ["type ReLU → GELU"]
    assert [change.words for change in rows["y"].changes] == ["inputs a → b"]

    numbered = with_graph(LENET, edits.rename(LENET.graph, "conv1", "0"))
    for networks, words in (((LENET, numbered), "name conv1 → 0"), ((numbered, LENET), "name 0 → conv1")):
        assert [change.words for row in differing(compare(*networks)) for change in row.changes] == [words]


def test_a_layer_that_becomes_a_block_changes_its_type():
    plain = block(node("x", "Input"), node("act", "ReLU", "x"), node("y", "Output", "act"))
    layer, use = (network(picture(), node("a", kind, "input"), blocks={"Plain": plain}) for kind in ("ReLU", "Plain"))
    for networks, words in (((layer, use), "type ReLU → Plain"), ((use, layer), "type Plain → ReLU")):
        (row,) = compare(*networks).rows[1:]
        assert [change.words for change in row.changes] == [words]


@pytest.mark.parametrize(
    ("setting", "before", "after", "words"),
    [
        ("kernel_size", [5, 3], 5, "kernel_size 5×3 → 5"),
        ("kernel_size", 5, [5, 3], "kernel_size 5 → 5×3"),
        ("bias", True, 1, "bias yes → 1"),
        ("padding", 0, False, "padding 0 → no"),
    ],
)
def test_a_setting_of_another_kind_is_another_setting(setting, before, after, words):
    first, second = (
        with_graph(LENET, edits.set_parameters(LENET.graph, "conv1", {setting: each})) for each in (before, after)
    )
    assert [change.words for row in compare(first, second).rows for change in row.changes] == [words]


def test_what_is_removed_stands_where_it_was():
    less = with_graph(LENET, edits.remove_nodes(LENET.graph, ["conv1", "pool2", "relu4"]))
    rows = compare(LENET, less).rows
    assert [row.path for row in rows] == [each.name for each in LENET.graph.in_order]
    assert [row.path for row in rows if row.mark == "removed"] == ["conv1", "pool2", "relu4"]


def nested(padding: int, inner: str = "Inner", outer: str = "Outer") -> Architecture:
    """Two convolutions with this padding, in a block within a block, and a block without any."""
    convolution = block(
        node("x", "Input"),
        node("conv", "Conv2d", "x", out_channels=4, kernel_size=3, padding=padding, bias=False),
        node("y", "Output", "conv"),
    )
    twice = block(node("x", "Input"), node("inner", inner, "x", repeat=2), node("y", "Output", "inner"))
    same = block(node("x", "Input"), node("act", "ReLU", "x"), node("y", "Output", "act"))
    nodes = (node("outer", outer, "input"), node("same", "Same", "outer"), node("out", "Output", "same"))
    return network(picture(), *nodes, blocks={inner: convolution, outer: twice, "Same": same})


def test_only_the_blocks_that_differ_are_opened():
    difference = compare(nested(1), nested(0))
    rows = {row.path: row for row in differing(difference)}
    assert {path: (row.mark, row.depth) for path, row in rows.items()} == {
        "outer": ("changed", 0),
        "outer/inner": ("changed", 1),
        "outer/inner/conv": ("changed", 2),
        "same": ("affected", 0),
        "out": ("affected", 0),
    }
    row = rows["outer/inner/conv"]
    assert (row.before.output_shapes, row.after.output_shapes) == (((4, 32, 32),), ((4, 28, 28),))
    assert row.cost.macs == 4 * 9 * (3 * 30**2 + 4 * 28**2 - (3 + 4) * 32**2)
    assert compare(nested(1), nested(1)).equal


def test_the_name_of_a_block_is_no_difference():
    assert compare(nested(1), nested(1, "Twin", "Twins")).equal
    paths = [row.path for row in differing(compare(nested(1), nested(0, "Twin", "Twins")))]
    assert paths == ["outer", "outer/inner", "outer/inner/conv", "same", "out"]


def test_a_network_with_errors_is_compared_as_far_as_it_is_known():
    graph = edits.set_parameters(LENET.graph, "conv2", {"kernel_size": 99})
    difference = compare(LENET, with_graph(LENET, graph))
    rows = {row.path: row for row in difference.rows}
    assert rows["conv2"].mark == "changed" and rows["conv2"].cost is None
    assert rows["conv1"].mark == "same"
    assert not difference.problems[0] and difference.problems[1][0].node == "conv2"

    first, second = (network(picture(), node("a", "Unheard", "input", size=size)) for size in (3, 4))
    difference = compare(first, second)
    (row,) = differing(difference)
    assert (row.path, row.cost, [change.words for change in row.changes]) == ("a", None, ["size 3 → 4"])
    assert all("Unheard" in problems[0].what for problems in difference.problems)


def test_a_circle_is_no_network():
    circle = network(node("a", "ReLU", "b"), node("b", "ReLU", "a"))
    with pytest.raises(ProblemsFound, match="cycle"):
        compare(circle, LENET)


PRESETS = ["lenet", "lenet_1989", "resnet20", "seresnet20", "plain20", "googlenet_mini", "densenet_mini"]


@settings(max_examples=20)
@given(st.sampled_from(PRESETS), st.sampled_from(PRESETS))
def test_the_way_back_is_the_opposite(before, after):
    first, second = read_architecture(before), read_architecture(after)
    there, back = compare(first, second), compare(second, first)
    assert there.equal == back.equal == (before == after)
    assert there.costs[1] - there.costs[0] == Cost() - (back.costs[1] - back.costs[0])
    assert there.costs[0].parameters == analyse(first).parameters
    outermost = [row for row in there.rows if row.depth == 0]
    assert sum((row.cost for row in outermost if row.cost), Cost()) == there.costs[1] - there.costs[0]
    assert {row.before.name for row in outermost if row.before} == set(first.graph.by_name)
    assert {row.after.name for row in outermost if row.after} == set(second.graph.by_name)

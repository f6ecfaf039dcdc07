"""Remedies: each one offered removes its problem, as a new analysis confirms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compiler.edited import changes, perform
from tests.compiler.networks import RESIDUAL, network, node, picture, residual_network
from workbench.compiler.analysis import analyse
from workbench.session.editing.network_facts import analyse_experiment
from workbench.spec.component import Component
from workbench.spec.edits import remove_nodes
from workbench.spec.experiment import Architecture, DataRecipe, Experiment
from workbench.spec.files import read_architecture
from workbench.spec.graph import Graph, Node
from workbench.spec.mending import apply_remedy
from workbench.spec.problems import Problem, SpecError
from workbench.spec.record import replace
from workbench.spec.remedy import Insert, Remedy

DATA = DataRecipe(source=Component(type="Digits"))


def experiment_of(architecture: Architecture) -> Experiment:
    return Experiment(name="test", architecture=architecture, data=DATA)


def mended(architecture: Architecture, remedy: Remedy) -> Architecture:
    return apply_remedy(experiment_of(architecture), remedy).architecture


def chain(*nodes, shape=(3, 16, 16), **more) -> Architecture:
    """An Input, these nodes, and an Output."""
    return network(node("input", "Input", shape=list(shape)), *nodes, node("output", "Output", nodes[-1].name), **more)


UNPADDED = Graph(
    parameters={"width": 8},
    nodes=(
        node("x", "Input"),
        node("conv1", "Conv2d", "x", out_channels="$width", kernel_size=3),
        node("relu", "ReLU", "conv1"),
        node("conv2", "Conv2d", "relu", out_channels="$width", kernel_size=5, padding=1),
        node("add", "Add", "conv2", "x"),
        node("y", "Output", "add"),
    ),
)

NEEDS_FLATTEN = Graph(
    parameters={"width": 4, "groups": 3},
    nodes=(
        node("x", "Input"),
        node("conv", "Conv2d", "x", out_channels="$width", kernel_size=3, groups="$groups"),
        node("fc", "Linear", "conv", out_features=5),
        node("y", "Output", "fc"),
    ),
)

BROKEN: dict[str, tuple[Architecture, str]] = {
    "a convolution without padding beside a skip": (
        chain(
            node("conv", "Conv2d", "input", out_channels=3, kernel_size=3),
            node("relu", "ReLU", "conv"),
            node("add", "Add", "relu", "input"),
        ),
        "Set padding of conv to 1",
    ),
    "a convolution without padding and with other channels beside a skip": (
        chain(
            node("conv", "Conv2d", "input", out_channels=8, kernel_size=3),
            node("add", "Add", "conv", "input"),
        ),
        "Set padding of conv to 1 and insert a 1×1 Conv2d with 8 filters",
    ),
    "unequal windows without padding in a block that is used twice": (
        chain(node("a", "Unpadded", "input", repeat=2), shape=(8, 16, 16), blocks={"Unpadded": UNPADDED}),
        "Set padding of conv1 and conv2 to values that keep the size",
    ),
    "branches of other windows that are joined": (
        chain(
            node("small", "Conv2d", "input", out_channels=4, kernel_size=[3, 1]),
            node("pool", "MaxPool2d", "input", kernel_size=3, stride=1, padding=1),
            node("large", "Conv2d", "input", out_channels=6, kernel_size=[3, 1], dilation=2, bias=False),
            node("join", "Concat", "small", "pool", "large"),
        ),
        "Set padding of small and large to values that keep the size",
    ),
    "a picture into Linear": (chain(node("fc", "Linear", "input", out_features=4)), "Insert Flatten"),
    "a vector into Dropout2d": (chain(node("a", "Dropout2d", "input", p=0.2), shape=(9,)), "Replace with Dropout"),
    "a picture into tokens": (
        chain(node("a", "PositionEmbedding", "input")),
        "Insert Flatten and Permute",
    ),
    "groups that do not divide the input": (
        chain(node("a", "Conv2d", "input", out_channels=6, kernel_size=3, groups=4)),
        "Set groups to 3",
    ),
    "groups that do not divide the filters": (
        chain(node("a", "Conv2d", "input", out_channels=8, kernel_size=3, groups=3)),
        "Set groups to 1",
    ),
    "groups that divide neither": (
        chain(node("a", "Conv2d", "input", out_channels=9, kernel_size=3, groups=5), shape=(12, 16, 16)),
        "Set groups to 3",
    ),
    "heads": (chain(node("a", "MultiheadSelfAttention", "input", num_heads=5), shape=(7, 12)), "Set num heads to 4"),
    "groups of a norm": (chain(node("a", "GroupNorm", "input", num_groups=2)), "Set num groups to 1"),
    "pieces": (chain(node("a", "Maxout", "input", num_pieces=4), shape=(9,)), "Set num pieces to 3"),
    "a filter larger than the picture": (
        chain(node("a", "Conv2d", "input", out_channels=4, kernel_size=[3, 20])),
        "Set kernel size to 3, 16",
    ),
    "a dilated filter larger than the picture": (
        chain(node("a", "Conv2d", "input", out_channels=4, kernel_size=[9, 12], dilation=[1, 2])),
        "Set kernel size to 9, 8",
    ),
    "a pool larger than the picture": (
        chain(node("a", "MaxPool2d", "input", kernel_size=40, padding=2)),
        "Set kernel size to 16 and padding to 0",
    ),
    "a border of more than half": (
        chain(node("a", "MaxPool2d", "input", kernel_size=[2, 4], padding=2)),
        "Set padding to 1, 2",
    ),
    "same with a stride": (
        chain(node("a", "Conv2d", "input", out_channels=4, kernel_size=5, stride=2, padding="same")),
        "Set padding to 2",
    ),
    "same with a stride and an even window": (
        chain(node("a", "Conv2d", "input", out_channels=4, kernel_size=4, stride=2, padding="same")),
        "Set padding to 1",
    ),
    "a mirrored border": (
        chain(node("a", "Conv2d", "input", out_channels=4, kernel_size=3, padding=16, padding_mode="reflect")),
        "Set padding mode to zeros",
    ),
    "output padding": (
        chain(node("a", "ConvTranspose2d", "input", out_channels=4, kernel_size=3, output_padding=3)),
        "Set output padding to 0",
    ),
    "a border that takes all": (
        chain(node("a", "ConvTranspose2d", "input", out_channels=4, kernel_size=3, padding=20)),
        "Set padding to 0",
    ),
    "an end before the start": (chain(node("a", "Flatten", "input", start_dim=3, end_dim=1)), "Set end dim to -1"),
    "a shape that holds less": (chain(node("a", "Reshape", "input", shape=[7, 7])), "Set shape to -1"),
    "no order": (chain(node("a", "Permute", "input", dims=[0, 2, 1])), "Set dims to 0, 2, 3, 1"),
    "a stretch past the end": (chain(node("a", "Slice", "input", start=5)), "Set start to 0 and stop to automatic"),
    "a token that is not there": (chain(node("a", "SelectToken", "input", index=9), shape=(7, 12)), "Set index to 0"),
    "no shape": (network(node("input", "Input"), node("output", "Output", "input")), "Set shape to 1, 28, 28"),
    "a skip with fewer channels": (
        chain(
            node("a", "Conv2d", "input", out_channels=8, kernel_size=3, padding=1),
            node("add", "Add", "a", "input"),
        ),
        "Insert a 1×1 Conv2d with 8 filters",
    ),
    "a skip of a larger picture": (
        chain(
            node("a", "Conv2d", "input", out_channels=8, kernel_size=3, padding=1, stride=2),
            node("add", "Add", "a", "input"),
        ),
        "Insert a 1×1 Conv2d with 8 filters and stride 2",
    ),
    "a skip of a wider picture": (
        chain(
            node("a", "Conv2d", "input", out_channels=2, kernel_size=3, padding=1, stride=[1, 2]),
            node("add", "Add", "input", "a"),
            shape=(3, 9, 9),
        ),
        "Insert a 1×1 Conv2d with 2 filters and stride 1×2",
    ),
    "vectors that meet": (
        chain(node("a", "Linear", "input", out_features=8), node("add", "Add", "a", "input"), shape=(5,)),
        "Insert a Linear with 8 units",
    ),
    "a vector that scales a picture": (
        chain(
            node("pool", "AdaptiveAvgPool2d", "input", output_size=1),
            node("flat", "Flatten", "pool"),
            node("scale", "Multiply", "input", "flat"),
        ),
        "Insert Reshape",
    ),
    "no Output": (network(picture(), node("a", "ReLU", "input")), "Add an Output after a"),
    "no Input": (network(node("a", "ReLU"), node("output", "Output", "a")), "Add an Input before a"),
    "an Output that nothing feeds": (network(picture(), node("output", "Output")), "Connect input"),
    "a layer that nothing feeds": (
        network(picture(), node("b", "ReLU"), node("output", "Output", "b")),
        "Connect input",
    ),
    "a layer that nobody needs": (
        network(picture(), node("a", "ReLU", "input"), node("output", "Output", "input")),
        "Delete a",
    ),
    "too many connections": (chain(node("a", "ReLU", "input", "input")), "Remove the extra connections"),
    "a join of one": (chain(node("a", "Add", "input")), "Delete a"),
    "an Input that is fed": (
        network(picture(), node("b", "Input", "input", shape=[3]), node("output", "Output", "input")),
        "Remove the connection",
    ),
    "an Output that takes two": (
        network(picture(), node("a", "ReLU", "input"), node("output", "Output", "a", "input")),
        "Keep only the first connection",
    ),
    "a name with a meaning": (chain(node("train", "ReLU", "input")), "Rename it to train_1"),
    "a repeated Output": (
        network(picture(), node("output", "Output", "input", repeat=2)),
        "Set its repeat to 1",
    ),
    "within a block": (
        chain(node("use", "Broken", "input", groups=1), blocks={"Broken": NEEDS_FLATTEN}),
        "Insert Flatten",
    ),
    "bound to the block's": (
        chain(node("use", "Broken", "input", groups=2, width=6), blocks={"Broken": NEEDS_FLATTEN}),
        "Set groups to 1",
    ),
    "a block without an Output": (
        chain(node("use", "Half", "input"), blocks={"Half": replace(RESIDUAL, nodes=RESIDUAL.nodes[:-1])}),
        "Add an Output after add",
    ),
    "a block's Output that nothing feeds": (
        chain(
            node("use", "Half", "input"),
            blocks={"Half": replace(RESIDUAL, nodes=(*RESIDUAL.nodes[:-1], node("y", "Output")))},
        ),
        "Connect add",
    ),
    "an Output of a block that is repeated too": (
        chain(
            node("use", "Half", "input"),
            blocks={"Half": replace(RESIDUAL, nodes=(*RESIDUAL.nodes[:-1], node("y", "Output", repeat=2)))},
        ),
        "Connect add",
    ),
    "no Output after a repeat": (network(picture(), node("a", "ReLU", "input", repeat=3)), "Add an Output after a"),
    "a block that takes less": (
        chain(node("use", "Residual", "input", "input"), blocks={"Residual": RESIDUAL}),
        "Remove the extra connections",
    ),
}


def alike(problem: Problem, other: Problem) -> bool:
    """Whether both have the same problem at the same place; numbers may differ."""
    return problem.node == other.node and problem.what == other.what


def check(architecture: Architecture, problem: Problem) -> Architecture:
    assert problem.remedy is not None
    after = mended(architecture, problem.remedy)
    assert not any(alike(problem, other) for other in analyse(after).problems), problem
    return after


@pytest.mark.parametrize("name", BROKEN)
def test_the_remedy_offered_removes_the_problem(name: str) -> None:
    architecture, words = BROKEN[name]
    offered = {problem.remedy.words: problem for problem in analyse(architecture).problems if problem.remedy}
    assert words in offered, analyse(architecture).problems
    check(architecture, offered[words])


def at(x: float, y: float, layer: Node) -> Node:
    return replace(layer, position=(x, y))


def offer_for(name: str, *nodes: Node) -> str:
    """The button beside the problem of a node that nothing feeds; it must remove that problem."""
    architecture = network(*nodes)
    problem = next(each for each in analyse(architecture).problems if each.node == name and each.severity == "error")
    if problem.remedy is None:
        return ""
    check(architecture, problem)
    return problem.remedy.words


def test_of_several_loose_cards_the_nearest_above_is_offered() -> None:
    """Not the one beside it or below it, and none that depends on it."""
    fed = (at(0, 0, picture()), at(0, 100, node("a", "ReLU", "input")), at(0, 200, node("b", "Tanh", "input")))
    beside = (at(60, 300, node("c", "Tanh", "input")), at(0, 340, node("d", "ReLU", "input")))
    loose, end = at(0, 300, node("e", "ReLU")), at(0, 500, node("output", "Output", "input"))
    assert offer_for("e", *fed, *beside, loose, end) == "Connect b"
    assert offer_for("e", fed[0], at(0, 200, node("b", "Tanh", "e")), *fed[1:2], *beside, loose, end) == "Connect a"
    assert offer_for("e", fed[0], *beside, loose, end) == ""
    assert offer_for("output", *fed, *beside, replace(end, inputs=())) == "Connect d"
    assert offer_for("e", *fed, *beside, node("e", "ReLU"), end) == "", "a card of no place is near to none"
    crowd = [at(10 * n, 110, node(f"r{n}", "ReLU", "input")) for n in range(30)]
    assert offer_for("e", fed[0], *crowd, loose, end) == ""


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), changes()), max_size=6))
def test_whatever_is_offered_after_any_edits_removes_its_problem(sequence) -> None:
    architecture = residual_network()
    for within, change in sequence:
        try:
            if within:
                architecture = replace(
                    architecture, blocks={"Residual": perform(architecture.blocks["Residual"], change)}
                )
            else:
                architecture = replace(architecture, graph=perform(architecture.graph, change))
        except SpecError:
            continue
    for problem in analyse(architecture).problems:
        if problem.remedy is not None:
            check(architecture, problem)


def test_within_a_block_a_new_layer_is_bound_as_its_neighbours_are() -> None:
    resnet = read_architecture("resnet20")
    block = resnet.blocks["DownsamplingBlock"]
    without = replace(resnet, blocks={**resnet.blocks, "DownsamplingBlock": remove_nodes(block, {"downsample"})})
    (problem,) = [each for each in analyse(without).problems if each.severity == "error"]
    assert problem.remedy is not None and problem.remedy.words == "Insert a 1×1 Conv2d with 32 filters and stride 2"
    after = mended(without, problem.remedy)
    assert analyse(after).sound, "also where the block has 64 channels"
    (new,) = after.blocks["DownsamplingBlock"].by_name.keys() - block.by_name.keys()
    assert after.blocks["DownsamplingBlock"].by_name[new].parameters["out_channels"] == "$channels"


def test_a_layer_of_one_input_that_two_unequal_pictures_reach_is_told() -> None:
    conv = node("conv", "Conv2d", "input", out_channels=3, kernel_size=3)
    both = node("both", "Conv2d", "conv", "input", out_channels=3, kernel_size=1)
    (problem,) = analyse(network(picture(), conv, both, node("output", "Output", "both"))).problems
    assert problem.what == "Conv2d expects one connection, but gets 2"


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ((node("1", "Add"),), {"1": ""}),
        ((node("1", "Add", "input", repeat=2),), {"1": "Delete 1", "2": ""}),
        ((node("1", "Conv2d", "input", repeat=2, out_channels=3, kernel_size=5),), {"2": "Set kernel size to 4"}),
    ],
)
def test_a_remedy_is_offered_only_where_it_leaves_the_rest_in_order(nodes, words) -> None:
    """A join is deleted where it passes its one input on, and no copy of a repeat without the others."""
    architecture = network(picture(3, 8), *nodes, node("output", "Output", "1"))
    found = {each.node: each.remedy.words if each.remedy else "" for each in analyse(architecture).errors}
    assert found == words


def test_what_mends_two_problems_is_offered_once() -> None:
    loose = network(
        picture(), node("relu", "ReLU", "input"), node("add", "Add", "relu"), node("output", "Output", "relu")
    )
    found = [problem for problem in analyse(loose).problems if problem.node == "add"]
    assert len(found) == 2
    assert [problem.remedy.words for problem in found if problem.remedy] == ["Delete add"]


def test_a_remedy_for_what_is_gone_says_so() -> None:
    remedy = Insert(words="", path="nowhere.conv", port=0, layers=())
    with pytest.raises(SpecError, match=r"nowhere\.conv no longer exists"):
        mended(residual_network(), remedy)


def with_graph(name: str, *changed) -> Experiment:
    """A preset with some of its nodes replaced."""
    architecture = read_architecture(name)
    by_name = {each.name: each for each in changed}
    nodes = tuple(by_name.get(each.name, each) for each in architecture.graph.nodes)
    return experiment_of(replace(architecture, graph=replace(architecture.graph, nodes=nodes)))


@pytest.mark.parametrize(
    ("experiment", "words"),
    [
        (with_graph("lenet", node("fc3", "Linear", "relu4", out_features=7)), "Set fc3 to units = classes"),
        (
            with_graph("lenet", node("output", "Output", "relu4"), node("fc3", "Linear", "flatten", out_features=7)),
            "Set fc2 to units = classes",
        ),
        # A layer that fc3 reads as well keeps its size.
        (with_graph("lenet", node("output", "Output", "relu4")), "Insert a Linear with units = classes"),
        (with_graph("lenet", node("output", "Output", "conv2")), "Insert Flatten and a Linear with units = classes"),
        (with_graph("lenet", node("output", "Output", "flatten")), "Insert a Linear with units = classes"),
    ],
)
def test_the_answer_is_brought_to_the_number_of_classes(experiment: Experiment, words: str) -> None:
    (problem,) = [each for each in analyse_experiment(experiment).problems if each.node == "output"]
    assert problem.remedy is not None and problem.remedy.words == words
    after = apply_remedy(experiment, problem.remedy)
    assert analyse_experiment(after).sound
    untouched = experiment.architecture.graph.nodes
    (widened,) = [each for each in after.architecture.graph.nodes if each not in untouched and each.type == "Linear"]
    assert widened.parameters["out_features"] == "$classes", "also of other data"

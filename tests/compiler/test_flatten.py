"""Flattening blocks and repeats: limits, names, and what a block must have."""

import keyword

import pytest

from tests.compiler.networks import RESIDUAL, network, node, picture
from workbench.compiler.flatten import MAX_NESTING, MAX_NODES, FlatGraph, flatten
from workbench.spec.experiment import Architecture
from workbench.spec.graph import Graph, Node


def nested(depth: int, repeat: int) -> Architecture:
    """A ReLU inside nested blocks, ``depth`` deep; each level is repeated ``repeat`` times in sequence."""
    blocks = {
        f"Block{level}": Graph(
            nodes=(
                node("x", "Input"),
                node("inner", f"Block{level - 1}" if level else "ReLU", "x", repeat=repeat),
                node("y", "Output", "inner"),
            )
        )
        for level in range(depth)
    }
    return network(picture(), node("all", f"Block{depth - 1}", "input"), node("output", "Output", "all"), blocks=blocks)


def chain(number: int) -> Architecture:
    """``number`` nodes in sequence, including Input and Output."""
    inner: list[Node] = []
    for start in range(0, number - 2, 1000):
        before = inner[-1].name if inner else "input"
        inner.append(node(f"part{start}_", "ReLU", before, repeat=min(1000, number - 2 - start)))
    return network(picture(), *inner, node("output", "Output", inner[-1].name))


def sentences(flat: FlatGraph) -> list[tuple[str, str]]:
    return [(problem.node, problem.what) for problem in flat.problems]


def test_a_tiny_file_cannot_write_out_to_a_thousand_billion_layers() -> None:
    flat = flatten(nested(depth=4, repeat=1000))
    ((where, what),) = sentences(flat)
    assert where == "all" and flat.nodes == ()
    # 2 ports and 1,000 nodes in the innermost block; 2 ports and 1,000 uses with their contents in each outer one.
    inside = 1002
    for _ in range(3):
        inside = 2 + 1000 * (1 + inside)
    assert what == f"the network expands to {3 + inside:,} nodes; at most 20,000 are allowed"


def test_counting_is_exact_at_the_limit() -> None:
    assert len(flatten(chain(MAX_NODES)).nodes) == MAX_NODES
    assert sentences(flatten(chain(MAX_NODES + 1)))[0][1].startswith("the network expands to 20,001 nodes")


def test_a_block_that_nothing_uses_does_not_count() -> None:
    architecture = network(picture(), node("output", "Output", "input"), blocks=nested(4, 1000).blocks)
    assert flatten(architecture).problems == ()


@pytest.mark.parametrize("repeat", [1, 1000])
def test_blocks_stand_within_blocks_only_so_deep(repeat: int) -> None:
    assert flatten(nested(MAX_NESTING, 1)).problems == ()
    ((where, what),) = sentences(flatten(nested(2000, repeat)))
    assert (where, what) == ("", "blocks are nested 2,000 deep; at most 20 levels are allowed")


def test_a_block_without_an_output_is_a_problem_at_its_use() -> None:
    silent = Graph(nodes=(node("x", "Input"), node("relu", "ReLU", "x")))
    architecture = network(
        picture(), node("use", "Silent", "input", repeat=2), node("output", "Output", "use"), blocks={"Silent": silent}
    )
    assert sentences(flatten(architecture)) == [("use0", "the block Silent has no Output")]


def test_an_output_of_a_block_with_nothing_connected_is_a_problem_at_that_output() -> None:
    loose = Graph(nodes=(node("x", "Input"), node("relu", "ReLU", "x"), node("y", "Output")))
    architecture = network(
        picture(), node("use", "Loose", "input"), node("output", "Output", "use"), blocks={"Loose": loose}
    )
    assert sentences(flatten(architecture)) == [("use.y", "nothing is connected to this Output of the block Loose")]


DOUBLED = (
    node("fc", "ReLU", "input", repeat=2),
    node("fc1", "ReLU", "fc"),
    node("output", "Output", "fc1"),
)


def test_two_layers_written_out_under_one_name_are_a_problem() -> None:
    what = "once expanded, fc and fc1 both contain a node called fc1"
    assert sentences(flatten(network(picture(), *DOUBLED))) == [("fc1", what)]
    inner = Graph(nodes=(node("input", "Input"), *DOUBLED))
    architecture = network(
        picture(), node("use", "Inner", "input", repeat=3), node("output", "Output", "use"), blocks={"Inner": inner}
    )
    assert sentences(flatten(architecture)) == [("use0.fc1", what)]


def test_names_that_count_on_without_meeting_are_none() -> None:
    architecture = network(
        picture(8),
        node("0", "Residual", "input", repeat=3),
        node("3", "Residual", "0", repeat=2),
        node("output", "Output", "3"),
        blocks={"Residual": RESIDUAL},
    )
    flat = flatten(architecture)
    assert flat.problems == () and [use.path for use in flat.uses] == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("kind", ["Input", "Output"])
def test_a_port_cannot_be_repeated(kind: str) -> None:
    nodes = (
        node("input", "Input", shape=[4], repeat=2 if kind == "Input" else 1),
        node("relu", "ReLU", "input"),
        node("output", "Output", "relu", repeat=2 if kind == "Output" else 1),
    )
    assert (kind.lower(), f"an {kind} cannot be repeated") in sentences(flatten(network(*nodes)))


@pytest.mark.parametrize("name", [*keyword.kwlist, "state_dict"])
def test_a_layer_cannot_bear_a_name_with_a_meaning_of_its_own(name: str) -> None:
    architecture = network(picture(), node(name, "ReLU", "input"), node("output", "Output", name))
    ((where, what),) = sentences(flatten(architecture, reserved={"state_dict"}))
    assert where == name and what.startswith(f"a layer cannot be called {name}")

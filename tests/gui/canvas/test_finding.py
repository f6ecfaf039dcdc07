"""Search results in a network, including inside blocks."""

import pytest

from workbench.gui.canvas.finding import find
from workbench.spec.files import read_architecture


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("conv2", ["conv2", "conv1"]),
        ("CONV", ["conv1", "conv2"]),
        ("maxpool2d", ["pool1", "pool2"]),
        ("kernel 5", ["conv1", "conv2"]),
        ("out_channels=16", ["conv2"]),
        ("conv 16", ["conv2"]),
        ("120", ["fc1"]),
        ("12", []),
        ("conv linear", []),
        ("  ", []),
        ("=", []),
    ],
)
def test_names_types_and_values_are_found_and_every_word_must_answer(words: str, found: list[str]) -> None:
    assert [match.path[-1] for match in find(read_architecture("lenet"), words)] == found


def test_a_value_that_answers_is_said() -> None:
    (match,) = find(read_architecture("lenet"), "fc1 120")
    assert match.why == "out features 120"
    assert find(read_architecture("lenet"), "fc1")[0].why == ""


def test_what_is_in_a_block_is_found_once_at_its_first_use() -> None:
    architecture = read_architecture("resnet20")
    inside = [match.path for match in find(architecture, "BatchNorm") if len(match.path) > 1]
    in_blocks = [node for block in architecture.blocks.values() for node in block.nodes if node.type == "BatchNorm"]
    assert len(inside) == len(in_blocks) > 0
    for path in inside:
        graph = architecture.graph
        for name in path[:-1]:
            graph = architecture.blocks[graph.by_name[name].type]
        assert path[-1] in graph.by_name

"""The palette's entries, and the results of a search."""

import pytest

from workbench.gui.palette.presenter import BLOCKS, entries, search
from workbench.layers import LAYERS
from workbench.layers.base import Family
from workbench.spec.graph import Graph, Node

BLOCK = Graph(nodes=(Node(name="x", type="Input"), Node(name="y", type="Output", inputs=("x",))), about="Does nothing.")


def test_every_layer_and_block_is_offered_by_family() -> None:
    offered = entries({"Nothing": BLOCK})
    assert {entry.type for entry in offered} == {*LAYERS.table, "Nothing"}
    groups = list(dict.fromkeys(entry.group for entry in offered))
    assert groups == [*(family.value for family in Family), BLOCKS]
    assert all(entry.help for entry in offered)
    assert (offered[-1].help, offered[-1].family) == ("Does nothing.", None)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("conv", "Conv2d"),
        ("relu", "ReLU"),
        ("max pool", "MaxPool2d"),
        ("bn", "BatchNorm"),
        ("dropout", "Dropout"),
        ("batchnorm2d", "BatchNorm"),
    ],
)
def test_a_few_letters_find_the_layer(words: str, first: str) -> None:
    assert search(entries({}), words)[0].type == first


def test_names_come_before_words_of_help() -> None:
    for word in ("conv", "pool", "norm", "linear", "bn"):
        found = search(entries({}), word)
        named = [word in f"{entry.title} {entry.type}".casefold() for entry in found]
        assert named == sorted(named, reverse=True), word
    assert search(entries({}), "conv2d")[0].type == "Conv2d"
    assert search(entries({}), "normalisation")[0].help


def test_no_words_give_everything_and_nonsense_nothing() -> None:
    offered = entries({})
    assert search(offered, " ") == offered
    assert search(offered, "qqqzzz") == []

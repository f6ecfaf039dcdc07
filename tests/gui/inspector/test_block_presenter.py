"""The inspector's facts about a block, and how it reads a default."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.inspector import block_page
from workbench.spec import blocks
from workbench.spec.files import read_architecture
from workbench.spec.problems import SpecError
from workbench.spec.record import Value
from workbench.spec.structure import check_structure

RESNET = read_architecture("resnet20")


def test_a_block_says_how_often_it_is_used() -> None:
    page = block_page.block_page(RESNET, "BasicBlock")
    assert (page.used, page.parameters) == ("used twice", (("channels", "16"),))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("64", 64),
        ("0.5", 0.5),
        ("1e-6", 1e-6),
        ("yes", True),
        ("no", False),
        ("nothing", None),
        ("", None),
        ("3, 5", [3, 5]),
        ("same", "same"),
        ("a, b", "a, b"),
        ("NaN", "NaN"),
        ("1e400", "1e400"),
        ("1, 1e400", "1, 1e400"),
        ("9" * 30, "9" * 30),
        ('{"a": 1}', '{"a": 1}'),
    ],
)
def test_a_default_is_read_as_what_it_looks_like(text: str, value: Value) -> None:
    read = block_page.read_default(text)
    assert read == value and isinstance(read, type(value))


@given(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(-1e9, 1e9, allow_subnormal=False)
    | st.lists(st.integers(-99, 99), min_size=2, max_size=4)
    | st.text(st.characters(categories=["L", "Nd"], include_characters=".,-_"), max_size=8)
)
def test_a_default_reads_back_as_it_is_shown(value: Value) -> None:
    read = block_page.read_default(block_page.show_default(value))
    assert read == value


def test_parameters_are_added_renamed_and_removed_everywhere() -> None:
    added = block_page.parameter_added(RESNET, "BasicBlock")
    named = blocks.rename_parameter(added, "BasicBlock", "parameter1", "kernel")
    assert named.blocks["BasicBlock"].parameters == {"channels": 16, "kernel": 1}
    gone = blocks.remove_parameter(named, "BasicBlock", "channels")
    assert gone.blocks["BasicBlock"].by_name["conv1"].parameters["out_channels"] == 16
    assert check_structure(gone) == ()


def test_a_field_bound_for_the_first_time_makes_its_parameter() -> None:
    bound = block_page.bound(RESNET, "BasicBlock", "conv1", "kernel_size", 3)
    block = bound.blocks["BasicBlock"]
    assert block.parameters["kernel_size"] == 3 and block.by_name["conv1"].parameters["kernel_size"] == "$kernel_size"
    again = block_page.bound(bound, "BasicBlock", "conv2", "kernel_size", 3)
    assert again.blocks["BasicBlock"].by_name["conv2"].parameters["kernel_size"] == "$kernel_size2"
    other = block_page.bound(again, "BasicBlock", "conv2", "kernel_size", "$kernel_size2")
    assert other.blocks["BasicBlock"].parameters["kernel_size3"] == 3, "its value, no second binding"


def test_no_block_takes_a_layers_name() -> None:
    with pytest.raises(SpecError, match="a layer is already called Conv2d"):
        block_page.renamed(RESNET, "BasicBlock", "Conv2d")

"""Displayed values read back unchanged, and mistakes are explained in a sentence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.gui.canvas.cards import PHRASES
from workbench.gui.forms import form_text
from workbench.layers import LAYERS
from workbench.spec.forms import Parameter, parameters_of
from workbench.spec.problems import SpecError

FLOAT = Parameter(
    name="lr",
    title="learning rate",
    kind="float",
    required=True,
    start=0.1,
    minimum=0.0,
    minimum_excluded=True,
    maximum=1.0,
)
INTS = Parameter(name="shape", kind="ints", required=True, start=[1], minimum=1.0, lengths=(1, 3))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_it_was(value: float) -> None:
    free = Parameter(name="x", kind="float", required=True, start=0.0)
    assert form_text.read(form_text.show(value), free) == value


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=3))
def test_a_list_reads_back_as_it_was(value: list[int]) -> None:
    assert form_text.read(form_text.show(value), INTS) == value


def test_sizes_may_be_typed_as_people_write_them() -> None:
    assert form_text.read("1×28×28", INTS) == [1, 28, 28]
    assert form_text.read(" 1x28 28 ", INTS) == [1, 28, 28]


@pytest.mark.parametrize(
    ("text", "parameter", "words"),
    [
        ("fast", FLOAT, "“fast” is not a number"),
        ("9" * 30, INTS, "too large"),
        ("nan", FLOAT, "not a finite number"),
        ("0", FLOAT, "learning rate must be more than 0"),
        ("1.5", FLOAT, "learning rate must be at most 1"),
        ("", INTS, "takes 1 to 3 values"),
        ("1,2,3,4", INTS, "got 4"),
        ("0", INTS, "at least 1"),
        ("1.5", INTS, "not a whole number"),
    ],
)
def test_a_mistake_is_said(text: str, parameter: Parameter, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        form_text.read(text, parameter)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({}, "How far"),
        ({"minimum": 0.0, "maximum": 1.0}, "How far (from 0 to 1)"),
        ({"minimum": 1.0, "unit": "px"}, "How far (1 or more px)"),
        ({"minimum": 1.0, "maximum": 100_000.0}, "How far (from 1 to 100,000)"),
        ({"minimum": 0.0, "minimum_excluded": True, "maximum": 100.0}, "How far (more than 0, at most 100)"),
    ],
)
def test_help_names_the_bounds(bounds: dict[str, Any], words: str) -> None:
    assert form_text.help_of(Parameter(name="x", kind="float", required=False, help="how far", **bounds)) == words


def test_values_that_differ_are_all_told() -> None:
    assert form_text.Mixed(values=(6, 16)).words("automatic") == "6, 16"
    assert form_text.Mixed(values=([3, 1], None)).words("automatic") == "3, 1; automatic"


def test_a_layers_form_and_its_card_call_a_setting_alike() -> None:
    for layer in LAYERS.table.values():
        for parameter in parameters_of(layer):
            if parameter.name not in PHRASES:
                assert form_text.label(parameter) == parameter.name.replace("_", " "), layer

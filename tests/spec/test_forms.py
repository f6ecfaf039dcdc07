"""Forms generated from declarations."""

import subprocess
import sys
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from workbench.spec.catalogue import Declared, make
from workbench.spec.forms import Parameter, parameters_of, starting_parameters
from workbench.spec.record import same


class Everything(Declared):
    """A field of every kind."""

    count: Annotated[int, Meta(ge=1, le=9, description="how many", extra={"start": 3, "unit": "pcs"})]
    rate: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    whole_or_not: int | float = 1
    switch: Annotated[bool, Meta(description="on or off")] = True
    word: str = "a"
    order: Annotated[Literal["second", "first"], Meta(description="not sorted")] = "second"
    size: (
        Annotated[int, Meta(ge=0)] | Annotated[tuple[int, ...], Meta(min_length=2, max_length=2)] | Literal["same"]
    ) = 0
    plain_size: int | tuple[int, int] = (1, 2)
    maybe: Annotated[int, Meta(ge=2)] | None = None
    maybe_first: None | Annotated[int, Meta(ge=2)] = None  # noqa: RUF036  (a form must read it all the same)
    depths: list[Annotated[int, Meta(ge=1)]] = []
    betas: tuple[float, float] = (0.9, 0.999)
    names: tuple[str, ...] = ()
    level: Literal["auto"] | Annotated[int, Meta(ge=0)] = "auto"


FORM = {parameter.name: parameter for parameter in parameters_of(Everything)}


@pytest.mark.parametrize(
    "expected",
    [
        Parameter(name="count", kind="int", required=True, start=3, minimum=1, maximum=9, help="how many", unit="pcs"),
        Parameter(
            name="rate",
            kind="float",
            required=False,
            default=0.5,
            start=0.5,
            minimum=0,
            minimum_excluded=True,
            maximum=1,
            maximum_excluded=True,
        ),
        Parameter(name="whole_or_not", kind="float", required=False, default=1, start=1),
        Parameter(name="switch", kind="bool", required=False, default=True, start=True, help="on or off"),
        Parameter(name="word", kind="text", required=False, default="a", start="a"),
        Parameter(
            name="order",
            kind="choice",
            required=False,
            default="second",
            start="second",
            choices=("second", "first"),
            help="not sorted",
        ),
        Parameter(
            name="size", kind="pair", required=False, default=0, start=0, minimum=0, choices=("same",), lengths=(2, 2)
        ),
        Parameter(name="plain_size", kind="pair", required=False, default=[1, 2], start=[1, 2], lengths=(2, 2)),
        Parameter(name="maybe", kind="int", required=False, minimum=2, optional=True),
        Parameter(name="maybe_first", kind="int", required=False, minimum=2, optional=True),
        Parameter(name="depths", kind="ints", required=False, default=[], start=[], minimum=1),
        Parameter(
            name="betas", kind="floats", required=False, default=[0.9, 0.999], start=[0.9, 0.999], lengths=(2, 2)
        ),
        Parameter(name="names", kind="texts", required=False, default=[], start=[]),
        Parameter(name="level", kind="int", required=False, default="auto", start="auto", minimum=0, choices=("auto",)),
    ],
    ids=lambda parameter: parameter.name,
)
def test_reads_every_kind(expected: Parameter) -> None:
    assert FORM[expected.name] == expected


def test_keeps_the_order_of_the_fields() -> None:
    assert tuple(FORM) == Everything.__struct_fields__


def test_starts_with_what_is_required_only() -> None:
    assert starting_parameters(Everything) == {"count": 3}
    assert make(Everything, starting_parameters(Everything)) == Everything(count=3)


class _NoStart(Declared):
    count: int


class _Nested(Declared):
    inside: dict[str, int] = {}


class _Crash(Declared):
    size: Annotated[int, Meta(ge=1)] | tuple[int, int] = 1


@pytest.mark.parametrize(
    ("cls", "message"),
    [
        (_NoStart, "_NoStart.count has no default and no"),
        (_Nested, "_Nested.inside: no form can show a value of type DictType"),
        (_Crash, "_Crash.size: give the tuple as Annotated"),
    ],
)
def test_says_which_field_no_form_can_show(cls: type[Declared], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        parameters_of(cls)


def _collect_after_convert(annotation: str) -> int:
    code = (
        "import gc, msgspec\nfrom typing import *\nfrom msgspec import Meta\n"
        f"class A(msgspec.Struct):\n    x: {annotation}\n"
        "msgspec.convert({'x': 2}, A)\ngc.collect()\n"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode


def test_a_bounded_number_or_a_list_of_two_is_safe() -> None:
    """The workaround for the crash that ``parameters_of`` guards against."""
    assert _collect_after_convert("Annotated[int, Meta(ge=1)] | Annotated[tuple[int, ...], Meta(max_length=2)]") == 0


def test_forms_of_every_catalogue() -> None:
    """Everything declared in the program has a form, and can be made with its starting parameters."""
    for catalogue in _catalogues():
        for name, cls in catalogue.table.items():
            assert make(cls, starting_parameters(cls)) is not None, name


def _catalogues() -> list[Any]:
    from workbench.data import AUGMENTATIONS, MIXINGS, SOURCES
    from workbench.layers import LAYERS
    from workbench.training import LOSSES, OPTIMIZERS, SCHEDULES

    return [LAYERS, SOURCES, AUGMENTATIONS, MIXINGS, OPTIMIZERS, SCHEDULES, LOSSES]


def test_one_and_true_are_different_and_lists_and_tuples_are_not() -> None:
    assert not same(1, True)
    assert same([1, 2], (1, 2))  # type: ignore[arg-type]  # a declared default may be a tuple

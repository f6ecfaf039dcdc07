"""``--sweep``: its written form, all combinations in order, mistakes named, and which value is to blame."""

import json
from collections.abc import Callable
from itertools import product

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spec.test_override import EXPERIMENT
from workbench.spec.component import Component
from workbench.spec.experiment import Experiment
from workbench.spec.override import override
from workbench.spec.problems import SpecError
from workbench.spec.sweep import MOST_RUNS, Axis, explained, read_axis, separated, sweep, with_only

RATE, BATCH = "training.optimizer.lr", "training.batch_size"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(json_values, min_size=1, max_size=5))
def test_whatever_is_written_as_json_is_separated_as_json_separates_it(values: list[object]) -> None:
    texts = [json.dumps(value) for value in values]
    assert list(separated(", ".join(texts))) == texts


def test_the_way_of_the_manual() -> None:
    assert read_axis(f"{RATE}=0.001,0.01, 0.1") == Axis(path=RATE, values=("0.001", "0.01", "0.1"))
    assert read_axis("a=f(x, y),[1,2],plain").values == ("f(x, y)", "[1,2]", "plain")


@settings(max_examples=30, deadline=None)
@given(
    rates=st.lists(st.floats(1e-6, 10), min_size=1, max_size=4, unique=True),
    sizes=st.lists(st.integers(1, 512), min_size=1, max_size=4, unique=True),
    seeds=st.lists(st.integers(0, 99), min_size=1, max_size=3, unique=True),
)
def test_the_runs_are_the_product_of_the_values_the_last_setting_fastest(
    rates: list[float], sizes: list[int], seeds: list[int]
) -> None:
    axes = [
        Axis(path=path, values=tuple(map(json.dumps, values)))
        for path, values in ((RATE, rates), (BATCH, sizes), ("seed", seeds))
    ]
    made = [(e.training.optimizer.parameters["lr"], e.training.batch_size, e.seed) for e in sweep(EXPERIMENT, axes)]
    assert made == list(product(rates, sizes, seeds))


def test_all_else_stays_as_it_is() -> None:
    (run,) = sweep(EXPERIMENT, [read_axis(f"{RATE}=0.3")])
    assert run == override(EXPERIMENT, RATE, "0.3")
    assert sweep(EXPERIMENT, []) == (EXPERIMENT,)


def test_a_type_is_set_before_its_settings_wherever_it_stands() -> None:
    axes = [read_axis(f"{RATE}=0.1,0.2"), read_axis("training.optimizer.type=SGD,Adam")]
    assert [run.training.optimizer for run in sweep(EXPERIMENT, axes)] == [
        Component(type="SGD", parameters={"lr": 0.1, "momentum": 0.9}),
        Component(type="Adam", parameters={"lr": 0.1}),
        Component(type="SGD", parameters={"lr": 0.2, "momentum": 0.9}),
        Component(type="Adam", parameters={"lr": 0.2}),
    ]
    axes = [read_axis("data.mixing.alpha=0.1,0.2"), read_axis("data.mixing.type=Mixup")]
    assert [run.data.mixing for run in sweep(EXPERIMENT, axes)] == [
        Component(type="Mixup", parameters={"alpha": alpha}) for alpha in (0.1, 0.2)
    ]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ([RATE], f"{RATE}: write PATH=VALUE,VALUE, such as training.optimizer.lr=0.01,0.1"),
        (["=1,2"], "=1,2: write PATH=VALUE,VALUE"),
        ([f"{RATE}="], f"{RATE}: a value is missing: write"),
        ([f"{RATE}=0.1,,0.2"], f"{RATE}: a value is missing after 0.1: write values with commas between them"),
        ([f"{RATE}=0.1,0.2,1e-1"], f"{RATE}: the value 1e-1 is there twice"),
        ([f"{RATE}=0.1", f"{BATCH}=8", f"{RATE}=0.2"], f"{RATE} is there twice: give all its values at once"),
        ([f"{RATE}=0.1", "training.optimizer.parameters.lr=0.2"], "training.optimizer.parameters.lr is there twice"),
        (["data.augmentation.0.pixels=1,2", "data.augmentation.Shift.pixels=1,2"], "some of these runs are the same"),
        ([f"{BATCH}=8,0"], f"{BATCH}=0: "),
        (["training.optimiser.lr=1,2"], "training.optimiser.lr=1: training has no optimiser; there is optimizer"),
        ([f"a={'[' * 100_000}"], "a: this value is nested too deeply"),
    ],
)
def test_mistakes_name_the_setting_and_the_value(written: list[str], sentence: str) -> None:
    with pytest.raises(SpecError) as refusal:
        sweep(EXPERIMENT, [read_axis(each) for each in written])
    assert sentence in str(refusal.value)


def test_a_setting_that_has_a_title_is_called_so() -> None:
    with pytest.raises(SpecError, match=r"^batch size 0: "):
        sweep(EXPERIMENT, [Axis(path=BATCH, values=("0",), title="batch size")])
    with pytest.raises(SpecError, match="^batch size: the value 8 is there twice$"):
        sweep(EXPERIMENT, [Axis(path=BATCH, values=("8", "8"), title="batch size")])


def test_it_has_at_most_two_hundred_runs() -> None:
    seeds = Axis(path="seed", values=tuple(map(str, range(MOST_RUNS // 2))))
    assert len(sweep(EXPERIMENT, [read_axis(f"{BATCH}=8,16"), seeds])) == MOST_RUNS
    with pytest.raises(SpecError, match="a sweep has at most 200 runs, but this one has 3 × 100 = 300: give fewer val"):
        sweep(EXPERIMENT, [read_axis(f"{BATCH}=8,16,32"), seeds])
    many = Axis(path="seed", values=tuple(map(str, range(100_000))))
    with pytest.raises(SpecError, match="but this one has 100,000: give"):
        sweep(EXPERIMENT, [many])


AXES = [
    Axis(path="seed", values=("1", "2"), title="first"),
    Axis(path=BATCH, values=("3", "4", "5"), title="second"),
    Axis(path=RATE, values=("0.5",), title="third"),
]


@pytest.mark.parametrize(
    ("refusal", "sentence"),
    [
        (lambda first, second, third: "x" * (second == 4), "second 4: x"),
        (lambda first, second, third: "x" * (first == 2), "first 2: x"),
        (lambda first, second, third: "x" * (first == 2 and second == 5), "first 2 and second 5: x"),
        (lambda first, second, third: "x" * (second == 4) or "y" * (first == 2 and second == 5), "second 4: x"),
        (lambda first, second, third: "own", "own"),
        (lambda first, second, third: "x" * (second in (3, 4, 5)), "second 3: x"),
        (lambda first, second, third: "x" * (third == 0.5), "third 0.5: x"),
        (lambda first, second, third: "y" * (second == 5) or "x" * (third == 0.5), "third 0.5: x"),
        (lambda first, second, third: "x" * (first > 0 and second < 9), "first 1 and second 3: x"),
        (
            lambda first, second, third: "x" * (first > 0 and second < 9 and third == 0.5),
            "first 1 and second 3 and third 0.5: x",
        ),
    ],
)
def test_the_fewest_values_that_explain_a_refusal_are_named(
    refusal: Callable[[int, int, float], str], sentence: str
) -> None:
    """Also if every run is refused, since all values of a setting are bad."""

    def refused(run: Experiment) -> str:
        return refusal(run.seed, run.training.batch_size, run.training.optimizer.parameters["lr"])

    refusals = [refused(run) for run in sweep(EXPERIMENT, AXES)]
    assert explained(AXES, refusals, lambda *which: refused(with_only(EXPERIMENT, AXES, *which))) == sentence


def test_the_experiment_is_not_changed() -> None:
    before = msgspec.json.encode(EXPERIMENT)
    sweep(EXPERIMENT, [read_axis(f"{RATE}=0.1,0.2"), read_axis("data.augmentation.Shift.pixels=1,2")])
    assert msgspec.json.encode(EXPERIMENT) == before

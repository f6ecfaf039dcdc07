"""Matching the tensors of a file to those of a network."""

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from torch import nn

from tests.compiler.networks import network, node
from workbench.compiler.module import build
from workbench.compiler.weights import PREFIXES, load_into, match, read, wanted_by
from workbench.spec.files import read_architecture
from workbench.spec.problems import SpecError

SHAPES = st.dictionaries(
    st.from_regex(r"[a-z]{1,4}(\.[a-z0-9]{1,4}){0,2}", fullmatch=True),
    st.lists(st.integers(1, 5), max_size=3).map(tuple),
    max_size=12,
)


@given(SHAPES, st.sampled_from(("", *PREFIXES)))
def test_a_networks_own_weights_fit_whatever_stands_before_their_names(wanted, prefix):
    report = match(wanted, {f"{prefix}{name}": shape for name, shape in wanted.items()})
    assert report.complete and not report.unexpected
    assert {one.name: one.shape for one in report.matches} == wanted
    assert all(one.how == "name" for one in report.matches)


@given(SHAPES, SHAPES)
def test_every_tensor_of_both_sides_is_told_once(wanted, given_):
    report = match(wanted, given_)
    mine = [one.name for group in (report.matches, report.misfits, report.missing) for one in group]
    theirs = [one.source for group in (report.matches, report.misfits) for one in group]
    theirs += [one.name for one in report.unexpected]
    assert sorted(mine) == sorted(wanted) and sorted(theirs) == sorted(given_)
    for one in report.matches:
        assert [side for side in one.shape if side > 1] == [side for side in given_[one.source] if side > 1]


def test_other_names_are_matched_by_order_only_where_all_shapes_agree():
    wanted = wanted_by(read_architecture("resnet20"))
    renamed = {
        f"their_{number}.{name.rpartition('.')[2]}": shape for number, (name, shape) in enumerate(wanted.items())
    }
    report = match(wanted, renamed)
    assert report.complete and {one.how for one in report.matches} == {"order"}
    shuffled = list(renamed.items())
    random.Random(0).shuffle(shuffled)
    assert not match(wanted, dict(shuffled)).matches


@pytest.mark.parametrize(
    "foreign",
    [
        nn.Sequential(*(layer for _ in range(6) for layer in (nn.Conv2d(1, 1, 3), nn.BatchNorm2d(1)))),
        nn.Sequential(*(nn.Linear(1 + number, 2 + number) for number in range(12))),
        nn.LSTM(4, 4, num_layers=11, bidirectional=True),
        nn.MultiheadAttention(4, 2),
    ],
    ids=lambda foreign: type(foreign[0] if isinstance(foreign, nn.Sequential) else foreign).__name__,
)
def test_a_file_that_does_not_say_its_order_is_read_in_that_of_the_numbers_in_its_names(tmp_path, foreign):
    save_file(foreign.state_dict(), tmp_path / "foreign.safetensors")
    assert list(read(tmp_path / "foreign.safetensors")) == list(foreign.state_dict())


def test_a_sequential_of_more_than_ten_layers_is_matched_by_order(tmp_path):
    names = [f"fc{number}" for number in range(12)]
    pairs = enumerate(zip(names, ["input", *names[:-1]], strict=True))
    layers = [node(name, "Linear", before, out_features=number + 2) for number, (name, before) in pairs]
    foreign = nn.Sequential(*(nn.Linear(number + 1, number + 2) for number in range(12)))
    save_file({f"their.{name}": value for name, value in foreign.state_dict().items()}, tmp_path / "their.safetensors")
    module = build(network(node("input", "Input", shape=[1]), *layers, node("output", "Output", names[-1])))
    assert load_into(module, tmp_path / "their.safetensors").complete
    batch = torch.randn(3, 1)
    assert torch.equal(module(batch)["output"], foreign(batch))


def test_counters_of_batches_need_not_be_there():
    wanted = wanted_by(read_architecture("resnet20"))
    without = {name: shape for name, shape in wanted.items() if not name.endswith("num_batches_tracked")}
    assert match(wanted, without).complete


def test_what_fits_and_what_does_not_is_counted_and_named_in_a_sentence():
    wanted = {"a.weight": (3, 2), "a.bias": (3,), "b.weight": (2, 4), "c.weight": (2, 5)}
    given_ = {"a.weight": (3, 2), "b.weight": (2, 7), **{f"old{number}": (1,) for number in range(5)}}
    assert match(wanted, given_).sentence() == (
        "1 of 4 tensors loaded; 1 has a different shape: b.weight (expected 2×4, got 2×7); "
        "2 are not in the file: a.bias, c.weight; 5 in the file are unused: old0, old1, old2 and 2 more"
    )
    complete = [match({"a": (3,)}, given_).complete for given_ in ({"a": (3,)}, {"a": (4,)}, {})]
    assert complete == [True, False, False]


def test_weights_that_are_not_finite_are_refused_and_none_is_loaded(tmp_path):
    architecture, file = read_architecture("perceptron"), tmp_path / "diverged.safetensors"
    theirs = build(architecture, seed=1).state_dict()
    *_, last = theirs
    theirs[last].view(-1)[0] = torch.nan
    save_file(theirs, file)
    module = build(architecture, seed=0)
    with pytest.raises(SpecError, match=f"{last} is not finite: these weights have diverged"):
        load_into(module, file)
    before = build(architecture, seed=0).state_dict()
    assert all(torch.equal(values, before[name]) for name, values in module.state_dict().items())


def test_by_order_a_last_layer_may_count_other_classes() -> None:
    wanted = {"conv.weight": (4, 3, 3, 3), "fc.weight": (10, 4), "fc.bias": (10,)}
    report = match(wanted, {"0.w": (4, 3, 3, 3), "1.w": (7, 4), "1.b": (7,)})
    assert [(one.name, one.source) for one in report.matches] == [("conv.weight", "0.w")]
    assert [(one.name, one.given) for one in report.misfits] == [("fc.weight", (7, 4)), ("fc.bias", (7,))]
    for other in ((5, 3, 3, 3), (7, 4), (7,)), ((4, 3, 3, 3), (7, 4, 2, 2), (7,)), ((4, 3, 3, 3), (7, 4)):
        assert not match(wanted, dict(zip("abc", other, strict=False))).matches

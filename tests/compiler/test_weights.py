"""Matching the tensors of a file to those of a network."""

import random

from hypothesis import given
from hypothesis import strategies as st

from workbench.compiler.weights import PREFIXES, match, wanted_by
from workbench.spec.files import read_architecture

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
    assert match(wanted, renamed).complete
    shuffled = list(renamed.items())
    random.Random(0).shuffle(shuffled)
    assert not match(wanted, dict(shuffled)).matches


def test_counters_of_batches_need_not_be_there():
    wanted = wanted_by(read_architecture("resnet20"))
    without = {name: shape for name, shape in wanted.items() if not name.endswith("num_batches_tracked")}
    assert match(wanted, without).complete

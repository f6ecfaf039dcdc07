import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, StratifiedKFold

from workbench.data.holdout import fold_out, fold_out_groups, hold_out, hold_out_groups, random_state
from workbench.spec.folds import Fold

LABELS = st.lists(st.integers(0, 5), min_size=1, max_size=200).map(lambda labels: np.array(labels, np.int64))


@given(LABELS, st.floats(0.001, 0.999), st.integers(0, 2**63))
def test_every_class_gives_its_share_and_keeps_one(labels, share, seed):
    held = hold_out(labels, share, random_state(seed, "test"))
    for label in np.unique(labels):
        of_class = labels == label
        count, size = int((held & of_class).sum()), int(of_class.sum())
        assert count < size
        if size > 1:
            assert count >= 1
        assert abs(count - size * share) <= 1 or count == size - 1


@given(LABELS, st.integers(0, 2**63))
def test_the_seed_alone_decides(labels, seed):
    first, second = (hold_out(labels, 0.3, random_state(seed, "test")) for _ in range(2))
    assert np.array_equal(first, second)


def test_other_seeds_and_other_purposes_draw_otherwise():
    labels = np.zeros(1000, np.int64)
    base = hold_out(labels, 0.5, random_state(1, "test"))
    assert not np.array_equal(base, hold_out(labels, 0.5, random_state(2, "test")))
    assert not np.array_equal(base, hold_out(labels, 0.5, random_state(1, "validation")))


def test_a_split_made_long_ago_is_made_again():
    """Runs are compared across years; if this changed, every old run would have another validation split."""
    labels = np.array([0] * 10 + [1] * 10)
    held = hold_out(labels, 0.3, random_state(7, "validation"))
    assert np.flatnonzero(held).tolist() == [1, 6, 7, 13, 17, 18]


def test_no_share_holds_nothing_out():
    assert not hold_out(np.zeros(9, np.int64), 0.0, random_state(0, "test")).any()


@given(LABELS, st.floats(0.01, 0.9), st.integers(0, 2**63))
def test_groups_are_set_aside_whole(groups, share, seed):
    held = hold_out_groups(groups, share, random_state(seed, "test"))
    assert not set(groups[held]) & set(groups[~held])
    names, counts = np.unique(groups, return_counts=True)
    assert (~held).any() and held.any() == (len(names) > 1)
    assert held.sum() <= max(len(groups) * share + counts.max() / 2, counts.max())
    assert np.array_equal(held, hold_out_groups(groups, share, random_state(seed, "test")))


def test_groups_of_one_size_give_the_share_that_they_can():
    groups = np.repeat([4, 2, 9], 5)
    for seed in range(20):
        assert hold_out_groups(groups, 2 / 3, random_state(seed, "test")).sum() == 10


def test_groups_set_aside_long_ago_are_again():
    groups = np.array([5, 5, 9, 2, 2, 2, 7, 9, 1, 1, 5, 3, 3, 8])
    held = hold_out_groups(groups, 0.3, random_state(7, "validation"))
    assert np.flatnonzero(held).tolist() == [2, 7, 11, 12, 13]


def test_a_large_group_is_not_set_aside_for_a_small_share():
    """Such as all pictures whose group is not known."""
    groups = np.repeat(np.arange(6), (70, 10, 6, 6, 4, 4))
    for seed in range(50):
        held = hold_out_groups(groups, 0.1, random_state(seed, "test"))
        assert 0 < held.sum() <= 15, "at most half a group beyond the share"
    held = hold_out_groups(np.repeat([1, 2], (90, 10)), 0.01, random_state(0, "test"))
    assert held.sum() == 10, "a smaller share than any group has is the smallest group's"


def folds(labels, of: int, seed: int, draw=fold_out):
    return np.array([draw(labels, Fold(number, of), random_state(seed, "folds")) for number in range(1, of + 1)])


@given(LABELS, st.integers(2, 8), st.integers(0, 2**63))
def test_each_example_is_in_one_fold_and_the_folds_are_alike(labels, of, seed):
    held = folds(labels, of, seed)
    classes, counts = np.unique(labels, return_counts=True)
    is_alone = np.isin(labels, classes[counts == 1])
    assert np.array_equal(held.sum(0), ~is_alone)
    assert np.ptp(held.sum(1)) <= 1
    for label in classes[counts > 1]:
        assert np.ptp(held[:, labels == label].sum(1)) <= 1


def test_folds_have_the_sizes_of_those_of_scikit_learn():
    labels = np.random.RandomState(0).randint(0, 4, 103)
    theirs = StratifiedKFold(5, shuffle=True, random_state=0).split(labels, labels)
    sizes = sorted(len(held) for _, held in theirs)
    assert sorted(folds(labels, 5, seed=0).sum(1)) == sizes


@given(LABELS, st.integers(2, 8), st.integers(0, 2**63))
def test_folds_of_groups_are_as_even_as_those_of_scikit_learn(groups, of, seed):
    held = folds(groups, of, seed, fold_out_groups)
    assert np.array_equal(held.sum(0), np.ones(len(groups)))
    assert all(len({tuple(fold) for fold in held[:, groups == group].T}) == 1 for group in np.unique(groups))
    if len(np.unique(groups)) >= of:
        theirs = [len(held) for _, held in GroupKFold(of).split(groups, groups=groups)]
        assert sorted(held.sum(1)) == sorted(theirs)


def test_the_seed_draws_the_folds():
    labels = np.zeros(100, np.int64)
    for draw in (fold_out, fold_out_groups):
        these = folds(np.arange(100) if draw is fold_out_groups else labels, 4, 1, draw)
        others = folds(np.arange(100) if draw is fold_out_groups else labels, 4, 2, draw)
        assert not np.array_equal(these, others)


def test_folds_made_long_ago_are_made_again():
    labels = np.array([0] * 10 + [1] * 10)
    assert np.flatnonzero(fold_out(labels, Fold(2, 5), random_state(7, "folds"))).tolist() == [5, 8, 13, 17]

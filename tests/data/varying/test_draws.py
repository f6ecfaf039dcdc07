import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2, kstest

from workbench.data.varying import draws


def test_scramble_is_the_finaliser_of_splitmix64():
    """The first outputs for seed 1234567, as published with the reference implementation."""
    seed = np.uint64(1234567)
    states = seed + np.arange(1, 6, dtype=np.uint64) * np.uint64(draws.GOLDEN)
    assert draws.scramble(states).tolist() == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


def splitmix64(seed, count=1):
    """Output number ``count`` of the reference implementation, in Python's own integers."""
    word = (seed + count * 0x9E3779B97F4A7C15) % 2**64
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB % 2**64
    return word ^ (word >> 31)


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**31), st.integers(0, 3), st.integers(0, 3))
def test_a_run_of_long_ago_draws_the_same_numbers_again(seed, epoch, picture, draw):
    """A resumed run goes on as it would have, also with a later version of the program."""
    start = splitmix64(splitmix64(seed) + epoch)
    assert draws.key(seed, epoch) == start
    expected = splitmix64(splitmix64(start + picture, 0), draw + 1) >> 40
    assert draws.uniforms(start, 4, 4)[picture, draw] == expected / 2**24


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 2**31))
def test_a_key_hangs_on_each_number_and_on_their_order(seed, epoch):
    assert draws.key(seed, epoch) == draws.key(seed, epoch)
    assert draws.key(seed, epoch) != draws.key(seed, epoch + 1)
    assert draws.key(seed, epoch) != draws.key(seed + 1, epoch)
    if seed != epoch:
        assert draws.key(seed, epoch) != draws.key(epoch, seed)


def test_numbers_are_uniform_over_pictures_draws_epochs_and_seeds():
    num_bins = 64
    columns = {
        "pictures": draws.uniforms(draws.key(0, 0), 100_000, 1)[:, 0],
        "draws": draws.uniforms(draws.key(0, 0), 1, 100_000)[0],
        "epochs": np.array([draws.uniforms(draws.key(0, epoch), 1, 1)[0, 0] for epoch in range(20_000)]),
        "seeds": np.array([draws.uniforms(draws.key(seed, 0), 1, 1)[0, 0] for seed in range(20_000)]),
    }
    for numbers in columns.values():
        assert numbers.dtype == np.float32
        assert numbers.min() >= 0 and numbers.max() < 1
        counts = np.bincount((numbers * num_bins).astype(int), minlength=num_bins)
        expected = len(numbers) / num_bins
        statistic = ((counts - expected) ** 2 / expected).sum()
        assert 0.001 < chi2.cdf(statistic, num_bins - 1) < 0.999
        assert kstest(numbers.astype(np.float64), "uniform").pvalue > 0.001


def test_neighbours_do_not_hang_together():
    numbers = draws.uniforms(draws.key(3, 5), 50_000, 4)
    nearby = [
        (numbers[:-1, 0], numbers[1:, 0]),
        (numbers[:, 0], numbers[:, 1]),
        (numbers[:, 1], numbers[:, 3]),
        (numbers[:, 0], draws.uniforms(draws.key(3, 6), 50_000, 4)[:, 0]),
        (numbers[:, 0], draws.uniforms(draws.key(4, 5), 50_000, 4)[:, 0]),
    ]
    for left, right in nearby:
        assert abs(np.corrcoef(left, right)[0, 1]) < 4 / np.sqrt(len(left))


def test_a_picture_keeps_its_numbers_whatever_the_size_of_the_set():
    assert np.array_equal(draws.uniforms(9, 100, 3), draws.uniforms(9, 1000, 3)[:100])
    assert np.array_equal(draws.uniforms(9, 100, 2), draws.uniforms(9, 100, 3)[:, :2])

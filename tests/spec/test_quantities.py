"""Numbers in words."""

import math

import pytest

from workbench.spec import quantities


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "0"), (999, "999"), (1250, "1.25 k"), (416_520, "417 k"), (3_600_000_000, "3.6 G"), (999_600, "1 M")],
)
def test_large_numbers_are_short(number: int, words: str) -> None:
    assert quantities.count(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 B"),
        (1536, "1.5 KiB"),
        (5 * 2**20, "5 MiB"),
        (2**42, "4 TiB"),
        (1023 * 1024, "1023 KiB"),
        (2**20 - 1, "1 MiB"),
    ],
)
def test_memory_has_a_unit(number: int, words: str) -> None:
    assert quantities.memory(number) == words


@pytest.mark.parametrize(
    ("num_bytes", "words"),
    [(999, "999 bytes"), (11_594_722, "11.6 MB"), (170_498_071, "170 MB"), (999_960, "1 MB"), (5 * 10**9, "5 GB")],
)
def test_files_are_counted_by_thousands(num_bytes: int, words: str) -> None:
    assert quantities.file_size(num_bytes) == words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 s"),
        (41.6, "42 s"),
        (60, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert quantities.duration(seconds) == said


@pytest.mark.parametrize(
    ("value", "form", "words"),
    [
        (392_041.7, ".4g", "392,000"),
        (-1_234_567, "+.3g", "-1,230,000"),
        (7_422, "+.3g", "+7,420"),
        (6_232.4, ".4g", "6232"),
        (0.000_02, ".4g", "2e-05"),
        (1e9, ".4g", "1e+09"),
        (math.inf, ".4g", "inf"),
        (math.nan, ".4g", "nan"),
    ],
)
def test_numbers_below_a_billion_are_written_out(value: float, form: str, words: str) -> None:
    assert quantities.significant(value, form) == words
    assert float(words.replace(",", "")) == pytest.approx(value, rel=6e-3, nan_ok=True)

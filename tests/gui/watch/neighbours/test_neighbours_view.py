"""The captions of the neighbours."""

import pytest

from workbench.gui.watch.neighbours.presenter import say_distance


@pytest.mark.parametrize(
    ("distance", "words"),
    [(0.5, "0.50"), (12.34, "12.3"), (123.4, "123"), (2.5e12, "2.5e12"), (31_000.0, "3.1e4"), (float("inf"), "inf")],
)
def test_a_distance_is_short_however_large(distance: float, words: str) -> None:
    assert say_distance(distance) == words

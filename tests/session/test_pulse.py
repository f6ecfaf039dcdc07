"""Ranks tell each other that they are alive, over a store of torch's."""

from torch.distributed import HashStore

from workbench.session.pulse import MOST_MISSED, Pulse
from workbench.training.ranks import Ranks


def test_who_says_nothing_any_more_is_named_and_who_goes_on_is_not() -> None:
    store = HashStore()
    first, second, third = (Pulse(Ranks(rank=rank, size=3, store=store)) for rank in range(3))
    for _ in range(MOST_MISSED + 1):
        for rank in (first, second):
            assert not rank.silent()
            rank.beat()
    assert first.silent().startswith("rank 2 on ")
    assert not third.silent(), "who was stopped itself and goes on finds the others there"


def test_the_others_listen_to_the_first_one_wherever_it_is() -> None:
    store = HashStore()
    second, first = (Pulse(Ranks(rank=rank, size=2, first=1, store=store)) for rank in range(2))
    for _ in range(MOST_MISSED + 1):
        assert not second.silent() and not first.silent()
        first.beat()
    for _ in range(MOST_MISSED + 2):
        found = second.silent()
    assert found.startswith("rank 1 on ") and first.silent().startswith("rank 0 on ")

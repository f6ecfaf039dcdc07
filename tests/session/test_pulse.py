"""Ranks tell each other that they are alive, through one of torch's stores."""

from torch.distributed import HashStore

from workbench.events import RunStopped
from workbench.session.pulse import MOST_MISSED, Pulse
from workbench.training.ranks import Ranks


def test_who_says_nothing_any_more_is_named_and_who_goes_on_is_not() -> None:
    store = HashStore()
    first, second, third = (Pulse(Ranks(rank=rank, size=3, store=store)) for rank in range(3))
    for _ in range(MOST_MISSED + 1):
        for rank in (first, second):
            rank.hear()
            assert not rank.lost()
            rank.beat()
    first.hear()
    assert first.lost().startswith("rank 2 on ")
    third.hear()
    assert not third.lost(), "who was stopped itself and goes on finds the others there"
    first.told = RunStopped(at=1.0, step=1)
    assert not first.lost(), "who has ended says nothing more"


def test_the_others_listen_to_the_first_one_wherever_it_is() -> None:
    store = HashStore()
    second, first = (Pulse(Ranks(rank=rank, size=2, first=1, store=store)) for rank in range(2))
    for _ in range(MOST_MISSED + 1):
        second.hear()
        first.hear()
        first.beat()
    assert not second.lost() and not first.lost()
    for _ in range(MOST_MISSED + 2):
        second.hear()
    first.hear()
    assert second.lost().startswith("rank 1 on ") and first.lost().startswith("rank 0 on ")


def test_a_store_that_answers_no_more_is_gone_with_its_rank() -> None:
    """A hanging rank: no request to its store returns."""
    pulse = Pulse(Ranks(rank=1, size=2, store=HashStore()))
    found = [pulse.lost() for _ in range(MOST_MISSED + 2)]
    assert found == [*[""] * (MOST_MISSED + 1), "the rank that hosts the store"]

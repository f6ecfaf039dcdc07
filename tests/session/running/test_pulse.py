"""Ranks tell each other that they are alive, through one of torch's stores."""

import subprocess
import sys
import threading

import msgspec
from torch.distributed import HashStore, TCPStore

from tests.session.waiting import wait_for
from workbench.events import RunStopped
from workbench.session.running.distributed_child import ENDING, ending_in
from workbench.session.running.pulse import MOST_MISSED, PULSE, Pulse
from workbench.training.distributed.ranks import Ranks


def is_listening() -> bool:
    return any(thread.name == "pulse" for thread in threading.enumerate())


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


def test_who_listens_beats_by_itself_until_it_hears_how_a_rank_has_ended() -> None:
    store = HashStore()
    first = Pulse(Ranks(rank=0, size=1, store=store))
    first.listen(ending_in)
    wait_for(lambda: int(store.get(PULSE.format(0)).split()[0]) >= 3)
    assert first.told is None
    ending = RunStopped(at=1.0, step=9)
    store.set(ENDING, msgspec.json.encode(ending).decode())
    wait_for(lambda: first.told == ending and not is_listening())


SERVER = """
import sys
from torch.distributed import TCPStore
store = TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
print(store.port, flush=True)
sys.stdin.read()
"""


def test_a_store_that_breaks_off_is_gone_with_its_rank() -> None:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdin=-1, stdout=-1, text=True) as server:
        pulse = Pulse(Ranks(rank=1, size=2, store=TCPStore("127.0.0.1", int(server.stdout.readline()))))
        pulse.listen(ending_in)
        assert not pulse.lost()
        server.kill()
    wait_for(lambda: not is_listening())
    assert pulse.lost() == "the rank that kept the store"

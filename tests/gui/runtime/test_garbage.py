"""Garbage of other threads is collected in the window's own thread only."""

import gc
import threading
import weakref

from tests.gui.conftest import Wait
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.garbage import Collector, due


class Ring:
    """Refers to itself, as widgets and their slots refer to each other, so only the collector frees it."""

    def __init__(self) -> None:
        self.me = self


def make_garbage(freed_in: list[threading.Thread], num: int) -> None:
    for _ in range(num):
        weakref.finalize(Ring(), lambda: freed_in.append(threading.current_thread())).atexit = False


def test_garbage_of_another_thread_is_freed_in_this_one(wait: Wait) -> None:
    pump = EventPump()
    Collector(pump).start()
    freed_in: list[threading.Thread] = []
    worker = threading.Thread(target=make_garbage, args=(freed_in, 20_000))
    worker.start()
    worker.join()
    assert freed_in == [], "nobody looks but the pump's ticks"
    assert due() is not None
    wait(lambda: len(freed_in) == 20_000)
    assert set(freed_in) == {threading.main_thread()}
    assert not gc.isenabled()
    pump.stop()

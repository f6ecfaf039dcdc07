"""Events stored in columns read back as the events that were appended."""

import math
import sys
import threading
from array import array

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.events import AnyEvent, RunPaused, StepFinished
from workbench.runs import kept_events as module
from workbench.runs.kept_events import PACK, Coded, KeptEvents, packed

numbers = st.floats(allow_nan=False)
steps = st.builds(
    StepFinished,
    at=numbers,
    step=st.integers(0, 2**32 - 1),
    loss=numbers,
    accuracy=st.none() | st.floats(0, 1),
    learning_rate=numbers,
)
others = st.builds(RunPaused, at=numbers, step=st.integers(0, 100))


def step_of(number: int, **said: float | None) -> StepFinished:
    plain = {"at": number / 7, "loss": 0.5, "accuracy": None, "learning_rate": 0.1}
    return StepFinished(step=number, **{**plain, **said})


@given(st.lists(st.lists(steps, max_size=4) | st.lists(others, max_size=2), max_size=12), st.data())
def test_from_any_number_on_they_are_what_was_appended(parts: list[list[AnyEvent]], data: st.DataObject) -> None:
    events = [event for part in parts for event in part]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PACK", data.draw(st.integers(1, 5)))
        kept = KeptEvents(events[: len(events) // 2])
        for event in events[len(events) // 2 :]:
            kept.append(event)
        assert len(kept) == len(events)
        cursor = data.draw(st.integers(0, len(events)))
        assert kept.since(cursor) == events[cursor:]
    assert kept.last_step == next((e.step for e in reversed(events) if isinstance(e, StepFinished)), 0)
    assert kept.last_at == max((event.at for event in events if event.at > 0), default=0.0)
    made = [event for event in events if isinstance(event, StepFinished)]
    assert kept.outline() == made[:1] + [event for event in events if not isinstance(event, StepFinished)]


@pytest.mark.parametrize("cursor", [0, 1, PACK - 1, PACK, PACK + 1, 2 * PACK, 2 * PACK + 300])
def test_packs_of_the_size_they_have(cursor: int) -> None:
    events = [step_of(number, loss=math.sin(number)) for number in range(2 * PACK + 300)]
    assert KeptEvents(events).since(cursor) == events[cursor:]


def test_a_loss_that_is_no_number_is_kept() -> None:
    kept = KeptEvents(step_of(number, loss=math.nan if number == 5 else number / 3) for number in range(PACK))
    lost = [event.step for event in kept.since(0) if isinstance(event, StepFinished) and math.isnan(event.loss)]
    assert lost == [5]


values = st.one_of(
    st.integers(-(2**70), 2**70).map(lambda first: [*range(first, first + 300)]),
    st.lists(st.integers(), min_size=1, max_size=300),
    st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=300),
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=300),
    st.lists(st.floats(allow_nan=False, width=32), min_size=257, max_size=300, unique=True),
)


@given(values, st.integers(0, 300), st.integers(0, 300))
def test_what_is_packed_comes_back_as_it_was(values: list[float | None], first: int, last: int) -> None:
    given_back = list(packed(values)[first:last])
    assert given_back == values[first:last]
    assert list(map(type, given_back)) == list(map(type, values[first:last]))


def test_each_kind_of_column_takes_little_room() -> None:
    losses = np.random.default_rng(0).random(PACK, np.float32)
    assert packed([*range(7, 7 + PACK)]) == range(7, 7 + PACK)
    assert isinstance(packed([0.1] * PACK), Coded) and isinstance(packed([None, 0.5] * PACK), Coded)
    assert packed(losses.tolist()).tolist() == losses.tolist() and packed(losses.tolist()).itemsize == 4
    assert packed((losses.astype(float) / 3).tolist()).itemsize == array("d").itemsize


def test_a_reader_sees_whole_packs_while_another_thread_appends() -> None:
    kept, switching_s = KeptEvents(), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        writer = threading.Thread(target=lambda: [kept.append(step_of(number)) for number in range(5 * PACK)])
        writer.start()
        seen: list[AnyEvent] = []
        while writer.is_alive() or len(seen) < len(kept):
            seen += kept.since(len(seen))
        writer.join()
    finally:
        sys.setswitchinterval(switching_s)
    assert seen == [step_of(number) for number in range(5 * PACK)]

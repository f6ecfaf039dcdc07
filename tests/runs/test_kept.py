"""Events kept in columns are, to whoever reads them, the events that were appended."""

import math

from hypothesis import given
from hypothesis import strategies as st

from workbench.events import AnyEvent, RunPaused, StepFinished
from workbench.runs.kept import KeptEvents

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


@given(st.lists(st.lists(steps, max_size=4) | st.lists(others, max_size=2), max_size=12), st.data())
def test_from_any_number_on_they_are_what_was_appended(parts: list[list[AnyEvent]], data: st.DataObject) -> None:
    events = [event for part in parts for event in part]
    kept = KeptEvents(events[: len(events) // 2])
    for event in events[len(events) // 2 :]:
        kept.append(event)
    assert len(kept) == len(events)
    cursor = data.draw(st.integers(0, len(events)))
    assert kept.since(cursor) == events[cursor:]
    assert kept.last_step == next((e.step for e in reversed(events) if isinstance(e, StepFinished)), 0)


def test_a_loss_that_is_no_number_is_kept() -> None:
    kept = KeptEvents([StepFinished(at=1.0, step=1, loss=math.nan, accuracy=None, learning_rate=0.1)])
    (step,) = kept.since(0)
    assert isinstance(step, StepFinished) and math.isnan(step.loss) and step.accuracy is None

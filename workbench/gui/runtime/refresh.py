"""When to repeat a question about a network, because its answers have changed. No Qt."""

from collections.abc import Sequence

from workbench.events import AnyEvent, EpochFinished
from workbench.gui.runtime.run_states import ENDED, State

AT_REST = (State.PAUSED, *ENDED)


class Refresh:
    """Decides from a run's events when its network has changed enough: after each epoch, at a pause, and at the end."""

    def __init__(self) -> None:
        self._state = ""

    def is_due(self, events: Sequence[AnyEvent], state: str) -> bool:
        """Whether to ask now."""
        rests = state in AT_REST and (state != self._state or bool(events))
        self._state = state
        return rests or any(isinstance(event, EpochFinished) for event in events)

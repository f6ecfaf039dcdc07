"""A listener for a single kind of event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

from workbench.events import AnyEvent, Event

if TYPE_CHECKING:
    from workbench.session.running.run import Run

Kind = TypeVar("Kind", bound=Event)


class OnEvent(Generic[Kind]):
    """A ``Listener`` of the pump that calls ``act`` with each event of ``kind`` of the followed run."""

    def __init__(self, kind: type[Kind], act: Callable[[Kind], None]) -> None:
        self._kind = kind
        self._act = act

    def begin(self, run: Run) -> None:
        """Start listening to a run."""

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Call ``act`` for the matching events."""
        for event in events:
            if isinstance(event, self._kind):
                self._act(event)

    def clear(self) -> None:
        """Nothing to clear."""

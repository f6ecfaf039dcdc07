"""Passes on what the advisor says of the run that is followed, with a way to the layer it speaks of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.events import AdviceGiven, AnyEvent
from workbench.gui.event_pump import EventPump
from workbench.gui.message_bar import Action, MessageBar
from workbench.spec.problems import Problem

if TYPE_CHECKING:
    from workbench.session.run import Run


class Advice(QObject):
    """Listens for advice; ``show`` goes to a problem on the canvas."""

    def __init__(self, pump: EventPump, messages: MessageBar, show: Callable[[Problem], None]) -> None:
        super().__init__(pump)
        self._messages = messages
        self._show = show
        pump.add(self)

    def begin(self, run: Run) -> None:
        """Something may be said of it later."""

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Look for advice among the new events."""
        for event in events:
            if isinstance(event, AdviceGiven):
                problem = Problem(node=event.node, what=event.what, mend=event.advice, severity="warning")
                actions: list[Action] = [(f"Show {event.node}", partial(self._show, problem))] if event.node else []
                self._messages.say("warning", f"{event.what} {event.advice}", *actions)

    def clear(self) -> None:
        """What was said of another run goes when the next begins."""

"""Passes on what the advisor says of the run that is followed, with a way to the layer it speaks of."""

from collections.abc import Callable
from functools import partial

from workbench.events import AdviceGiven
from workbench.gui.event_pump import EventPump
from workbench.gui.message_bar import Action, MessageBar
from workbench.gui.on_event import OnEvent
from workbench.spec.problems import Problem


class Advice:
    """Listens for advice; ``show`` goes to a problem on the canvas."""

    def __init__(self, pump: EventPump, messages: MessageBar, show: Callable[[Problem], None]) -> None:
        self._messages = messages
        self._show = show
        pump.add(OnEvent(AdviceGiven, self._tell))

    def _tell(self, said: AdviceGiven) -> None:
        problem = Problem(node=said.node, what=said.what, mend=said.advice, severity="warning")
        shows: list[Action] = [(f"Show {said.node}", partial(self._show, problem))] if said.node else []
        self._messages.say("warning", f"{said.what} {said.advice}", shows=shows)

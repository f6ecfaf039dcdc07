"""Says what an initialiser did: a sentence above the canvas, each layer's variance in a list."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from workbench.events import AnyEvent, WeightsDrawn
from workbench.gui.event_pump import EventPump
from workbench.gui.message_bar import Action, MessageBar
from workbench.session import first_weights

if TYPE_CHECKING:
    from workbench.session.run import Run


class FirstWeights(QObject):
    """Listens for the drawing of the weights of the run that is followed."""

    def __init__(self, window: QWidget, pump: EventPump, messages: MessageBar) -> None:
        super().__init__(window)
        self._window = window
        self._messages = messages
        pump.add(self)

    def begin(self, run: Run) -> None:
        """Its weights are told of when they are drawn."""

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Look for the weights among the new events."""
        for event in events:
            if isinstance(event, WeightsDrawn):
                show: Action = ("Show all…", partial(self._show_all, event))
                self._messages.say("info", first_weights.sentence(event), show)

    def clear(self) -> None:
        """What was said of another run goes when the next begins."""

    def _show_all(self, drawn: WeightsDrawn) -> None:
        # Late: neither is needed before the first paint, which would wait 2 ms for them.
        from PySide6.QtGui import QFontDatabase

        from workbench.gui.text_window import TextWindow

        window = TextWindow(
            self._window, "First weights", first_weights.sentence(drawn), first_weights.lines(drawn), "Layers"
        )
        window.lines.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        window.show()

"""Says what was left out of a run's data: the first few above the canvas, all of them in a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from workbench.events import AnyEvent, DataPrepared
from workbench.gui.event_pump import EventPump
from workbench.gui.message_bar import Action, MessageBar
from workbench.gui.text_window import TextWindow
from workbench.session import left_out

if TYPE_CHECKING:
    from workbench.session.run import Run

FEW_NOTES = 2
"""Shown above the canvas; all of them head the list."""


class LeftOut(QObject):
    """Listens for the data of the run that is followed."""

    def __init__(self, window: QWidget, pump: EventPump, messages: MessageBar) -> None:
        super().__init__(window)
        self._window = window
        self._messages = messages
        pump.add(self)

    def begin(self, run: Run) -> None:
        """Its data is told of when it is there."""

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Look for the data among the new events."""
        for event in events:
            if isinstance(event, DataPrepared):
                self._tell(event)

    def clear(self) -> None:
        """What was said of another run goes when the next begins."""

    def _tell(self, prepared: DataPrepared) -> None:
        words = left_out.sentence(prepared)
        sentences = [f"{words}."] if words else []
        sentences += prepared.notes[:FEW_NOTES]
        if sentences:
            show: Action = ("Show all…", lambda: self._show_all(prepared))
            self._messages.say("warning", " ".join(sentences), show)

    def _show_all(self, prepared: DataPrepared) -> None:
        heading = f"{prepared.num_broken:,} files left out, {left_out.listed(prepared)} listed"
        files = [f"{path}: {reason}" for path, reason in prepared.broken]
        lines = [*prepared.notes, *files]
        TextWindow(self._window, "Left out of the data", heading, lines, "Files left out, with the reasons").show()

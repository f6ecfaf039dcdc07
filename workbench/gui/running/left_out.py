"""Reports what was excluded from a run's data, once per choice of data: briefly above the canvas, fully in a list."""

from functools import partial

from PySide6.QtWidgets import QWidget

from workbench.events import DataPrepared
from workbench.gui.dialogs.text_window import TextWindow
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.runtime.on_event import OnEvent
from workbench.gui.widgets.message_bar import Action, MessageBar
from workbench.session import left_out
from workbench.spec.component import Component
from workbench.spec.words import several

FEW_NOTES = 2
"""Number of notes shown above the canvas; the list begins with all of them."""


class LeftOut:
    """Listens for the data of the followed run."""

    def __init__(self, window: QWidget, pump: EventPump, messages: MessageBar) -> None:
        self._window = window
        self._messages = messages
        self._pump = pump
        self._told: tuple[Component, list[str]] | None = None
        """The data source last reported, and the sentences."""
        pump.add(OnEvent(DataPrepared, self._tell))

    def _tell(self, prepared: DataPrepared) -> None:
        assert self._pump.run is not None
        source = self._pump.run.experiment.data.source
        words = left_out.sentence(prepared, within=left_out.folder_of(source))
        sentences = [f"{words}."] if words else []
        sentences += prepared.notes[:FEW_NOTES]
        before, self._told = self._told, (source, sentences)
        if sentences and before != self._told:
            show: Action = ("Show all…", partial(self._show_all, prepared))
            self._messages.say("warning", " ".join(sentences), shows=[show])

    def _show_all(self, prepared: DataPrepared) -> None:
        one = prepared.thing
        heading = left_out.heading(len(prepared.notes), prepared.num_broken, one, num_listed=len(prepared.broken))
        files = [f"{path}: {reason}" for path, reason in prepared.broken]
        lines = [*prepared.notes, *files]
        TextWindow(self._window, f"Notes and excluded {several(one)}", heading, lines, heading).show()

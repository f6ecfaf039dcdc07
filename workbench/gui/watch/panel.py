"""Base of the panels that show a run."""

from collections.abc import Sequence
from typing import ClassVar

from PySide6.QtCore import Signal

from workbench.events import AnyEvent
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.panel import EmptyState, Panel
from workbench.session.running.run import Run


class WatchPanel(Panel):
    """A ``Listener`` of the event pump. Its folder's ``view.py`` has one such class."""

    heading: ClassVar[str]
    icon: ClassVar[str]
    """The icon of the empty state."""

    no_run: ClassVar[tuple[str, str]]
    """The empty state without a run: a heading, and a sentence on what will appear and how to get it."""

    share: ClassVar[int] = 300
    """Width relative to the other panels."""

    titled = Signal(object, str)
    """Emitted with the panel itself and its new title."""

    saving = Signal(object, object)
    """Emitted with a path and a function, callable in any thread, that returns the bytes to write."""

    def __init__(self, pump: EventPump) -> None:
        super().__init__(self.heading, EmptyState(self.icon, *self.no_run))
        self.pump = pump

    def entitle(self, title: str) -> None:
        """Give the panel another title, as if it shows something else for another kind of data."""
        self.title.setText(title)
        self.titled.emit(self, title)

    def say_ended(self, things: str) -> None:
        """Say why a run that has ended has nothing to show here."""
        self.empty.say(f"No {things} to show", "The run has ended, and no network of it was kept to look into.")

    def begin(self, run: Run) -> None:
        """Start on another run, whose events follow from the first."""
        raise NotImplementedError

    def feed(self, events: Sequence[AnyEvent], state: str) -> None:
        """Take the next events, and the run's state before they were read. There may be many: a run that has ended."""
        raise NotImplementedError

    def clear(self) -> None:
        """Show the state without a run."""
        raise NotImplementedError

"""The queue's window: shows the waiting runs in order, to be moved and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QListWidget, QPushButton, QWidget

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.widgets import theme
from workbench.gui.widgets.panel import EmptyState, fill, named, spaced, styled
from workbench.training.results.queued import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.runs.queue import Queued

SIZE = (560, 380)
EMPTY = "Queue → Add to queue appends the experiment as it is now."


class QueueWindow(Dialog):
    """Shows the entries it is given and emits what the user wants changed; it changes nothing itself."""

    moved = Signal(object, int)
    """Emitted with an entry and the number of places by which to move it down."""

    taken_out = Signal(object)
    """Emitted with an entry to remove."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "Queue")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._entries: tuple[Queued, ...] = ()
        self._running = self._waits = False
        self.heading = styled(QLabel(), "small")
        self.list = named(QListWidget(), "Waiting runs")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWordWrap(True)
        self.list.currentRowChanged.connect(self._enable)
        self.empty = EmptyState("layers", "The queue is empty", EMPTY)
        self.earlier = _button("Move up", "Alt+Up", lambda: self._move(-1))
        self.later = _button("Move down", "Alt+Down", lambda: self._move(1))
        self.remove = _button("Remove", "Del", lambda: self.taken_out.emit(self._entries[self.list.currentRow()]))
        self.go_on = styled(QPushButton("Run queue", default=True), "primary")
        buttons = spaced(QHBoxLayout(), theme.SPACE_S)
        fill(buttons, self.earlier, self.later, self.remove, None, self.go_on)
        fill(self.make_column(), self.heading, (self.list, 1), (self.empty, 1), buttons)
        self.resize(*SIZE)
        self.show_entries(())

    def show_entries(self, entries: Sequence[Queued], *, running: bool = False, waits: bool = False) -> None:
        """Show the entries, and whether the queue is running, or ``waits`` for a run to end.

        The selected entry stays selected, or else the one that has taken its place.
        """
        self._running, self._waits = running, waits
        self.heading.setText("Next run first. It starts when the current run ends." if waits else "Next run first.")
        row = self.list.currentRow()
        chosen = self._entries[row] if row >= 0 else None
        self._entries = tuple(entries)
        self.list.clear()
        for entry, settings in zip(entries, settings_of(entries), strict=True):
            words = _words(entry, settings)
            self.list.addItem(words)
            self.list.item(self.list.count() - 1).setToolTip(words)
        if chosen in self._entries:
            row = self._entries.index(chosen)
        self.list.setCurrentRow(min(max(row, 0), len(self._entries) - 1))
        for widget, visible in ((self.list, bool(entries)), (self.heading, bool(entries)), (self.empty, not entries)):
            widget.setVisible(visible)
        self._enable()

    def _enable(self) -> None:
        row, num_begun = self.list.currentRow(), sum(bool(entry.folder) for entry in self._entries)
        waits = row >= num_begun
        self.earlier.setEnabled(waits and row > num_begun)
        self.later.setEnabled(waits and row < len(self._entries) - 1)
        self.remove.setEnabled(row >= 0)
        self.go_on.setEnabled(bool(self._entries) and not self._running)
        self.go_on.setText("Queue waiting" if self._waits else "Queue running" if self._running else "Run queue")

    def _move(self, by: int) -> None:
        self.moved.emit(self._entries[self.list.currentRow()], by)


def _words(entry: Queued, settings: str) -> str:
    """Return two lines: the run's name, and the settings that distinguish it."""
    begun = f"\nstarted as {entry.folder}" if entry.folder else ""
    return f"{entry.experiment.name}\n{settings}{begun}"


def _button(text: str, keys: str, press: Callable[[], None]) -> QPushButton:
    button = QPushButton(text)
    button.setShortcut(keys)
    button.setToolTip(f"{text} ({keys})")
    button.clicked.connect(press)
    return button

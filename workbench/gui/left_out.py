"""Says what was left out of a run's data: the first few above the canvas, all of them in a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from workbench.events import AnyEvent, DataPrepared
from workbench.gui import theme
from workbench.gui.event_pump import EventPump
from workbench.gui.message_bar import Action, MessageBar
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
            show: Action = ("Show all…", lambda: LeftOutWindow(self._window, prepared).show())
            self._messages.say("warning", " ".join(sentences), show)


class LeftOutWindow(QDialog):
    """The notes, and a line for each file with its reason; to be read and copied."""

    def __init__(self, parent: QWidget, prepared: DataPrepared) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Left out of the data")
        heading = QLabel(f"{prepared.num_broken:,} files left out, {left_out.listed(prepared)} listed")
        heading.setProperty("role", "small")
        files = [f"{path}: {reason}" for path, reason in prepared.broken]
        self.lines = QPlainTextEdit("\n".join([*prepared.notes, *files]))
        self.lines.setReadOnly(True)
        self.lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.lines.setAccessibleName("Files left out, with the reasons")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.SPACE_L, theme.SPACE_L, theme.SPACE_L, theme.SPACE_L)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(heading)
        column.addWidget(self.lines, 1)
        self.resize(720, 440)

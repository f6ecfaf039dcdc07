"""Offers to choose a run's data where it is now, when the run is shown or cannot resume without it."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.gui.dialogs.file_dialogs import ask_for_folder, ask_to_open
from workbench.gui.running.trainer import Trainer
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets.message_bar import MessageBar
from workbench.runs.changes import move_data, read_edited
from workbench.spec.own_files import Missing, missing_data

if TYPE_CHECKING:  # a run imports what would delay the first paint
    from workbench.session.running.run import Run


class MovedData(QObject):
    """Looks for the data in the background, and shows the run again once it has been chosen."""

    def __init__(self, trainer: Trainer, pump: EventPump, messages: MessageBar) -> None:
        super().__init__(trainer)
        self._trainer = trainer
        self._pump = pump
        self._messages = messages
        trainer.followed.connect(self._look_at)
        trainer.not_resumed.connect(self.look)

    def _look_at(self, run: "Run") -> None:
        from workbench.session.running.replay import Replay

        if isinstance(run, Replay):  # one that has just been started reports by itself what it lacks
            self.look(run.folder)

    def look(self, folder: Path) -> None:
        """Offer to choose the data of a run if it is not where the run names it."""

        def say(missing: Missing | None) -> None:
            if missing is not None:
                words = f"The data of {folder.name} is not there: {missing.path}. Without it the run cannot resume."
                self._messages.say("warning", words, ("Choose its data…", partial(self._choose, folder, missing)))

        self._pump.background("look for data", lambda: missing_data(read_edited(folder)), say, self._messages.refuse)

    def _choose(self, folder: Path, missing: Missing) -> None:
        """Ask for what is missing, and keep it in the run's folder."""
        path, window = missing.path, self._messages.window()
        title = f"Where is {path.name} now?"
        found = (
            ask_for_folder(window, title) if missing.is_folder else ask_to_open(window, title, "", f"*{path.suffix}")
        )
        if found is not None:
            self._pump.background(
                "move data",
                partial(move_data, folder, found),
                lambda _: self._trainer.show(folder),
                self._messages.refuse,
            )

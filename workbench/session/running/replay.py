"""A saved run, shown as if it had just ended: its log from the disk, its pictures from its best weights."""

from __future__ import annotations

import threading
from pathlib import Path

from workbench.data.progress import Cancelled, until
from workbench.runs.log import RunLog, each_event
from workbench.runs.mailbox import Command
from workbench.runs.store import EVENTS, SavedRun, has_checkpoint, open_run
from workbench.session.failure import told
from workbench.session.prepared import dataset_of
from workbench.session.running.run import Run


class Replay(Run):
    """A run for panels to follow that is at its end from the start and accepts no commands but stop.

    The weights are loaded in its thread. Until then, or if the data or the weights are gone, only the log is shown.
    """

    def __init__(self, folder: Path) -> None:
        """Read the folder. Raises SpecError if it holds no run."""
        saved = open_run(folder)
        super().__init__(folder, saved.experiment, RunLog(events=each_event(folder / EVENTS)))
        self._state = "stopped" if saved.state == "running" else saved.state  # it may have just been resumed elsewhere
        self._saved = saved
        self._stopping = threading.Event()
        self._begin()

    def do(self, command: Command) -> None:
        """Execute a stop, which gives up loading the network; other commands are ignored."""
        if command.do == "stop":
            self._stopping.set()

    def _main(self) -> None:
        try:
            if has_checkpoint(self.folder):
                self._attach(self._saved)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001  # whatever it is, it is reported and logged
            self._say(f"This run is shown without its network: {told(error)}.")
        finally:
            self.insight.release()

    def _attach(self, saved: SavedRun) -> None:
        from workbench.training import beginning

        experiment = saved.experiment
        dataset = dataset_of(experiment, until(self._stopping))
        self.insight.attach(*beginning.of_checkpoint(experiment, dataset, saved.checkpoint), dataset)

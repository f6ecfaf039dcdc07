"""A saved run, shown as if it had just ended: its log from the disk, its pictures from its best weights."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path

from workbench.data.progress import Cancelled, until
from workbench.runs.log import RunLog
from workbench.runs.store import SavedRun, has_checkpoint, open_run
from workbench.session.failure import told
from workbench.session.prepared import dataset_of
from workbench.session.run import Run, State

AT_WORK = "This run is running in another window or command: its progress so far is shown."


class Replay(Run):
    """What a panel can follow like a run; it is at its end from the beginning, and can be told nothing more.

    The weights are loaded in its thread. Until they are, or where the data or the weights are gone, there is
    the log alone.
    """

    def __init__(self, folder: Path) -> None:
        """Reads the folder. SpecError where it holds no run."""
        self._saved = open_run(folder)
        self._stopping = threading.Event()
        state = self._saved.state
        self._ended: State = "stopped" if state == "running" else state
        note = AT_WORK if state == "running" else ""
        super().__init__(folder, self._saved.experiment, RunLog(events=self._saved.events), hold=ExitStack(), note=note)

    @property
    def state(self) -> State:
        """How the run ended; one that is at work elsewhere is shown as if it had been stopped."""
        return self._ended

    def stop(self) -> None:
        """Do without the pictures, if they are not there yet."""
        self._stopping.set()

    def _main(self) -> None:
        try:
            if has_checkpoint(self.folder):
                self._attach(self._saved)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001  # whatever it is, it is told and logged
            self._say(f"This run is shown without its network: {told(error)}.")
        finally:
            self.insight.release()

    def _attach(self, saved: SavedRun) -> None:
        from workbench.training import beginning

        experiment = saved.experiment
        dataset = dataset_of(experiment, until(self._stopping))
        self.insight.attach(*beginning.of_checkpoint(experiment, dataset, saved.checkpoint), dataset)

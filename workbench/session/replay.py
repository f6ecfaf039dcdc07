"""A saved run, shown as if it had just ended: its log from the disk, its pictures from its best weights."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack
from pathlib import Path

from workbench.data.progress import Cancelled
from workbench.runs.log import RunLog
from workbench.runs.store import SavedRun, open_run
from workbench.session.run import Run, State, input_shape
from workbench.spec.problems import SpecError

log = logging.getLogger(__name__)


class Replay(Run):
    """What a panel can follow like a run; it is at its end from the beginning, and can be told nothing more.

    The weights are loaded in its thread. Until they are, or where the data or the weights are gone, there is
    the log alone.
    """

    def __init__(self, folder: Path) -> None:
        """Reads the folder. SpecError where it holds no run."""
        self._saved = open_run(folder)
        self._stopping = threading.Event()
        super().__init__(folder, self._saved.experiment, RunLog(events=self._saved.events), hold=ExitStack())

    @property
    def state(self) -> State:
        """How the run ended."""
        return self._saved.state

    def stop(self) -> None:
        """Do without the pictures, if they are not there yet."""
        self._stopping.set()

    def _main(self) -> None:
        try:
            self._attach(self._saved)
        except Cancelled:
            pass
        except SpecError as error:
            log.info("%s is shown without its network: %s", self.folder, error)
        finally:
            self.insight.release()

    def _attach(self, saved: SavedRun) -> None:
        from workbench.data.preparation import prepare
        from workbench.training import beginning
        from workbench.training.checkpoint import load_weights_into

        experiment = saved.experiment
        dataset = prepare(
            experiment.data, input_shape=input_shape(experiment), seed=experiment.seed, progress=self._go_on
        )
        plan, state = beginning.prepare(experiment, dataset, fresh=False)
        state.step = load_weights_into(state.module, saved.checkpoint)
        self.insight.attach(plan, state, dataset)

    def _go_on(self, what: str, done: int, total: int) -> None:
        if self._stopping.is_set():
            raise Cancelled

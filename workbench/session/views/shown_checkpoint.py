"""The network of a run in another process, loaded from its last checkpoint for the panels."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.data.progress import Cancelled, until
from workbench.runs.store import LAST
from workbench.session.failure import told
from workbench.session.prepared import dataset_of
from workbench.session.task import Task
from workbench.spec.experiment import Experiment

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.session.views.insight import Insight


class ShownCheckpoint:
    """Loads data and network once a panel needs them, and the weights again after each checkpoint.

    Errors are passed to ``say`` in a sentence, from a thread.
    """

    def __init__(self, folder: Path, experiment: Experiment, say: Callable[[str], None]) -> None:
        self._say = say
        self._folder = folder
        self._experiment = experiment
        self._closing = threading.Event()
        self.is_saved = False
        """Whether there is a checkpoint."""
        self._is_new = False
        self._state: Any = None
        self._task: Task[None] | None = None

    def saved(self) -> None:
        """Reload after a new checkpoint."""
        self.is_saved = self._is_new = True

    def serve(self, insight: Insight) -> None:
        """Serve the requests to ``insight``; never waits: loading happens in a thread, one at a time.

        What was loaded is served before anything newer is loaded: epochs may end faster than this is called.
        """
        if self._task is not None and not self._task.ended:
            return
        if self._task is None and self._is_new and insight.is_asked:
            self._begin(insight)
            return
        self._task = None
        if self._state is not None:
            insight.serve(at_rest=True)

    def has_caught_up(self, insight: Insight) -> bool:
        """Return whether the network is that of the last checkpoint, for a run that has ended; if not, load it. Never
        waits. A network that nobody has asked for is not loaded.
        """
        if self._task is not None:
            if self._task.ended:
                self._task = None
            return False
        if self._is_new and (insight.is_asked or self._state is not None):
            self._begin(insight)
            return False
        return True

    def close(self) -> None:
        """Stop loading."""
        self._closing.set()
        if self._task is not None:
            self._task.join()

    def _begin(self, insight: Insight) -> None:
        self._is_new = False
        self._task = Task("checkpoint to show", lambda: self._load(insight))

    def _load(self, insight: Insight) -> None:
        from workbench.training import beginning
        from workbench.training.checkpoint import load_weights_into

        experiment = self._experiment
        try:
            if self._state is None:
                dataset = dataset_of(experiment, until(self._closing))
                plan, state = beginning.of_checkpoint(experiment, dataset, self._folder / LAST)
                insight.attach(plan, state, dataset)
                self._state = state
            else:
                self._state.step = load_weights_into(self._state.module, self._folder / LAST)
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001  # whatever it is, it is reported and logged
            self._say(f"The network of this run cannot be shown: {told(error)}.")

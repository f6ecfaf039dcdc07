"""The network of an experiment without a run, which panels follow like a run that ended before its first step."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from workbench.data.progress import Cancelled
from workbench.durable import stamp
from workbench.session.failure import told
from workbench.session.task import Task
from workbench.session.torch_loading import load_torch
from workbench.session.views.insight import Insight
from workbench.session.views.network import untrained, weights_words
from workbench.spec.record import replace

if TYPE_CHECKING:
    from workbench.durable import Stamp
    from workbench.spec.experiment import Experiment
    from workbench.spec.graph import Graph


def are_alike(one: Experiment, other: Experiment) -> bool:
    """Whether two experiments have the same network, weights and data, whatever is edited beside these."""
    return _of_network(one) == _of_network(other)


def _of_network(experiment: Experiment) -> tuple[object, ...]:
    training, architecture = experiment.training, experiment.architecture
    graphs = {name: _undrawn(graph) for name, graph in architecture.blocks.items()}
    return (
        *(_undrawn(architecture.graph), graphs, experiment.data, experiment.seed),
        *(training.weights, training.initialiser, training.heads, training.device, training.batch_size),
    )


def _undrawn(graph: Graph) -> Graph:
    """Return a graph without what is only drawn: places and notes."""
    return replace(graph, nodes=tuple(replace(node, position=None) for node in graph.nodes), notes=())


class DrawnNetwork:
    """Builds the network in a thread, with the weights that a run of it would begin with."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.insight = Insight(self._say, weights_words(experiment))
        self.preparation: tuple[str, int, int] | None = None
        """What its preparation is doing, how much is done, and of how much; as of a run."""
        self._note = ""
        """A sentence on what cannot be shown."""
        self._weights: Stamp | None = None
        """The state of the file of its weights before it was read."""
        self._closing = threading.Event()
        self._task = Task("network as drawn", self._load)

    @property
    def state(self) -> Literal["preparing", "finished"]:
        """Whether it is being prepared or can be asked; both as of a run."""
        return "finished" if self._task.ended else "preparing"

    def has_other_weights(self) -> bool:
        """Whether the file of its weights has changed since it was read; this asks the disk."""
        return self._task.ended and self._stamp() != self._weights

    def _stamp(self) -> Stamp | None:
        chosen = self.experiment.training.weights
        return stamp(Path(chosen.file)) if chosen is not None else None

    def stop(self) -> None:
        self._closing.set()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait until its threads have ended, after ``stop``; return whether they did within ``timeout_s``."""
        return self._task.join(timeout_s) and self.insight.close()

    def _load(self) -> None:
        problem = ""
        try:
            load_torch()
            self._weights = self._stamp()
            self.insight.attach(*untrained(self.experiment, self._tell))
        except Cancelled:
            pass
        except Exception as error:  # noqa: BLE001  # whatever it is, it is reported and logged
            problem = told(error)
        finally:
            self.preparation = None
            self.insight.release(problem)

    def _tell(self, what: str, done: int, total: int) -> None:
        if self._closing.is_set():
            raise Cancelled
        self.preparation = what, done, total

    def take_note(self) -> str:
        """Return a sentence on what cannot be shown, once; empty if there is none."""
        note, self._note = self._note, ""
        return note

    def _say(self, sentence: str) -> None:
        self._note = sentence

"""The experiment being edited, and every step that led to it.

Records are immutable, so a step is simply the experiment before it: undo never has to compute anything,
and a listener learns what changed by comparing parts with ``is``.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.spec.experiment import Experiment
from workbench.spec.record import Record, replace

Listener = Callable[[Experiment, Experiment], None]
"""Called with the experiment before and after a change."""

MAX_STEPS = 1000
"""Older steps are forgotten; records share their unchanged parts, so a step costs a few kilobytes."""


class Step(Record):
    """One undoable change: its name for the menu, and the experiment on either side of it."""

    label: str
    before: Experiment
    after: Experiment
    merge: str | None


class Document:
    """The open experiment, its file, its undo steps, and those who listen to it."""

    def __init__(self, experiment: Experiment, path: Path | None = None) -> None:
        self._experiment = experiment
        self._saved: Experiment | None = experiment
        self._path = path
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._listeners: list[Listener] = []

    @property
    def experiment(self) -> Experiment:
        """The experiment as it stands."""
        return self._experiment

    @property
    def path(self) -> Path | None:
        """The file it was read from or saved to; None for one never saved."""
        return self._path

    @property
    def folder(self) -> Path:
        """Where files that belong to it are looked for and put first: beside its own, or at home."""
        return self._path.parent if self._path else Path.home()

    @property
    def dirty(self) -> bool:
        """Whether something would be lost by closing; undoing back to the saved state is clean again."""
        return self._experiment != self._saved

    @property
    def saved(self) -> Experiment | None:
        """What its file holds; None where that is not known, or there is none."""
        return self._saved

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone step to do again."""
        return bool(self._undone)

    @property
    def steps(self) -> Sequence[Step]:
        """What could be undone, the oldest first."""
        return self._done

    @property
    def undo_label(self) -> str:
        """What ``undo`` would undo (``move 3 layers``); empty where there is nothing."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """What ``redo`` would do again; empty where there is nothing."""
        return self._undone[-1].label if self._undone else ""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell ``listener`` of every change from now on; the returned call ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def apply(self, label: str, experiment: Experiment, *, merge: str | None = None) -> None:
        """Make ``experiment`` the current one, as one undo step.

        A step with the ``merge`` key of the step before it replaces that step: typing in a field or
        dragging a slider undoes in one go. An experiment equal to the current one is no step.
        """
        if experiment == self._experiment:
            return
        before = self._experiment
        if merge is not None and not self._undone and self._done and self._done[-1].merge == merge:
            before = self._done.pop().before
        self._undone.clear()
        if before != experiment:
            self._done.append(Step(label=label, before=before, after=experiment, merge=merge))
            del self._done[:-MAX_STEPS]
        self._become(experiment)

    def undo(self) -> None:
        """Go back one step, if there is one."""
        if self._done:
            step = self._done.pop()
            self._undone.append(step)
            self._become(step.before)

    def redo(self) -> None:
        """Do the last undone step again, if there is one."""
        if self._undone:
            step = self._undone.pop()
            self._done.append(step)
            self._become(step.after)

    def mark_saved(self, path: Path, experiment: Experiment) -> None:
        """An experiment, the current one or one of a moment ago, is now in ``path``. Later typing starts a step of its own."""
        self._saved = experiment
        self._path = path
        if self._done:
            self._done[-1] = replace(self._done[-1], merge=None)

    def mark_unsaved(self) -> None:
        """What was saved is no longer on the disk, or may not be."""
        self._saved = None

    def is_saved_as(self, experiment: Experiment) -> bool:
        """Whether this is what was read or saved last."""
        return self._saved == experiment

    def replace(self, experiment: Experiment, path: Path | None, *, saved: bool = True) -> None:
        """Open another experiment; the steps of the old one are gone. Without a path it is a new one."""
        self._done.clear()
        self._undone.clear()
        self._path = path
        self._saved = experiment if saved else None
        self._become(experiment)

    def _become(self, experiment: Experiment) -> None:
        before, self._experiment = self._experiment, experiment
        for listener in tuple(self._listeners):
            listener(before, experiment)

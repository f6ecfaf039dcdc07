"""The experiment being edited, and every step that led to it.

Records are immutable, so a step is simply the experiment before it: undo never computes anything, and a listener finds
out what changed by comparing parts with ``is``.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.gui.experiment.selected import Look
from workbench.spec.experiment import Architecture, Experiment
from workbench.spec.record import Record, replace

Listener = Callable[[Experiment, Experiment], None]
"""Called with the experiment before and after a change."""

MAX_STEPS = 1000
"""Older steps are dropped; records share their unchanged parts, so a step costs a few kilobytes."""


class Step(Record):
    """One undoable change: its name for the menu, and the experiment before and after.

    ``left`` is what was selected when its experiment before was left; once it is undone, when the one after was.
    """

    label: str
    before: Experiment
    after: Experiment
    merge: str | None
    left: Look


class Document:
    """The open experiment, its file, its undo steps, and its listeners."""

    def __init__(self, experiment: Experiment, path: Path | None = None) -> None:
        self._experiment = experiment
        self._saved: Experiment | None = experiment
        self._path = path
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._listeners: list[Listener] = []
        self.look: Callable[[], Look] = Look
        """Asked what is selected whenever the experiment is about to change."""
        self.returned = Look()
        """What was selected when the current experiment was left, if undo or redo returned to it; else nothing."""

    @property
    def experiment(self) -> Experiment:
        return self._experiment

    @property
    def path(self) -> Path | None:
        """The file it was read from or saved to; None if it was never saved."""
        return self._path

    @property
    def folder(self) -> Path:
        """The default folder for files that belong to the experiment: that of its file, or the home folder."""
        return self._path.parent if self._path else Path.home()

    @property
    def dirty(self) -> bool:
        """Whether closing would lose something; undoing back to the saved state makes it clean again."""
        return self._experiment != self._saved

    @property
    def saved(self) -> Experiment | None:
        """The contents of its file; None if unknown or if there is no file."""
        return self._saved

    @property
    def can_undo(self) -> bool:
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        return bool(self._undone)

    @property
    def steps(self) -> Sequence[Step]:
        """The undoable steps, oldest first."""
        return self._done

    @property
    def undo_label(self) -> str:
        """The label of the step that ``undo`` would undo (``move 3 layers``); empty if there is none."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """The label of the step that ``redo`` would redo; empty if there is none."""
        return self._undone[-1].label if self._undone else ""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` after every change from now on; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def apply(self, label: str, experiment: Experiment, *, merge: str | None = None) -> None:
        """Make ``experiment`` the current one, as one undo step.

        A step with the same ``merge`` key as the previous step replaces it, so that typing in a field or dragging a
        slider is undone at once. An experiment equal to the current one adds no step.
        """
        if experiment == self._experiment:
            return
        before, left = self._experiment, self.look()
        if merge is not None and not self._undone and self._done and self._done[-1].merge == merge:
            first = self._done.pop()
            before, left = first.before, first.left
        self._undone.clear()
        if before != experiment:
            self._done.append(Step(label=label, before=before, after=experiment, merge=merge, left=left))
            del self._done[:-MAX_STEPS]
        self._become(experiment, Look())

    def apply_architecture(self, label: str, architecture: Architecture, *, merge: str | None = None) -> None:
        """Give the experiment another network, as one undo step."""
        self.apply(label, replace(self._experiment, architecture=architecture), merge=merge)

    def undo(self) -> None:
        """Go back one step, if there is one."""
        if self._done:
            step = self._done.pop()
            self._undone.append(replace(step, left=self.look()))
            self._become(step.before, step.left)

    def redo(self) -> None:
        """Do the last undone step again, if there is one."""
        if self._undone:
            step = self._undone.pop()
            self._done.append(replace(step, left=self.look()))
            self._become(step.after, step.left)

    def mark_saved(self, path: Path, experiment: Experiment) -> None:
        """Record that ``path`` now holds this experiment, which may not be the current one any more.

        The next edit starts a step of its own.
        """
        self._saved = experiment
        self._path = path
        if self._done:
            self._done[-1] = replace(self._done[-1], merge=None)

    def mark_unsaved(self) -> None:
        """Record that the last saved state is, or may be, no longer on disk."""
        self._saved = None

    def replace(self, experiment: Experiment, path: Path | None, *, saved: bool = True) -> None:
        """Open another experiment, dropping the undo steps. Without a path it is a new one."""
        self._done.clear()
        self._undone.clear()
        self._path = path
        self._saved = experiment if saved else None
        self._become(experiment, Look())

    def _become(self, experiment: Experiment, returned: Look) -> None:
        before, self._experiment = self._experiment, experiment
        self.returned = returned
        for listener in tuple(self._listeners):
            listener(before, experiment)

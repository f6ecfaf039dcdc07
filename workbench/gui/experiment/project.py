"""The document and its file: new, open, save, recent files, and the question about unsaved work."""

from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from workbench.durable import Stamp, stamp, write_bytes, write_text
from workbench.gui.dialogs.file_dialogs import ask_to_open, ask_to_save
from workbench.gui.experiment.document import Document
from workbench.gui.experiment.presets import preset_titles
from workbench.gui.forms.pending_input import enter_all
from workbench.gui.preferences import Preferences
from workbench.gui.runtime.event_pump import EventPump, Newest
from workbench.gui.widgets.message_bar import Action, MessageBar
from workbench.spec.experiment import Architecture, Experiment, experiment_of
from workbench.spec.files import read_experiment, read_network, to_json
from workbench.spec.graph import Graph
from workbench.spec.own_files import relative
from workbench.spec.problems import SpecError
from workbench.spec.record import replace

UNTITLED = "untitled"
Answer = Literal["save", "discard", "cancel"]
Read = tuple[Experiment | Architecture, Stamp | None]
"""The contents of a file, and the file's state before it was read."""


def new_experiment() -> Experiment:
    """Return an experiment with an empty canvas."""
    return experiment_of(Architecture(name=UNTITLED, graph=Graph()))


def named(experiment: Experiment, name: str) -> Experiment:
    """Return the experiment with a new name, which its runs use; a network still untitled gets it too."""
    architecture = experiment.architecture
    if architecture.name == UNTITLED:
        architecture = replace(architecture, name=name)
    return replace(experiment, name=name, architecture=architecture)


def _read(source: str | Path) -> Read:
    """Read a preset or a file."""
    if isinstance(source, Path):
        state = stamp(source)  # first: what is written while it is read is a change
        return read_network(source), state
    return read_experiment(source), None


class ChangedElsewhere(SpecError):
    """Another program has written to the file since it was read."""


class _Save(NamedTuple):
    """An experiment to write, of document number ``number``, and what to call once it is on disk."""

    path: Path
    experiment: Experiment
    number: int
    over_others: bool
    """Whether another program's changes of the file are overwritten."""
    then: Callable[[], None] | None


class Project(QObject):
    """Reads and writes files in the background, and asks before unsaved work is lost."""

    changed = Signal()
    """Emitted when the document, its file or its saved state has changed."""

    replaced = Signal()
    """Emitted when another document has been opened."""

    def __init__(
        self, window: QWidget, document: Document, pump: EventPump, messages: MessageBar, preferences: Preferences
    ) -> None:
        super().__init__(window)
        self._window = window
        self.document = document
        self._pump = pump
        self._messages = messages
        self.preferences = preferences
        self.preset_titles: dict[str, dict[str, str]] = {}
        """Titles of the presets by name, by group, once they are read."""
        self.stamp: Stamp | None = stamp(document.path) if document.path else None
        """The state of the document's file when it was last read or written; None if there is no file."""
        self._num_shown = 0
        """Number of documents shown so far, so that the result of a task for one does not affect the next."""
        self._reads = Newest(pump)
        """Of several documents being read, only the last one requested is shown."""
        self._saves: deque[_Save] = deque()
        """The save in progress, and those waiting for it."""
        document.listen(lambda before, after: self.changed.emit())

    @property
    def title(self) -> str:
        """The name of the file, or of the experiment if there is no file."""
        return self.document.path.name if self.document.path else self.document.experiment.name

    @property
    def saving(self) -> bool:
        """Whether the document's file is being written."""
        return bool(self._saves)

    def new(self) -> None:
        """Start a new document."""
        self.when_kept(lambda: self._show(new_experiment(), None, None))

    def open_dialog(self) -> None:
        """Choose a file and open it."""
        folder = self.document.path.parent if self.document.path else ""
        path = ask_to_open(self._window, "Open", folder, "Experiments and architectures (*.json)")
        if path is not None:
            self.open(path)

    def open(self, path: Path) -> None:
        """Open a file, after asking about unsaved work."""
        self.when_kept(lambda: self.read(path))

    def open_preset(self, name: str) -> None:
        """Open a preset, as an experiment without a file."""
        self.when_kept(lambda: self.read(name))

    def read_preset_titles(self) -> None:
        """Read the titles of the presets, for the menus."""
        self._pump.background("presets", preset_titles, self.preset_titles.update, self._messages.refuse)

    def read(self, source: str | Path) -> None:
        """Show a preset or a file instead of the current document, unless another is requested meanwhile."""
        before, path = self.document.experiment, source if isinstance(source, Path) else None

        def show(found: Read) -> None:
            if self.document.experiment is before:
                self._show_read(path, found)
            else:  # edited since the question about unsaved work
                self.when_kept(partial(self._show_read, path, found))

        self._reads.background("open", lambda: _read(source), show, self._messages.refuse)

    def _show_read(self, path: Path | None, found: Read) -> None:
        read, state = found
        if isinstance(read, Architecture):
            self.show_unsaved(experiment_of(read))
        else:
            self._show(read, path, state)

    def load_again(self, path: Path) -> None:
        """Show what another program has written to the document's file, as a step that undo takes back."""

        def show(found: Read) -> None:
            read, state = found
            if isinstance(read, Architecture) or path != self.document.path:
                self.when_kept(partial(self._show_read, path, found))
                return
            self.document.apply("load from disk", read)
            self.stamp = state
            self.document.mark_saved(path, read)
            self.changed.emit()

        self._reads.background("load from disk", lambda: _read(path), show, self._messages.refuse)

    def show_unsaved(self, experiment: Experiment, path: Path | None = None, state: Stamp | None = None) -> None:
        """Open unsaved work that belongs to a file in this state, or to none."""
        self._show(experiment, path, state, saved=False)

    def _show(self, experiment: Experiment, path: Path | None, state: Stamp | None, *, saved: bool = True) -> None:
        self._messages.clear()
        self._num_shown += 1
        self._reads.drop()
        self.stamp = state
        self.document.replace(experiment, path, saved=saved)
        self.replaced.emit()
        if path is not None:
            self.preferences.add_recent(path)

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Save the document, asking for a file if it has none; ``then`` is called once it is on disk."""
        enter_all(self._window)
        # Where it is being saved to counts more than where it was.
        going_to = [each.path for each in self._saves if each.number == self._num_shown]
        path = going_to[-1] if going_to else self.document.path
        if path is None:
            self.save_as(then)
        else:
            self._write(path, then)

    def save_as(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a file, name the experiment after it, and write it."""
        enter_all(self._window)
        start = self.document.path or Path(f"{self.document.experiment.name}.json")
        path = ask_to_save(self._window, "Save as", start, {".json": "Experiments"})
        if path is not None:
            if path != self.document.path:
                self.document.apply(f"name {path.stem}", named(self.document.experiment, path.stem))
            self._write(path, then)

    def _write(self, path: Path, then: Callable[[], None] | None, *, over_others: bool = False) -> None:
        """Write the document in its current state, after the saves in progress.

        If another program has changed the file, it is overwritten only if ``over_others``.
        """
        self._saves.append(_Save(path, self.document.experiment, self._num_shown, over_others, then))
        if len(self._saves) == 1:
            self._begin_write(self._saves[0])

    def _begin_write(self, save: _Save) -> None:
        path, experiment, number, over_others, then = save
        is_own = path == self.document.path and number == self._num_shown
        expected = (self.stamp, None) if is_own and not over_others else None
        before = self.document.saved if is_own else None
        if before is not None:
            self.document.mark_unsaved()  # until this is written, the file may hold either state

        def write() -> Stamp | None:
            if expected and stamp(path) not in expected:
                raise ChangedElsewhere(f"{path.name} was not saved: another program has changed the file.")
            write_text(path, to_json(relative(experiment, path.parent)))
            return stamp(path)

        def written(state: Stamp | None) -> None:
            self.preferences.add_recent(path)
            if number == self._num_shown:
                self.stamp = state
                self.document.mark_saved(path, experiment)
            self._end_write()  # what is waiting may be a newer state, which is not on disk yet
            self.changed.emit()
            if then is None or number != self._num_shown:
                return
            if self.document.experiment == experiment:
                then()
            else:  # edited while it was written
                self.when_kept(then)

        def failed(error: Exception) -> None:
            if before is not None and number == self._num_shown:
                self.document.mark_saved(path, before)
            self._end_write()
            self.changed.emit()
            if not isinstance(error, ChangedElsewhere):
                self._messages.refuse(error)
                return
            replace: Action = ("Overwrite", partial(self._write, path, then, over_others=True))
            self._messages.say("warning", str(error), replace, ("Load from disk", partial(self.load_again, path)))

        self._pump.background("save", write, written, failed)

    def _end_write(self) -> None:
        self._saves.popleft()
        if self._saves:
            self._begin_write(self._saves[0])

    def write_text(self, path: Path, text: str) -> None:
        """Write a file made by a panel."""
        self.write(path, text.encode)

    def write(self, path: Path, make: Callable[[], bytes]) -> None:
        """Make and write a file in the background, and report it."""
        said = f"Saved: {path}"
        self._pump.background(
            "write", lambda: write_bytes(path, make()), lambda _: self._messages.say("ok", said), self._messages.refuse
        )

    def when_kept(self, then: Callable[[], None]) -> None:
        """Call ``then``, at once if nothing is unsaved, otherwise after asking and saving if wanted, or not at all."""
        enter_all(self._window)
        if not self.document.dirty:
            then()
            return
        answer = self.ask_to_save()
        if answer == "save":
            self.save(then)
        elif answer == "discard":
            then()

    def ask_to_save(self) -> Answer:
        """Ask whether to save, discard or cancel."""
        from PySide6.QtWidgets import QMessageBox

        buttons = QMessageBox.StandardButton
        words = f"Save the changes to {self.title}?"
        offered = buttons.Save | buttons.Discard | buttons.Cancel
        box = QMessageBox(QMessageBox.Icon.NoIcon, "Unsaved changes", words, offered, self._window)
        box.setInformativeText("Otherwise they are lost.")
        box.setDefaultButton(buttons.Save)
        pressed = box.exec()
        box.deleteLater()
        return {buttons.Save: "save", buttons.Discard: "discard"}.get(buttons(pressed), "cancel")  # type: ignore[return-value]

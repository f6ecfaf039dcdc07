"""The table of the runs of a folder, read in the background, and again when the window is activated or a run ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.dialogs.file_dialogs import ask_for_folder
from workbench.gui.forms.line import Line
from workbench.gui.runs.final_deletion import ask_to_remove
from workbench.gui.runs.notes_editor import NotesEditor
from workbench.gui.runs.presenter import Listed, Row, are_several, matching, named, read_listed
from workbench.gui.runs.run_table import RunTable
from workbench.gui.runtime.event_pump import EventPump, InTurn, Newest
from workbench.gui.runtime.run_states import ENDED
from workbench.gui.widgets import icons, theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import EmptyState, fill, spaced, stacked, styled, switch
from workbench.gui.widgets.tables import lay_out
from workbench.places import runs_dir
from workbench.runs.notes import annotate
from workbench.runs.renaming import rename_run
from workbench.runs.trash import KEPT_DAYS, delete_run, remove_old, remove_run, restore_run
from workbench.spec.problems import SpecError

if TYPE_CHECKING:
    from workbench.events import AnyEvent
    from workbench.session.running.run import Run

SIZE = (1360, 560)
READING = ("Reading runs…", "")
NO_RUN = ("No run yet", "Every run is listed here, with its curves and its best and last weights.")
NONE_THERE = ("No run there", "The folder below is gone, or no run is in it. If it is on a stick, plug it in again.")
NONE_FOUND = ("No run found", "No run has all of these words in its name, network, settings, state, tags or note.")


class RunsWindow(Dialog):
    """Find and sort runs, write notes on them, open one, use its weights, compare, delete or restore several."""

    chosen = Signal(object)
    """Emitted with the folder of the run to show."""

    renamed = Signal(object, object)
    """Emitted with the folder that a run had, and the one it has now."""

    compare_wanted = Signal(object)
    """Emitted with the folders of the runs to compare."""

    report_wanted = Signal(object)
    """Emitted with the folders of the runs to write a report of."""

    weights_wanted = Signal(object)
    """Emitted with the folder of the run whose weights are to be used for the current network."""

    def __init__(self, parent: QWidget, pump: EventPump, folder: Path) -> None:
        super().__init__(parent, "Runs")
        self._pump = pump
        self.folder = folder
        """Whose runs are listed."""
        self._listed: Listed | None = None
        self._just_deleted: Sequence[Path] = ()
        self._just_restored: Sequence[Path] = ()
        """What is selected as soon as it is listed."""
        self._just_renamed: tuple[Path, str] | None = None
        self._reads, self._looks = Newest(pump), Newest(pump)
        self._changes = InTurn(pump)
        self.table = RunTable()
        self.table.itemDoubleClicked.connect(self._open)
        self.table.itemSelectionChanged.connect(self._enable)
        self.table.named.connect(self._rename)
        self.table.itemDelegate().closeEditor.connect(self._read)
        self.empty = EmptyState("chart", *READING)
        self.search = Line(
            placeholderText="Find by name, network, data, settings, state, tag or note", clearButtonEnabled=True
        )
        self.search.setAccessibleName("Find runs")
        self.search.addAction(icons.icon("search"), Line.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self.table.setFocus)
        self.deleted = switch("", f"Show the deleted runs; each is kept for {KEPT_DAYS} days")
        self.deleted.toggled.connect(self._show_other)
        self.notes = NotesEditor()
        self.notes.written.connect(self._write)
        self.finished.connect(self.notes.enter)
        self._make_buttons()
        self._lay_out()
        self._enable()
        self._state = ""
        pump.add(self, until=self.finished)
        self.list_runs_of(folder)
        self._pump.background("remove old runs", lambda: remove_old(runs_dir()), self._read_if)

    def _make_buttons(self) -> None:
        self.open_button = styled(QPushButton("Open"), "primary")
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self._open)
        self.compare_button = QPushButton("Compare")
        self.compare_button.clicked.connect(lambda: self.compare_wanted.emit(self.table.selected_folders()))
        self.report_button = QPushButton("Report…")
        self.report_button.setToolTip("Write a report of the selected runs, as one file to hand in, send or print")
        self.report_button.clicked.connect(lambda: self.report_wanted.emit(self.table.selected_folders()))
        self.weights_button = QPushButton("Use its weights…")
        self.weights_button.setToolTip(
            "Start the network on the canvas from this run's best weights, as far as they match"
        )
        self.weights_button.clicked.connect(self._use_weights)
        self.show_action = QAction("Show folder", self)
        self.show_action.triggered.connect(self._show_folders)
        self.rename_action = QAction("Rename", self, shortcut=QKeySequence("F2"))
        self.rename_action.triggered.connect(self.table.edit_name)
        self.delete_action = QAction("Delete", self)
        self.delete_action.setShortcut(QKeySequence.StandardKey.Delete)
        self.delete_action.triggered.connect(self._delete)
        self.undo_button = QPushButton("Undo")
        self.undo_button.setShortcut(QKeySequence.StandardKey.Undo)
        self.undo_button.clicked.connect(self._undo)
        self.own_button = QPushButton("Show my runs")
        self.own_button.setToolTip(str(runs_dir()))
        self.own_button.clicked.connect(lambda: self.list_runs_of(runs_dir()))
        self.restore_button = styled(QPushButton("Restore"), "primary")
        self.restore_button.clicked.connect(lambda: self._restore(self.table.selected_folders()))
        self.remove_button = QPushButton("Delete for good…")
        self.remove_button.clicked.connect(self._remove)
        self._of_deleted = (self.remove_button, self.restore_button)
        for button in (self.undo_button, *self._of_deleted):
            button.hide()
        self.table.addActions([self.show_action, self.rename_action, self.delete_action])
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def begin(self, _run: Run) -> None:
        """List a run that has just been started, too."""
        self._state = ""
        self._read()

    def feed(self, _events: Sequence[AnyEvent], state: str) -> None:
        """Read the runs again when the followed one has ended."""
        if state in ENDED and self._state not in ("", state):
            self._read()
        self._state = state

    def clear(self) -> None:
        """No run is followed any more, and nothing changes here."""

    def changeEvent(self, event: QEvent) -> None:
        """Read the runs again, which may have changed while other windows were active."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._read()

    def _read(self) -> None:
        self._reads.background("read runs", partial(read_listed, self.folder), self._show, self._fail)

    def list_runs_of(self, folder: Path) -> None:
        """List the runs of this folder instead, which may be a copy from another machine."""
        self.folder, self._just_deleted = folder, ()
        self.own_button.setVisible(folder != runs_dir())
        self._offer_undo(())
        if self._listed is not None:
            self._show(Listed())  # what is selected now shall not be deleted
            self.empty.say(*READING)
        self._listed = None
        self._read()

    def _read_if(self, num_removed: int) -> None:
        if num_removed:
            self._read()

    def _lay_out(self) -> None:
        self._body = stacked(self.empty, self.table)
        above = fill(spaced(QHBoxLayout(), theme.SPACE_M, *[theme.SPACE_M] * 4), self.search, self.deleted)
        whole = fill(spaced(QVBoxLayout(), 0), above, (self._body, 1), self.notes)
        for widget in (self.search, self.deleted, self.notes):
            widget.hide()
        self.where = styled(QLabel(), "small")
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.elsewhere_button, close = QPushButton("Open a folder…"), QPushButton("Close")
        self.elsewhere_button.setToolTip(
            "Open a run stored elsewhere, or list a folder of runs; one that is running, here or on another machine, is "
            "followed"
        )
        self.elsewhere_button.clicked.connect(self._open_elsewhere)
        close.clicked.connect(self.close)
        of_others = [self.report_button, self.weights_button, self.compare_button, self.open_button]
        self._of_others = [self.elsewhere_button, *of_others]
        at_folder = [self.where, self.elsewhere_button, self.own_button, self.undo_button]
        lay_out(self, whole, at_folder, [close, *of_others, *self._of_deleted])
        self.resize(*SIZE)

    def _show(self, listed: Listed) -> None:
        if listed == self._listed or self.table.is_edited:  # a half-typed name stays; all is read again after it
            return
        first, self._listed = self._listed is None or not self._listed.rows, listed
        self.deleted.setText(listed.summary)
        self.deleted.setVisible(bool(listed.deleted))
        if not listed.deleted:
            self.deleted.setChecked(False)
        if first and listed.rows:
            # Not sorted by any column yet: newest first.
            self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        self._fill()
        if first and listed.rows:
            self.table.fit_columns()
            self.table.setFocus()

    def _show_other(self) -> None:
        """Show the deleted runs, or the others again, with the buttons for them."""
        deleted = self.deleted.isChecked()
        for button in self._of_others:
            button.setVisible(not deleted)
        for button in self._of_deleted:
            button.setVisible(deleted)
        (self.restore_button if deleted else self.open_button).setDefault(True)
        self._fill()

    @property
    def _rows(self) -> tuple[Row, ...]:
        """The runs to choose from: all, or all deleted ones."""
        listed = self._listed or Listed()
        return listed.deleted if self.deleted.isChecked() else listed.rows

    def _fill(self) -> None:
        """Show the runs that contain the typed words; the selection stays, or else the newest run is selected. What was
        just restored is selected instead, for the keys.
        """
        rows = matching(self._rows, self.search.text())
        folders = [row.folder for row in rows]
        restored = set(folders).intersection(self._just_restored)
        selected = restored or set(folders).intersection(self.table.selected_folders()) or set(folders[:1])
        with QSignalBlocker(self.table):
            self.table.show_runs(rows)
            self.table.select(selected)
        self._body.setCurrentWidget(self.table if rows else self.empty)
        if restored:
            self._just_restored = ()
            self.table.go_to_selected()
        no_run = NO_RUN if self.folder == runs_dir() else NONE_THERE
        self.empty.say(*(NONE_FOUND if self._rows else no_run))
        self.search.setVisible(bool(self._rows))
        self.notes.setVisible(bool(self._rows) and not self.deleted.isChecked())
        self._enable()

    def _fail(self, error: Exception) -> None:
        self.empty.say("The runs cannot be read", sentence(error))
        self._body.setCurrentWidget(self.empty)

    def _enable(self) -> None:
        rows = self.table.selected_runs()
        num_selected = len(rows)
        self.notes.show_rows(() if self.deleted.isChecked() else rows)
        for of_one in (self.open_button, self.weights_button):
            of_one.setEnabled(num_selected == 1)
        self.rename_action.setEnabled(num_selected == 1 and not self.deleted.isChecked())
        for of_any in (self.report_button, self.show_action, self.delete_action, *self._of_deleted):
            of_any.setEnabled(num_selected > 0)
        self.compare_button.setEnabled(num_selected > 1)
        self.delete_action.setText("Delete for good…" if self.deleted.isChecked() else "Delete")
        self.compare_button.setToolTip(
            "" if num_selected > 1 else "Select several runs, with Ctrl or Shift, to see their curves in one chart"
        )

    def _write(self, folders: Sequence[Path], note: str | None, tags: Sequence[str], without: Sequence[str]) -> None:
        """Write notes and tags, and read the runs again."""

        def write() -> None:
            for folder in folders:
                annotate(folder, note=note, tags=tags, without=without)

        self._reads.drop()  # what is being read is older
        self._changes.background("write notes", write, self._told, self._refuse)

    def _open(self) -> None:
        if self.deleted.isChecked():
            self._restore(self.table.selected_folders())
            return
        self.chosen.emit(self.table.selected_folders()[0])
        self.close()

    def _use_weights(self) -> None:
        self.weights_wanted.emit(self.table.selected_folders()[0])
        self.close()

    def _show_folders(self) -> None:
        for folder in self.table.selected_folders():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _delete(self) -> None:
        if self.deleted.isChecked():
            self._remove()
        else:
            self.notes.enter()
            self._move("delete runs", delete_run, self.table.selected_folders(), self._offer_undo)

    def _undo(self) -> None:
        if self._just_renamed is not None:
            self._rename(*self._just_renamed)
        else:
            self._restore(self._just_deleted)

    def _offer_undo(self, moved: Sequence[Path]) -> None:
        self._just_deleted, self._just_renamed = moved, None
        self.where.setText(f"{named(moved)} deleted" if moved else str(self.folder))
        self.undo_button.setVisible(bool(moved))

    def _rename(self, folder: Path, name: str) -> None:
        def told(new: Path) -> None:
            self._offer_undo(())
            if new != folder:
                self._just_renamed, self._just_restored = (new, folder.name), (new,)
                self.where.setText(f"{folder.name} renamed to {new.name}")
                self.undo_button.show()
                self.renamed.emit(folder, new)
            self._read()

        self._reads.drop()  # what is being read is older
        self._changes.background("rename a run", partial(rename_run, folder, name), told, self._refuse)

    def _restore(self, folders: Sequence[Path]) -> None:
        def told(restored: Sequence[Path]) -> None:
            names = {folder.name for folder in restored}
            left = [each for each in folders if each in self._just_deleted and each.name not in names]
            self._just_restored = restored
            self._offer_undo(left)
            if restored:
                self.where.setText(f"{named(restored)} restored")

        self._move("restore runs", restore_run, folders, told)

    def _move(
        self,
        name: str,
        move: Callable[[Path], Path],
        folders: Sequence[Path],
        told: Callable[[Sequence[Path]], None],
    ) -> None:
        """Move runs in the background, the others also if one refuses; tell which have been moved, and read again."""
        moved: list[Path] = []

        def work() -> None:
            refused: list[SpecError] = []
            for folder in folders:
                try:
                    moved.append(move(folder))
                except SpecError as error:
                    refused.append(error)
            if refused:
                raise refused[0]

        def failed(error: Exception) -> None:
            told(moved)
            self._refuse(error)

        def done(_: object) -> None:
            told(moved)
            self._read()

        self._reads.drop()  # what is being read is older
        self._changes.background(name, work, done, failed)

    def _remove(self) -> None:
        folders = self.table.selected_folders()
        if ask_to_remove(self, folders):
            self._offer_undo(())
            self._changes.background("remove runs", lambda: [*map(remove_run, folders)], self._told, self._refuse)

    def _told(self, _: object) -> None:
        self._offer_undo(self._just_deleted)
        self._read()

    def _refuse(self, error: Exception) -> None:
        """Show why a run could not be deleted, restored, renamed or annotated."""
        self.where.setText(sentence(error))
        self._read()

    def _open_elsewhere(self) -> None:
        folder = ask_for_folder(self, "Choose the folder of a run, or of several", self.folder)
        if folder is not None:
            go_to = partial(self._go_to, folder)
            self._looks.background("look for runs", partial(are_several, folder), go_to, self._refuse)

    def _go_to(self, folder: Path, are_several: bool) -> None:
        if are_several:
            self.list_runs_of(folder)
        else:
            self.chosen.emit(folder)
            self.close()

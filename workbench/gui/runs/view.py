"""The table of runs. The runs are read in the background, and again whenever the window is activated."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QUrl, Signal
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QStackedLayout,
    QTableWidgetItem,
    QWidget,
)

from workbench.gui.dialog import Dialog
from workbench.gui.error_sentence import sentence
from workbench.gui.event_pump import EventPump, Newest
from workbench.gui.file_dialogs import ask_for_folder
from workbench.gui.panel import EmptyState
from workbench.gui.runs.presenter import COLUMNS, NETWORK, NUMBERS, Row, make_rows
from workbench.gui.tables import LEFT, RIGHT, WIDEST, lay_out, make_table
from workbench.places import runs_dir
from workbench.runs.store import delete_run, list_runs


class RunsWindow(Dialog):
    """Sort runs by any column, open one, use its weights, compare or delete several."""

    chosen = Signal(object)
    """Emitted with the folder of the run to show."""

    compare_wanted = Signal(object)
    """Emitted with the folders of the runs to compare."""

    weights_wanted = Signal(object)
    """Emitted with the folder of the run whose weights are to be used for the current network."""

    def __init__(self, parent: QWidget, pump: EventPump) -> None:
        super().__init__(parent, "Runs")
        self._pump = pump
        self._rows: tuple[Row, ...] | None = None
        self._reads = Newest(pump)
        self.table = make_table(COLUMNS, "Runs", NUMBERS)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        # Names begin alike, with a date, and end in a distinguishing number.
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.table.itemDoubleClicked.connect(self._open)
        self.table.itemSelectionChanged.connect(self._enable)
        self.empty = EmptyState("chart", "Reading runs…", "")
        self.open_button = QPushButton("Open")
        self.open_button.setProperty("role", "primary")
        self.open_button.setDefault(True)
        self.open_button.clicked.connect(self._open)
        self.compare_button = QPushButton("Compare")
        self.compare_button.clicked.connect(self._compare)
        self.weights_button = QPushButton("Use its weights…")
        self.weights_button.setToolTip(
            "Start the network on the canvas from this run's best weights, as far as they match"
        )
        self.weights_button.clicked.connect(self._use_weights)
        self.show_action = QAction("Show folder", self)
        self.show_action.triggered.connect(self._show_folders)
        self.delete_action = QAction("Delete…", self)
        self.delete_action.setShortcut(QKeySequence.StandardKey.Delete)
        self.delete_action.triggered.connect(self._delete)
        self.table.addActions([self.show_action, self.delete_action])
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self._lay_out()
        self._enable()
        self._read()

    def changeEvent(self, event: QEvent) -> None:
        """Read the runs again, which may have changed while other windows were active."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._read()

    def _read(self) -> None:
        self._reads.background("read runs", lambda: make_rows(list_runs(runs_dir())), self._show, self._fail)

    def _lay_out(self) -> None:
        self._body = QStackedLayout()
        self._body.addWidget(self.empty)
        self._body.addWidget(self.table)
        self.where = QLabel(str(runs_dir()))
        self.where.setProperty("role", "small")
        self.where.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        elsewhere = QPushButton("Open a folder…")
        elsewhere.setToolTip(
            "Open a run stored elsewhere; one that is running, here or on another machine, is followed"
        )
        elsewhere.clicked.connect(self._open_elsewhere)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        buttons = [elsewhere, close, self.weights_button, self.compare_button, self.open_button]
        lay_out(self, self._body, [self.where], buttons)
        self.resize(1240, 440)

    def _show(self, rows: tuple[Row, ...]) -> None:
        if rows == self._rows:
            return
        first, self._rows = not self._rows, rows
        selected = self._selected()
        self._fill(rows)
        self._body.setCurrentWidget(self.table if rows else self.empty)
        if not rows:
            self.empty.say("No run yet", "Every run is listed here, with its curves and its best and last weights.")
            self._enable()
            return
        if first:
            # Not sorted by any column yet: newest first.
            self.table.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
            self.table.resizeColumnsToContents()
            self.table.setColumnWidth(NETWORK, min(self.table.columnWidth(NETWORK), WIDEST))
            self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.setSortingEnabled(True)
        self._select(selected or [rows[0].folder])
        if first:
            self.table.setFocus()

    def _fill(self, rows: Sequence[Row]) -> None:
        self.table.setSortingEnabled(False)  # otherwise each cell would move its row
        self.table.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for place, (words, key) in enumerate(zip(row.words, row.keys, strict=True)):
                cell = _Cell(words, key, row.folder, row.tip)
                cell.setTextAlignment(RIGHT if place in NUMBERS else LEFT)
                self.table.setItem(number, place, cell)

    def _select(self, folders: Sequence[Path]) -> None:
        self.table.clearSelection()
        for row in range(self.table.rowCount()):
            cells = [self.table.item(row, place) for place in range(self.table.columnCount())]
            for cell in cells:
                if isinstance(cell, _Cell) and cell.folder in folders:
                    cell.setSelected(True)

    def _fail(self, error: Exception) -> None:
        self.empty.say("The runs cannot be read", sentence(error))
        self._body.setCurrentWidget(self.empty)

    def _selected(self) -> list[Path]:
        rows = sorted({index.row() for index in self.table.selectedIndexes()})
        cells = [self.table.item(row, 0) for row in rows]
        return [cell.folder for cell in cells if isinstance(cell, _Cell)]

    def _enable(self) -> None:
        num_selected = len(self._selected())
        self.open_button.setEnabled(num_selected == 1)
        self.weights_button.setEnabled(num_selected == 1)
        self.compare_button.setEnabled(num_selected > 1)
        self.show_action.setEnabled(num_selected > 0)
        self.delete_action.setEnabled(num_selected > 0)
        self.compare_button.setToolTip(
            "" if num_selected > 1 else "Select several runs, with Ctrl or Shift, to see their curves in one chart"
        )

    def _open(self) -> None:
        self.chosen.emit(self._selected()[0])
        self.close()

    def _use_weights(self) -> None:
        self.weights_wanted.emit(self._selected()[0])
        self.close()

    def _compare(self) -> None:
        self.compare_wanted.emit(self._selected())

    def _show_folders(self) -> None:
        for folder in self._selected():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _delete(self) -> None:
        folders = self._selected()
        if self.ask_to_delete(folders):
            self._pump.background("delete runs", lambda: [*map(delete_run, folders)], self._told_deleted, self._refuse)

    def ask_to_delete(self, folders: Sequence[Path]) -> bool:
        """Ask whether to delete the runs."""
        what = folders[0].name if len(folders) == 1 else f"{len(folders)} runs"
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.NoIcon)
        box.setWindowTitle("Delete runs")
        box.setText(f"Delete {what}?")
        box.setInformativeText("Curves, weights and log are gone for good.")
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        box.deleteLater()
        return box.clickedButton() is delete

    def _told_deleted(self, _: object) -> None:
        self.where.setText(str(runs_dir()))
        self._read()

    def _refuse(self, error: Exception) -> None:
        """Show why a run could not be deleted; the ones before it have been."""
        self.where.setText(sentence(error))
        self._read()

    def _open_elsewhere(self) -> None:
        folder = ask_for_folder(self, "Choose a run's folder", runs_dir())
        if folder is not None:
            self.chosen.emit(folder)
            self.close()


class _Cell(QTableWidgetItem):
    """A cell sorted by its key."""

    def __init__(self, words: str, key: str | float, folder: Path, tip: str) -> None:
        super().__init__(words)
        self._key = key
        self.folder = folder
        self.setToolTip(tip)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        assert isinstance(other, _Cell)
        return self._key < other._key  # type: ignore[operator]  # a column holds either only texts or only numbers

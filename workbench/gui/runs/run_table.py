"""The table of runs: a row for each, sorted by what a column means rather than by its text."""

from collections.abc import Collection, Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QTableWidgetItem

from workbench.gui.runs.presenter import AT_FIRST_HIDDEN, COLUMNS, NUMBERS, SETTINGS, Row, worth_showing
from workbench.gui.widgets.tables import LEFT, RIGHT, Table


class RunTable(Table):
    """Shows runs, of which several can be selected."""

    named = Signal(object, str)
    """Emitted with the folder of a run and the name that was typed for it."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, "Runs", NUMBERS)
        self.setSelectionMode(Table.SelectionMode.ExtendedSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.tell_apart(0, SETTINGS)  # names begin alike, with a date, and often end alike
        for place in AT_FIRST_HIDDEN:
            self.hideColumn(place)
        self._edited: QTableWidgetItem | None = None
        self.itemChanged.connect(self._tell_name)

    def show_runs(self, rows: Sequence[Row]) -> None:
        """Show these runs, in the order that was chosen; columns that they need appear."""
        self.setSortingEnabled(False)  # otherwise each cell would move its row
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for place, (words, key) in enumerate(zip(row.words, row.keys, strict=True)):
                cell = _Cell(words, key, row)
                cell.setTextAlignment(RIGHT if place in NUMBERS else LEFT)
                self.setItem(number, place, cell)
        self.setSortingEnabled(True)
        hidden = {place for place in worth_showing(rows) if self.isColumnHidden(place)}
        for place in hidden:
            self.showColumn(place)
        if hidden:
            self.fit_columns()

    def select(self, folders: Collection[Path]) -> None:
        """Select the runs in these folders, and no others."""
        model, rows = self.model(), QItemSelection()
        for number in range(self.rowCount()):
            cell = self.item(number, 0)
            if isinstance(cell, _Cell) and cell.run.folder in folders:
                rows.select(model.index(number, 0), model.index(number, len(COLUMNS) - 1))
        self.selectionModel().select(rows, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def go_to_selected(self) -> None:
        """Let the keys go on from the first selected run."""
        first = self.selectedIndexes()[0]
        self.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
        self.setFocus()

    def edit_name(self) -> None:
        """Let another name be typed for the selected run."""
        self._edited = cell = self.item(self.selectedIndexes()[0].row(), 0)
        assert cell is not None
        self.editItem(cell)

    @property
    def is_edited(self) -> bool:
        """Whether a name is being typed."""
        return self.state() == Table.State.EditingState

    def _tell_name(self, cell: QTableWidgetItem) -> None:
        if isinstance(cell, _Cell) and cell is self._edited:
            self._edited, name = None, cell.text()
            cell.setText(cell.run.folder.name)  # until it has that name
            self.named.emit(cell.run.folder, name)

    def selected_runs(self) -> list[Row]:
        numbers = sorted({index.row() for index in self.selectedIndexes()})
        cells = [self.item(number, 0) for number in numbers]
        return [cell.run for cell in cells if isinstance(cell, _Cell)]

    def selected_folders(self) -> list[Path]:
        return [row.folder for row in self.selected_runs()]


class _Cell(QTableWidgetItem):
    """A cell of a run, sorted by its key."""

    def __init__(self, words: str, key: str | float, run: Row) -> None:
        super().__init__(words)
        self._key = key
        self.run = run
        self.setToolTip(run.tip)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        assert isinstance(other, _Cell)
        return self._key < other._key  # type: ignore[operator]  # a column holds either only texts or only numbers

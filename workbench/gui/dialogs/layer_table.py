"""The table of layers in its own window: to read, copy and save. It is computed in the background."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QPushButton,
    QTableWidgetItem,
    QWidget,
)

from workbench.compiler.table import LayerRow, table_text
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.dialogs.file_dialogs import ask_to_save
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import EmptyState, stacked
from workbench.gui.widgets.tables import RIGHT, Table, lay_out
from workbench.session.editing.network_facts import experiment_table
from workbench.spec.experiment import Experiment

COLUMNS = ("Layer", "Type", "Settings", "Output", "Parameters", "MACs", "Receptive field", "Activation bytes")
SETTINGS = 2
"""The column that takes the remaining width; its text is also in its tooltip."""

NUMBERS = range(COLUMNS.index("Parameters"), len(COLUMNS))
"""The columns of numbers, aligned to the right with their headings."""

KINDS = {".csv": "CSV", ".md": "Markdown"}


class LayerTableWindow(Dialog):
    """The layers of an experiment in its state when the window was opened."""

    saving = Signal(object, str)
    """Emitted with a path and the text to write there."""

    def __init__(self, parent: QWidget, pump: EventPump, experiment: Experiment, folder: Path) -> None:
        super().__init__(parent, f"Layers of {experiment.architecture.name}")
        self._first_choice = folder / f"{experiment.architecture.name}.csv"
        self.rows: tuple[LayerRow, ...] = ()
        self.table = Table(COLUMNS, "Layers", NUMBERS)
        self.empty = EmptyState("layers", "Working out shapes and costs…", "")
        self._lay_out()
        pump.background("layer table", lambda: experiment_table(experiment), self._show, self._fail)

    def _lay_out(self) -> None:
        self._body = stacked(self.empty, self.table)
        close, self.save = QPushButton("Close"), QPushButton("Save…")
        close.clicked.connect(self.close)
        self.save.setProperty("role", "primary")
        self.save.clicked.connect(self._save)
        self.copies = {suffix: QPushButton(f"Copy as {kind}") for suffix, kind in KINDS.items()}
        for suffix, button in self.copies.items():
            button.clicked.connect(partial(self._copy, suffix))
        lay_out(self, self._body, list(self.copies.values()), [close, self.save])
        self.resize(1120, 560)
        self._enable()

    def _enable(self) -> None:
        for button in (self.save, *self.copies.values()):
            button.setEnabled(bool(self.rows))

    def _show(self, rows: tuple[LayerRow, ...]) -> None:
        self.rows = rows
        self._enable()
        if not rows:
            self.empty.say("No layer yet", "Shapes are known from the Input up to the first problem.")
            return
        self.table.setRowCount(len(rows))
        digits = theme.tabular(self.table.font())
        for number, row in enumerate(rows):
            costs = [f"{cost:,}" if cost else "" for cost in (row.parameters, row.macs)]
            words = [row.name, row.type, row.settings, row.output, *costs, row.receptive_field]
            for place, text in enumerate([*words, f"{row.activation_bytes:,}"]):
                cell = QTableWidgetItem(text)
                if place in NUMBERS:
                    cell.setTextAlignment(RIGHT)
                    cell.setFont(digits)
                elif place == SETTINGS:
                    cell.setToolTip(text)
                self.table.setItem(number, place, cell)
        self._body.setCurrentWidget(self.table)
        self.table.fit_columns(SETTINGS)

    def _fail(self, error: Exception) -> None:
        self.empty.say("The table cannot be made", sentence(error))

    def _copy(self, suffix: str) -> None:
        QGuiApplication.clipboard().setText(table_text(self.rows, suffix))

    def _save(self) -> None:
        path = ask_to_save(self, "Save the layer table", self._first_choice, KINDS)
        if path is not None:
            self.saving.emit(path, table_text(self.rows, path.suffix))

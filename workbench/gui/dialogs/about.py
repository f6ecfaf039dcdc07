"""What this program is, and what it stands on: versions and licences, the device, the folder of runs."""

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidgetItem, QVBoxLayout, QWidget

from workbench import __version__
from workbench.gui.dialogs.dialog import Dialog
from workbench.gui.runtime.event_pump import EventPump
from workbench.gui.widgets import theme
from workbench.gui.widgets.error_sentence import sentence
from workbench.gui.widgets.panel import EmptyState, fill, spaced, stacked, styled
from workbench.gui.widgets.tables import Table, lay_out
from workbench.places import runs_dir
from workbench.session.doctor import Report, report
from workbench.session.torch_loading import load_torch

WORDS = (
    "Build a network by dragging layers, train it, watch it learn and take it along. "
    "Under the MIT licence; below is what it stands on."
)
COLUMNS = ("Part", "Version", "Licence")


class AboutWindow(Dialog):
    """The version, and what ``doctor`` finds, looked up in the background; to read, and to copy for a bug report."""

    def __init__(self, parent: QWidget, pump: EventPump) -> None:
        super().__init__(parent, "About Workbench")
        self._pump = pump
        self.report: Report | None = None
        self.device = styled(QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText), "muted")
        self.device.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.table = Table(COLUMNS, "Parts and their licences")
        self.empty = EmptyState("help", "Looking around…", "")
        self._body = stacked(self.empty, self.table)
        above = spaced(QVBoxLayout(), theme.SPACE_S, *[theme.SPACE_L] * 4)
        title = styled(QLabel(f"Workbench {__version__}"), "title")
        whole = spaced(QVBoxLayout(), 0)
        fill(whole, fill(above, title, QLabel(WORDS, wordWrap=True), self.device), (self._body, 1))
        self.copy = QPushButton("Copy for a bug report")
        self.copy.setEnabled(False)
        self.copy.clicked.connect(self._copy)
        self.runs = QPushButton("Show the folder of runs")
        self.runs.setToolTip(str(runs_dir()))
        self.runs.clicked.connect(self._show_runs)
        close = QPushButton("Close")
        close.clicked.connect(self.close)
        close.setDefault(True)
        lay_out(self, whole, [self.copy, self.runs], [close])
        close.setFocus()  # otherwise the folder of runs would have it, and be shown at Return
        self.resize(640, 560)
        pump.background("look at this machine", _look, self._show, self._fail)

    def _show(self, found: Report) -> None:
        self.report = found
        self.device.setText(f"{found.device}, {found.threads} of {found.cores} cores, {found.system}")
        self.table.setRowCount(len(found.versions))
        for row, (name, version) in enumerate(found.versions.items()):
            for column, text in enumerate((name, version, found.licences.get(name, ""))):
                cell = QTableWidgetItem(text)
                cell.setToolTip(text)
                self.table.setItem(row, column, cell)
        self._body.setCurrentWidget(self.table)
        self.table.fit_columns(COLUMNS.index("Licence"))
        self.copy.setEnabled(True)

    def _fail(self, error: Exception) -> None:
        self.empty.say("This machine cannot be described", sentence(error))

    def _copy(self) -> None:
        """Copy the facts, without the folders, which name the user."""
        assert self.report is not None
        QGuiApplication.clipboard().setText("\n".join(f"{name}: {value}" for name, value in self.report.facts))

    def _show_runs(self) -> None:
        def show(folder: Path) -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

        self._pump.background("find the folder of runs", _folder_of_runs, show)


def _folder_of_runs() -> Path:
    """Return the folder of runs; before the first run, the nearest one above it."""
    folder = runs_dir()
    return next(each for each in (folder, *folder.parents) if each.is_dir())


def _look() -> Report:
    load_torch()
    return report()
